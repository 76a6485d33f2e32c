"""A report as it stands, with every accepted revision and withdrawal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.receipts import receipt_of
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.seeing import may_read

_RECEIPT = re.compile(r"[0-9]{2}-[0-9]{1,18}")
SQL = Queries(Path(__file__).with_name("queries.sql"))


def report(conn: Connection, log: EventLog, definitions: Definitions, principal: Principal, id_: str) -> dict[str, Any]:
    """A report by the event id of one of the client's sources, or by receipt number (`20-17`).

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
    corrections = [row for row in history[1:] if row.type == events.REPORT_SUBMITTED]
    return {
        "round": row.round,
        "form": row.form,
        "unit": row.unit,
        "revision": last.revision,
        "state": "withdrawn" if last.type == events.REPORT_WITHDRAWAL else "reported",
        "firstReceivedAt": wire(history[0].received_at),
        "correctedAt": wire(corrections[-1].received_at) if corrections else None,
        "revisions": [
            {"receipt": receipt_of(step, definitions.sample), "content": _content(log, step)} for step in history
        ],
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Latest:
    """The latest state of one report."""

    unit: str
    form: str
    revision: int
    withdrawn: bool
    received_at: datetime
    first_received_at: datetime
    province: str
    position: int


def of_round(conn: Connection, code: str, *, unit: str | None, form: str | None) -> list[dict[str, Any]]:
    """The reports of a round in their latest state, by unit and form. For who may see all of them. late: of the first
    accepted revision.
    """
    asked, round_ = {"round": code, "unit": unit, "form": form}, whole_round(conn, code)
    if round_ is None:
        raise refused("round_unknown", round=code)
    return [
        {
            "round": code, "unit": row.unit, "form": row.form, "revision": row.revision,
            "state": "withdrawn" if row.withdrawn else "reported", "receivedAt": wire(row.received_at),
            "late": round_.is_late(row.form, row.unit, row.first_received_at),
            "receipt": f"{row.province}-{row.position}",
        }
        for row in conn.cursor(row_factory=class_row(_Latest)).execute(SQL.reports_of_round, asked)
    ]  # fmt: skip


def _content(log: EventLog, row: LedgerRow) -> Any:
    """The report as accepted, from the log (null once its text was redacted and archived)."""
    [recorded] = log.read(row.province, row.position - 1, 1)
    body = recorded.event.content()
    return body.get("report", body.get("data"))


def _ledger_row(conn: Connection, principal: Principal, id_: str) -> LedgerRow | None:
    """The client's own id first: it may look like another's receipt number."""
    rows = conn.cursor(row_factory=class_row(LedgerRow))
    row = rows.execute(SQL.ledger_by_id, {"id": id_, "sources": sorted(principal.sources)}).fetchone()
    if row is not None or _RECEIPT.fullmatch(id_) is None:
        return row
    province, _, position = id_.partition("-")
    return rows.execute(SQL.ledger_by_receipt, {"key": province, "position": int(position)}).fetchone()
