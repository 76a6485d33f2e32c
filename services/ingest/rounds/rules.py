"""What must hold for an act on a round, whoever does it. Pure; each raises Rejected with every reason at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from lienthong.calendar import day_of
from lienthong.contracts.collected import refuse
from lienthong.errors import Problem
from lienthong.instants import wire
from lienthong.periods import Period
from lienthong.programmes import Plan
from lienthong.refusals import problem, refused
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions

AHEAD = timedelta(days=2 * 366)
"""From now (of an extension, from the deadline there was) to a deadline that somebody types."""
LONGEST = 20  # years of data of one round: a review of a strategy to 2035 looks back ten


def of_special_round(
    plan: Plan,
    span: Period,
    definitions: Definitions,
    *,
    deadline: datetime,
    forms: Sequence[str] | None,
    now: datetime,
) -> None:
    """Its data are closed, its deadline lies ahead, its forms are the plan's, its code is of a year from its first day
    to now (a code can't be changed afterwards), and it isn't open yet.
    """
    code = opening.code_of(plan, span)
    wrong = [
        problem(f"/forms/{place}", "form_unknown", form=form)
        for place, form in enumerate(forms or ())
        if plan.form(form) is None
    ]
    if not span.first.year <= span.year <= max(span.last.year, day_of(now).year):
        wrong.append(problem("/period", "period_year_apart", period=span.code, first=span.first, last=span.last))
    if code in definitions.rounds:
        wrong.append(problem("/period", "round_exists", round=code))
    if opening.opens_at(span) > now:
        wrong.append(problem("/last", "close_in_future"))
    if span.first.year < span.last.year - LONGEST:
        wrong.append(problem("/first", "period_too_long", years=LONGEST, first=span.first, last=span.last))
    if deadline <= now:
        wrong.append(problem("/deadline", "deadline_passed"))
    wrong += _too_far("/deadline", deadline, now)
    refuse(wrong)


def of_chosen_figures(plan: Plan, forms: Sequence[str] | None, figures: Sequence[str] | None) -> None:
    """Every figure that was chosen stands in one of the forms that were."""
    codes = {code for form in plan.forms if forms is None or form.code in forms for code in form.codes}
    refuse(
        problem(f"/figures/{place}", "figure_not_of_plan", figure=figure, plan=plan.code)
        for place, figure in enumerate(figures or ())
        if figure not in codes
    )


def of_chosen_units(data: Mapping[str, Any], units: Sequence[str] | None) -> None:
    """Every unit that was chosen owes something in the round that would open."""
    owing = {unit for owed in data["obliged"].values() for unit in owed}
    refuse(
        problem(f"/units/{place}", "unit_owes_nothing", unit=unit)
        for place, unit in enumerate(units or ())
        if unit not in owing
    )


def still_taking_reports(round_: OpenRound) -> None:
    """The round isn't locked. Asked first: a locked round is kept without its units and deadlines."""
    if round_.locked:
        raise refused("round_locked_for_good")


def of_extension(
    round_: OpenRound, *, original: datetime | None, until: datetime, unit: str | None, now: datetime
) -> None:
    """The new deadline is later than the original one and no slip of a century, and the unit owes something."""
    wrong = _too_far("/until", until, now if original is None else max(now, original))
    if original is not None and until <= original:
        wrong.append(problem("/until", "extension_not_later", original=wire(original)))
    if unit is not None and not round_.owes(unit):
        wrong.append(problem("/unit", "unit_owes_nothing", unit=unit))
    refuse(wrong)


def _too_far(pointer: str, deadline: datetime, after: datetime) -> list[Problem]:
    """A round stays open until its deadline: one of 2206 instead of 2026 would never be closed."""
    latest = after + AHEAD
    return [problem(pointer, "deadline_too_far", latest=wire(latest))] if deadline > latest else []


def of_dormancy(round_: OpenRound, *, unit: str, dormant: bool, standing: Sequence[str]) -> list[str]:
    """The forms that a unit is excused from, or owes again. standing: those for which its report stands."""
    resting = round_.dormant.get(unit)
    if not dormant:
        if resting is None:
            raise refused("unit_not_dormant", "/unit", unit=unit)
        return list(resting)
    if resting is not None:
        raise refused("unit_dormant_already", "/unit", unit=unit)
    forms = sorted(round_.owes(unit))
    if not forms:
        raise refused("unit_owes_nothing", "/unit", unit=unit)
    if standing:
        raise refused("unit_reported_already", "/unit", unit=unit)
    return forms


def of_lock(changed: int) -> None:
    """The round was not locked before: `changed` rows became so."""
    if not changed:
        raise refused("round_locked_already")


def obligation(round_: OpenRound, code: str | None) -> tuple[str, datetime | None]:
    """The obligation whose deadline is meant, with that deadline; the units' where it is the only one."""
    deadlines = {deadline.obligation: deadline.at for deadline in round_.deadlines}
    units = [deadline.obligation for deadline in round_.deadlines if deadline.sender == "units"]
    chosen = code or (units[0] if len(units) == 1 else None)
    if chosen is None or chosen not in deadlines:
        raise refused("obligation_unknown", "/obligation", known=sorted(deadlines))
    return chosen, deadlines[chosen]
