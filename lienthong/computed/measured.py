"""Indicators whose figures are all computed: measured as any other, from counts and from reports side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lienthong.indicators.assessment import Reading, read
from lienthong.indicators.rollup import Values, layout_of, total
from lienthong.indicators.tallies import FormTally, Tally, View
from lienthong.periods import Period
from lienthong.programmes import Computation, Form, Indicator, Plan
from lienthong.units.levels import Level


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedForm:
    """One form of one round. computed: by figure; reported: each report's values in the form's order."""

    form: Form
    computed: Mapping[str, int]
    reported: Sequence[Values]
    obliged: int

    def computed_values(self) -> Values:
        return [self.computed.get(figure.code) for figure in self.form.figures]


def indicators_of(plan: Plan) -> Iterator[Indicator]:
    """Those that need no figure but computed ones."""
    computed_figures = {rule.figure for rule in plan.computed}
    for indicator in plan.indicators:
        wanted = set(_figures(indicator.computation))
        if wanted and wanted <= computed_figures:
            yield indicator


def readings(
    plan: Plan, level: Level, now: str, rounds: Mapping[str, tuple[Period, Sequence[CountedForm]]]
) -> list[tuple[Indicator, Reading, Reading]]:
    """Each with its reading from counts and from reports. now: the period code asked for."""
    views = [_view(plan, level, now, rounds, counted=counted) for counted in (True, False)]
    return [(each, read(each, views[0]), read(each, views[1])) for each in indicators_of(plan)]


def _view(
    plan: Plan,
    level: Level,
    now: str,
    rounds: Mapping[str, tuple[Period, Sequence[CountedForm]]],
    *,
    counted: bool,
) -> View:
    tallies = {
        code: Tally(period=period, forms=tuple(_tally(plan, form, counted=counted) for form in forms))
        for code, (period, forms) in rounds.items()
    }
    period = rounds[now][0]
    years = range(min((s.first_year for s in plan.schedules), default=period.year), period.year + 1)
    return View(
        level=level,
        now=tallies[now],
        earlier={code: tally for code, tally in tallies.items() if code != now},
        scheduled=frozenset(each.code for year in years for each in plan.periods(year)),
        year_close=max((each.last for each in plan.periods(period.last.year)), default=None),
    )


def _tally(plan: Plan, counted_form: CountedForm, *, counted: bool) -> FormTally:
    """A count is as one report of all that there is."""
    layout = layout_of(counted_form.form, plan.indicators)
    if counted:
        return FormTally(layout=layout, slots=total(layout, [counted_form.computed_values()]), obliged=1)
    return FormTally(layout=layout, slots=total(layout, counted_form.reported), obliged=counted_form.obliged)


def _figures(computation: Computation) -> Iterable[str]:
    own = (*computation.figures, *computation.numerator, *computation.denominator, *computation.among)
    nested = () if computation.of is None else tuple(_figures(computation.of))
    return (*own, *(() if computation.figure is None else (computation.figure,)), *nested)
