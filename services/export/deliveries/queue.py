"""Deliveries on their way: claim one, settle it, send those put aside again. What can be asked of them: `listing`.

A claim is a lease in the table, written with the attempt before anything is sent: whoever is killed in
between leaves an attempt without outcome, and the delivery is claimed again when the session of its worker is gone
(`presence`), at the latest when the lease has run out. The receiver knows the id, so twice sent is
once stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from psycopg.rows import class_row

from lienthong.access.sight import Sight
from lienthong.postgres.answers import certain, column, value
from lienthong.postgres.pool import Connection, Pool
from lienthong.retention import PAGE
from services.export.deliveries import SQL
from services.export.deliveries.destinations import Destination
from services.export.deliveries.listing import sight_parameters
from services.export.deliveries.messages import MessageKey, find_message
from services.export.deliveries.retry import AttemptOutcome, Dead, Decision, Pause, TryAgain
from services.export.store import KeptMessage

UNFORESEEN = "unforeseen"
"""Reason of a delivery that was put aside because something in the hub is wrong, not at the receiver."""
ALTERED = "delivery_altered"
"""Reason of one whose attempts or message are not what the hub itself would have left."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedDelivery:
    """A delivery taken for one attempt. attempt: its number, the token of the claim; tries: of the schedule.

    kept: the message as it stands in the table; it is read when it is sent. at: real time by the database server's
    clock, for the signature.
    """

    id: str
    destination: Destination
    kept: KeptMessage
    attempt: int
    tries: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Revived:
    """A delivery that is on its way again."""

    id: str
    province: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _ClaimRow(MessageKey):
    """A claim as the table has it."""

    id: str
    attempts: int
    tries: int


class _Altered(Exception):
    """An administrator of the server changed a delivery's rows behind the hub, so that it can't be begun."""

    def __init__(self, delivery: str, why: str) -> None:
        super().__init__(why)
        self.delivery = delivery
        self.why = why


def claim(pool: Pool, worker: str, seat: int | None = None, share: int = 64) -> ClaimedDelivery | None:
    """Take what is due next at some destination, or None when nothing can be sent now.

    worker: its name, for the record. seat: by which others see that it lives; without one the lease alone counts.
    share: most attempts at once at one destination, whatever it allows itself. What can't be begun is put aside.
    """
    while True:
        try:
            return _claim(pool, worker, seat, share)
        except _Altered as altered:
            _put_aside(pool, altered)


def _claim(pool: Pool, worker: str, seat: int | None, share: int) -> ClaimedDelivery | None:
    """Raises _Altered, with nothing claimed."""
    with pool.transaction() as tx:
        rows = tx.cursor(row_factory=class_row(Destination))
        destination = rows.execute(SQL.lock_destination, {"share": share}).fetchone()
        if destination is None:
            return None
        most = min(destination.in_flight, share)
        while (taken := _take(tx, destination, most, seat)) is not None:
            message_ = find_message(tx, taken)
            if message_ is None:
                raise _Altered(taken.id, "its message is gone")
            if not _is_withdrawn(tx, destination, taken):
                return _begin(tx, destination, taken, message_, worker)
            tx.execute(SQL.drop_claimed, {"id": taken.id})
    return None


def settle(pool: Pool, claimed: ClaimedDelivery, outcome: AttemptOutcome, decision: Decision) -> None:
    """Record what came of an attempt and what follows. A claim that was lost meanwhile only records."""
    state, reason, wait = _effect(decision, outcome)
    values = {"id": claimed.id, "attempt": claimed.attempt, "state": state, "reason": reason, "wait": wait}
    with pool.transaction() as tx:
        tx.execute(
            SQL.end_attempt,
            {
                "delivery": claimed.id,
                "number": claimed.attempt,
                "status": outcome.status,
                "outcome": outcome.code,
                "detail": outcome.detail,
            },
        )
        tx.execute(SQL.settle, values)
        if isinstance(decision, TryAgain) and decision.holds:
            tx.execute(SQL.hold_back, {"id": claimed.destination.id, "seconds": decision.seconds})
        if isinstance(decision, Pause):
            _pause(tx, claimed, decision)


def revive(tx: Connection, *, ids: Sequence[str] | None, sight: Sight, destination: str | None = None) -> list[Revived]:
    """Put dead deliveries within sight on their way again, from the start of the schedule.

    ids None: all dead ones, of a destination where one is named.
    """
    parameters: dict[str, Any] = {"ids": None if ids is None else list(ids), "destination": destination}
    rows = tx.cursor(row_factory=class_row(Revived))
    return rows.execute(SQL.retry, parameters | sight_parameters(sight)).fetchall()


