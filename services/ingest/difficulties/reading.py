"""Difficulties raised (khó khăn, vướng mắc) in a province."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.eventlog.port import EventLog
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))


def raised(
    conn: Connection, log: EventLog, principal: Principal, *, units: list[str] | None, after: int, limit: int
) -> list[dict[str, Any]]:
    """Difficulties (khó khăn, vướng mắc) that some units of the caller's province, or (None) all of them, raised;
    oldest first, after a position."""
    province = principal.province
    rows = conn.execute(
        SQL.ledger_of_type,
        {
            "province": province,
            "type": events.DIFFICULTY_RAISED,
            "after": after,
            "units": units,
            "limit": limit,
        },
    )
    return [
        {
            "receipt": f"{province}-{position}",
            "position": position,
            "unit": unit,
            "receivedAt": wire(received),
            "difficulty": log.read(province, position - 1, 1)[0].event.content(),
        }
        for unit, position, received in rows
    ]
