"""Content items as they stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.requiring import require_seen
from services.ingest.rights.seeing import PUBLISHED, readable_units

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredItem:
    """A content item. state: submitted, approved or withdrawn. body: what was submitted last, as JSON.

    submitted_by: as the audit log names it; None of one that came before that was kept.
    """

    unit: str
    item: str
    revision: int
    state: str
    body: str
    changed_at: datetime
    submitted_by: str | None

    @property
    def submitted_content(self) -> Any:
        return orjson.loads(self.body)


def lock_item(tx: Connection, unit: str, item: str) -> StoredItem | None:
    """One item, locked until the transaction ends."""
    return tx.cursor(row_factory=class_row(StoredItem)).execute(SQL.item, {"unit": unit, "item": item}).fetchone()


def find_item(conn: Connection, unit: str, item: str) -> StoredItem | None:
    """One item as it stands."""
    return conn.cursor(row_factory=class_row(StoredItem)).execute(SQL.item_now, {"unit": unit, "item": item}).fetchone()


def list_items(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    state: str | None,
    unit: str | None,
    after: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Content items of the caller's units, the longest waiting first; of its whole province for who reads it.

    after: a place, as `place` gives it. Raises Rejected (404) for a unit whose items the caller may not see.
    """
    now = hub_now(conn)
    require_seen(unit, principal, definitions, now, PUBLISHED)
    chosen = readable_units(principal, definitions, now, PUBLISHED)
    if unit is not None:
        chosen &= {unit}
    parameters: Mapping[str, Any] = {
        "units": sorted(chosen),
        "state": state,
        "limit": limit,
        **_after_parameters(after),
    }
    return [
        _item_body(item) for item in conn.cursor(row_factory=class_row(StoredItem)).execute(SQL.items_of, parameters)
    ]


def place(item: Mapping[str, Any]) -> str:
    """Where an item stands in the list: an item that changes goes to its end, and is met there again."""
    return json.dumps([item["changedAt"], item["unit"], item["item"]])


def _after_parameters(place: str | None) -> dict[str, str | None]:
    changed, unit, item = (None, None, None) if place is None else json.loads(place)
    return {"changed": changed, "after_unit": unit, "after_item": item}


def _item_body(item: StoredItem) -> dict[str, Any]:
    return {
        "unit": item.unit,
        "item": item.item,
        "revision": item.revision,
        "state": item.state,
        "changedAt": wire(item.changed_at),
        "content": item.submitted_content,
    }
