"""The open round and the form that a claim speaks of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.errors import Problem
from lienthong.instants import wire
from lienthong.programmes import Form
from lienthong.refusals import known_codes, nearest_codes, problem
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting

SCOPE = "report:submit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The open round that a claim's data name, and its form as the round asks for it. whole: with all its figures."""

    round: OpenRound
    form: Form
    whole: Form


def find_place(
    data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime, problems: list[Problem]
) -> Place | None:
    """The open round and its form, for a client that may report for the unit there. What is wrong about them is added
    to `problems`: of a unit that isn't the client's, that alone; where it may not report at all, that too.
    """
    scope_problems = reporting.scope_problems(principal, SCOPE)
    problems.extend(scope_problems)
    code, form_code, unit = data.get("round"), data.get("form"), data.get("unit")
    round_ = definitions.rounds.get(code) if isinstance(code, str) else None
    if round_ is not None and not reporting.takes_part(round_, unit, principal, definitions, now):
        round_ = None
    if isinstance(unit, str):
        province = _province_of(round_, unit, principal, definitions, now)
        right_problems = reporting.right_problems(unit, province, principal, definitions, now)
        if right_problems:
            problems.extend(right_problems)
            return None
    if scope_problems:
        return None
    if not isinstance(code, str) or not isinstance(form_code, str):
        return None  # the schema said so
    if round_ is None:
        problems.append(_round_problem(code, principal, definitions, now))
        return None
    if round_.locked:
        problems.append(problem("/data/round", "round_locked", round=code))
    form = definitions.form_of(round_, form_code)
    if form is None:
        words = {"round": code, "form": form_code, "known": known_codes(round_.form_versions)}
        problems.append(problem("/data/form", "form_not_in_round", **words))
        return None
    whole = definitions.forms[(form.code, form.version)]
    return Place(round=round_, form=form, whole=whole) if isinstance(unit, str) else None


def _province_of(
    round_: OpenRound | None, unit: str, principal: Principal, definitions: Definitions, now: datetime
) -> str:
    """Where a unit would report: the plan's province; where no round is known, that of the unit itself."""
    if round_ is not None:
        return round_.province
    return definitions.province_of(unit, day_of(now)) or principal.province


def version_problems(version: object, form: Form, definitions: Definitions) -> list[Problem]:
    if version == form.version or not isinstance(version, str):
        return []
    at = "/data/formVersion"
    if (form.code, version) not in definitions.forms:
        return [problem(at, "form_version_unknown", form=form.code, unknown=version, version=form.version)]
    if _order(version) > _order(form.version):
        return [problem(at, "form_version_too_new", version=form.version, given=version)]
    return []


def _round_problem(code: str, principal: Principal, definitions: Definitions, now: datetime) -> Problem:
    planned = definitions.planned_round(code)
    if planned is not None and reporting.is_of_province(planned.plan, principal, definitions, now):
        opens = planned.opens
        return problem("/data/round", "round_not_open", round=code, day=opens, opens=wire(opens))
    nearest = nearest_codes(code, definitions.rounds_of(principal.province))
    return problem("/data/round", "round_unknown", round=code, known=nearest)


def obliged_problems(round_: OpenRound, form: str, unit: str) -> list[Problem]:
    if round_.locked or unit in round_.obliged.get(form, ()):
        return []
    if form in round_.dormant.get(unit, ()):
        return [problem("/data/unit", "unit_dormant", unit=unit, round=round_.code)]
    owed = round_.owes(unit)
    return [problem("/data/unit", "unit_not_obliged", unit=unit, form=form, round=round_.code, owes=owed)]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
