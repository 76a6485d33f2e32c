"""Growth on the year before, or on a year of reference, and whether the same units stand behind both values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from lienthong.indicators import reasons
from lienthong.indicators.arithmetic import exact, root, vietnamese
from lienthong.indicators.parts import Count, Measured
from lienthong.indicators.reasons import Reason
from lienthong.indicators.tallies import View
from lienthong.periods import year_before
from lienthong.programmes import Baseline, Computation

Measure = Callable[[Computation, View], Measured]


def growth(computation: Computation, view: View, baseline: Baseline | None, *, measure: Measure) -> Measured:
    """By how many percent the measure `of` grew. measure: gives its value in a view."""
    assert computation.of is not None
    present = measure(computation.of, view)
    if present.value is None:
        return replace(present, expression="")
    average = computation.mode == "average_from_baseline"
    before, years = _from_baseline(view, baseline) if average else _year_before(computation.of, view, baseline, measure)
    measurement = replace(
        present,
        value=None,
        numerator=present.value,
        denominator=before.value,
        of_its_period=True,
        rising=False,
        counts=present.counts + before.counts,
        doubts=present.doubts + before.doubts,
        conflicts=present.conflicts + before.conflicts + _other_reporters(before, present),
        with_baseline=False,
    )
    if before.value is None:
        return replace(measurement, expression=present.expression, lacking=before.lacking)
    if before.value == 0:
        return replace(measurement, expression=present.expression, lacking=(reasons.zero_before(),))
    times = f"({present.expression}) / ({before.expression})"
    inner = times if years == 1 else f"({times})^(1/{years})"
    return replace(
        measurement, value=100 * (root(present.value / before.value, years) - 1), expression=f"({inner} − 1) × 100"
    )


def _other_reporters(before: Measured, now: Measured) -> tuple[Reason, ...]:
    """A conflict where other units stand behind one of the two values. A baseline names none."""
    then, present = _by_form(before.counts), _by_form(now.counts)
    if not then or then == present:
        return ()
    differing = frozenset[str]().union(
        *((then[key][1] or frozenset()) ^ (present[key][1] or frozenset()) for key in then.keys() & present.keys())
    )
    return (reasons.reporters_differ(_latest_reporters(then), _latest_reporters(present), sorted(differing)),)


_Reporters = Mapping[tuple[str, str], tuple[int, frozenset[str] | None]]


def _by_form(counts: Iterable[Count]) -> _Reporters:
    """By form and part of the year: the fewest units that gave one of the figures, and who reported."""
    reporters: dict[tuple[str, str], tuple[int, frozenset[str] | None]] = {}
    for count in counts:
        key = (count.form, count.period[4:])
        least = min(reporters[key][0], count.given) if key in reporters else count.given
        reporters[key] = (least, count.reporters)
    return {key: kept for key, kept in reporters.items() if kept[0]}


def _latest_reporters(reporters: _Reporters) -> int:
    """Units that gave it in the last part of the year, over all forms."""
    last = max(part for _, part in reporters)
    return sum(units for (_, part), (units, _) in reporters.items() if part == last)


def _year_before(of: Computation, view: View, baseline: Baseline | None, measure: Measure) -> tuple[Measured, int]:
    code = year_before(view.now.period.code)
    then = view.at(code)
    if then is not None:
        measurement = measure(of, then)
        return (
            measurement
            if measurement.value is not None
            else replace(measurement, lacking=(reasons.no_year_before(code),))
        ), 1
    year = view.now.period.year
    if baseline is not None and baseline.year == year - 1 and view.now.period.frequency == "annual":
        return _stated_baseline(baseline), 1
    return Measured(lacking=(reasons.no_year_before(code),)), 1


def _from_baseline(view: View, baseline: Baseline | None) -> tuple[Measured, int]:
    now = view.moment
    if baseline is None:
        return Measured(lacking=(reasons.no_baseline(),)), 1
    if now.year <= baseline.year:
        return Measured(lacking=(reasons.baseline_not_past(baseline.year),)), 1
    if not now.year_over:
        return Measured(lacking=(reasons.year_not_over(view.now.period.code),)), 1
    return _stated_baseline(baseline), now.year - baseline.year


def _stated_baseline(baseline: Baseline) -> Measured:
    value = Fraction(baseline.value)
    return Measured(value=value, expression=f"{vietnamese(exact(value))} (năm {baseline.year})")
