"""Rounds and their tallies seen as the indicators need them: a root over its periods, one unit, the nation. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from lienthong.indicators.arithmetic import scaled
from lienthong.indicators.assessment import Reading, read
from lienthong.indicators.measuring import kind_of, shares_of_people
from lienthong.indicators.nation import Asked, repeated_figures, units_by_figure
from lienthong.indicators.rollup import vector
from lienthong.indicators.tallies import (
    FormTally,
    Tally,
    UnitPopulation,
    View,
)
from lienthong.periods import frequency_of
from lienthong.programmes import Computation, Indicator, Plan
from lienthong.units.levels import of_code
from services.aggregate.counting import Report
from services.aggregate.rounds import Round


def root_view(round_: Round, earlier: Iterable[Round], tallies: Mapping[str, Tally]) -> View:
    """The round at its root's level, with the plan's other rounds. tallies: by round code."""
    return View(
        level=round_.level,
        now=tallies[round_.code],
        scheduled=scheduled_periods(round_.reading, round_.period.year),
        year_close=year_close(round_),
        earlier={other.period.code: tallies[other.code] for other in earlier},
    )


def overfull_units(
    round_: Round, reports: Mapping[str, Mapping[str, Report]], people: Mapping[str, UnitPopulation]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """By the figures of a share of the people the units that reported more people than live there."""
    over = {}
    for computation in shares_of_people(round_.reading.indicators):
        counted = _people_by_unit(round_, reports, computation.figures)
        over[computation.figures] = tuple(
            unit for unit in sorted(counted) if unit in people and counted[unit] > people[unit].value
        )
    return {figures: units for figures, units in over.items() if units}


def _people_by_unit(
    round_: Round, reports: Mapping[str, Mapping[str, Report]], figures: Iterable[str]
) -> dict[str, Fraction]:
    wanted = set(figures)
    people: dict[str, Fraction] = {}
    for form, layout in round_.layouts.items():
        places = [(place, figure) for place, figure in enumerate(layout.figures) if figure.code in wanted]
        for unit, report in (reports.get(form, {}) if places else {}).items():
            if report.values is not None and report.stands and unit in round_.obliged_in(form):
                given = [
                    scaled(value, figure.decimals)
                    for place, figure in places
                    if (value := report.values[place]) is not None
                ]
                people[unit] = people.get(unit, Fraction(0)) + sum(given, Fraction(0))
    return people


def unit_view(round_: Round, unit: str, now: Tally, earlier: Mapping[str, Tally]) -> View:
    """The round at one unit's own level, from tallies of that unit alone (by period code)."""
    return View(
        level=of_code(unit),
        now=now,
        earlier=earlier,
        year_close=year_close(round_),
        scheduled=scheduled_periods(round_.reading, round_.period.year),
    )


def unit_tally(round_: Round, unit: str, reports: Mapping[str, Report], people: UnitPopulation | None) -> Tally:
    """What one unit's own reports say of a round."""
    forms = [_unit_form(round_, form, reports.get(form)) for form in round_.layouts if unit in round_.obliged_in(form)]
    return Tally(period=round_.period, forms=tuple(forms), population=people)


def _unit_form(round_: Round, form: str, report: Report | None) -> FormTally:
    layout = round_.layouts[form]
    if report is None or report.values is None or not report.stands:
        return FormTally(layout=layout, slots=layout.zero, obliged=1)
    return FormTally(
        layout=layout,
        slots=vector(layout, report.values, late=report.late),
        obliged=1,
        reporters=frozenset([report.unit]),
    )


def readings(view: View, indicators: Iterable[Indicator]) -> list[Reading]:
    return [read(indicator, view) for indicator in indicators]


def scheduled_periods(plan: Plan, until: int) -> frozenset[str]:
    """Codes of the periods that the plan's schedules have, up to a year."""
    years = range(min((s.first_year for s in plan.schedules), default=until), until + 1)
    return frozenset(period.code for year in years for period in plan.periods(year))


def year_close(round_: Round) -> date | None:
    """The last day of data of the plan's year in which the round ends; None where no schedule has that year."""
    return max((period.last for period in round_.reading.periods(round_.period.last.year)), default=None)


def counted_twice(rounds: Iterable[Round]) -> dict[str, frozenset[str]]:
    """By round of a commune's own plan the figures that its province's plan counts for that commune already."""
    rounds = list(rounds)
    repeats = {}
    for own in (round_ for round_ in rounds if round_.level == "commune"):
        wider = [
            _figures_asked(other) for other in rounds if other.province == own.province and other.level == "province"
        ]
        repeats[own.code] = repeated_figures(_figures_asked(own), wider)
    return {code: figures for code, figures in repeats.items() if figures}


def _figures_asked(round_: Round) -> Asked:
    return units_by_figure(
        (figure.code, round_.obliged_in(form)) for form, layout in round_.layouts.items() for figure in layout.figures
    )


def looks_back(computation: Computation) -> bool:
    """Whether an indicator rests on earlier periods too."""
    return kind_of(computation).over_years or computation.window != "period"


def look_back(indicators: Iterable[Indicator]) -> bool:
    """Whether any of them does: then who reported is compared between the periods."""
    return any(looks_back(indicator.computation) for indicator in indicators)


def nation_view(
    rounds: Mapping[str, list[Round]], tallies: Mapping[str, Tally], period: str, people: UnitPopulation | None
) -> View:
    """Equal period codes of one programme over all plans. rounds: by period code."""
    merged = {code: _merge_tallies(round_, tallies) for code, round_ in rounds.items() if round_}
    now = replace(merged[period], population=people)
    earlier = {
        code: tally for code, tally in merged.items() if code != period and frequency_of(code) == frequency_of(period)
    }
    return View(level="nation", now=now, earlier=earlier)


def _merge_tallies(rounds: list[Round], tallies: Mapping[str, Tally]) -> Tally:
    twice = counted_twice(rounds)
    forms = [
        replace(form, without=twice.get(round_.code, frozenset()))
        for round_ in rounds
        for form in tallies[round_.code].forms
    ]
    return Tally(period=rounds[0].period, forms=tuple(forms))


def national_indicators(rounds: Iterable[Round]) -> tuple[list[Indicator], list[str]]:
    """Indicators declared for the nation, without targets (these belong to plans), and the codes of those
    that two plans compute in different ways: they have no national value.
    """
    indicators: dict[str, Indicator] = {}
    differing: set[str] = set()
    for plan in {round_.reading.code: round_.reading for round_ in rounds}.values():
        for indicator in plan.indicators:
            if "nation" not in indicator.levels:
                continue
            earlier = indicators.setdefault(indicator.code, indicator)
            if earlier.computation != indicator.computation:
                differing.add(indicator.code)
    kept = [replace(i, targets=(), baseline=None) for code, i in sorted(indicators.items()) if code not in differing]
    return kept, sorted(differing)
