"""Content items as they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.seeing import readable_units

SQL = Queries(Path(__file__).with_name("queries.sql"))


def listed(
    conn: Connection, definitions: Definitions, principal: Principal, *, state: str | None, unit: str | None, limit: int
) -> list[dict[str, Any]]:
    """Content items of the client's units, the longest waiting first; of its whole province for who reads it."""
    today = day_of(hub_now(conn))
    chosen = readable_units(principal, definitions, today)
    if unit is not None:
        chosen &= {unit}
    rows = conn.execute(SQL.items_of, {"units": sorted(chosen), "state": state, "limit": limit})
    return [
        {
            "unit": of,
            "item": item,
            "revision": revision,
            "state": now,
            "changedAt": wire(changed),
            "content": orjson.loads(body),
        }
        for of, item, revision, now, body, changed in rows
    ]
