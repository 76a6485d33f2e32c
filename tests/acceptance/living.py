"""A hub that has lived through the demonstration's year."""

from __future__ import annotations

from dataclasses import dataclass

from services.demo.outcome import Outcome
from services.demo.scenario import Year
from services.demo.streams import Streams


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The year, its hub still running; what the hub says afterwards, and what Kafka holds (None without Kafka)."""

    year: Year
    outcome: Outcome
    carried: Streams | None

    def __repr__(self) -> str:
        return "Lived"  # a failing test shows it; all of it would be megabytes
