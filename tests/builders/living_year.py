"""A hub that has lived through the demonstration's year."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Self

from services.demo.outcome import YearOutcome
from services.demo.scenario import Happening, Year
from services.demo.streams import Streams
from services.hub.supervisor import ChildProcess
from tests.builders.kafka_outage import Outage
from tests.builders.thorough import LONG

WORKERS = ("aggregate", "export", "relay")
KILLS = 10 if LONG else 6  # in a year, at least


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The year, its hub still running; what the hub says afterwards; what Kafka holds (None without Kafka).

    kills: how many workers were killed -9 meanwhile. outage: of its broker, where it had one of its own.
    """

    year: Year
    outcome: YearOutcome
    carried: Streams | None
    kills: int
    outage: Outage | None

    def __repr__(self) -> str:
        return "Lived"  # a failing test shows it; all of it would be megabytes


class Killer:
    """Kills one worker after another with -9 while the year goes on; the supervisor starts each again."""

    def __init__(self, parts: Sequence[ChildProcess], *, seed: int) -> None:
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

    def among(self, steps: int, run: Callable[[Happening], None]) -> Callable[[Happening], None]:
        """Lives through a step as `run` does, and kills somebody in the middle of some of them.

        By steps and not by seconds: a quick machine has as many kills in its year as a slow one.
        """
        places, between = count(), steps // KILLS

        def running(step: Happening) -> None:
            if next(places) % between == between // 2:
                self.soon()
            run(step)

        return running

    def _kill(self, delay: float) -> None:
        self._stop.wait(delay)
        while not self._stop.is_set():
            living = [part.process for part in self._victims if part.process and part.process.poll() is None]
            if living:
                self._chance.choice(living).kill()
                self.kills += 1
                return
            self._stop.wait(0.05)
