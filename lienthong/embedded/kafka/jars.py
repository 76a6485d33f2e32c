"""The jars of Kafka: a committed list with checksums, fetched once into a cache that all processes share.

The registry is the one that the client `jgo` is configured for; no address stands here. Each file is fetched
alone: jgo's resolver of dependencies picks versions that Kafka was not built with.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from lienthong.errors import Transient
from lienthong.refusals import misconfigured

LOCK_FILE = Path(__file__).with_name("jars.lock")

_FETCH_SECONDS = 30  # without one byte, until a fetch counts as failed
_TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Jar:
    """One line of jars.lock. size: bytes."""

    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked_jars(path: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The list. Raises Misconfigured on a line that is not `group:artifact:version sha256:HEX BYTES`."""
    jars = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            coordinates, digest, size = line.split()
            group, artifact, version = coordinates.split(":")
            kind, sha256 = digest.split(":")
            if kind != "sha256" or len(bytes.fromhex(sha256)) != 32:
                raise ValueError(digest)
            jars.append(Jar(group=group, artifact=artifact, version=version, sha256=sha256, size=int(size)))
        except ValueError as exc:
            raise misconfigured("jars_file_broken", path=str(path), line=number) from exc
    return tuple(jars)


def cache_folder() -> Path:
    """LIENTHONG_CACHE/kafka, or ~/.cache/lienthong/kafka (XDG_CACHE_HOME is honoured)."""
    given = os.environ.get("LIENTHONG_CACHE")
    if given:
        return Path(given) / "kafka"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lienthong" / "kafka"


def fetched_jars(cache: Path | None = None, console: Console | None = None) -> list[Path]:
    """The paths of all jars, verified; those missing or damaged are fetched, with a progress bar.

    What an interrupted run has fetched stays. Of several processes one fetches, the others wait for it.
    Raises Transient where the registry does not answer, Misconfigured where a file is not the listed one.
    """
    folder = cache or cache_folder()
    jars = locked_jars()
    _make(folder)
    with _locked(folder):
        missing = [jar for jar in jars if not _is_good(folder / jar.filename, jar)]
        if missing:
            _fetch_all(missing, folder, console or Console(stderr=True))
    return [folder / jar.filename for jar in jars]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise misconfigured("cache_unusable", folder=str(folder), why=str(exc)) from exc


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_good(path: Path, jar: Jar) -> bool:
    if not path.is_file() or path.stat().st_size != jar.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256


def _fetch_all(jars: Sequence[Jar], folder: Path, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Apache Kafka", total=sum(jar.size for jar in jars))
        for done, jar in enumerate(jars, start=1):
            progress.update(task, description=f"Apache Kafka {done}/{len(jars)}")
            _fetch(jar, folder, lambda count: progress.advance(task, count))


def _fetch(jar: Jar, folder: Path, advance: Callable[[int], None]) -> None:
    """Into a folder of its own first: the cache never holds half a file or a wrong one."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch:
        path = _from_registry(jar, Path(scratch), advance)
        if not _is_good(path, jar):
            raise misconfigured("jar_differs", jar=jar.filename)
        path.replace(folder / jar.filename)


def _from_registry(jar: Jar, scratch: Path, advance: Callable[[int], None]) -> Path:
    try:
        import requests  # noqa: PLC0415  (with jgo: only needed where the cache is empty)
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415
    except ImportError as exc:
        raise misconfigured("jar_not_fetched", jar=jar.filename) from exc

    _trust_as_the_system_does()

    @contextmanager
    def watch(_filename: str, _total: int) -> Iterator[Callable[[int], None]]:
        yield advance

    failure: Exception | None = None
    for attempt in range(_TRIES):
        resolver = PythonResolver(progress_callback=watch)
        context = MavenContext(repo_cache=scratch / str(attempt), resolver=resolver, timeout=_FETCH_SECONDS)
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            return Path(component.artifact().resolve())
        except (requests.RequestException, RuntimeError, OSError) as exc:
            failure = exc
    raise Transient(
        f"{jar.filename} can't be fetched: {failure}. What was fetched is kept: start again, or copy"
        f" {scratch.parent} from a machine that has it"
    ) from failure


def _trust_as_the_system_does() -> None:
    """As pip does: an office whose proxy opens connections has its authority there; requests has a list of its own."""
    system = ssl.get_default_verify_paths().cafile
    if system and not {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} & os.environ.keys():
        os.environ["REQUESTS_CA_BUNDLE"] = system
