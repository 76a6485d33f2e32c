"""A hub that has lived through the demonstration's year."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from services.demo.outcome import Outcome
from services.demo.scenario import Year
from services.demo.streams import Streams
from services.hub.supervisor import Part
from tests.builders.thorough import LONG

WORKERS = ("aggregate", "export", "relay")
KILLS = 10 if LONG else 6  # in a year, at least


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The year, its hub still running; what the hub says afterwards; what Kafka holds (None without Kafka).

    kills: how many workers were killed -9 meanwhile.
    """

    year: Year
    outcome: Outcome
    carried: Streams | None
    kills: int

    def __repr__(self) -> str:
        return "Lived"  # a failing test shows it; all of it would be megabytes


class Years:
    """Each year is lived through once, when a test first asks for it, and ends with the last test that asks for it.

    Tests come in any order, and a year takes as long as hundreds of them; a hub of many processes that nobody asks any
    more only makes the others slow. A year that failed is not tried again: its tests fail by the same error.
    """

    def __init__(self, *, asked: Counter[str]) -> None:
        self._asked = asked
        self._lived: dict[str, Lived | BaseException] = {}
        self._ends: dict[str, ExitStack] = {}

    @contextmanager
    def read(self, setting: str, live: Callable[[], AbstractContextManager[Lived]]) -> Iterator[Lived]:
        """A setting's year for one of the tests that ask for it."""
        try:
            yield self._of(setting, live)
        finally:
            self._asked[setting] -= 1
            if not self._asked[setting]:
                self._end(setting)

    def close(self) -> None:
        """End what is left when a run ends before its last test."""
        for setting in tuple(self._ends):
            self._end(setting)

    def _of(self, setting: str, live: Callable[[], AbstractContextManager[Lived]]) -> Lived:
        if setting not in self._lived:
            end = self._ends[setting] = ExitStack()
            try:
                self._lived[setting] = end.enter_context(live())
            except Exception as error:  # noqa: BLE001 (kept, to be raised for each of its tests)
                self._lived[setting] = error
        kept = self._lived[setting]
        if isinstance(kept, BaseException):
            raise kept
        return kept

    def _end(self, setting: str) -> None:
        self._ends.pop(setting).close()


class Killer:
    """Kills one worker after another with -9 while the year goes on; the supervisor starts each again."""

    def __init__(self, parts: Sequence[Part], *, seed: int) -> None:
        self._victims = [part for part in parts if part.name.startswith(WORKERS)]
        self._chance = random.Random(seed)
        self._aims: list[threading.Thread] = []
        self._stop = threading.Event()
        self.kills = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for aim in self._aims:
            aim.join()

    def soon(self) -> None:
        """Kill somebody within half a second: in the middle of whatever goes on then."""
        aim = threading.Thread(target=self._kill, args=(self._chance.uniform(0.0, 0.5),), name="killer")
        self._aims.append(aim)
        aim.start()

    def _kill(self, delay: float) -> None:
        self._stop.wait(delay)
        while not self._stop.is_set():
            living = [part.process for part in self._victims if part.process and part.process.poll() is None]
            if living:
                self._chance.choice(living).kill()
                self.kills += 1
                return
            self._stop.wait(0.05)
