"""What the log tells of an error, and the files it is written to.

A log is read by more people than a report is, and kept in other places. So it tells what failed and where, never what
it was given: a traceback is its files, lines and functions, and the kinds of its errors with their codes. Their texts
stay out, because a driver quotes the row and a validator the value. Only errors of the hub's own tree that no sender
causes speak in their own words.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from lienthong.errors import HubError, Rejected, Unprocessable
from lienthong.refusals import misconfigured

LARGEST, KEPT = 10_000_000, 5  # bytes of a log file, and how many older ones there are beside it
SPARINGLY = 30.0  # seconds between two lines that say the same
LONGEST = 500  # characters of one value; words of ours are shorter
_MODE = 0o600
_UNFORESEEN = "✗ Lỗi không lường trước ({kind}); chi tiết trong {path}\n  Unforeseen error ({kind}); see {path}"


def with_causes(error: BaseException) -> str:
    """An error with its causes, the first cause first: where it went, what kind it was."""
    return "\n".join(_lines(error, set()))


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _lines(cause, seen)
        yield "which led to:" if error.__cause__ is not None else "during which:"
    for frame in traceback.extract_tb(error.__traceback__)[-40:]:
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    yield f"{type(error).__module__}.{type(error).__qualname__}{_words(error)}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions[:10]:
            yield from _lines(each, seen)


def _words(error: BaseException) -> str:
    """What may be said of an error beside its kind."""
    if isinstance(error, Rejected | Unprocessable):
        return f" ({error.code})"
    if isinstance(error, HubError):
        return f" ({error.code}): {error}"[:LONGEST]
    if isinstance(error, OSError) and error.strerror:
        return f": {error.strerror}"
    state = getattr(error, "sqlstate", None)  # of PostgreSQL, whose message and detail quote rows
    return f" ({state})" if isinstance(state, str) else ""


def without_texts(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: errors as `with_causes`, values on one line and short, nothing of what asyncio prints of a task."""
    error = _error_of(entry.pop("exc_info", None))
    if error is not None:
        entry["exception"] = with_causes(error)
    if entry.get("logger") == "asyncio":
        entry["event"] = str(entry.get("event", "")).partition("\n")[0]
    for name, value in entry.items():
        if isinstance(value, str) and name != "exception" and (len(value) > LONGEST or not value.isprintable()):
            entry[name] = "".join(c if c.isprintable() else "·" for c in value[:LONGEST])
    return entry


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


class Sparingly:
    """A warning that many requests would repeat: one line for each code in SPARINGLY seconds, with how many it stands
    for. Safe to share between threads.
    """

    def __init__(self, event: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._event, self._clock = event, clock
        self._lock = threading.Lock()
        self._last_told: dict[str, tuple[float, int]] = {}  # code → (when it was told, how many since)

    def warning(self, code: str, **more: Any) -> None:
        with self._lock:
            now = self._clock()
            then, since = self._last_told.get(code, (now - SPARINGLY, 0))
            if now - then < SPARINGLY:
                self._last_told[code] = (then, since + 1)
                return
            self._last_told[code] = (now, 0)
        structlog.get_logger("lienthong").warning(self._event, code=code, since_the_last=since, **more)


def handler(path: Path | None) -> logging.Handler:
    """Writes to standard error, or to a file that only its owner reads and that is bounded. Raises Misconfigured
    (`log_file_unusable`): a handler that fails later prints a traceback for each line that it was given.
    """
    if path is None:
        return logging.StreamHandler(sys.stderr)
    try:
        _refuse_unwritable(path)
    except OSError as error:
        raise misconfigured("log_file_unusable", path=str(path), why=error.strerror or str(error)) from error
    return _PrivateFile(path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", delay=True)


def _refuse_unwritable(path: Path) -> None:
    """Makes no file: a command that logs nothing would leave one that belongs to whoever called it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def open_log(path: Path) -> int:
    """A descriptor to add to a log file; the file is begun anew when it has grown too large. Close it after use."""
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_name(path.name + ".1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
    os.fchmod(descriptor, _MODE)
    return descriptor


class _PrivateFile(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        return os.fdopen(
            os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE), "a", encoding="utf-8"
        )


def catch_all(path: Path | None = None) -> None:
    """Let errors that nobody caught be logged, in any thread, instead of printed with their texts.

    path: the file that is logged to; what ended the process is said on the terminal then, which else would see nothing.
    """
    log = logging.getLogger("lienthong")

    def uncaught(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit | asyncio.CancelledError):
            return
        log.critical("uncaught", exc_info=error)
        if path is not None and threading.current_thread() is threading.main_thread():
            text = _UNFORESEEN.format(kind=kind.__qualname__, path=path)
            print(text, file=sys.stderr)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = uncaught
    threading.excepthook = in_thread
