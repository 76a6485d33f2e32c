"""Provinces that somebody holds up: each is accepted by a thread of its own, so that no other waits with it.

All claims share one transaction while nobody is in the way. When a lock is not to be had in time, the province that
waits for it gets a lane; what it submits goes there until the lane has rested for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.ingest.claims.work import Work

REST = 10.0  # seconds without work after which a province is accepted with the others again


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Why the latest transaction failed, and when (time.monotonic())."""

    code: str
    reason: str
    at: float


class Lane(Protocol):
    """Accepts for one province."""

    def start(self) -> None: ...

    def take(self, work: Work, /) -> None:
        """Queue what was submitted."""

    def end(self) -> None:
        """Finish what is queued; does not wait for it."""

    def stop(self) -> None:
        """Finish what is queued, and wait for it."""

    def trouble(self) -> Trouble | None: ...

    def idle_seconds(self) -> float:
        """Seconds since anything was done; 0 while something is to be done."""


class Lanes:
    """Safe to share between threads. new_lane: makes one for a province."""

    def __init__(self, new_lane: Callable[[str], Lane]) -> None:
        self._new_lane = new_lane
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane] = {}

    def take(self, work: Work) -> bool:
        """Give work to the lane of its province; False where it has none and goes with the others. A lane that has
        rested ends here.
        """
        if not self._lanes:
            return False
        province = work.principal.province
        with self._lock:
            lane = self._lanes.get(province)
            if lane is not None and lane.idle_seconds() > REST and lane.trouble() is None:
                self._lanes.pop(province).end()
                return False
            if lane is not None:
                lane.take(work)
            return lane is not None

    def open(self, province: str, works: Iterable[Work]) -> None:
        """From now on the province has a lane, and these are its first."""
        with self._lock:
            if province not in self._lanes:
                self._lanes[province] = self._new_lane(province)
                self._lanes[province].start()
            for work in works:
                self._lanes[province].take(work)

    def troubles(self) -> Mapping[str, Trouble]:
        """By province, what its lane met."""
        with self._lock:
            troubles = {province: lane.trouble() for province, lane in self._lanes.items()}
        return {province: trouble for province, trouble in troubles.items() if trouble is not None}

    def stop(self) -> None:
        """End all, when what they hold is done."""
        with self._lock:
            lanes, self._lanes = list(self._lanes.values()), {}
        for lane in lanes:
            lane.stop()
