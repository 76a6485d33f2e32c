"""What is asked of figures that a system supplies for a unit's report to come. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.contracts.schemas import event_id
from lienthong.errors import Problem
from lienthong.forms.values import unfit_problems
from lienthong.programmes import Form, Plan
from lienthong.refusals import phrase, problem
from lienthong.rounds.round import OpenRound
from services.ingest.claims.claim import Claim
from services.ingest.claims.verdicts import Checked, Earlier, refusable
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.outside import outside_problem
from services.ingest.reports.placing import find_place, obliged_problems


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """Some figures of one form, by a system that may report for the unit."""
    data = claim.data if isinstance(claim.data, dict) else {}
    problems = list(definitions.contracts.problems(event_id(claim.type), claim.data, at="/data"))
    valid = not problems
    place = find_place(data, principal, definitions, now, problems)
    if place is None:
        return refusable(claim, principal, data, problems)
    problems.extend(obliged_problems(place.round, place.form.code, data["unit"]))
    if valid:
        problems.extend(figure_problems(place.form, data["figures"], definitions.plan_of(place.round)))
        problems.extend(_day_problems(data, place.round, day_of(now)))
        problems.extend(_name_problems(data["system"]))
    return Checked(
        claim=claim,
        client=principal.client_id,
        province=place.round.province,
        problems=tuple(problems),
        data=data,
        subject_parts=(place.round.code, place.form.code, data["unit"]),
    )


def figure_problems(form: Form, figures: Mapping[str, Any], plan: Plan) -> list[Problem]:
    """Codes that the form lacks, and values that their figures can't hold."""
    known = {code: value for code, value in figures.items() if code in form.codes}
    unknown = [
        outside_problem(plan, code)
        or problem(f"/data/figures/{code}", "supplied_figure_unknown", form=form.code, figure=code)
        for code in figures
        if code not in known
    ]
    unfit = list(_figure_problems(form, known))
    return unknown + unfit + ([] if unfit else unfit_problems(form, known, at="/data/figures"))


def _figure_problems(form: Form, figures: Mapping[str, Any]) -> Iterator[Problem]:
    for code, value in figures.items():
        figure = form.figure(code)
        fits = (
            value in [status_value.code for status_value in figure.values]
            if figure.is_status
            else isinstance(value, int | Decimal)
        )
        if not fits:
            yield problem(f"/data/figures/{code}", "supplied_figure_unfit", figure=code, value=str(value))


def _name_problems(system: str) -> Iterator[Problem]:
    """Signs that nobody sees: two names that look alike would be two systems, whose values are added."""
    unseen = next((sign for sign in system if unicodedata.category(sign) == "Cf"), None)
    if unseen is not None:
        yield problem("/data/system", "control_character", what=phrase("of_text"), sign=f"U+{ord(unseen):04X}")


def _day_problems(data: Mapping[str, Any], round_: OpenRound, today: date) -> list[Problem]:
    """What a value holds for is a day of the round or after it: one of before would be counted for what it is not."""
    as_of = data.get("asOf")
    if as_of is None:
        return []
    day, first = date.fromisoformat(as_of), round_.period.first
    if day > today:
        return [problem("/data/asOf", "supplied_day_ahead", day=as_of, today=today.isoformat())]
    if day < first:
        return [problem("/data/asOf", "supplied_day_before", day=as_of, round=round_.code, first=first.isoformat())]
    return []
