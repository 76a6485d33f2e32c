"""Reminding in tests of ingest: contacts, days before a deadline, a worker that sends to a mailbox, what came of it."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from lienthong.access.sight import Sight
from lienthong.calendar import last_day, start_of_day, working_day_before
from lienthong.cursors import NEWEST
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.pool import Pool
from services.ingest.reminders import acts, reading
from services.ingest.reminders.contacts import Contact
from services.ingest.reminders.sending import Post
from services.ingest.reminders.settings import MailSettings
from services.ingest.reminders.worker import Reminding
from tests.builders.hub import FORM, ROUND, Hub

OWING, DONE = "05977", "06001"
ADDRESS = "https://hub.example"


def mail_of(unit: str) -> str:
    return f"vanthu.{unit.lower()}@langson.gov.vn"


def deadline(hub: Hub) -> datetime:
    moment = hub.desk.definitions().rounds[ROUND].deadline_of(FORM, OWING)
    assert moment is not None
    return moment


def the_day_before(hub: Hub, hour: int = 9) -> datetime:
    """Within office hours of the working day before the last day in time."""
    return start_of_day(working_day_before(last_day(deadline(hub)), 1)) + timedelta(hours=hour)


def tell(hub: Hub, unit: str, **given: object) -> Contact:
    wanted = Contact(**{"unit": unit, "province": "", "mails": [mail_of(unit)], **given})  # type: ignore[arg-type]
    with hub.desk.act() as act:
        return acts.set_contact(act, wanted)[0]


def ask(hub: Hub, *units: str) -> acts.ReminderResult:
    with hub.desk.act() as act:
        return acts.ask(act, ROUND, units or None)


def states(hub: Hub, unit: str) -> list[tuple[str, str]]:
    with Pool(hub.conninfo, role="lienthong_ingest", max_size=1) as pool, pool.connection() as conn:
        rows = reading.list_reminders(conn, Sight(), unit=unit, before=NEWEST, limit=50)
    return [(row.kind, row.state) for row in rows]


def go(*reminding: Reminding) -> None:
    """A look of each, then all that waits is sent, by all of them at once."""

    def send(one: Reminding) -> None:
        one.look()
        while one.step():
            pass

    with ThreadPoolExecutor(len(reminding)) as threads:
        list(threads.map(send, reminding))


def put_off_none(pool: Pool) -> None:
    """As if the time until the next try had passed."""
    with pool.connection() as conn:
        conn.execute("UPDATE ingest.reminders SET next_at = clock_timestamp()")


def reminding_with(hub: Hub, pool: Pool, mail: MailSettings) -> Reminding:
    post = Post(mail=mail, context=ssl.create_default_context())
    return Reminding(pool, PostgresAppender(partitions_of(hub.conn)), post, ADDRESS)


def ways(hub: Hub, unit: str) -> list[tuple[str, str, str, str]]:
    """Kind, way, state and why of each, newest first."""
    with Pool(hub.conninfo, role="lienthong_ingest", max_size=1) as pool, pool.connection() as conn:
        rows = reading.list_reminders(conn, Sight(), unit=unit, before=NEWEST, limit=50)
    return [(row.kind, row.channel, row.state, row.detail) for row in rows]
