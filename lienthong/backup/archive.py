"""The file of a backup: a ZIP archive with one entry for each table and a manifest that says what must be in it.

    manifest.json                    written last: an archive without it is not whole
    data/<schema>.<table>.copy       rows as PostgreSQL's COPY writes them (text), in the order of the primary key

What does not live here: anything that speaks to a database (backup.py, restore.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lienthong.errors import Unprocessable
from lienthong.refusals import misconfigured, unprocessable

FORMAT = 1
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_LEVEL = 2  # of deflate: 105 MB/s here into 0.31 of reports; level 6 makes 23 MB/s into 0.26

Bytes = bytes | bytearray | memoryview
Progress = Callable[[str, int, int], None]
"""Told what is being done (`schema.table`), the bytes of it done, and about how many there are (0: unknown)."""


def no_progress(what: str, done: int, total: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableDump:
    """What one entry holds. size: bytes before compression; sha256 over them."""

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: int
    size: int
    sha256: str

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def entry(self) -> str:
        return f"data/{self.full_name}.copy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a backup is. taken_at: the moment of its snapshot, ISO 8601. heads: key → [position, chain in hex].

    final: the hub was closed by it and nothing came after, so a move may keep the epoch.
    """

    taken_at: str
    product: str
    server: str
    epoch: int
    sample: bool
    final: bool
    chain_seed: str
    heads: Mapping[str, tuple[int, str]]
    migrations: Mapping[str, str]
    sequences: Mapping[str, int]
    tables: tuple[TableDump, ...]

    @property
    def events(self) -> int:
        """How many events the log holds: positions are without holes."""
        return sum(position for position, _ in self.heads.values())

    @property
    def size(self) -> int:
        return sum(table.size for table in self.tables)


class ArchiveWriter:
    """Writes an archive. Made by `create_archive`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def table(self, entry: str, chunks: Iterable[Bytes], written: Callable[[int], None]) -> tuple[int, str]:
        """One entry from its chunks; returns its size in bytes and its sha256."""
        total, size = hashlib.sha256(), 0
        with self._archive.open(entry, "w", force_zip64=True) as out:
            for chunk in _in_pieces(chunks):
                out.write(chunk)
                total.update(chunk)
                size += len(chunk)
                written(size)
        return size, total.hexdigest()

    def manifest(self, manifest: Manifest) -> None:
        """The last entry."""
        body = {"format": FORMAT, **asdict(manifest)}
        with self._archive.open(_MANIFEST, "w") as out:
            out.write(json.dumps(body, ensure_ascii=False, indent=1).encode())


@contextmanager
def create_archive(path: Path) -> Iterator[ArchiveWriter]:
    """A new archive, readable to its owner alone (it holds keys). It takes its name when it is whole and on disk.

    Raises Misconfigured when the file exists or its folder can't be written.
    """
    if path.exists():
        raise misconfigured("file_stands_already", path=str(path))
    part = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield ArchiveWriter(archive)
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(path)
        _sync_folder(path.parent)
    except OSError as exc:
        raise misconfigured("file_not_writable", path=str(path), why=str(exc)) from exc
    finally:
        part.unlink(missing_ok=True)


class ArchiveReader:
    """An archive opened for reading. Made by `open_archive`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def chunks(self, table: TableDump, progress: Progress = no_progress) -> Iterator[bytes]:
        """The bytes of one entry. Raises Unprocessable at its end when they are not those of the backup."""
        total, size = hashlib.sha256(), 0
        try:
            with self._archive.open(table.entry) as source:
                while chunk := source.read(_CHUNK):
                    total.update(chunk)
                    size += len(chunk)
                    progress(table.full_name, size, table.size)
                    yield chunk
        except (KeyError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError) as exc:
            raise _damaged(f"{table.full_name} can't be read: {exc}") from exc
        if (size, total.hexdigest()) != (table.size, table.sha256):
            raise _damaged(f"{table.full_name} is not what was backed up (sha256 differs)")


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """An archive to read. Raises Misconfigured when there is none, Unprocessable when it is damaged or too new."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield ArchiveReader(archive, _manifest(archive))
    except FileNotFoundError as exc:
        raise misconfigured("file_not_there", path=str(path)) from exc
    except zipfile.BadZipFile as exc:
        raise _damaged(f"{path} is no whole archive: {exc}") from exc


def check(path: Path, progress: Progress = no_progress) -> Manifest:
    """Read a whole archive and compare every table with its sha256; no database is needed.

    Raises Unprocessable when anything differs.
    """
    with open_archive(path) as archive:
        for table in archive.manifest.tables:
            for _ in archive.chunks(table, progress):
                pass
        return archive.manifest


def _in_pieces(chunks: Iterable[Bytes]) -> Iterator[bytes]:
    """Pieces of about a megabyte: COPY gives a row at a time."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= _CHUNK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        body: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        if body.pop("format") != FORMAT:
            raise unprocessable("backup_of_newer_version")
        tables = tuple(TableDump(**{**table, "columns": tuple(table["columns"])}) for table in body.pop("tables"))
        heads = {key: (position, chain) for key, (position, chain) in body.pop("heads").items()}
        return Manifest(**body, tables=tables, heads=heads)
    # RuntimeError: nested too deep for the reader (RecursionError), or packed in a way that it doesn't know.
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError, zlib.error) as exc:
        raise _damaged(f"its manifest is missing or damaged ({exc})") from exc


def _damaged(why: str) -> Unprocessable:
    return unprocessable("backup_damaged", why=why)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
