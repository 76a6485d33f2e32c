"""Whether a target is reached, exceeded, on the way or behind, for a value at one period. Pure.

Time runs in years (`tallies.Moment`). Before the milestone year's end a value is compared with the straight line
from the baseline (end of its year) to the milestone; without a baseline there is no line: then the gap to the
target is told and the verdict waits. A value that meets the target earlier has reached its level ahead of time,
unless it tells of one stretch of time only (items in 2026 say nothing about 2027). A value that contradicts
itself (more than everybody) or can't be compared (other units reported) is judged by no target.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from lienthong.indicators import reasons
from lienthong.indicators.parts import Measured
from lienthong.indicators.reasons import Reason
from lienthong.indicators.tallies import Moment
from lienthong.periods import Period
from lienthong.programmes import Baseline, Target

REACHED, EXCEEDED, NOT_REACHED = "reached", "exceeded", "not_reached"
REACHED_EARLY, ON_TRACK, BEHIND = "reached_early", "on_track", "behind"
NOT_DUE, CONDITION_PENDING = "not_due", "condition_pending"
CANNOT = "cannot_be_assessed"

OPEN = frozenset({NOT_DUE, CONDITION_PENDING, CANNOT})
"""Statuses that judge nothing: `reasons` says why, and there is nothing in them to be provisional."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetReading:
    """status: one of the words above; those of OPEN come with reasons.

    line: where the line to the milestone stands at this period. gap: what is still missing to the target, in the
    indicator's measure (percentage points for a percentage); None where met, for statuses, and where a flow of
    another year would be compared. provisional: fewer units than the plan's minimum stand behind the value.
    """

    target: Target
    status: str
    provisional: bool = False
    line: Fraction | None = None
    gap: Fraction | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """What one target is judged by."""

    target: Target
    measured: Measured
    period: Period
    now: Moment
    baseline: Baseline | None
    goal: str | None

    @property
    def met(self) -> bool:
        return _is_met(self.target, self.measured, self.goal)

    @property
    def above(self) -> bool:
        """Beyond the upper end of a range that lies upwards: coming down to one, it is not reached yet."""
        high, value = self.target.high, self.measured.value
        if self.target.operator != "range" or high is None or value is None:
            return False
        upwards = self.baseline is None or self.baseline.value <= high
        return upwards and value > Fraction(high)

    @property
    def settled(self) -> bool:
        """Met now, it stays met until the year's end: a sum that only rises."""
        return self.measured.rising and self.target.operator == "at_least"

    def reading(self, status: str) -> TargetReading:
        return TargetReading(target=self.target, status=status, gap=self.gap(self.now.year))

    def waiting(self, reason: Reason, *, year: int | None = None) -> TargetReading:
        """No verdict yet. year: of the target, in which a gap means something."""
        gap = self.gap(year) if year is not None else None
        return TargetReading(target=self.target, status=NOT_DUE, reasons=(reason,), gap=gap)

    def gap(self, year: int) -> Fraction | None:
        """What is missing (positive) to the nearer end of the target; None where nothing can be missing."""
        value = self.measured.value
        if value is None or (self.measured.of_its_period and self.now.year != year):
            return None
        wanted = _near_end(self.target, value)
        return abs(wanted - value) if not self.met and not self.above else None


def judge(
    target: Target, measured: Measured, period: Period, now: Moment, baseline: Baseline | None, goal: str | None = None
) -> TargetReading:
    """The status of one target. goal: the status the computation declares, where the target names none."""
    obstacle = _obstacle(target, measured, goal)
    if obstacle is not None:
        return _cannot(target, obstacle)
    case = _Case(target=target, measured=measured, period=period, now=now, baseline=baseline, goal=goal)
    if target.trigger is not None and _awaiting(case):
        return TargetReading(
            target=target, status=CONDITION_PENDING, reasons=(reasons.condition_pending(target.trigger),)
        )
    if measured.conflicts:
        return TargetReading(target=target, status=CANNOT, reasons=measured.conflicts)
    if measured.of_its_period and not now.whole_year:
        return _cannot(target, reasons.longer_than_a_year())
    return _milestone(case) if target.each_year is None else _each_year(case)


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


