"""Allowing a unit that has only one person for it to draft and sign by the same hand, and taking that back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from lienthong import events
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.office.act import Act
from services.ingest.office.facts import fact

SQL = Queries(Path(__file__).with_name("queries.sql"))
SCOPE = "operate:people"
"""Of who appoints people; signers don't hold it."""


def decide(act: Act, *, unit: str, allowed: bool, reason: str, document: Mapping[str, Any]) -> int:
    """From now on one person may, or may no longer, do both parts for what this unit issues. Returns the position."""
    province, unknown = act.province_of(unit), refused("unit_unknown", unit=unit)
    act.require(SCOPE, province=province, issuer=unit, otherwise=unknown)
    if not act.definitions.registry.exists(unit, day_of(act.now())):
        raise unknown
    now = act.change()
    data = {"unit": unit, "allowed": allowed, "reason": reason, "document": dict(document), "by": act.actor.name}
    told = {"allowed": allowed, "reason": reason}
    act.record("release.single_person_allowed", unit, province=province, issuer=unit, details=told)
    made = fact(events.SINGLE_PERSON_ALLOWED, f"{unit}/{wire(now)}", unit, province, now, data)
    [recorded] = act.append(made)
    row = {
        **data,
        "document": orjson.dumps(dict(document)).decode(),
        "at": now,
        "partition": recorded.partition,
        "position": recorded.position,
    }
    act.tx.execute(SQL.decide, row)
    return recorded.position


def single_allowed(conn: Connection, unit: str) -> bool:
    """Whether one person may do both parts for what a unit issues."""
    return value(conn, bool, SQL.decided, {"unit": unit}) or False
