"""What the ledger and the refusals tell those who ask: receipts by position, why submissions were refused."""

from __future__ import annotations

from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from services.ingest.claims.ledger import SQL, LedgerRow
from services.ingest.claims.receipts import Receipt, receipt_of
from services.ingest.rights.seeing import bound_to


def receipts(
    conn: Connection, principal: Principal, sample: bool, *, units: list[str] | None, after: int, limit: int
) -> list[Receipt]:
    """Receipts of the caller's province, of some units or (None) of all, in order of position."""
    parameters = {"province": principal.province, "units": units, "after": after, "limit": limit}
    rows = conn.cursor(row_factory=class_row(LedgerRow)).execute(SQL.ledger_page, parameters)
    return [receipt_of(row, sample) for row in rows]


def refusals(conn: Connection, principal: Principal, *, before: int, limit: int) -> list[dict[str, Any]]:
    """Why submissions were refused, newest first: the province's for who reads it, else the client's own."""
    whole = "read:province" in principal.scopes
    rows = conn.execute(
        SQL.refusals_of,
        {
            "province": principal.province,
            "client": None if whole else principal.client_id,
            "before": before,
            "units": bound_to(principal) if whole else None,
            "limit": limit,
        },
    )
    return [
        {
            "refusal": number,
            "at": wire(at),
            "client": by,
            "source": source,
            "id": id_,
            "unit": unit,
            "round": round_,
            "errors": orjson.loads(errors),
        }
        for number, at, by, source, id_, unit, round_, errors in rows
    ]