def hasten(tx: Connection, ids: Sequence[str]) -> list[Revived]:
    """Let deliveries that wait be tried now, with what waits before them of their subjects; those that were not due."""
    return tx.cursor(row_factory=class_row(Revived)).execute(SQL.hasten, {"ids": list(ids)}).fetchall()


def of_subject(pool: Pool, name: str, *, province: str | None, destination: str | None) -> list[str]:
    """Ids of the deliveries of a subject, `P119-LS.2026`, or of one of its versions, `P119-LS.2026/1`."""
    with pool.connection() as conn:
        parameters = {"name": name, "province": province, "destination": destination}
        return column(conn, str, SQL.of_subject, parameters)


def forget_attempts(pool: Pool, days: int) -> int:
    """Remove a page of the attempts older than so many days of settled deliveries. Returns how many."""
    with pool.transaction() as tx:
        return tx.execute(SQL.forget_attempts, {"days": days, "limit": PAGE}).rowcount


def next_due(pool: Pool, limit: float) -> float:
    """Seconds until something is due, at most `limit`."""
    with pool.connection() as conn:
        return certain(conn, float, SQL.next_due_seconds, {"limit": limit})


def waiting_destinations(pool: Pool) -> int:
    """How many active destinations have something pending."""
    with pool.connection() as conn:
        return certain(conn, int, SQL.waiting_destinations)


def troubles(pool: Pool) -> dict[str, str]:
    """What stands still through a fault of the hub's own, for /readyz; empty when nothing does."""
    with pool.connection() as conn:
        rows = conn.execute(SQL.put_aside_by_reason, {"reasons": list(_WHY)}).fetchall()
    said = [f"{number} put aside {_WHY[reason]}, the last {last}" for reason, number, last in rows]
    return {"deliveries": "; ".join(said)} if said else {}


_WHY = {UNFORESEEN: "by an unforeseen error", ALTERED: "since their rows were changed behind the hub"}


def _take(tx: Connection, destination: Destination, most: int, seat: int | None) -> _ClaimRow | None:
    parameters = {"destination": destination.id, "lease": destination.lease, "in_flight": most, "seat": seat}
    return tx.cursor(row_factory=class_row(_ClaimRow)).execute(SQL.claim, parameters).fetchone()


def _begin(
    tx: Connection, destination: Destination, taken: _ClaimRow, message_: KeptMessage, worker: str
) -> ClaimedDelivery:
    parameters = {"delivery": taken.id, "number": taken.attempts, "worker": worker}
    begun = value(tx, datetime, SQL.begin_attempt, parameters)
    if begun is None:  # the delivery was deleted, and made anew
        raise _Altered(taken.id, f"there is an attempt {taken.attempts} of it already")
    tx.execute(SQL.use_slot, {"id": destination.id})
    return ClaimedDelivery(
        id=taken.id,
        destination=destination,
        kept=message_,
        attempt=taken.attempts,
        tries=taken.tries,
        at=begun,
    )


def _put_aside(pool: Pool, altered: _Altered) -> None:
    """In a transaction of its own: a row that was written twice in one has its foreign keys asked again, and fails."""
    with pool.transaction() as tx:
        if tx.execute(SQL.put_aside, {"id": altered.delivery, "reason": ALTERED}).rowcount:
            log.error("delivery_altered", delivery=altered.delivery, why=altered.why)


def _is_withdrawn(tx: Connection, destination: Destination, key: MessageKey) -> bool:
    return certain(tx, bool, SQL.is_withdrawn, key.row | {"destination": destination.id})


def _effect(decision: Decision, outcome: AttemptOutcome) -> tuple[str, str | None, float]:
    """(state, reason, seconds to wait) of a decision."""
    if isinstance(decision, TryAgain):
        return "pending", outcome.code, decision.seconds
    if isinstance(decision, Pause):
        return "pending", outcome.code, 0.0
    if isinstance(decision, Dead):
        return "dead", decision.reason, 0.0
    return "delivered", None, 0.0


def _pause(tx: Connection, claimed: ClaimedDelivery, decision: Pause) -> None:
    """The receiver said that it takes nothing any more: recorded as an act of the worker."""
    if tx.execute(SQL.pause, {"id": claimed.destination.id, "reason": decision.reason}).rowcount == 0:
        return  # another attempt was told so already
    text = orjson.dumps({"reason": decision.reason}).decode()
    act = {
        "province": claimed.destination.province,
        "actor": "worker:export",
        "act": "destination.paused",
        "subject": claimed.destination.id,
        "details": text,
        "address": None,
    }
    tx.execute(SQL.record_act, act)
