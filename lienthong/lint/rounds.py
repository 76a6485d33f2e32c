"""Rules about obligations and rounds: dates, routes, working days (NĐ 09/2019/NĐ-CP)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from lienthong.calendar import day_of, working_days_between
from lienthong.errors import Message
from lienthong.lint.context import Linted, in_vietnamese
from lienthong.lint.findings import Finding
from lienthong.periods import PARTS, Period
from lienthong.programmes import Obligation, Schedule, deadline_instant
from lienthong.refusals import joined, phrase

_DAY = r"ngày (\d{1,2})(?:/| tháng )(\d{1,2})"
_BEFORE = re.compile(r"trước " + _DAY, re.IGNORECASE)
_WITHIN = re.compile(r"chậm nhất (?:trong |vào )?" + _DAY, re.IGNORECASE)
_ON_DEMAND = re.compile(r"đột xuất|khi có yêu cầu", re.IGNORECASE)
_VIA = re.compile(r"\(\*?qua ", re.IGNORECASE)
# Years looked at where a schedule has no end: long enough to meet every weekday and Tết.
_HORIZON = 10


def routes(linted: Linted) -> Iterator[Finding]:
    """C-09, C-16/C-17, D-08: to and via are kept, by code; reports on demand are recorded as such."""
    for number, obligation in enumerate(linted.plan.obligations):
        pointer, text = f"/obligations/{number}", in_vietnamese(obligation)
        if not obligation.to and not obligation.to_text:
            yield linted.finding("LT-C09", "no_recipient", pointer, quote=obligation.quote, code=obligation.code)
        elif not obligation.to:
            yield linted.finding(
                "LT-D08",
                "recipient_without_code",
                pointer,
                quote=obligation.quote,
                code=obligation.code,
                recipient=obligation.to_text,
            )
        if _VIA.search(text) and obligation.via is None:
            yield linted.finding("LT-C09", "via_not_given", pointer, quote=obligation.quote, code=obligation.code)
        if _ON_DEMAND.search(text) and not obligation.on_demand:
            yield linted.finding("LT-C16", "on_demand_not_given", pointer, quote=obligation.quote, code=obligation.code)
        yield from _codes(linted, obligation, pointer)


def _codes(linted: Linted, obligation: Obligation, pointer: str) -> Iterator[Finding]:
    period = next((p for s in linted.plan.schedules for p in s.periods(s.first_year)), None)
    if linted.registry is None or period is None:
        return
    named = [*obligation.to, *filter(None, (obligation.via, obligation.drafted_by))]
    for code in named:
        if code != "VN" and not linted.registry.exists(code, period.last):
            yield linted.finding(
                "LT-D08", "code_unknown", pointer, quote=obligation.quote, code=obligation.code, unit=code
            )


def units_of_issuer(linted: Linted) -> Iterator[Finding]:
    """A plan obliges whom its issuer is over, nobody else: a unit that stood there and is dissolved goes on to its
    successors.
    """
    period = next((p for s in linted.plan.schedules for p in s.periods(s.first_year)), None)
    if linted.registry is None or period is None or not linted.registry.exists(linted.plan.issued_by, period.last):
        return
    for name, kind in linted.plan.reporters.items():
        for code in kind.units:
            bearers = linted.registry.duty_bearers(code, period.last)
            within = (linted.registry.is_within(each.code, linted.plan.issued_by, period.last) for each in bearers)
            if not any(within):
                at, issuer = f"/reporters/{name}/units", linted.plan.issued_by
                yield linted.finding("LT-R08", "not_of_issuer", at, kind=kind.label, unit=code, issuer=issuer)


def wording(linted: Linted) -> Iterator[Finding]:
    """C-21: “trước ngày” is exclusive, “chậm nhất trong ngày” inclusive, and the days are those quoted."""
    for number, obligation in enumerate(linted.plan.obligations):
        text = in_vietnamese(obligation)
        quoted_days = {("before", _month_day(m)) for m in _BEFORE.finditer(text)}
        quoted_days |= {("on_or_before", _month_day(m)) for m in _WITHIN.finditer(text)}
        given = {("before", d.before) for d in obligation.deadlines if d.before}
        given |= {("on_or_before", d.on_or_before) for d in obligation.deadlines if d.on_or_before}
        if quoted_days and quoted_days != given:
            yield linted.finding(
                "LT-C21",
                "days_differ",
                f"/obligations/{number}",
                quote=obligation.quote,
                code=obligation.code,
                said=_days(quoted_days),
                given=_days(given) if given else phrase("no_deadline"),
            )


def obligations_dated(linted: Linted) -> Iterator[Finding]:
    """R03, R04: a periodic obligation has dates, and rounds to which they belong."""
    frequencies = {schedule.frequency for schedule in linted.plan.schedules}
    for number, obligation in enumerate(linted.plan.obligations):
        if obligation.kind != "periodic":
            continue
        if not obligation.deadlines:
            yield linted.finding(
                "LT-R03", "no_deadline", f"/obligations/{number}", quote=obligation.quote, code=obligation.code
            )
        elif obligation.frequency not in frequencies:
            yield linted.finding(
                "LT-R04",
                "no_schedule",
                f"/obligations/{number}",
                quote=obligation.quote,
                code=obligation.code,
                frequency=obligation.frequency,
            )


def closes(linted: Linted) -> Iterator[Finding]:
    """R01, R02: the close of data lies at least one working day before each deadline of the period."""
    for number, obligation in enumerate(linted.plan.obligations):
        if obligation.kind == "periodic":
            yield from _first_fault(linted, obligation, f"/obligations/{number}")


def _first_fault(linted: Linted, obligation: Obligation, pointer: str) -> Iterator[Finding]:
    for period in _periods(linted):
        deadline = deadline_instant(obligation, period)
        if deadline is None:
            continue
        if day_of(deadline) <= period.last:
            yield linted.finding(
                "LT-R02",
                "due_inside_period",
                pointer,
                quote=obligation.quote,
                code=obligation.code,
                period=period.code,
                last=period.last,
            )
            return
        if working_days_between(period.last, deadline) < 1:
            yield linted.finding(
                "LT-R01",
                "no_working_day",
                pointer,
                quote=obligation.quote,
                code=obligation.code,
                period=period.code,
                last=period.last,
            )
            return


def spans(linted: Linted) -> Iterator[Finding]:
    """R05: the periods of a schedule follow one another without overlap or gap."""
    for number, schedule in enumerate(linted.plan.schedules):
        last_year = min(schedule.last_year or schedule.first_year + 2, schedule.first_year + 2)
        periods = [p for year in range(schedule.first_year, last_year + 1) for p in schedule.periods(year)]
        for earlier, later in pairwise(periods):
            if later.first != earlier.last + timedelta(days=1) or later.first > later.last:
                yield linted.finding(
                    "LT-R05",
                    "gap_or_overlap",
                    f"/schedules/{number}/spans",
                    earlier=earlier.code,
                    last=earlier.last,
                    later=later.code,
                    first=later.first,
                )
                break


def consolidation(linted: Linted) -> Iterator[Finding]:
    """R06: the issuer consolidates after its units have reported."""
    periods = _periods(linted)
    units = [o for o in linted.plan.obligations if o.kind == "periodic" and o.level == "units"]
    for number, obligation in enumerate(linted.plan.obligations):
        if obligation.kind != "periodic" or obligation.level != "issuer" or not obligation.deadlines:
            continue
        pairs = [(deadline_instant(obligation, p), deadline_instant(unit, p)) for p in periods for unit in units]
        dated_pairs = [(own, theirs) for own, theirs in pairs if own and theirs]
        if any(own < theirs for own, theirs in dated_pairs):
            yield linted.finding(
                "LT-R06", "due_before_units", f"/obligations/{number}", quote=obligation.quote, code=obligation.code
            )
        elif any(own == theirs for own, theirs in dated_pairs):
            yield linted.finding(
                "LT-R06", "due_with_units", f"/obligations/{number}", quote=obligation.quote, code=obligation.code
            )


def milestones(linted: Linted) -> Iterator[Finding]:
    """T01: a round covers the milestone year, otherwise nothing can show that it was reached in time."""
    for number, indicator in enumerate(linted.plan.indicators):
        for place, target in enumerate(indicator.targets):
            if target.year is not None and not linted.plan.periods(target.year):
                yield linted.finding(
                    "LT-T01",
                    "no_round_in_year",
                    f"/indicators/{number}/targets/{place}",
                    quote=target.quote,
                    code=indicator.code,
                    year=target.year,
                )


def before_the_decision(linted: Linted) -> Iterator[Finding]:
    """R07: flows that begin before the decision they are counted for."""
    decided = linted.programme.data.get("decision")
    if decided is None:
        return
    day = date.fromisoformat(decided["date"])
    for number, schedule in enumerate(linted.plan.schedules):
        first = next(iter(schedule.periods(schedule.first_year)), None)
        if first is not None and first.first < day:
            yield linted.finding(
                "LT-R07",
                "before_decision",
                f"/schedules/{number}",
                quote=_assumption(schedule),
                period=first.code,
                first=first.first,
                decision=decided["number"],
                day=day,
            )


def _assumption(schedule: Schedule) -> str | None:
    return None if schedule.assumption is None else schedule.assumption.vi


def _periods(linted: Linted) -> list[Period]:
    periods = []
    for schedule in linted.plan.schedules:
        last = schedule.last_year or schedule.first_year + _HORIZON
        periods += [p for year in range(schedule.first_year, last + 1) for p in schedule.periods(year)]
    return periods


def expected_spans(frequency: str) -> int:
    """How many spans a schedule of that frequency needs."""
    return PARTS[frequency]


def _month_day(match: re.Match[str]) -> tuple[int, int]:
    return int(match[2]), int(match[1])


def _days(deadlines: set[tuple[str, tuple[int, int]]]) -> Message:
    return joined(phrase(f"due_{kind}", day=day, month=month) for kind, (month, day) in sorted(deadlines))
