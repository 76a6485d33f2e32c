"""Allowing a unit that has only one person for it to draft and sign by the same hand, and taking that back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.access import edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.office.act import Act
from services.ingest.office.facts import fact

SQL = Queries(Path(__file__).with_name("queries.sql"))
ACT = "release.single_person_allowed"
SCOPE = "operate:people"
"""Of who appoints people."""
PARTS = ("release:draft", "operate:releases")
"""By which a release is drafted, and by which it is signed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Whether one person may do both parts for what a unit issues. position: of the fact; None where nobody decided."""

    unit: str
    allowed: bool = False
    reason: str | None = None
    document: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    position: int | None = None

    @property
    def editable_values(self) -> dict[str, Any]:
        """What a decision anew would put aside."""
        return {"allowed": self.allowed, "position": self.position}


def decision_of(act: Act, unit: str) -> Decision:
    """How it stands for a unit. Raises Rejected (404) for one that is not the actor's."""
    _province(act, unit)
    return _latest_decision(act.tx, unit)


def decide(
    act: Act, *, unit: str, allowed: bool, reason: str, document: Mapping[str, Any], seen: Seen = UNSAID
) -> Decision:
    """From now on one person may, or may no longer, do both parts for what this unit issues.

    Raises Rejected: 404 for a unit that is not the actor's, 409 for who would draft or sign there and exempts himself,
    412 where another decision stands than was seen.
    """
    province = _province(act, unit)
    if allowed and _is_one_of_them(act, unit, province):
        raise refused("exempts_himself", unit=unit)
    now = act.change()
    standing = _latest_decision(act.tx, unit).editable_values
    edited = Edited(subject=unit, acts=(ACT,), province=province, issuer=unit, standing=standing)
    edits.require_unchanged(act.tx, seen, edited)
    data = {"unit": unit, "allowed": allowed, "reason": reason, "document": dict(document), "by": act.actor.name}
    decision = {"allowed": allowed, "reason": reason}
    act.record(ACT, unit, province=province, issuer=unit, details=decision)
    event = fact(events.SINGLE_PERSON_ALLOWED, f"{unit}/{wire(now)}", unit, province, now, data)
    [recorded] = act.append(event)
    row = {
        **data,
        "document": orjson.dumps(dict(document)).decode(),
        "at": now,
        "partition": recorded.partition,
        "position": recorded.position,
    }
    act.tx.execute(SQL.decide, row)
    return _latest_decision(act.tx, unit)


def _is_one_of_them(act: Act, unit: str, province: str) -> bool:
    """Whether the actor drafts or signs what the unit issues; nobody on the command line does it by such a right."""
    who = act.actor.principal
    return who is not None and any(who.holds(scope, unit, province=province) for scope in PARTS)


def _province(act: Act, unit: str) -> str:
    """Of a unit whose people the actor may appoint."""
    province, unknown = act.province_of(unit), refused("unit_unknown", unit=unit)
    act.require(SCOPE, province=province, issuer=unit, otherwise=unknown)
    if not act.definitions.registry.exists(unit, day_of(act.now())):
        raise unknown
    return province


def _latest_decision(conn: Connection, unit: str) -> Decision:
    row = conn.cursor(row_factory=class_row(Decision)).execute(SQL.decision, {"unit": unit}).fetchone()
    return row or Decision(unit=unit)


def single_allowed(conn: Connection, unit: str) -> bool:
    """Whether one person may do both parts for what a unit issues."""
    return value(conn, bool, SQL.decided, {"unit": unit}) or False