def _awaiting(case: _Case) -> bool:
    """Whether what the target waits for, somewhere else, has not happened: as the figure's own status says where
    the plan names that status, else as long as the target is not met.
    """
    ranks, status = case.measured.ranks, case.measured.status
    if case.target.awaits is None or status is None:
        return not case.met
    return ranks[status] <= ranks.get(case.target.awaits, -1)


def _is_met(target: Target, measured: Measured, goal: str | None) -> bool:
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


def _each_year(case: _Case) -> TargetReading:
    assert case.target.each_year is not None
    first, last = case.target.each_year
    if case.now.year < first:
        return case.waiting(reasons.not_due(first), year=first)
    if last is not None and case.now.year > last:
        return _cannot(case.target, reasons.outside_years(first, last))
    if case.now.year_over:
        return _final_reading(case)
    if case.met and (case.settled or not case.measured.of_its_period):
        return case.reading(REACHED if case.settled else REACHED_EARLY)
    return case.waiting(reasons.year_not_over(case.period.code), year=case.now.year)


def _final_reading(case: _Case) -> TargetReading:
    return case.reading(EXCEEDED if case.above else REACHED if case.met else NOT_REACHED)


def _milestone(case: _Case) -> TargetReading:
    year, measured = case.target.year, case.measured
    assert year is not None
    if case.now.at >= year:
        return _final_reading(case)
    early = _ahead_of_time(case, year)
    if early is not None:
        return case.reading(early)
    if case.baseline is None or measured.value is None or case.baseline.year >= year:
        return case.waiting(_why_waiting(case, year), year=year)
    if measured.of_its_period and measured.rising and not case.now.year_over:
        return case.waiting(reasons.year_not_over(case.period.code), year=year)
    return _on_line(case, case.baseline, (case.now.at - case.baseline.year) / (year - case.baseline.year))


def _ahead_of_time(case: _Case, year: int) -> str | None:
    """What can be said before the year is over; None where a flow of another year proves nothing."""
    if case.met and case.now.year == year and case.settled:
        return REACHED  # what only rises within its year is reached for good
    if case.measured.of_its_period:
        return None
    return EXCEEDED if case.above else REACHED_EARLY if case.met else None


def _why_waiting(case: _Case, year: int) -> Reason:
    if case.now.year == year:
        return reasons.year_not_over(case.period.code)
    if case.measured.with_baseline and not case.measured.of_its_period:
        return reasons.before_milestone(year)
    return reasons.not_due(year)


def _on_line(case: _Case, baseline: Baseline, way: Fraction) -> TargetReading:
    """way: the part of the time from baseline to milestone that has passed (below 0 before the baseline)."""
    target, value, start = case.target, case.measured.value, Fraction(baseline.value)
    assert value is not None and target.year is not None
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
    return TargetReading(target=target, status=ON_TRACK if good else BEHIND, line=line, gap=case.gap(target.year))


def _near_end(target: Target, start: Fraction) -> Fraction:
    """Where the line ends: the target's value, or the end of the range that lies nearer to the start."""
    if target.operator != "range":
        return _number(target)
    assert target.low is not None and target.high is not None
    low, high = Fraction(target.low), Fraction(target.high)
    return low if start <= high else high


def _number(target: Target) -> Fraction:
    assert isinstance(target.value, Decimal)
    return Fraction(target.value)


def _cannot(target: Target, reason: Reason) -> TargetReading:
    return TargetReading(target=target, status=CANNOT, reasons=(reason,))


def as_provisional(reading: TargetReading) -> TargetReading:
    """The same reading, marked provisional where it judges something."""
    return reading if reading.status in OPEN else replace(reading, provisional=True)
