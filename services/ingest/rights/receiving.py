"""Who reads what others report to a unit: whom the report is for. Pure.

An obligation names its recipients. What is addressed to a unit is that unit's to read, by `report:read`; a province
reads all that is its own anyway.
"""

from __future__ import annotations

from datetime import datetime

from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.bearing import bearers

SCOPE = "report:read"


def reads_for(principal: Principal, definitions: Definitions, unit: str, province: str, now: datetime) -> bool:
    """Whether the caller reads what is addressed to a unit, or to one whose duties passed to its own. province: that
    the reports belong to.
    """
    units = bearers(definitions.registry, unit, day_of(now))
    return SCOPE in principal.scopes and any(principal.holds(SCOPE, each, province=province) for each in units)


def is_for(principal: Principal, definitions: Definitions, round_: OpenRound, form: str, now: datetime) -> bool:
    """Whether what units report on a form is for a unit of the caller's."""
    duty = round_.duty(form)
    return duty is not None and any(reads_for(principal, definitions, unit, round_.province, now) for unit in duty.to)
