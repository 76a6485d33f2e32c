"""Closing a year: which stretch of a province's partition it is.

A year ends with the lock of its last round, and begins where the year before ended. So the files of all years
follow one another without a gap, whatever was reported late, and nothing has to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
from psycopg.rows import class_row

from lienthong.calendar import VIETNAM
from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.events import ROUND_LOCKED
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import problem, refused

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedYear:
    """The events after position `after` up to `last`; the rounds of that year, all locked."""

    after: int
    last: int
    rounds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Round:
    code: str
    body: str
    locked: bool

    @property
    def year(self) -> int:
        return int(orjson.loads(self.body)["period"]["code"][:4])


def closed_year(conn: Connection, log: EventLog, province: str, year: int) -> ClosedYear:
    """Raises Rejected while the year is not over, has no rounds, or holds a round that is not locked."""
    parameters = {"province": province}
    rounds = conn.cursor(row_factory=class_row(_Round)).execute(SQL.rounds_of_province, parameters).fetchall()
    if hub_now(conn).astimezone(VIETNAM).year <= year:
        raise refused("year_not_over", year=year)
    of_year = [each for each in rounds if each.year == year]
    unlocked = [each.code for each in rounds if each.year <= year and not each.locked]
    if not of_year:
        raise refused("no_rounds", province=province, year=year)
    if unlocked:
        raise Rejected([problem("", "round_not_locked", round=code) for code in unlocked])
    return ClosedYear(
        after=_end(log, (each.code for each in rounds if each.year < year)),
        last=_end(log, (each.code for each in rounds if each.year <= year)),
        rounds=tuple(each.code for each in of_year),
    )


def _end(log: EventLog, rounds: Iterable[str]) -> int:
    """The position at which the last of these rounds was locked; 0 without any."""
    return max((lock.position for code in rounds for lock in log.find(ROUND_LOCKED, code)), default=0)
