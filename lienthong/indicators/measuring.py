"""From rollups to the value of a computation, exactly: one function for each kind. Pure.

What lives here knows figures, windows and levels; it knows neither targets nor how a value is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lienthong.indicators import reasons
from lienthong.indicators.arithmetic import (
    vietnamese,
)
from lienthong.indicators.growth import growth
from lienthong.indicators.parts import (
    Count,
    Measured,
    count_of,
    doubts_of,
    figures_asked,
    multiplied,
    pair_part,
    sigma,
    sum_part,
)
from lienthong.indicators.rollup import (
    count_given,
    goal_of,
    reaches,
    status_of,
)
from lienthong.indicators.tallies import FormTally, View
from lienthong.programmes import Baseline, Computation, Figure, Indicator

PERCENT = 100


def measure(computation: Computation, view: View, baseline: Baseline | None = None) -> Measured:
    """The value of a computation in a view. baseline: of the indicator; for growth, a value of `of`."""
    return kind_of(computation).measure(computation, view, baseline)


def kind_of(computation: Computation) -> KindOf:
    """The row of its kind."""
    return KINDS[computation.kind]


def _sum(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    parts_by_code = [(code, sum_part(view, code, computation.window)) for code in computation.figures]
    parts = [part for _, part in parts_by_code if part is not None]
    absent = tuple(reasons.figure_not_asked(code) for code, part in parts_by_code if part is None)
    counts = tuple(count for part in parts for count in part.counts)
    if not any(part.reported for part in parts):
        return Measured(counts=counts, lacking=absent or (reasons.nothing_reported(),))
    value = sum((part.value for part in parts), Fraction(0))
    flow = any(part.flow for part in parts)
    return Measured(
        value=value,
        numerator=value,
        counts=counts,
        expression=" + ".join(sigma(part.value) for part in parts),
        doubts=absent + doubts_of(parts),
        of_its_period=flow and computation.window != "since_start",
        rising=flow and computation.window != "period",
    )


def _ratio(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    pairs = list(zip(computation.numerator, computation.denominator, strict=False))
    parts_by_pair = [(pair, pair_part(view, *pair, computation.window)) for pair in pairs]
    parts = [part for _, part in parts_by_pair if part is not None]
    absent = tuple(reasons.pair_not_asked(*pair) for pair, part in parts_by_pair if part is None)
    counts = tuple(count for part in parts for count in part.counts)
    if not any(part.reported for part in parts):
        return Measured(counts=counts, lacking=absent or (reasons.nothing_reported(),))
    above = sum((part.value for part in parts), Fraction(0))
    below = sum((part.other for part in parts), Fraction(0))
    measurement = Measured(
        numerator=above,
        denominator=below,
        counts=counts,
        doubts=absent + doubts_of(parts),
        conflicts=tuple(dict.fromkeys(conflict for part in parts for conflict in part.conflicts)),
        expression=multiplied(f"{sigma(above)} / {sigma(below)}", computation.multiplier),
        of_its_period=any(part.flow for part in parts) and computation.window != "since_start",
    )
    return _divide(measurement, computation)


def _per_population(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    measurement = _sum(computation, view, baseline)
    if measurement.value is None:
        return measurement
    people = view.now.population
    if people is None or people.value <= 0:
        return replace(measurement, value=None, lacking=(reasons.no_population(view.level),))
    below = Fraction(people.value)
    expression = measurement.expression if len(computation.figures) == 1 else f"({measurement.expression})"
    text = multiplied(f"{expression} / {vietnamese(str(people.value))} người ({people.year})", computation.multiplier)
    crowded = view.overfull.get(computation.figures, ())
    conflicts = (*measurement.conflicts, *([reasons.more_than_live_there(crowded)] if crowded else []))
    return _divide(
        replace(measurement, value=None, denominator=below, expression=text, conflicts=conflicts), computation
    )


def _divide(measured: Measured, computation: Computation) -> Measured:
    if not measured.denominator:
        return replace(measured, lacking=(reasons.zero_denominator(),))
    assert measured.numerator is not None
    over = is_share(computation) and measured.numerator > measured.denominator
    return replace(
        measured,
        value=Fraction(computation.multiplier) * measured.numerator / measured.denominator,
        conflicts=(
            *measured.conflicts,
            *([reasons.more_than_all(measured.numerator, measured.denominator)] if over else []),
        ),
        with_baseline=True,
    )


def shares_of_people(indicators: Iterable[Indicator]) -> list[Computation]:
    """Computations whose single units can be held against their own populations."""
    return [i.computation for i in indicators if kind_of(i.computation).of_people and is_share(i.computation)]


def is_share(computation: Computation) -> bool:
    """A part of a whole in percent, which can't exceed 100."""
    return kind_of(computation).share and computation.multiplier == PERCENT


