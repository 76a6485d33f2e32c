"""A report as it stands, with every accepted revision and withdrawal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.receipts import receipt_of
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.seeing import may_read

SQL = Queries(Path(__file__).with_name("queries.sql"))


def report(conn: Connection, log: EventLog, definitions: Definitions, principal: Principal, id_: str) -> dict[str, Any]:
    """A report by receipt number (`20-17`) or by the event id of one of the client's sources.

    Gives its state, and every accepted revision and withdrawal with receipt and content, oldest first.
    """
    row = _ledger_row(conn, principal, id_)
    if row is None or not may_read(principal, definitions, row.unit, row.province, hub_now(conn)):
        raise refused("report_unknown", id=id_)
    if row.round is None:
        return {"state": "accepted", "receipt": receipt_of(row, definitions.sample)}
    asked = {"round": row.round, "form": row.form, "unit": row.unit}
    history = conn.cursor(row_factory=class_row(LedgerRow)).execute(SQL.ledger_of_report, asked).fetchall()
    last = history[-1]
    return {
        "round": row.round,
        "form": row.form,
        "unit": row.unit,
        "revision": last.revision,
        "state": "withdrawn" if last.type == events.REPORT_WITHDRAWAL else "reported",
        "revisions": [
            {"receipt": receipt_of(step, definitions.sample), "content": _content(log, step)} for step in history
        ],
    }


def _content(log: EventLog, row: LedgerRow) -> Any:
    """The report as accepted, from the log (null once its text was redacted and archived)."""
    [recorded] = log.read(row.province, row.position - 1, 1)
    body = recorded.event.content()
    return body.get("report", body.get("data"))


def _ledger_row(conn: Connection, principal: Principal, id_: str) -> LedgerRow | None:
    rows = conn.cursor(row_factory=class_row(LedgerRow))
    province, _, position = id_.partition("-")
    if len(province) == 2 and position.isdecimal() and position.isascii() and len(position) < 19:
        row = rows.execute(SQL.ledger_by_receipt, {"key": province, "position": int(position)}).fetchone()
        if row is not None:
            return row
    return rows.execute(SQL.ledger_by_id, {"id": id_, "sources": sorted(principal.sources)}).fetchone()
