"""Processes of the hub that begin with their libraries read: forked from one that did nothing else.

Reading them is most of what a process does before it serves. So one reads them once (Python's own fork server, in one
thread), and a part that died is back at once; what was read is in memory once for all of them.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from setproctitle import setproctitle

from lienthong import logs
from services.hub import roster

LIBRARIES = ("services.hub.libraries",)
"""What the fork server imports before it forks."""
_MAIN = "services.cli:main"  # by its place: it stands above the hub
LOST = 255  # what the fork server's death leaves of an exit code
_PR_SET_PDEATHSIG = 1  # prctl(2)


_lock = threading.Lock()
"""Held by whoever reads an exit code: it comes once, through a pipe, and multiprocessing reads those of all children
whenever another is started."""


def prepare() -> None:
    """Let it begin to read, so that it is done when the first process is wanted. Returns at once.

    To be called by the main thread: the nursery ends with the thread that it was started by.
    """
    _context()
    forkserver.ensure_running()


class NurseryDied(Exception):
    """It died while it was asked for a process; asked again, another is there."""


class Forked:
    """A process of the nursery's, from its start on. Safe to share between threads."""

    def __init__(self, process: BaseProcess) -> None:
        assert process.pid is not None, "it was started"
        self._process, self.pid = process, process.pid

    def poll(self) -> int | None:
        """Its exit code, negative for the signal that ended it; None while it runs."""
        with _lock:
            code = self._process.exitcode
        return None if code == LOST and _runs(self.pid) else code

    def wait(self, seconds: float) -> int | None:
        """The same once it has ended; None when it still runs after as many seconds."""
        end = time.monotonic() + seconds
        connection.wait([self._process.sentinel], seconds)
        while (code := self.poll()) is None and time.monotonic() < end:
            time.sleep(0.05)  # the nursery died before it: nobody tells
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return  # it ended meanwhile


def start(words: Sequence[str], environment: Mapping[str, str], output: Path | None) -> Forked:
    """`lienthong WORDS` as a process in a session of its own: Ctrl-C in the terminal doesn't reach it.

    output: a file for what it prints (it logs there by itself too); None for this process's own. Raises NurseryDied.
    """
    process = _context().Process(target=_run, args=(tuple(words), dict(environment), output))
    try:
        with _lock:
            process.start()
    except (EOFError, OSError) as error:
        raise NurseryDied from error
    return Forked(process)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    return context


def _run(words: Sequence[str], environment: Mapping[str, str], output: Path | None) -> None:
    if output is not None:
        descriptor = logs.open_log(output)
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        os.close(descriptor)
    become(words, environment)


def become(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Be `lienthong WORDS` from here on. For a process just forked; ends by SystemExit."""
    os.setsid()
    end_with_parent()
    setproctitle(f"lienthong {' '.join(words)}")  # before the environment moves, behind which it finds its place
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["lienthong", *words]
    roster.place(_MAIN)()


def end_with_parent() -> None:
    """Be asked to end when the parent dies: a part with the nursery, the nursery with who watches over the parts."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # of Linux alone
    if prctl is None:
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if _forked_by not in (None, os.getppid()):  # it died before it could be asked for that
        os.kill(os.getpid(), signal.SIGTERM)


def _runs(pid: int) -> bool:
    """Of one whose nursery died: its parent is the first process now, in a container `up` itself."""
    with suppress(ChildProcessError):  # another's child
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _remember() -> None:
    global _forked_by  # noqa: PLW0603 (what a process knows of the one that it was forked from)
    _forked_by = os.getpid()


_forked_by: int | None = None
os.register_at_fork(before=_remember)
