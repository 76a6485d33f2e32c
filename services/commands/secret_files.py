"""Secrets and the command line: read from a file or typed twice, never an argument; written to a file for its owner."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import typer

from lienthong.refusals import misconfigured, refused


def read_secret(file: Path | None, *, asked: bool, what: str) -> str | None:
    """The secret in a file (its first line), or as typed; None when neither is wanted: then one is generated."""
    if file is not None:
        try:
            return file.read_text("utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError) as exc:
            raise refused("file_unreadable", path=str(file), why=str(exc)) from exc
    if not asked:
        return None
    typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=True)
    return typed


@contextmanager
def new_secret_file(path: Path) -> Iterator[SecretFile]:
    """A new file of mode 0600, there before any secret is made; gone again when the block wrote nothing.

    Raises Rejected when it exists already.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as exc:
        raise refused("file_exists", path=str(path)) from exc
    except OSError as exc:
        raise misconfigured("file_not_written", path=str(path), why=exc.strerror or "") from exc
    kept = SecretFile(os.fdopen(handle, "w", encoding="utf-8", newline=""))
    try:
        yield kept
    finally:
        kept.close()
        if not kept.written:
            path.unlink(missing_ok=True)


@contextmanager
def written_if(path: Path | None) -> Iterator[SecretFile | None]:
    """The same; nothing without a path."""
    if path is None:
        yield None
        return
    with new_secret_file(path) as kept:
        yield kept


class SecretFile:
    """Rows of a CSV file, on the disk before `write` returns: they can't be had a second time."""

    def __init__(self, out: TextIO) -> None:
        self._out, self.written = out, False

    def write(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.written = True
        lines = csv.writer(self._out)
        lines.writerow(head)
        lines.writerows(rows)
        self._out.flush()
        os.fsync(self._out.fileno())

    def close(self) -> None:
        self._out.close()
