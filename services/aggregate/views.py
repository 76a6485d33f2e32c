"""Rounds and their tallies seen as the indicators need them: a root over its periods, one unit, the nation. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lienthong.indicators.assessment import Reading, read
from lienthong.indicators.rollup import vector
from lienthong.indicators.tallies import (
    FormTally,
    Population,
    Tally,
    View,
)
from lienthong.periods import frequency_of
from lienthong.programmes import Computation, Indicator, Plan
from services.aggregate.counting import Report
from services.aggregate.rounds import Round, level_of


def root_view(one: Round, earlier: Iterable[Round], tallies: Mapping[str, Tally]) -> View:
    """The round at its root's level, with the plan's other rounds. tallies: by round code."""
    return View(
        level=one.level, now=tallies[one.code], scheduled=scheduled(one.reading, one.period.year),
        earlier={other.period.code: tallies[other.code] for other in earlier},
    )  # fmt: skip


def unit_view(one: Round, unit: str, now: Tally, earlier: Mapping[str, Tally]) -> View:
    """The round at one unit's own level, from tallies of that unit alone (by period code)."""
    return View(level=level_of(unit), now=now, earlier=earlier,
                scheduled=scheduled(one.reading, one.period.year))  # fmt: skip


def unit_tally(one: Round, unit: str, reports: Mapping[str, Report], people: Population | None) -> Tally:
    """What one unit's own reports say of a round."""
    forms = [_unit_form(one, form, reports.get(form)) for form in one.layouts if unit in one.obliged_in(form)]
    return Tally(period=one.period, forms=tuple(forms), population=people)


def _unit_form(one: Round, form: str, report: Report | None) -> FormTally:
    layout = one.layouts[form]
    if report is None or report.values is None:
        return FormTally(layout=layout, slots=layout.zero, obliged=1)
    return FormTally(layout=layout, slots=vector(layout, report.values, late=report.late), obliged=1)


def readings(view: View, indicators: Iterable[Indicator]) -> list[Reading]:
    return [read(indicator, view) for indicator in indicators]


def scheduled(plan: Plan, until: int) -> frozenset[str]:
    """Codes of the periods that the plan's schedules have, up to a year."""
    years = range(min((s.first_year for s in plan.schedules), default=until), until + 1)
    return frozenset(period.code for year in years for period in plan.periods(year))


def repeated_forms(rounds: Iterable[Round]) -> frozenset[tuple[str, str]]:
    """(round, form) of a commune's own plan that repeats what its province already counts for that commune.

    A commune may carry the same programme out under a plan of its own. Where the province's plan asks it for
    the same figure in the same period, adding both would count the commune twice.
    """
    rounds = list(rounds)
    found = set()
    for own in rounds:
        wider = [other for other in rounds if other.province == own.province and other.level == "province"]
        for form, layout in own.layouts.items():
            if own.level == "commune" and any(_asks_the_same(own, form, other) for other in wider):
                found.add((own.code, layout.form))
    return frozenset(found)


def _asks_the_same(own: Round, form: str, other: Round) -> bool:
    codes = {figure.code for figure in own.layouts[form].figures}
    return any(
        codes & {figure.code for figure in layout.figures} and own.obliged_in(form) & other.obliged_in(name)
        for name, layout in other.layouts.items()
    )


def looks_back(computation: Computation) -> bool:
    """Whether an indicator rests on earlier periods too."""
    return computation.kind == "growth" or computation.window != "period"


def nation_view(
    rounds: Mapping[str, list[Round]], tallies: Mapping[str, Tally], period: str, people: Population | None
) -> View:
    """Equal period codes of one programme over all plans. rounds: by period code."""
    merged = {code: _merged(found, tallies) for code, found in rounds.items() if found}
    now = replace(merged[period], population=people)
    earlier = {code: tally for code, tally in merged.items()
               if code != period and frequency_of(code) == frequency_of(period)}  # fmt: skip
    return View(level="nation", now=now, earlier=earlier)


def _merged(rounds: list[Round], tallies: Mapping[str, Tally]) -> Tally:
    left_out = repeated_forms(rounds)
    forms = [form for one in rounds for form in tallies[one.code].forms
             if (one.code, form.layout.form) not in left_out]  # fmt: skip
    return Tally(period=rounds[0].period, forms=tuple(forms))


def national_indicators(rounds: Iterable[Round]) -> tuple[list[Indicator], list[str]]:
    """Indicators declared for the nation, without targets (these belong to plans), and the codes of those
    that two plans compute in different ways: they have no national value.
    """
    found: dict[str, Indicator] = {}
    differing: set[str] = set()
    for plan in {one.reading.code: one.reading for one in rounds}.values():
        for indicator in plan.indicators:
            if "nation" not in indicator.levels:
                continue
            known = found.setdefault(indicator.code, indicator)
            if known.computation != indicator.computation:
                differing.add(indicator.code)
    kept = [replace(i, targets=(), baseline=None) for code, i in sorted(found.items()) if code not in differing]
    return kept, sorted(differing)
