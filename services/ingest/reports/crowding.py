"""More people in a report than there are: which populations its figures are held against. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lienthong.errors import Message, Problem
from lienthong.events import NATION
from lienthong.forms import people
from lienthong.forms.fitting import Fit
from lienthong.indicators.measuring import shares_of_people
from lienthong.refusals import alike
from lienthong.units import Population
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.placing import Place


def queries(
    fit: Fit, packed: Sequence[int | None], unit: str, place: Place, definitions: Definitions, *, at: str
) -> list[Problem]:
    """At most one. A figure of a share of the people (residents reached) can't exceed those of the unit itself, where
    they are known; any other count of heads can't exceed those of the province, or of the nation.
    """
    if not fit.heads:
        return []
    registry, on = definitions.registry, place.round.period.last
    own = registry.population(unit, on)
    around = registry.population(place.round.province, on) or registry.population(NATION, on)
    known = [each for each in (own, around) if each is not None]
    if not known or people.within(fit.heads, packed, min(each.value for each in known)):
        return []
    residents = _residents(place, definitions)
    bounds = {
        figure.code: (_named(bound, definitions, on), bound)
        for figure in fit.form.figures
        if figure.counts_heads and (bound := (own or around) if figure.code in residents else around) is not None
    }
    found = people.query(fit.form, packed, bounds, at=at)
    return [] if found is None else [found]


def _residents(place: Place, definitions: Definitions) -> frozenset[str]:
    """The figures of the plan's shares of the people."""
    indicators = definitions.plan_of(place.round).indicators
    return frozenset(code for computation in shares_of_people(indicators) for code in computation.figures)


def _named(people_: Population, definitions: Definitions, on: date) -> Message:
    unit = definitions.registry.get(people_.unit, on)
    return alike(people_.unit if unit is None else unit.full_name)
