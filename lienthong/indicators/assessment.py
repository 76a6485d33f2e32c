"""What an indicator says at one level for one period, computed from rollups exactly. Pure.

A `Tally` is what one level knows of one period: its rollups, and the population at the close of data. `read`
gives a `Reading`: the value or why there is none, the arithmetic and the counts it rests on, and the status
of each target (lienthong/indicators/targets.py).

Rules (design.md, invariants 3, 4, 5): percentages are never averaged; a ratio runs over the units that gave
both sides; not reported is not zero; where the indicator is not declared meaningful only its counts are
given; too few reports make a value provisional. Nothing here rounds but for showing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from lienthong.errors import Message
from lienthong.indicators import reasons
from lienthong.indicators.arithmetic import agreeing, exact, rounded, vietnamese
from lienthong.indicators.measuring import PERCENT, is_share, kind_of, measure
from lienthong.indicators.parts import Count, Measured
from lienthong.indicators.reasons import Reason
from lienthong.indicators.tallies import (
    FormTally,
    Tally,
    UnitPopulation,
    View,
)
from lienthong.indicators.targets import TargetReading, as_provisional, judge
from lienthong.programmes import Indicator, Target
from lienthong.units.levels import Level

__all__ = ["FormTally", "Reading", "Tally", "UnitPopulation", "View", "read"]

ASSESSED, PROVISIONAL, CANNOT = "assessed", "provisional", "cannot_be_assessed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """An indicator at one level for one period.

    value: exact; None where it cannot be assessed, or is a status. shown: value as plain decimals, rounded
    half up to `digits`: the indicator's decimals, and more where fewer would contradict the verdict. status:
    least advanced status among the units that gave it (milestones), status_label: what the figure calls it.
    reported, obliged: units that gave what this period's value needs, and those that should have.
    """

    indicator: Indicator
    level: Level
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    status: str | None
    assessment: str
    reasons: tuple[Reason, ...]
    arithmetic: str
    reported: int
    obliged: int
    targets: tuple[TargetReading, ...]
    digits: int = 0
    status_label: Message | None = None
    labels: Mapping[str, Message] = field(default_factory=dict)

    @property
    def shown(self) -> str | None:
        return None if self.value is None else rounded(self.value, self.digits)

    def shown_gap(self, target: TargetReading) -> str | None:
        """The gap of one of the targets; never “0,0” for something that is missing."""
        if target.gap is None:
            return None
        return rounded(target.gap, agreeing(target.gap, self.digits, [Fraction(0)]))


def read(indicator: Indicator, view: View) -> Reading:
    """The indicator in a view. One that cannot be measured is a Reading with reasons, never an error."""
    measured = measure(indicator.computation, view, indicator.baseline)
    if view.level not in indicator.levels:
        return _only_counts(indicator, view, measured)
    lacking = measured.value is None and measured.status is None
    doubts = (*measured.conflicts, *measured.doubts, *_coverage_doubts(indicator, measured.counts))
    assessment = CANNOT if lacking else PROVISIONAL if doubts else ASSESSED
    targets = tuple(_target(indicator, target, measured, view) for target in indicator.targets)
    digits = _digits(indicator, measured, targets)
    reported, obliged = _given_of_obliged(measured.counts, view.now.period.code)
    return Reading(
        indicator=indicator,
        level=view.level,
        value=measured.value,
        numerator=measured.numerator,
        denominator=measured.denominator,
        status=measured.status,
        assessment=assessment,
        reasons=(*measured.lacking, *doubts) if lacking else doubts,
        arithmetic=_arithmetic(indicator, measured, digits),
        digits=digits,
        status_label=None if measured.status is None else measured.labels.get(measured.status),
        labels=measured.labels,
        reported=reported,
        obliged=obliged,
        targets=tuple(map(as_provisional, targets)) if assessment == PROVISIONAL else targets,
    )


def _only_counts(indicator: Indicator, view: View, measured: Measured) -> Reading:
    """No value and no target where the plan does not declare the indicator meaningful: its counts alone."""
    people = kind_of(indicator.computation).of_people
    below = None if people else measured.denominator
    counted = [part for part in (measured.numerator, below) if part is not None]
    growth = kind_of(indicator.computation).over_years
    reported, obliged = _given_of_obliged(measured.counts, view.now.period.code)
    return Reading(
        indicator=indicator,
        level=view.level,
        value=None,
        numerator=None if growth else measured.numerator,
        denominator=None if growth else below,
        status=None,
        assessment=CANNOT,
        reasons=(reasons.not_meaningful(view.level),),
        arithmetic="" if growth else "; ".join(f"Σ {vietnamese(_plain_decimals(part))}" for part in counted),
        reported=reported,
        obliged=obliged,
        targets=(),
    )


def _target(indicator: Indicator, target: Target, measured: Measured, view: View) -> TargetReading:
    computation = indicator.computation
    over_years = kind_of(computation).over_years
    if target.average and over_years and computation.mode != "average_from_baseline":
        averaged = replace(computation, mode="average_from_baseline")
        measured = measure(averaged, view, indicator.baseline)
        if measured.value is None:
            return TargetReading(target=target, status=CANNOT, reasons=measured.lacking)
    goal = None if computation.reaches is None else str(computation.reaches)
    # A growth indicator's baseline is a quantity, not a rate: there is no line of rates to be on.
    baseline = None if over_years else indicator.baseline
    return judge(target, measured, view.now.period, view.moment, baseline, goal)


def _digits(indicator: Indicator, measured: Measured, targets: Iterable[TargetReading]) -> int:
    """Decimals at which the value and what is said of it agree. Nearly all of a whole is not shown as all."""
    if measured.value is None:
        return indicator.decimals
    ends = [Fraction(0), Fraction(PERCENT)] if is_share(indicator.computation) else []
    numbers = [number for reading in targets for number in _numbers(reading)]
    return agreeing(measured.value, indicator.decimals, [*ends, *numbers])


def _numbers(reading: TargetReading) -> Iterable[Fraction]:
    """What a target compares with."""
    wanted = reading.target
    yield from (Fraction(n) for n in (wanted.low, wanted.high) if n is not None)
    if isinstance(wanted.value, Decimal):
        yield Fraction(wanted.value)
    if reading.line is not None:
        yield reading.line


def _coverage_doubts(indicator: Indicator, counts: Iterable[Count]) -> tuple[Reason, ...]:
    """A reason for each period in which fewer units than the minimum gave what is needed."""
    counts = tuple(counts)
    minimum = Fraction(indicator.minimum_coverage)
    doubts = []
    for code in dict.fromkeys(count.period for count in counts):
        given, obliged = _given_of_obliged(counts, code)
        if obliged == 0:
            doubts.append(reasons.nobody_obliged())
        elif Fraction(100 * given, obliged) < minimum:
            doubts.append(reasons.coverage_below_minimum(code, given, obliged, minimum))
    return tuple(doubts)


def _given_of_obliged(counts: Iterable[Count], code: str) -> tuple[int, int]:
    """(given, obliged) of a period, each form once: of its parts the one that fewest units gave."""
    least: dict[str, tuple[int, int]] = {}
    for count in counts:
        if count.period == code:
            lowest = least.get(count.form)
            given = count.given if lowest is None else min(lowest[0], count.given)
            least[count.form] = (given, count.obliged)
    return sum(given for given, _ in least.values()), sum(obliged for _, obliged in least.values())


def _arithmetic(indicator: Indicator, measured: Measured, digits: int) -> str:
    if measured.value is None:
        return measured.expression
    return f"{measured.expression} = {vietnamese(rounded(measured.value, digits))}{_unit(indicator.measure.vi)}"


def _unit(measure: str) -> str:
    """A unit of measure after its number: “98,8%”, “3,4 máy/triệu dân”."""
    return measure if measure.startswith("%") or not measure else f" {measure}"


def _plain_decimals(value: Fraction) -> str:
    try:
        return exact(value)
    except ValueError:  # a quotient without end; shown to more digits than any target has
        return rounded(value, 12)
