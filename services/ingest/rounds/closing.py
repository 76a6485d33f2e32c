"""Closing a year: which stretch of a province's partition it is.

A year ends with the lock of its last round, and begins where the year before ended. So the files of all years
follow one another without a gap, whatever was reported late, and nothing has to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from lienthong.calendar import VIETNAM
from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.events import ROUND_LOCKED
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem

_SQL = Queries(Path(__file__).with_name("closing.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedYear:
    """The events after position `after` up to `last`; the rounds of that year, all locked."""

    after: int
    last: int
    rounds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Round:
    code: str
    year: int
    locked: bool


def closed_year(conn: Connection, log: EventLog, province: str, year: int) -> ClosedYear:
    """Raises Rejected while the year is not over, has no rounds, or holds a round that is not locked."""
    found = [
        _Round(code=code, year=int(orjson.loads(body)["period"]["code"][:4]), locked=locked)
        for code, body, locked in conn.execute(_SQL.rounds_of_province, {"province": province})
    ]
    if hub_now(conn).astimezone(VIETNAM).year <= year:
        raise Rejected([problem("", "year_not_over", year=year)])
    of_year = [one for one in found if one.year == year]
    open_ = [one.code for one in found if one.year <= year and not one.locked]
    if not of_year:
        raise Rejected(
            [
                problem(
                    "",
                    "no_rounds",
                    province=province,
                    year=year,
                )
            ]
        )
    if open_:
        raise Rejected(
            [
                problem(
                    "",
                    "round_not_locked",
                    round=code,
                )
                for code in open_
            ]
        )
    return ClosedYear(
        after=_end(log, (one.code for one in found if one.year < year)),
        last=_end(log, (one.code for one in found if one.year <= year)),
        rounds=tuple(one.code for one in of_year),
    )


def _end(log: EventLog, rounds: Iterable[str]) -> int:
    """The position at which the last of these rounds was locked; 0 without any."""
    return max((one.position for code in rounds for one in log.find(ROUND_LOCKED, code)), default=0)
