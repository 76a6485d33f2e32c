"""What is asked of a difficulty that is raised (khó khăn, vướng mắc). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lienthong.access.principals import Principal
from lienthong.errors import Problem
from lienthong.programmes import Plan
from lienthong.refusals import known_codes, problem
from services.ingest.claims.claim import Claim, revision_of
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting
from services.ingest.rights.claiming import UnitClaim


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A difficulty as it is raised."""
    claimed = UnitClaim.of(claim, principal, definitions, now, scope="report:submit")
    data, plan = claimed.data, _plan(claimed.data, definitions)
    more = reporting.plan_problems(data, principal, definitions, now)
    if plan is not None and not (more or claimed.foreign):
        more = list(named_problems(data, plan, definitions))
    return claimed.verdict(more, revision=revision_of(data))


def _plan(data: Mapping[str, Any], definitions: Definitions) -> Plan | None:
    code = data.get("plan")
    return definitions.plans.get(code) if isinstance(code, str) else None


def named_problems(data: Mapping[str, Any], plan: Plan, definitions: Definitions) -> Iterator[Problem]:
    """What is wrong with the obligation and the round that a difficulty names: a slip in a code would send it along
    another route, or into no round's report.
    """
    own = {round_.code: round_ for round_ in definitions.rounds.values() if round_.plan == plan.code}
    # A round that opened under an older version of the plan keeps the duties of that version.
    owed = (deadline.obligation for round_ in own.values() for deadline in round_.deadlines)
    duties = {*(duty.code for duty in plan.obligations), *owed}
    obligation, code = data.get("obligation"), data.get("round")
    if isinstance(obligation, str) and obligation not in duties:
        words: dict[str, Any] = {"plan": plan.code, "obligation": obligation, "known": known_codes(duties)}
        yield problem("/data/obligation", "difficulty_obligation_unknown", **words)
    if isinstance(code, str) and code not in own and not _is_planned(code, plan, definitions):
        words = {"plan": plan.code, "round": code, "known": known_codes(own)}
        yield problem("/data/round", "difficulty_round_unknown", **words)


def _is_planned(code: str, plan: Plan, definitions: Definitions) -> bool:
    planned = definitions.planned_round(code)
    return planned is not None and planned.plan.code == plan.code
