"""Who may report for which unit. Pure.

Whoever may not report for a unit learns nothing of it: neither what it owes nor what it has reported. A round or plan
of a province that is not the sender's is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lienthong.access.principals import Principal, scope_missing
from lienthong.calendar import day_of
from lienthong.errors import Problem
from lienthong.programmes import Plan
from lienthong.refusals import nearest_codes, problem
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions


def scope_problems(principal: Principal, scope: str) -> list[Problem]:
    """[] when the client holds the scope."""
    return [] if scope in principal.scopes else [scope_missing(scope)]


def right_problems(
    unit: str, province: str, principal: Principal, definitions: Definitions, now: datetime
) -> list[Problem]:
    """[] when the client may report for the unit. province: of the plan, or of the unit where there is no plan."""
    if principal.may_act_for(unit, province=province, successors=lambda u: definitions.successors(u, day_of(now))):
        return []
    return [problem("/data/unit", "unit_not_allowed", unit=unit)]


def unit_problems(
    data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime
) -> tuple[list[Problem], str | None]:
    """What is wrong with the unit that the data name, for claims that belong to no round; and its province."""
    unit = data.get("unit")
    if not isinstance(unit, str):
        return [], None  # the schema said so
    province = definitions.province_of(unit, day_of(now))
    problems = right_problems(unit, province or "", principal, definitions, now)
    if not problems and not definitions.registry.exists(unit, on=day_of(now)):
        problems.append(problem("/data/unit", "unit_unknown", unit=unit))
    return problems, province


def plan_problems(
    data: Mapping[str, Any], principal: Principal, definitions: Definitions, now: datetime
) -> list[Problem]:
    """What is wrong with the plan that the data name, if any."""
    plan = data.get("plan")
    if not isinstance(plan, str):
        return []
    definition = definitions.plans.get(plan)
    if definition is not None and is_of_province(definition, principal, definitions, now):
        return []
    there = (each.code for each in definitions.plans.values() if is_of_province(each, principal, definitions, now))
    return [problem("/data/plan", "plan_unknown", plan=plan, known=nearest_codes(plan, there))]


def is_of_province(plan: Plan, principal: Principal, definitions: Definitions, now: datetime) -> bool:
    """Whether a plan is one of the client's province."""
    return definitions.province_of(plan.issued_by, day_of(now)) == principal.province


def takes_part(round_: OpenRound, unit: object, principal: Principal, definitions: Definitions, now: datetime) -> bool:
    """Whether a round is one of the client's province, or one in which its unit owes a report: a unit whose province
    changed goes on owing where the round began."""
    if round_.province == principal.province:
        return True
    return (
        isinstance(unit, str)
        and bool(round_.owes(unit))
        and not right_problems(unit, round_.province, principal, definitions, now)
    )
