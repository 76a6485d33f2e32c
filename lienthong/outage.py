"""Workers that try again, and what they say of it: the first failure of each class, and that it goes again.

An outage of an hour is thousands of tries. One line for each keeps nothing for who looks for the cause, and turns the
log over; the tries are counted in the metrics.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from lienthong.errors import Transient

AGAIN_AFTER = 600.0  # seconds: one line for an outage that lasts, so that who looks at the end of a log sees it


class Outage:
    """The failures of one worker since it last worked. Used by one thread."""

    def __init__(self, waits: str, goes_on: str, *, clock: Callable[[], float] = time.monotonic, **facts: str) -> None:
        """waits, goes_on: the names of its two log lines. facts: stand in both."""
        self._waits, self._goes_on, self._clock = waits, goes_on, clock
        self._facts = facts
        self._log = structlog.get_logger(__name__)
        self._began = 0.0
        self._failures = 0
        self._told_at: dict[str, float] = {}

    def failed(self, code: str, reason: str) -> None:
        """A try failed, of this class."""
        now = self._clock()
        if not self._failures:
            self._began = now
        self._failures += 1
        if code not in self._told_at or now - self._told_at[code] >= AGAIN_AFTER:
            self._told_at[code] = now
            self._log.warning(self._waits, code=code, reason=reason, failures=self._failures, **self._facts)

    def worked(self) -> None:
        """A try succeeded."""
        if self._failures:
            self._log.info(
                self._goes_on, failures=self._failures, seconds=round(self._clock() - self._began, 1), **self._facts
            )
            self._failures = 0
            self._told_at.clear()


def keep_working(step: Callable[[], bool], stop: threading.Event, outage: Outage, *, idle: float) -> None:
    """Work until `stop` is set. step: False where there was nothing to do; it may raise Transient, and what no retry
    cures. idle: seconds until the next try after either.
    """
    while not stop.is_set():
        try:
            worked = step()
        except Transient as error:
            outage.failed(error.code, str(error))
            worked = False
        else:
            outage.worked()
        if not worked:
            stop.wait(idle)
