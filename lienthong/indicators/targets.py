"""Whether a target is reached, on the way or behind, for a value at one period. Pure.

Time runs in years: the end of 2026 is 2026, the end of 2026-H1 is 2025½. Before the milestone year's end a
value is compared with the straight line from the baseline (end of its year) to the milestone; without a
baseline there is no line and the target cannot be assessed until then. A value that meets the target earlier
is `reached`, unless it tells of one stretch of time only (items in 2026 say nothing about 2027).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lienthong.indicators import reasons
from lienthong.indicators.measuring import Measured
from lienthong.indicators.reasons import Reason
from lienthong.periods import PARTS, Period, is_end_of_year, parts_of_year
from lienthong.programmes import Baseline, Target

REACHED, NOT_REACHED = "reached", "not_reached"
ON_TRACK, BEHIND = "on_track", "behind"
CANNOT = "cannot_be_assessed"


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetReading:
    """status: reached, not_reached, on_track, behind or cannot_be_assessed (then `reasons` says why).

    line: where the line to the milestone stands at this period. provisional: fewer units than the plan's
    minimum stand behind the value.
    """

    target: Target
    status: str
    provisional: bool = False
    line: Fraction | None = None
    reasons: tuple[Reason, ...] = ()


def judge(
    target: Target, measured: Measured, period: Period, baseline: Baseline | None, goal: str | None = None
) -> TargetReading:
    """The status of one target. goal: the status the computation declares, where the target names none."""
    obstacle = _obstacle(target, measured, goal)
    if obstacle is not None:
        return _cannot(target, obstacle)
    if target.each_year is not None:
        return _each_year(target, measured, period, goal)
    assert target.year is not None
    met = _met(target, measured, goal)
    return _milestone(target, measured, period, baseline, met=met)


def instant(period: Period) -> Fraction:
    """The end of a period in years; an ad hoc round stands at its close of data."""
    if period.frequency == "special":
        start = date(period.last.year, 1, 1)
        return Fraction(period.last.year - 1) + Fraction((period.last - start).days, 366)
    return Fraction(period.year - 1) + Fraction(len(parts_of_year(period.code)), PARTS[period.frequency])


def _obstacle(target: Target, measured: Measured, goal: str | None) -> Reason | None:
    if target.year is None and target.each_year is None:
        return reasons.undated()
    return (_status_obstacle if target.operator == "status" else _number_obstacle)(target, measured, goal)


def _status_obstacle(target: Target, measured: Measured, goal: str | None) -> Reason | None:
    wanted = _wanted_status(target, goal)
    if wanted is None:
        return reasons.unquantified()
    if measured.status is None:
        return _why_not(measured) if measured.value is None else reasons.wrong_operator()
    return None if wanted in measured.ranks else reasons.wrong_operator()


def _number_obstacle(target: Target, measured: Measured, goal: str | None) -> Reason | None:
    open_range = target.operator == "range" and target.low is not None and target.high is not None
    if target.value is None and not open_range:
        return reasons.unquantified()
    if measured.status is not None:
        return reasons.wrong_operator()
    return _why_not(measured) if measured.value is None else None


def _why_not(measured: Measured) -> Reason:
    return measured.lacking[0] if measured.lacking else reasons.no_value()


def _wanted_status(target: Target, goal: str | None) -> str | None:
    return goal if target.value is None else str(target.value)


def _met(target: Target, measured: Measured, goal: str | None) -> bool:
    if target.operator == "status":
        assert measured.status is not None
        return measured.ranks[measured.status] >= measured.ranks[str(_wanted_status(target, goal))]
    value = measured.value
    assert value is not None
    if target.operator == "range":
        assert target.low is not None and target.high is not None
        return Fraction(target.low) <= value <= Fraction(target.high)
    wanted_number = _number(target)
    return {
        "at_least": value >= wanted_number,
        "at_most": value <= wanted_number,
        "equal": value == wanted_number,
    }[target.operator]


def _each_year(target: Target, measured: Measured, period: Period, goal: str | None) -> TargetReading:
    assert target.each_year is not None
    first, last = target.each_year
    if period.year < first or (last is not None and period.year > last):
        return _cannot(target, reasons.outside_years(first, last))
    met = _met(target, measured, goal)
    if is_end_of_year(period.code):
        return TargetReading(target=target, status=REACHED if met else NOT_REACHED)
    if met and _settled(target, measured):
        return TargetReading(target=target, status=REACHED)
    return _cannot(target, reasons.year_not_over(period.code))


def _milestone(
    target: Target, measured: Measured, period: Period, baseline: Baseline | None, *, met: bool
) -> TargetReading:
    assert target.year is not None
    year, now = target.year, instant(period)
    if now >= year:
        return TargetReading(target=target, status=REACHED if met else NOT_REACHED)
    # What only rises within its year is reached for good; else a flow of another year proves nothing here.
    early = period.year == year and _settled(target, measured)
    if met and (early or not measured.of_its_period):
        return TargetReading(target=target, status=REACHED)
    if baseline is None or measured.value is None or baseline.year >= year:
        return _cannot(target, reasons.before_milestone(year))
    if measured.of_its_period and measured.rising and not is_end_of_year(period.code):
        return _cannot(target, reasons.year_not_over(period.code))
    return _on_line(target, measured.value, baseline, (now - baseline.year) / (year - baseline.year))


def _on_line(target: Target, value: Fraction, baseline: Baseline, way: Fraction) -> TargetReading:
    """way: the part of the time from baseline to milestone that has passed (below 0 before the baseline)."""
    start = Fraction(baseline.value)
    end = _near_end(target, start)
    line = start + (end - start) * max(way, Fraction(0))
    if target.operator == "at_least":
        good = value >= line
    elif target.operator == "at_most":
        good = value <= line
    elif target.operator == "range":
        assert target.low is not None and target.high is not None
        good = (line <= value <= Fraction(target.high)) if end >= start else (Fraction(target.low) <= value <= line)
    else:
        good = (value >= line) if end >= start else (value <= line)
    return TargetReading(target=target, status=ON_TRACK if good else BEHIND, line=line)


def _near_end(target: Target, start: Fraction) -> Fraction:
    """Where the line ends: the target's value, or the end of the range that lies nearer to the start."""
    if target.operator != "range":
        return _number(target)
    assert target.low is not None and target.high is not None
    low, high = Fraction(target.low), Fraction(target.high)
    return low if start <= high else high


def _settled(target: Target, measured: Measured) -> bool:
    """Whether a target met now stays met until the year's end: a sum that only rises, or no flow at all."""
    if not measured.of_its_period:
        return True
    return measured.rising and target.operator == "at_least"


def _number(target: Target) -> Fraction:
    assert isinstance(target.value, Decimal)
    return Fraction(target.value)


def _cannot(target: Target, reason: Reason) -> TargetReading:
    return TargetReading(target=target, status=CANNOT, reasons=(reason,))


def as_provisional(reading: TargetReading) -> TargetReading:
    """The same reading, marked provisional."""
    return replace(reading, provisional=True)
