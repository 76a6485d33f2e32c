"""Deliveries on their way: claim one, settle it, list them, replay those put aside.

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

from lienthong.postgres.pool import Connection, Pool
from lienthong.retention import PAGE
from services.export.deliveries import SQL
from services.export.deliveries.destinations import Destination, of_row
from services.export.deliveries.retry import (
    Again,
    Dead,
    Decision,
    Outcome,
)
from services.export.mapping import Message
from services.export.store import message_from_row

STATES = ("pending", "delivered", "dead", "superseded")
NEWEST = 2**62


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A delivery taken for one attempt. attempt: its number, the token of the claim; tries: of the schedule.

    at: real time by the database server's clock, for the signature.
    """

    id: str
    destination: Destination
    message: Message
    attempt: int
    tries: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt; finished_at None: nobody learned what came of it."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    status: int | None
    outcome: str | None
    detail: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One push of a message to one destination, with every attempt."""

    number: int
    id: str
    destination: str
    province: str
    kind: str
    subject: str
    version: int
    withdraws: bool
    state: str
    attempt_count: int
    due_at: datetime
    created_at: datetime
    settled_at: datetime | None
    reason: str | None
    attempts: tuple[Attempt, ...] = ()


def claim(pool: Pool, worker: str, seat: int | None = None) -> Claimed | None:
    """Take what is due next at some destination, or None when nothing can be sent now.

    worker: its name, for the record. seat: by which others see that it lives; without one the lease alone counts.
    """
    with pool.transaction() as tx:
        locked = tx.execute(SQL.lock_destination).fetchone()
        if locked is None:
            return None
        destination = of_row(locked)
        while (row := _take(tx, destination, seat)) is not None:
            key = _key(destination, row)
            if not _is_withdrawn(tx, key):
                return _begin(tx, destination, row, key, worker)
            tx.execute(SQL.drop_claimed, {"id": row[0]})
    return None


def settle(pool: Pool, claimed: Claimed, outcome: Outcome, decision: Decision) -> None:
    """Record what came of an attempt and what follows. A claim that was lost meanwhile only records."""
    state, reason, wait = _effect(decision, outcome)
    values = {"id": claimed.id, "attempt": claimed.attempt, "state": state, "reason": reason, "wait": wait}
    with pool.transaction() as tx:
        tx.execute(
            SQL.end_attempt,
            {"delivery": claimed.id, "number": claimed.attempt, "status": outcome.status,
             "outcome": outcome.code, "detail": outcome.detail},
        )  # fmt: skip
        tx.execute(SQL.settle, values)


def listed(
    pool: Pool,
    *,
    province: str | None = None,
    state: str | None = None,
    destination: str | None = None,
    identifier: str | None = None,
    before: int = NEWEST,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries with their attempts, newest first; continue with `before` = the last number."""
    asked = {"province": province, "state": state, "destination": destination, "id": identifier,
             "before": before, "limit": limit}  # fmt: skip
    with pool.connection() as conn:
        rows = conn.execute(SQL.list_deliveries, asked).fetchall()
        attempts = _attempts(conn, [row[1] for row in rows])
    return [_delivery(row, attempts.get(row[1], [])) for row in rows]


def retry(
    pool: Pool,
    *,
    ids: Sequence[str] | None = None,
    province: str | None = None,
    destination: str | None = None,
) -> list[str]:
    """Put dead deliveries on their way again, from the start of the schedule; their ids.

    ids None: all dead ones of the province or destination. What a newer version has replaced at the receiver
    meanwhile stays where it is.
    """
    asked = {"ids": None if ids is None else list(ids), "province": province, "destination": destination}
    with pool.transaction() as tx:
        return [row[0] for row in tx.execute(SQL.retry, asked).fetchall()]


def retry_one(pool: Pool, delivery: Delivery, *, actor: str, address: str | None) -> bool:
    """The same for one delivery, recorded in the province's audit log; False when it is not to be replayed."""
    details = {"destination": delivery.destination, "subject": delivery.subject, "version": delivery.version}
    act = {"province": delivery.province, "actor": actor, "act": "delivery.retried", "subject": delivery.id,
           "details": orjson.dumps(details).decode(), "address": address}  # fmt: skip
    with pool.transaction() as tx:
        if not tx.execute(SQL.retry, {"ids": [delivery.id], "province": None, "destination": None}).fetchall():
            return False
        tx.execute(SQL.record_act, act)
    return True


def forget_attempts(pool: Pool, days: int) -> int:
    """Remove a page of the attempts older than so many days of settled deliveries. Returns how many."""
    with pool.transaction() as tx:
        return tx.execute(SQL.forget_attempts, {"days": days, "limit": PAGE}).rowcount


def next_due(pool: Pool, limit: float) -> float:
    """Seconds until something is due, at most `limit`."""
    with pool.connection() as conn:
        row = conn.execute(SQL.next_due_seconds, {"limit": limit}).fetchone()
    assert row is not None  # an aggregate has a row
    return float(row[0])


def _take(tx: Connection, destination: Destination, seat: int | None) -> tuple[Any, ...] | None:
    asked = {"destination": destination.id, "lease": destination.lease, "in_flight": destination.in_flight,
             "seat": seat}  # fmt: skip
    return tx.execute(SQL.claim, asked).fetchone()


def _begin(tx: Connection, destination: Destination, row: tuple[Any, ...], key: dict[str, Any], worker: str) -> Claimed:
    kept = tx.execute(SQL.message, key).fetchone()
    assert kept is not None  # a foreign key
    begun = tx.execute(SQL.begin_attempt, {"delivery": row[0], "number": row[5], "worker": worker}).fetchone()
    assert begun is not None  # INSERT … RETURNING
    tx.execute(SQL.use_slot, {"id": destination.id})
    return Claimed(
        id=row[0], destination=destination, message=message_from_row(kept), attempt=row[5], tries=row[6],
        at=begun[0],
    )  # fmt: skip


def _key(destination: Destination, row: tuple[Any, ...]) -> dict[str, Any]:
    return {"destination": destination.id, "kind": row[1], "subject": row[2], "version": row[3],
            "withdraws": row[4]}  # fmt: skip


def _is_withdrawn(tx: Connection, key: dict[str, Any]) -> bool:
    row = tx.execute(SQL.is_withdrawn, key).fetchone()
    return bool(row and row[0])


def _effect(decision: Decision, outcome: Outcome) -> tuple[str, str | None, float]:
    """(state, reason, seconds to wait) of a decision."""
    if isinstance(decision, Again):
        return "pending", outcome.code, decision.seconds
    if isinstance(decision, Dead):
        return "dead", decision.reason, 0.0
    return "delivered", None, 0.0


def _attempts(conn: Connection, deliveries: list[str]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for row in conn.execute(SQL.attempts, {"deliveries": deliveries}):
        found.setdefault(row[0], []).append(
            Attempt(number=row[1], started_at=row[2], finished_at=row[3], status=row[4], outcome=row[5],
                    detail=row[6]))  # fmt: skip
    return found


def _delivery(row: tuple[Any, ...], attempts: list[Attempt]) -> Delivery:
    return Delivery(
        number=row[0], id=row[1], destination=row[2], province=row[3], kind=row[4], subject=row[5],
        version=row[6], withdraws=row[7], state=row[8], attempt_count=row[9], due_at=row[10],
        created_at=row[11], settled_at=row[12], reason=row[13], attempts=tuple(attempts),
    )  # fmt: skip
