"""What was removed from the texts of events: that it was, when and why, told wherever the text would stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))

Redactions = Mapping[str, Sequence[Mapping[str, Any]]]
"""By place (`20-17`, the province and the position), its removals in order, as they go over the wire."""


def redactions(conn: Connection, places: Collection[str]) -> Redactions:
    """What was removed at these places; nothing for a place whose texts are whole."""
    by_report: dict[str, list[dict[str, Any]]] = {}
    if places:
        for place, at, data in conn.execute(SQL.redactions_of, {"places": sorted(places)}):
            by_report.setdefault(place, []).append(_redaction_body(at, orjson.loads(data)))
    return by_report


def _redaction_body(at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": wire(at), "reason": data["reason"], "pointers": data["pointers"], "document": data["document"]}
