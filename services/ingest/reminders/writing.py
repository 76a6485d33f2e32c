"""Writing reminders down before anything is sent: of one round all of them and all their ways in one transaction, so
that whoever dies before it has sent leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lienthong.postgres.answers import column, value
from lienthong.postgres.pool import Connection
from lienthong.programmes import Reminders
from lienthong.rounds.round import OpenRound
from services.ingest.reminders import SQL, contacts, schedule
from services.ingest.reminders.owing import owed_of
from services.ingest.reminders.reading import RESTORED
from services.ingest.reminders.schedule import Reminder

NOBODY = "none"
"""The way of a reminder that nobody can be told: it is seen, and goes out once the unit has a contact."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedReminder:
    """What somebody is to be told. by: who asked; None where the plan calls for it. at: now, by the hub's clock."""

    key: str
    round_: OpenRound
    unit: str
    kind: str
    days: int
    deadline: datetime | None
    forms: tuple[str, ...]
    by: str | None
    at: datetime


def put(conn: Connection, wanted: WantedReminder, channel: str, *, state: str = "waiting", detail: str = "") -> bool:
    """Write one way of it down; False where it stands already. Where nobody can be told that is what is written."""
    row = {
        "key": wanted.key,
        "channel": channel,
        "round": wanted.round_.code,
        "province": wanted.round_.province,
        "issuer": wanted.round_.root,
        "unit": wanted.unit,
        "kind": wanted.kind,
        "days": wanted.days,
        "deadline": wanted.deadline,
        "forms": list(wanted.forms),
        "state": "no_contact" if channel == NOBODY else state,
        "detail": detail,
        "by": wanted.by,
        "at": wanted.at,
    }
    return value(conn, int, SQL.put_reminder, row) is not None


def put_due(conn: Connection, round_: OpenRound, rules: Reminders, *, restored: datetime | None, now: datetime) -> None:
    """Write down what the plan calls for now: who owes is reminded, then the issuer gets its digest.

    restored: when the hub was restored from a backup; None for never. What was due before may have gone out after the
    backup was made: it is not sent by itself, and shown as such.
    """
    with conn.transaction():
        keys = set(column(conn, str, SQL.known_keys, {"round": round_.code}))
        due = [*_reminders(conn, round_, rules, keys, now), *_digests(round_, rules, keys, now)]
        reached = contacts.of_units(conn, sorted({wanted_reminder.unit for wanted_reminder, _ in due}))
        for reminder, moment in due:
            lost = restored is not None and moment <= restored
            for channel in reached[reminder.unit].channels if reminder.unit in reached else (NOBODY,):
                put(conn, reminder, channel, **({"state": "unknown", "detail": RESTORED} if lost else {}))


def _reminders(
    conn: Connection, round_: OpenRound, rules: Reminders, keys: set[str], now: datetime
) -> Iterator[tuple[WantedReminder, datetime]]:
    owed = owed_of(conn, round_, now)
    reported = {
        (form, unit) for form, units in round_.obliged.items() for unit in units if form not in owed.get(unit, ())
    }
    for reminder in schedule.due_reminders(round_, rules, reported=reported, sent=keys, now=now):
        yield (
            _wanted_reminder(reminder, round_, reminder.key, reminder.unit, reminder.moment.kind, reminder.forms, now),
            reminder.moment.at,
        )


def _digests(
    round_: OpenRound, rules: Reminders, keys: set[str], now: datetime
) -> Iterator[tuple[WantedReminder, datetime]]:
    """One for each moment of the round that has come, to the unit that issued the plan, whoever has reported. None
    of its opening: nobody can have reported.
    """
    everybody = schedule.due_reminders(round_, rules, reported=(), sent=(), now=now)
    for key, reminder in sorted({reminder.digest_key: reminder for reminder in everybody}.items()):
        if key not in keys and reminder.moment.kind != schedule.OPENED:
            yield _wanted_reminder(reminder, round_, key, round_.root, "digest", (), now), reminder.moment.at


def _wanted_reminder(
    reminder: Reminder, round_: OpenRound, key: str, unit: str, kind: str, forms: tuple[str, ...], now: datetime
) -> WantedReminder:
    return WantedReminder(
        key=key,
        round_=round_,
        unit=unit,
        kind=kind,
        days=reminder.moment.days,
        deadline=reminder.deadline,
        forms=forms,
        by=None,
        at=now,
    )
