"""What publishing a plan sets going: which rounds open, which deadlines have passed already, who will owe. Pure.

A round is past when its data are closed and every deadline of it has passed: nobody could report in time. Past rounds
open only when that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from lienthong.instants import read_or_none, wire, wire_or_none
from lienthong.periods import Period
from lienthong.programmes import Plan
from lienthong.rounds import opening
from lienthong.units import Registry

_AHEAD = 1  # rounds to come that are told


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A planned round as it would open. due: the latest deadline of the units; None where the plan names no day.

    deadline_passed: that one has. all_passed: every deadline has. obliged: reports that would be owed.
    """

    round: str
    close: date
    opens: datetime
    due: datetime | None
    deadline_passed: bool
    all_passed: bool
    obliged: int


def forecast(plan: Plan, registry: Registry, opened: Iterable[str], now: datetime) -> list[Opening]:
    """Planned rounds that are not open and whose close of data has passed, in order, and the next one to come."""
    open_codes = set(opened)
    periods = [p for p in opening.scheduled(plan, registry) if opening.code_of(plan, p) not in open_codes]
    due = [p for p in periods if opening.opens_at(p) <= now]
    ahead = [p for p in periods if opening.opens_at(p) > now][:_AHEAD]
    openings = [_opening(plan, period, registry, now) for period in [*due, *ahead]]
    return _undated_are_past(openings)


def opens_from(openings: Iterable[Opening]) -> date | None:
    """The first close of data whose round is not past: those before it stay closed. None where none is past."""
    last = max((opening_.close for opening_ in openings if opening_.all_passed), default=None)
    return None if last is None else last + timedelta(days=1)


def body(opening_: Opening, *, opens: bool, now: datetime) -> dict[str, Any]:
    """An opening as answers show it. state: opens now, later, or stays closed."""
    state = "stays_closed" if not opens else "opens_now" if opening_.opens <= now else "opens_later"
    return {
        "round": opening_.round,
        "state": state,
        "close": opening_.close.isoformat(),
        "opens": wire(opening_.opens),
        "deadline": wire_or_none(opening_.due),
        "deadlinePassed": opening_.deadline_passed,
        "obliged": opening_.obliged,
    }


def _opening(plan: Plan, period: Period, registry: Registry, now: datetime) -> Opening:
    data = opening.opening(plan, period, registry)
    dated = [(line["from"], at) for line in data["deadlines"] if (at := read_or_none(line["at"])) is not None]
    units = [at for sender, at in dated if sender == "units"]
    return Opening(
        round=data["round"],
        close=period.last,
        opens=opening.opens_at(period),
        due=max(units, default=None),
        deadline_passed=bool(units) and max(units) <= now,
        all_passed=bool(dated) and all(at <= now for _, at in dated),
        obliged=sum(len(owing) for owing in data["obliged"].values()),
    )


def _undated_are_past(openings: list[Opening]) -> list[Opening]:
    """Rounds are past up to the last that is: one without a day before a past one can't be met either."""
    last = max((place for place, opening_ in enumerate(openings) if opening_.all_passed), default=-1)
    return [replace(opening, all_passed=place <= last) for place, opening in enumerate(openings)]
