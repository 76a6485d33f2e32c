"""Removing free text from what was accepted: which texts may go, and where a copy of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lienthong.postgres.pool import Connection
from services.ingest.claims.ledger import SQL

_NOT_FREE_TEXT = {"round", "form", "formVersion", "unit", "plan", "item", "kind", "language", "licence"}
"""Texts that decide what an event is about: they stay."""


def emptied(body: dict[str, Any], pointer: str) -> bool:
    """Empty the text at a pointer below the submitted content; False when there is none."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    if not path or path[0] not in ("report", "data", "content"):
        return False
    place: Any = body
    for part in path:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict) or not isinstance(place.get(last), str) or last in _NOT_FREE_TEXT:
        return False
    place[last] = ""
    if pointer == "/data/reason" and "reason" in body:  # a withdrawal's fact repeats its reason
        body["reason"] = ""
    return True


def redact_item(tx: Connection, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A content item's own row holds what was submitted last: it loses the text with that event."""
    for name in ("data", "content"):
        submitted = before.get(name)
        if not isinstance(submitted, dict) or "item" not in submitted:
            continue
        row = tx.execute(SQL.item, {"unit": submitted["unit"], "item": submitted["item"]}).fetchone()
        if row is not None and orjson.loads(row[4]) == submitted:
            tx.execute(SQL.set_item_body, {"unit": row[0], "item": row[1], "body": orjson.dumps(after[name]).decode()})