def _coverage(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    """Units that reach the value over obliged units, or over the units where the paired figure applies."""
    codes = computation.figures or ((computation.figure,) if computation.figure else ())
    reached, base, counts, absent = 0, 0, [], []
    for place, code in enumerate(codes):
        among = computation.among[place] if place < len(computation.among) else None
        forms = [
            (form, slots)
            for _, form, figure in figures_asked([view.now], code)
            if (slots := _coverage_slots(computation, form, figure, among)) is not None
        ]
        if not forms:
            absent.append(reasons.figure_not_asked(code))
        for form, (above, below) in forms:
            reached += form.layout.at(form.slots, above)
            base += form.obliged if below is None else form.layout.at(form.slots, below)
            counts.append(count_of(view.now, form, form.layout.at(form.slots, count_given(among or code))))
    measurement = Measured(
        numerator=Fraction(reached),
        denominator=Fraction(base),
        counts=tuple(counts),
        doubts=tuple(absent),
        expression=multiplied(_units_covered(reached, base, counts), computation.multiplier),
    )
    if not any(count.given for count in counts):
        return replace(measurement, lacking=tuple(absent) or (reasons.nothing_reported(),), doubts=())
    return _divide(measurement, computation)


def _units_covered(reached: int, base: int, counts: Sequence[Count]) -> str:
    """`45 / 50 đơn vị`, with the units that reported and yet are not in the denominator."""
    outside = sum(count.given for count in counts) - base
    left = f" (không tính {vietnamese(str(outside))} đơn vị không thuộc diện)" if outside > 0 else ""
    return f"{vietnamese(str(reached))} / {vietnamese(str(base))} đơn vị{left}"


def _coverage_slots(
    computation: Computation, form: FormTally, figure: Figure, among: str | None
) -> tuple[str, str | None] | None:
    """Slots of numerator and denominator (None: the obliged units); None where the layout lacks them."""
    above = reaches(figure.code, goal_of(computation, figure), among)
    below = None
    if among is not None:
        base = form.figure(among)
        if base is None:
            return None
        below = reaches(among, base.values[-1].code if base.is_status else 1)
    return (above, below) if form.layout.has(above) else None


def _minimum(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    parts_by_code = [(code, sum_part(view, code, computation.window)) for code in computation.figures]
    parts = [part for _, part in parts_by_code if part is not None]
    counts = tuple(count for part in parts for count in part.counts)
    lacking = [reasons.figure_not_asked(code) for code, part in parts_by_code if part is None]
    if not parts or any(not part.reported for part in parts):
        lacking.append(reasons.nothing_reported())
    if lacking:
        return Measured(counts=counts, lacking=tuple(lacking))
    value = min(part.value for part in parts)
    flow = any(part.flow for part in parts)
    return Measured(
        value=value,
        numerator=value,
        counts=counts,
        doubts=doubts_of(parts),
        expression=f"min({'; '.join(sigma(part.value) for part in parts)})",
        of_its_period=flow and computation.window != "since_start",
        rising=flow and computation.window != "period",
    )


def _growth(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    return growth(computation, view, baseline, measure=measure)


def _milestone(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    """How far the least advanced unit is that gave the status; numerator: units that reached the goal."""
    code = computation.figure or ""
    asking = list(figures_asked([view.now], code))
    if not asking:
        return Measured(lacking=(reasons.figure_not_asked(code),))
    at: dict[str, int] = {}
    counts = []
    for tally, form, figure in asking:
        for value in figure.values:
            at[value.code] = at.get(value.code, 0) + form.layout.at(form.slots, status_of(code, value.code))
        counts.append(count_of(tally, form, form.layout.at(form.slots, count_given(code))))
    if not any(at.values()):
        return Measured(counts=tuple(counts), lacking=(reasons.nothing_reported(),))
    figure = asking[0][2]
    ranks = {value.code: place for place, value in enumerate(figure.values)}
    status = next(value.code for value in figure.values if at[value.code])
    goal = ranks.get(str(goal_of(computation, figure)), len(ranks))
    there = sum(units for value, units in at.items() if ranks.get(value, -1) >= goal)
    text = "; ".join(f"{value.label.vi}: {at[value.code]} đơn vị" for value in figure.values if at[value.code])
    return Measured(
        status=status,
        ranks=ranks,
        labels={value.code: value.label for value in figure.values},
        numerator=Fraction(there),
        counts=tuple(counts),
        expression=text,
        denominator=Fraction(sum(count.obliged for count in counts)),
    )


def _none(computation: Computation, view: View, baseline: Baseline | None) -> Measured:
    return Measured(lacking=(reasons.not_computable(computation.reason),))


@dataclass(frozen=True, kw_only=True, slots=True)
class KindOf:
    """A kind of computation, and what is asked of it elsewhere. What each means: `Computation`.

    measure: its value in a view. share: of a whole, which it can't exceed where its multiplier makes percents of it.
    status: it tells a status instead of a number; a target of its names one, and of no other kind. of_people: its whole
    are people, who are counted by nobody's report. over_years: it compares years, so that it rests on earlier
    periods, and its baseline is a quantity and no value of its own.
    """

    measure: Callable[[Computation, View, Baseline | None], Measured]
    share: bool = False
    status: bool = False
    of_people: bool = False
    over_years: bool = False


KINDS: Mapping[str, KindOf] = {
    "sum": KindOf(measure=_sum),
    "ratio": KindOf(measure=_ratio, share=True),
    "per_population": KindOf(measure=_per_population, share=True, of_people=True),
    "coverage": KindOf(measure=_coverage, share=True),
    "minimum": KindOf(measure=_minimum),
    "growth": KindOf(measure=_growth, over_years=True),
    "milestone": KindOf(measure=_milestone, status=True),
    "none": KindOf(measure=_none),
}
"""By the name that a plan gives it."""
