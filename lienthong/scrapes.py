"""What each process counts, read where the hub is scraped: a worker serves no address, and of several HTTP processes on
one port any may be asked. So each leaves what it has counted in a file, and the one that is asked shows them all under
the label `process`: a sum over it is the hub's, whoever is asked.

The files are Prometheus' text, readable by the hub's user alone. On a machine with workers and no HTTP side a node
exporter's text file collector reads the same folder.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import prometheus_client as prometheus
import structlog
from prometheus_client import parser
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from lienthong.metrics import Metrics

EVERY: Final = 5.0  # seconds between two writings; Prometheus asks each 15 to 60
DEAD: Final = 12 * EVERY  # a file that was not written for so long is of a process that is gone
_SUFFIX = ".prom"

log = structlog.get_logger(__name__)


def folder(data: Path) -> Path:
    """Where the workers of a data folder leave what they counted."""
    return data / "metrics"


@contextmanager
def kept_in_file(shown: Metrics, into: Path, name: str, *, every: float = EVERY) -> Iterator[None]:
    """While this lasts, what `shown` has counted stands in a file that is written anew every so many seconds. Where
    nothing can be written the worker works all the same, and the log says so.
    """
    file, stop = into / f"{of_this_process(name)}{_SUFFIX}", threading.Event()
    thread = threading.Thread(target=_keep, args=(shown, file, every, stop), name="metrics", daemon=True)
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(file, shown.own_metrics())
    except OSError as error:
        log.warning("metrics_not_left", folder=str(into), reason=error.strerror)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with suppress(OSError):
            file.unlink()


def of_this_process(name: str) -> str:
    """The value of the label `process`."""
    return f"{name}-{os.getpid()}"


def of_all_processes(
    own: bytes, of: Path, *, counted: tuple[str, bytes] | None = None, now: float | None = None
) -> bytes:
    """Prometheus' text of this process and of those whose files stand in a folder. counted: the name under which this
    one leaves a file too, and what it has counted by now, which is newer. now: seconds of the epoch.
    """
    others = list(_living_files(of, time.time() if now is None else now))
    if not others and counted is None:
        return own
    families = {family.name: family for family in parser.text_string_to_metric_families(own.decode())}
    if counted is not None:
        _add(families, *counted)
    for file in others:
        if counted is None or file.stem != counted[0]:
            with suppress(OSError, ValueError):  # it has just ended, or is no text of Prometheus
                _add(families, file.stem, file.read_bytes())
    return prometheus.generate_latest(_registry(families.values()))


def _keep(shown: Metrics, file: Path, every: float, stop: threading.Event) -> None:
    while not stop.wait(every):
        with suppress(OSError):  # a full disk is told by others; the next writing tries again
            _write(file, shown.own_metrics())


def _write(file: Path, text: bytes) -> None:
    """Whole or not at all, for its owner alone."""
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(text)
    part.replace(file)


def _living_files(of: Path, now: float) -> Iterator[Path]:
    """The files of processes that live; those of others are removed."""
    for file in sorted(of.glob(f"*{_SUFFIX}")):
        with suppress(OSError):
            if now - file.stat().st_mtime < DEAD:
                yield file
            else:
                file.unlink()


def _add(families: dict[str, Family], process: str, text: bytes) -> None:
    for theirs in parser.text_string_to_metric_families(text.decode()):
        family = families.setdefault(theirs.name, Family(theirs.name, theirs.documentation, theirs.type))
        for sample in theirs.samples:
            family.samples.append(sample._replace(labels={**sample.labels, "process": process}))


class _Collected(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Family]:
        return self._families


def _registry(families: Iterable[Family]) -> prometheus.CollectorRegistry:
    registry = prometheus.CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families))
    return registry
