"""Who reports when: obligations, schedules and deadlines of a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lienthong.calendar import start_of_day
from lienthong.errors import Message
from lienthong.periods import PARTS, Period, code_of, frequency_of, parts_of_year
from lienthong.programmes.official import Official


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """When a report is due for one part of the year.

    part: 1…n of the frequency. before: (month, day), exclusive (“trước ngày”), or on_or_before: inclusive
    (“chậm nhất trong ngày”). year_offset: years after the period's year. Both None: the source gives no date.
    """

    part: int
    before: tuple[int, int] | None = None
    on_or_before: tuple[int, int] | None = None
    year_offset: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """Who reports to whom, via whom, how often, by when.

    kind: `periodic`, `event` (difficulties), `supply`, `budget`, `planning`, `one_off`. level: `units` (the
    reporters' own reports) or `issuer` (the issuing unit's consolidated report to `to`). drafted_by: unit
    that drafts it. sent_by: unit that signs and sends it, None for the issuing unit itself. to: unit codes
    (`VN` = the Ministry); to_text, via_text: the same in the source's words, alone where there is no code.
    frequency: annual … monthly, `on_demand`, `event`, `unstated`. regime: its code in an official list.
    amendments: of a duty to tell of difficulties, that those which ask for a change of the plan go this way.
    answer_within: working days within which such a difficulty is to be answered, None where the source names none.
    assumption: set when the source states no such duty and this plan needs it.
    """

    code: str
    kind: str
    level: str
    reporters: tuple[str, ...]
    to: tuple[str, ...]
    via: str | None
    frequency: str
    on_demand: bool
    deadlines: tuple[Deadline, ...]
    drafted_by: str | None = None
    sent_by: str | None = None
    regime: Official | None = None
    amendments: bool = False
    answer_within: int | None = None
    to_text: str | None = None
    via_text: str | None = None
    quote: str | None = None
    restored: str | None = None
    note: Message | None = None
    assumption: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Which rounds a plan has: a frequency, and for each part the first and last day it covers.

    spans: for each part ((years, month, day), (years, month, day)); years are relative to the period's year.
    assumption: set when the source does not state the days.
    """

    frequency: str
    first_year: int
    last_year: int | None
    spans: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...]
    assumption: Message | None = None
    official: tuple[Official, ...] = ()

    def official_of(self, code: str) -> Official | None:
        """The official code of one of the periods, where the plan names one."""
        if frequency_of(code) != self.frequency:
            return None
        place = len(parts_of_year(code)) - 1
        return self.official[place] if place < len(self.official) else None

    def periods(self, year: int) -> Iterator[Period]:
        """The periods of one year, in order; none outside the plan's years."""
        if year < self.first_year or (self.last_year is not None and year > self.last_year):
            return
        for part, (first, last) in enumerate(self.spans, start=1):
            yield Period(code=code_of(self.frequency, year, part), first=_day(year, first), last=_day(year, last))


def deadline_instant(obligation: Obligation, period: Period) -> datetime | None:
    """The first instant at which a report for the period is late (exclusive), or None without a date.

    “trước ngày 15/10” → 15/10 00:00 in Asia/Ho_Chi_Minh; “chậm nhất trong ngày 15/10” → 16/10 00:00.
    """
    if period.frequency != obligation.frequency:
        return None
    part = _part_of(period)
    deadline = next((d for d in obligation.deadlines if d.part == part), None)
    if deadline is None:
        return None
    if deadline.before is not None:
        return start_of_day(_day(period.year, (deadline.year_offset, *deadline.before)))
    if deadline.on_or_before is not None:
        return start_of_day(_day(period.year, (deadline.year_offset, *deadline.on_or_before)) + timedelta(days=1))
    return None


def _part_of(period: Period) -> int:
    names = [code_of(period.frequency, period.year, part) for part in range(1, PARTS[period.frequency] + 1)]
    return names.index(period.code) + 1


def _day(year: int, offset: tuple[int, int, int]) -> date:
    years, month, day = offset
    if (month, day) == (2, 29):  # the last day of February, whatever the year
        return date(year + years, 3, 1) - timedelta(days=1)
    return date(year + years, month, day)
