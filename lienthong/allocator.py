"""How glibc gives places back that a process has freed.

Left alone, it gives each of the forty threads that answer requests an arena of its own, and keeps in each whatever the
largest answer needed once: a console of 137 MB became 230 after a few hundred pages. With one arena whose large pieces
are the kernel's it became 177, and 158 once what lies free between pieces in use was given back too. Other C libraries
(musl, macOS) know none of it and are left as they are.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # parameters of mallopt(3)
_ARENAS = 1  # Python's own lock is held while most of it is asked for, so a second one is no quicker
_LARGE = 131_072  # bytes; glibc's own first value, which grows with each larger piece up to 32 MB unless it is set
_OFTEN = 15.0  # seconds; it takes some milliseconds, in which whoever wants a place waits


def give_back() -> bool:
    """Whether it could be set. Before the first thread is started: an arena that is there is not given up."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = {_ARENA_MAX: _ARENAS, _MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _LARGE}
    accepted = [mallopt(parameter, value) for parameter, value in wanted.items()]
    return all(accepted)


@contextmanager
def trimming(every: float = _OFTEN) -> Iterator[None]:
    """Give back again and again what lies free between pieces in use, for a process that answers requests."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    stop = threading.Event()

    def work() -> None:
        while trim is not None and not stop.wait(every):
            trim(0)

    thread = threading.Thread(target=work, name="trimming", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
