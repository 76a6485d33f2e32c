"""What an indicator says at one level for one period, computed from rollups exactly. Pure.

A `Tally` is what one level knows of one period: its rollups, and the population at the close of data. `read`
gives a `Reading`: the value or why there is none, the arithmetic and the counts it rests on, and the status
of each target (lienthong/indicators/targets.py).

Rules (design.md, invariants 3, 4, 5): percentages are never averaged; a ratio runs over the units that gave
both sides; not reported is not zero; where the indicator is not declared meaningful only its counts are
given; too few reports make a value provisional. Nothing here rounds but for showing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from lienthong.indicators import reasons
from lienthong.indicators.arithmetic import exact, rounded, vietnamese
from lienthong.indicators.measuring import Count, Measured, measure
from lienthong.indicators.reasons import Reason
from lienthong.indicators.tallies import (
    FormTally,
    Population,
    Tally,
    View,
)
from lienthong.indicators.targets import TargetReading, as_provisional, judge
from lienthong.programmes import Indicator, Target

__all__ = ["FormTally", "Population", "Reading", "Tally", "View", "read"]

ASSESSED, PROVISIONAL, CANNOT = "assessed", "provisional", "cannot_be_assessed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """An indicator at one level for one period.

    value: exact; None where it cannot be assessed, or is a status. shown: value as plain decimals, rounded
    half up to the indicator's decimals. status: least advanced status among the units that gave it
    (milestones). reported, obliged: units that gave what this period's value needs, and those that should
    have.
    """

    indicator: Indicator
    level: str
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

    @property
    def shown(self) -> str | None:
        return None if self.value is None else rounded(self.value, self.indicator.decimals)


def read(indicator: Indicator, view: View) -> Reading:
    """The indicator in a view. One that cannot be measured is a Reading with reasons, never an error."""
    measured = measure(indicator.computation, view, indicator.baseline)
    if view.level not in indicator.levels:
        return _only_counts(indicator, view, measured)
    lacking = measured.value is None and measured.status is None
    doubts = (*measured.doubts, *_thin(indicator, measured.counts))
    assessment = CANNOT if lacking else PROVISIONAL if doubts else ASSESSED
    targets = tuple(_target(indicator, target, measured, view) for target in indicator.targets)
    reported, obliged = _counted(measured.counts, view.now.period.code)
    return Reading(
        indicator=indicator,
        level=view.level,
        value=measured.value,
        numerator=measured.numerator,
        denominator=measured.denominator,
        status=measured.status,
        assessment=assessment,
        reasons=(*measured.lacking, *doubts) if lacking else doubts,
        arithmetic=_arithmetic(indicator, measured),
        reported=reported,
        obliged=obliged,
        targets=tuple(map(as_provisional, targets)) if assessment == PROVISIONAL else targets,
    )


def _only_counts(indicator: Indicator, view: View, measured: Measured) -> Reading:
    """No value and no target where the plan does not declare the indicator meaningful: its counts alone."""
    people = indicator.computation.kind == "per_population"
    below = None if people else measured.denominator
    counted = [part for part in (measured.numerator, below) if part is not None]
    growth = indicator.computation.kind == "growth"
    reported, obliged = _counted(measured.counts, view.now.period.code)
    return Reading(
        indicator=indicator,
        level=view.level,
        value=None,
        numerator=None if growth else measured.numerator,
        denominator=None if growth else below,
        status=None,
        assessment=CANNOT,
        reasons=(reasons.not_meaningful(view.level),),
        arithmetic="" if growth else "; ".join(f"Σ {vietnamese(_plain(part))}" for part in counted),
        reported=reported,
        obliged=obliged,
        targets=(),
    )


def _target(indicator: Indicator, target: Target, measured: Measured, view: View) -> TargetReading:
    computation = indicator.computation
    if target.average and computation.kind == "growth" and computation.mode != "average_from_baseline":
        averaged = replace(computation, mode="average_from_baseline")
        measured = measure(averaged, view, indicator.baseline)
        if measured.value is None:
            return TargetReading(target=target, status=CANNOT, reasons=measured.lacking)
    goal = None if computation.reaches is None else str(computation.reaches)
    # A growth indicator's baseline is a quantity, not a rate: there is no line of rates to be on.
    baseline = None if computation.kind == "growth" else indicator.baseline
    return judge(target, measured, view.now.period, baseline, goal)


def _thin(indicator: Indicator, counts: Iterable[Count]) -> tuple[Reason, ...]:
    """A reason for each period in which fewer units than the minimum gave what is needed."""
    counts = tuple(counts)
    minimum = Fraction(indicator.minimum_coverage)
    found = []
    for code in dict.fromkeys(count.period for count in counts):
        given, obliged = _counted(counts, code)
        if obliged == 0:
            found.append(reasons.nobody_obliged())
        elif Fraction(100 * given, obliged) < minimum:
            found.append(reasons.coverage_below_minimum(code, given, obliged, minimum))
    return tuple(found)


def _counted(counts: Iterable[Count], code: str) -> tuple[int, int]:
    """(given, obliged) of a period, each form once: of its parts the one that fewest units gave."""
    least: dict[str, tuple[int, int]] = {}
    for count in counts:
        if count.period == code:
            known = least.get(count.form)
            given = count.given if known is None else min(known[0], count.given)
            least[count.form] = (given, count.obliged)
    return sum(given for given, _ in least.values()), sum(obliged for _, obliged in least.values())


def _arithmetic(indicator: Indicator, measured: Measured) -> str:
    if measured.value is None:
        return measured.expression
    shown = vietnamese(rounded(measured.value, indicator.decimals))
    unit = f" {indicator.measure.vi}" if indicator.measure.vi else ""
    return f"{measured.expression} = {shown}{unit}"


def _plain(value: Fraction) -> str:
    try:
        return exact(value)
    except ValueError:  # a quotient without end; shown to more digits than any target has
        return rounded(value, 12)
