"""Reach of content items as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.content.reading import find_item as item_found
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reaches.sums import Count, by_channel, latest_by_channel, sums_of
from services.ingest.rights.requiring import explain_nothing
from services.ingest.rights.seeing import PUBLISHED, readable_units

SQL = Queries(Path(__file__).with_name("queries.sql"))


def of_item(conn: Connection, definitions: Definitions, principal: Principal, unit: str, item: str) -> dict[str, Any]:
    """History by channel and day, the latest of each channel, and the sum. Raises Rejected (404)."""
    readable = unit in readable_units(principal, definitions, hub_now(conn), PUBLISHED)
    if not readable or item_found(conn, unit, item) is None:
        raise refused("item_not_seen", unit=unit, item=item)
    rows = conn.execute(SQL.history_of, {"unit": unit, "item": item})
    names = ("channel", "day", "reach", "interactions", "changed_at")
    history = [Count(unit=unit, item=item, **dict(zip(names, row, strict=True))) for row in rows]
    now = latest_by_channel(history)
    return {
        "unit": unit,
        "item": item,
        **sums_of(now),
        "channels": [count.wire_body() for count in now],
        "history": [count.wire_body() for count in history],
    }


def of_programme(
    conn: Connection, definitions: Definitions, principal: Principal, programme: str, on: date | None
) -> dict[str, Any]:
    """Approved items of the caller's units that serve a programme, each once, a joint one once too; and their reach.

    An item that is withdrawn is gone from both. Raises Rejected (404) for a programme that there is not.
    """
    units = readable_units(principal, definitions, hub_now(conn), PUBLISHED)
    rows = conn.execute(SQL.items_in, {"units": sorted(units), "programme": programme}).fetchall()
    if not rows:
        explain_nothing(programme, definitions)
    counts = latest_counts(conn, [(unit, item) for unit, item, _, _ in rows], on)
    kinds: dict[str, set[str]] = {}
    for _, _, once, kind in rows:
        kinds.setdefault(kind, set()).add(once)
    return {
        "programme": programme,
        "on": None if on is None else on.isoformat(),
        "items": len({once for _, _, once, _ in rows}),
        "kinds": [{"kind": kind, "items": len(kinds[kind])} for kind in sorted(kinds)],
        **sums_of(counts),
        "channels": by_channel(counts),
    }


def with_reach(conn: Connection, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Content items as they are listed, each with its sum."""
    held: dict[tuple[str, str], list[Count]] = {}
    for count in latest_counts(conn, [(item["unit"], item["item"]) for item in items]):
        held.setdefault((count.unit, count.item), []).append(count)
    return [{**item, **sums_of(held.get((item["unit"], item["item"]), ()))} for item in items]


def latest_counts(conn: Connection, items: Iterable[tuple[str, str]], on: date | None = None) -> list[Count]:
    """The latest counts of each channel of some items, up to a day or (None) at all."""
    named = sorted(items)
    if not named:
        return []
    units, codes = (list(column) for column in zip(*named, strict=True))
    parameters = {"units": units, "items": codes, "on": on}
    return conn.cursor(row_factory=class_row(Count)).execute(SQL.latest_of, parameters).fetchall()
