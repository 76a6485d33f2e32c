"""What a list is asked for by name. A name of nothing, and one of what the caller may not see, is answered the same way
everywhere: as unknown (404), never by a list that is empty. Pure; rounds, of which a process does not hold all, are
asked for in `definitions.loading`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from lienthong.access.principals import Principal
from lienthong.access.sight import Sight
from lienthong.calendar import day_of
from lienthong.errors import Rejected
from lienthong.events import NATION
from lienthong.programmes import Plan
from lienthong.refusals import nearest_codes, refused
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.seeing import REPORTS, may_read, readable_units


def require_seen(
    unit: str | None, principal: Principal, definitions: Definitions, now: datetime, by: Sequence[str] = REPORTS
) -> None:
    """Of a list of what units sent: a unit whose submissions the caller may see. None: not asked. by: as of
    `seen_units`. Raises Rejected.
    """
    if unit is None or unit in readable_units(principal, definitions, now, by):
        return
    if not may_read(principal, definitions, unit, definitions.province_of(unit, day_of(now)), now):
        raise refused("unit_unknown", unit=unit)


def require_unit(unit: str | None, definitions: Definitions, province: str | None, now: datetime) -> None:
    """Of a list to which all units of a province (None: of any) may have something to give, as the registry is no
    secret; also one that was. Raises Rejected.
    """
    if unit is None:
        return
    of_unit = definitions.province_of(unit, day_of(now))
    if of_unit is None or province not in (None, of_unit):
        raise refused("unit_unknown", unit=unit)


def require_plan(plan: str | None, principal: Principal, definitions: Definitions, today: date) -> None:
    """The same of a plan that is named. None: not asked. Raises Rejected."""
    if plan is not None:
        seen_plan(plan, principal, definitions, today)


def seen_plan(code: str, principal: Principal, definitions: Definitions, today: date) -> Plan:
    """A plan that the caller sees. Raises Rejected (404) for any other, and for one that there is not."""
    plan = definitions.plans.get(code)
    if plan is None or not sees_plan(principal, plan, definitions, today):
        raise no_plan(code, definitions, lambda other: sees_plan(principal, other, definitions, today))
    return plan


def no_plan(code: str, definitions: Definitions, seen: Callable[[Plan], bool]) -> Rejected:
    """What is said of a plan that there is not, or that is not the caller's. seen: whether another is."""
    there = (plan.code for plan in definitions.plans.values() if seen(plan))
    return refused("plan_unknown", plan=code, known=nearest_codes(code, there))


def no_round(code: str, definitions: Definitions, seen: Callable[[OpenRound], bool]) -> Rejected:
    """The same of a round."""
    there = (round_.code for round_ in definitions.rounds.values() if seen(round_))
    return refused("round_unknown", round=code, known=nearest_codes(code, there))


def seen_round(round_: OpenRound | None, code: str, definitions: Definitions, seen: Sight) -> OpenRound:
    """A round within sight. round_: what there is under the code. Raises Rejected (404) for any other."""
    if round_ is None or not within_sight(seen)(round_):
        raise no_round(code, definitions, within_sight(seen))
    return round_


def round_of_province(round_: OpenRound | None, code: str, definitions: Definitions, province: str) -> OpenRound:
    """The same for who sees all rounds of his province, and no other."""
    if round_ is None or round_.province != province:
        raise no_round_of(code, definitions, province)
    return round_


def no_round_of(code: str, definitions: Definitions, province: str) -> Rejected:
    """The same for who sees all rounds of his province."""
    return refused("round_unknown", round=code, known=nearest_codes(code, definitions.rounds_of(province)))


def within_sight(seen: Sight) -> Callable[[OpenRound], bool]:
    """Of a round, whether it is within sight."""
    return lambda round_: seen.covers(province=round_.province, issuer=round_.root)


def sees_all(_: Plan | OpenRound) -> bool:
    """Of the command line, which is the hub's own operator."""
    return True


def sees_plan(principal: Principal, plan: Plan, definitions: Definitions, today: date) -> bool:
    """A province its own; the hub's own operator all. The Ministry and the platform see releases alone."""
    if principal.province == NATION:
        return "operate:plans" in principal.scopes
    return principal.province == definitions.province_of(plan.issued_by, today)


def explain_nothing(programme: str | None, definitions: Definitions) -> None:
    """Where nothing was found by this programme: raises Rejected, unless a plan carries it out here. Asked afterwards:
    what serves a programme may name one that no plan carries out yet. Programmes are the Prime Minister's, no secret.
    """
    if programme is not None and programme not in {plan.programme for plan in definitions.plans.values()}:
        raise refused("programme_not_here", programme=programme)
