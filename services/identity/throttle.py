"""Failures in a window, counted in bounded memory. No I/O.

What it protects: the processor and the audit log, from somebody who keeps failing. It is not what keeps a
secret safe: 256 random bits do that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable


class Throttle:
    """At most `limit` counts for each key in `window` seconds; `capacity` keys are remembered.

    A full table forgets the key whose window began first. Safe to share between threads.
    """

    def __init__(
        self, *, limit: int, window: float, capacity: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._window = window
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[Hashable, tuple[float, int]] = {}  # key → (window began, count), oldest window first

    def wait(self, key: Hashable) -> float:
        """Seconds until the key may try again; 0 when it may now. Counts nothing."""
        with self._lock:
            began, count = self._seen.get(key, (0.0, 0))
            left = began + self._window - self._clock()
            return left if count >= self._limit and left > 0 else 0.0

    def count(self, key: Hashable) -> bool:
        """Count once. True while the key is within its limit, this one included."""
        with self._lock:
            now = self._clock()
            began, count = self._seen.get(key, (now, 0))
            if now - began >= self._window:
                began, count = now, 0
            if count == 0:
                self._seen.pop(key, None)
                self._make_room()
            self._seen[key] = (began, count + 1)
            return count < self._limit

    def __len__(self) -> int:
        return len(self._seen)

    def _make_room(self) -> None:
        while len(self._seen) >= self._capacity:
            del self._seen[next(iter(self._seen))]
