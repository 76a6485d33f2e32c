"""Deliveries held against messages, destinations and attempts: nothing says that it arrived which nobody sent, and
nothing in force was left out. For `lienthong verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row, dict_row

from lienthong.access import audit
from lienthong.access.audit import RecordedAct
from lienthong.access.evidence import Standing, not_as_told, standings_of
from lienthong.errors import Message, Problem
from lienthong.postgres.pool import Connection
from lienthong.proof.witness import finding
from lienthong.refusals import phrase
from services.export.mapping import webhook_id
from services.export.mirrored import SQL

_TOLD: Final = ("url", "reach", "kinds", "sender", "mapping", "takes")


@dataclass(frozen=True, kw_only=True, slots=True)
class _DeliveryRow:
    """A delivery. written: attempts that are still kept; last: the highest number of one; arrived: one got a 2xx."""

    id: str
    destination: str
    kind: str
    subject: str
    version: int
    withdraws: bool
    state: str
    attempts: int
    settled_at: datetime | None
    type: str | None
    written: int
    last: int | None
    arrived: bool


def findings(conn: Connection, key: str) -> Iterator[Problem]:
    """Of one province's destinations. conn: in a transaction that sees one moment."""
    with conn.cursor(f"deliveries_{key}", row_factory=class_row(_DeliveryRow)) as cursor:
        for line in cursor.execute(SQL.deliveries_of_partition, {"key": key}):
            why = _fault(line)
            if why is not None:
                yield finding(key, None, "delivery_not_so", delivery=line.id, state=line.state, why=why)
    for destination, kind, subject, version, withdraws in conn.execute(SQL.undelivered, {"key": key}):
        row = f"{destination} {kind} {subject} {version}{' withdrawn' if withdraws else ''}"
        yield finding(key, None, "table_row_missing", table="export.deliveries", row=row)


def destinations(conn: Connection, key: str) -> Iterator[Problem]:
    """Where a province's figures go, held against the acts that said so. conn: as for `findings`."""
    standings = standings_of(audit.of_nouns(conn, key, ("destination",)), _standing_after)
    rows = conn.cursor(row_factory=dict_row).execute(SQL.destinations_of_partition, {"key": key})
    yield from not_as_told(key, {f"destination {row.pop('id')}": row for row in rows}, standings)


def _standing_after(act: RecordedAct, before: Standing) -> Standing:
    """What an act changes of where it sends what."""
    match act.act:
        case "destination.added" | "destination.changed":
            new = {"state": "living"} if act.act == "destination.added" else {}
            return new | {name: act.details[name] for name in _TOLD if name in act.details}
        case "destination.paused":
            return {"state": "paused"}
        case "destination.resumed":
            return {"state": "living"}
        case "destination.removed":
            return {"state": "removed"}
    return {}


def _fault(delivery: _DeliveryRow) -> Message | None:
    if delivery.type is None:
        return phrase("delivery_of_no_message")
    if delivery.id != webhook_id(delivery.destination, delivery.type, delivery.subject, delivery.version):
        return phrase("delivery_of_other_message")
    if (delivery.last or 0) > delivery.attempts:
        return phrase("delivery_more_attempts")
    if delivery.state == "delivered" and not (delivery.arrived or (delivery.written == 0 and delivery.attempts > 0)):
        return phrase("delivery_never_arrived")
    if (delivery.settled_at is None) != (delivery.state == "pending"):
        return phrase("delivery_end_differs")
    return None
