"""A hub that has lived through the demonstration's year."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from services.demo.outcome import Outcome
from services.demo.scenario import Year
from services.demo.streams import Streams
from services.supervisor import Part

WORKERS = ("aggregate", "export", "relay")


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


class Killer:
    """Kills one worker after another with -9 while the year goes on; the supervisor starts each again."""

    def __init__(self, parts: Sequence[Part], *, seed: int, pause: float) -> None:
        """pause: seconds between two kills; each is followed by a takeover and by a new worker's arrival."""
        self._victims = [part for part in parts if part.name.startswith(WORKERS)]
        self._chance, self._pause = random.Random(seed), pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")
        self.kills = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            process = self._chance.choice(self._victims).process
            if process is not None and process.poll() is None:
                process.kill()
                self.kills += 1
