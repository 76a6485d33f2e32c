"""What can be asked of deliveries: where each stands, with every attempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from lienthong.access.sight import EVERYTHING, Sight
from lienthong.cursors import NEWEST
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import refused
from services.export.deliveries import SQL

STATES = ("pending", "delivered", "dead", "superseded")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt; finished_at None: nobody learned what came of it."""

    delivery: str
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


def list_deliveries(
    pool: Pool,
    sight: Sight = EVERYTHING,
    *,
    state: str | None = None,
    destination: str | None = None,
    identifier: str | None = None,
    before: int = NEWEST,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries within sight with their attempts, newest first; continue with `before` = the last number."""
    parameters: dict[str, Any] = {
        "state": state,
        "destination": destination,
        "id": identifier,
        "before": before,
        "limit": limit,
    }
    with pool.connection() as conn:
        rows = conn.cursor(row_factory=class_row(Delivery))
        deliveries = rows.execute(SQL.list_deliveries, parameters | sight_parameters(sight)).fetchall()
        attempts = _attempts(conn, [delivery.id for delivery in deliveries])
    return [replace(delivery, attempts=tuple(attempts.get(delivery.id, ()))) for delivery in deliveries]


def get_delivery(pool: Pool, identifier: str, sight: Sight) -> Delivery:
    """One delivery within sight. Raises Rejected (404)."""
    deliveries = list_deliveries(pool, sight, identifier=identifier, limit=1)
    if not deliveries:
        raise refused("delivery_unknown")
    return deliveries[0]


def sight_parameters(sight: Sight) -> dict[str, Any]:
    """As the queries take it."""
    return {"province": sight.province, "issuers": None if sight.issuers is None else sorted(sight.issuers)}


def _attempts(conn: Connection, deliveries: list[str]) -> dict[str, list[Attempt]]:
    attempts: dict[str, list[Attempt]] = {}
    rows: Iterable[Attempt] = conn.cursor(row_factory=class_row(Attempt)).execute(
        SQL.attempts, {"deliveries": deliveries}
    )
    for attempt in rows:
        attempts.setdefault(attempt.delivery, []).append(attempt)
    return attempts
