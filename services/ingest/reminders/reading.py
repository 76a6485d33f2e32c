"""Who was reminded of what, when, and what came of it: for the superior."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from lienthong.access.sight import Sight
from lienthong.postgres.pool import Connection, Pool
from services.ingest.reminders import SQL

STATES = ("waiting", "sending", "sent", "failed", "unknown", "no_contact", "settled", "overtaken")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One reminder by one way. attempts: tries so far. asked_by: None where the plan called for it."""

    number: int
    key: str
    channel: str
    round: str
    province: str
    issuer: str
    unit: str
    kind: str
    days: int
    deadline: datetime | None
    forms: list[str]
    state: str
    attempts: int
    detail: str
    asked_by: str | None
    made_at: datetime
    sent_at: datetime | None


def listed(
    conn: Connection,
    seen: Sight,
    *,
    round_: str | None = None,
    unit: str | None = None,
    state: str | None = None,
    before: int,
    limit: int,
) -> list[Row]:
    """Reminders of what is within sight, newest first."""
    asked = {
        "province": seen.province,
        "issuers": seen.listed,
        "round": round_,
        "unit": unit,
        "state": state,
        "before": before,
        "limit": limit,
    }
    return conn.cursor(row_factory=class_row(Row)).execute(SQL.reminders, asked).fetchall()


def troubles(pool: Pool) -> dict[str, str]:
    """What does not go out, for /readyz; empty when everything does."""
    with pool.connection() as conn:
        row = conn.execute(SQL.standing_still).fetchone()
    number, detail = row or (0, None)
    return {"reminders": f"{number} not sent yet, the last: {detail}"} if number else {}
