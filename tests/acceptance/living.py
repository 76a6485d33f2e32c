"""A hub that has lived through the demonstration's year."""

from __future__ import annotations

from dataclasses import dataclass

from services.demo.outcome import Outcome
from services.demo.scenario import Year


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The year, its hub still running; and what the hub says afterwards."""

    year: Year
    outcome: Outcome

    def __repr__(self) -> str:
        return "Lived"  # a failing test shows it; all of it would be megabytes
