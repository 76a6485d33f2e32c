"""Who was reminded of what, when, and what came of it: for the superior."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from lienthong.access.sight import Sight
from lienthong.calendar import start_of_day
from lienthong.postgres.pool import Connection, Pool
from services.ingest.reminders import SQL

STATES = ("waiting", "sending", "sent", "failed", "unknown", "no_contact", "settled", "overtaken")


REACHED_LATE = "contact_was_missing"
"""Why one waits whose unit has got a contact since."""

RESTORED = "hub_was_restored"
"""Why nobody knows whether one went out that was due before the hub was restored from a backup."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateCount:
    """How many are in a state."""

    state: str
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderRow:
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

    @property
    def lane(self) -> str:
        """What it may have to wait for, as `claim_reminder` names it: the mail server, or its province's systems."""
        return self.province if self.channel == "webhook" else self.channel


def list_reminders(
    conn: Connection,
    seen: Sight,
    *,
    round_: str | None = None,
    unit: str | None = None,
    state: str | None = None,
    digest: bool | None = None,
    day: date | None = None,
    before: int,
    limit: int,
) -> list[ReminderRow]:
    """Reminders of what is within sight, newest first. digest: those alone, or all but those. day: made then."""
    parameters = {
        "province": seen.province,
        "issuers": seen.listed,
        "round": round_,
        "unit": unit,
        "state": state,
        "digest": digest,
        **_day_bounds(day),
        "before": before,
        "limit": limit,
    }
    return conn.cursor(row_factory=class_row(ReminderRow)).execute(SQL.reminders, parameters).fetchall()


def became_of(conn: Connection, round_: str, day: date) -> dict[str, int]:
    """By state how many reminders of a round were made that day, digests apart: as `list_reminders` counts."""
    rows = conn.cursor(row_factory=class_row(StateCount)).execute(SQL.became_of, {"round": round_, **_day_bounds(day)})
    return {row.state: row.number for row in rows}


def counts(conn: Connection) -> dict[str, int]:
    """By state how many there are, digests too."""
    rows = conn.cursor(row_factory=class_row(StateCount)).execute(SQL.count_reminders)
    return {row.state: row.number for row in rows}


def _day_bounds(day: date | None) -> dict[str, datetime | None]:
    if day is None:
        return {"since": None, "until": None}
    return {"since": start_of_day(day), "until": start_of_day(day + timedelta(days=1))}


def troubles(pool: Pool) -> dict[str, str]:
    """What does not go out, for /readyz; empty when everything does."""
    with pool.connection() as conn:
        row = conn.execute(SQL.standing_still, {"reached": REACHED_LATE}).fetchone()
    number, detail = row or (0, None)
    return {"reminders": f"{number} not sent yet, the last: {detail}"} if number else {}
