"""The process that reminds: what the plans call for goes out at its time, what people asked for at once, each once.

All of it is written down before anything is sent. Whoever claims a row sends it; whoever dies meanwhile leaves
`sending`, which becomes `unknown`: a unit that is told once too seldom loses less than one that is told twice, and its
superior sees it. Right before each letter it is asked again whether it still makes sense: who has reported gets none.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from psycopg.rows import class_row

from lienthong.calendar import day_of
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Message
from lienthong.eventlog.installation import epoch_began, hub_now
from lienthong.eventlog.port import Appender
from lienthong.outage import Outage, keep_working
from lienthong.postgres.pool import Connection, Pool
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.current import Current
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reminders import SQL, contacts, letters, reading, schedule
from services.ingest.reminders.letters import DigestNumber, Occasion
from services.ingest.reminders.owing import earliest, owed_of, standing_of
from services.ingest.reminders.reading import REACHED_LATE, RESTORED, ReminderRow
from services.ingest.reminders.schedule import Moment
from services.ingest.reminders.sending import SETTINGS, NotSent, Post
from services.ingest.reminders.settings import MailSettings
from services.ingest.reminders.writing import put_due
from services.ingest.rounds.acts import open_due

SENDERS = 4  # threads: the mail server and two provinces may let them wait, and there is one for all others
IDLE_SECONDS = 1.0
ANEW_SECONDS = 600.0  # between two looks at who owes a round, while no other moment of it has come
DOUBT_SECONDS = 600.0  # a conversation with a mail server has ended long before
AGAIN_SECONDS = (60, 300, 900, 3_600, 3_600, 7_200, 14_400)  # after the 1st, 2nd … failure; then it has failed
SETTING_SECONDS = 600  # until it is asked whether what waits for a setting still makes sense
NIGHT_SECONDS = 900  # until it is asked whether offices are open
REACH_DAYS = 14  # five working days with a long holiday in between; what is older is stale (schedule.STALE_AFTER)

log = structlog.get_logger(__name__)


def run(*, pool: Pool, appender: Appender, address: str, mail: MailSettings, stop: threading.Event) -> None:
    """Until `stop` is set; while PostgreSQL is away it goes on trying. address: of the hub, for links. pool: of SENDERS
    connections and a few more. An error that no retry cures stops all threads and is raised here.
    """
    reminding = Reminding(pool, appender, Post(mail=mail, context=ssl.create_default_context()), address)
    halt = threading.Event()

    def look_and_wait() -> bool:
        reminding.look()
        halt.wait(mail.look_seconds)
        return True

    with ThreadPoolExecutor(SENDERS + 1, thread_name_prefix="reminders") as threads:
        parts = [threads.submit(_again_and_again, look_and_wait, halt)]
        parts += [threads.submit(_again_and_again, reminding.step, halt) for _ in range(SENDERS)]
        while not stop.is_set() and not any(part.done() for part in parts):
            stop.wait(0.1)
        halt.set()
    for part in parts:
        part.result()


def _again_and_again(act: Callable[[], bool], halt: threading.Event) -> None:
    """act: False when there was nothing to do; it may raise Transient."""
    keep_working(act, halt, Outage("reminders_wait", "reminders_go_on"), idle=IDLE_SECONDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class _About:
    """What a row is about as it stands right before it goes out. owed: what its unit still owes of it."""

    round_: OpenRound
    definitions: Definitions
    owed: tuple[str, ...]
    now: datetime


class Reminding:
    """One worker, for several threads. Several may run at once.

    Of a lane it sends one at a time: a mail server or a province's system that lets everybody wait holds up its own.
    """

    def __init__(self, pool: Pool, appender: Appender, post: Post, address: str) -> None:
        self._pool, self._appender, self._post, self._address = pool, appender, post, address
        self._current: Current | None = None
        self._looked_at: dict[str, tuple[frozenset[tuple[datetime, Moment]], float]] = {}
        self._began = False
        self._claiming, self._busy = threading.Lock(), set[str]()

    def look(self) -> None:
        """Write down what the plans call for now. Raises Transient."""
        with self._pool.connection() as conn:
            definitions, now, restored = self._definitions_of(conn).get(conn), hub_now(conn), epoch_began(conn)
            self._tidy(conn, now, restored)
            for code, round_ in sorted(definitions.rounds.items()):
                rules = definitions.plan_of(round_).reminders
                everybody = schedule.due_reminders(round_, rules, reported=(), sent=(), now=now)
                moments = frozenset((reminder.deadline, reminder.moment) for reminder in everybody)
                if moments and self._is_news(code, moments):
                    put_due(conn, round_, rules, restored=restored, now=now)
                    self._looked_at[code] = (moments, time.monotonic() + ANEW_SECONDS)

    def step(self) -> bool:
        """Send one of those that wait; False when none does. Raises Transient."""
        with self._pool.connection() as conn:
            row = self._claim(conn)
            if row is None:
                return False
            try:
                self._consider(conn, row)
            finally:
                self._busy.discard(row.lane)
            return True

    def _claim(self, conn: Connection) -> ReminderRow | None:
        with self._claiming:
            parameters = {"busy": sorted(self._busy)}
            row = conn.cursor(row_factory=class_row(ReminderRow)).execute(SQL.claim_reminder, parameters).fetchone()
            if row is not None:
                self._busy.add(row.lane)
            return row

    def _tidy(self, conn: Connection, now: datetime, restored: datetime | None) -> None:
        """What changed for those that are written down already."""
        conn.execute(SQL.doubt_reminders, {"seconds": DOUBT_SECONDS})
        conn.execute(SQL.reach_again, {"since": now - timedelta(days=REACH_DAYS), "why": REACHED_LATE})
        if restored is not None:
            conn.execute(SQL.doubt_restored, {"restored": restored, "why": RESTORED})
        if not self._began:
            conn.execute(SQL.settings_changed, {"codes": list(SETTINGS)})
            self._began = True

    def _is_news(self, code: str, moments: frozenset[tuple[datetime, Moment]]) -> bool:
        """Whether a moment of the round has come since it was looked at, or that was a while ago: who owed nothing then
        may owe something again.
        """
        before, until = self._looked_at.get(code, (frozenset(), 0.0))
        return moments != before or time.monotonic() >= until

    def _definitions_of(self, conn: Connection) -> Current:
        if self._current is None:
            opening: Callable[..., Any] = partial(open_due, self._appender)
            self._current = Current.of(conn, contracts=Contracts.load(), open_due=opening)
        return self._current

    def _consider(self, conn: Connection, row: ReminderRow) -> None:
        """Send it, unless nothing is owed any more, its moment has lost its sense, or offices are closed."""
        round_, definitions, now = whole_round(conn, row.round), self._definitions_of(conn).get(conn), hub_now(conn)
        if round_ is None or not _makes_sense(row, round_, definitions, now):
            self._settle(conn, row, "overtaken", detail=row.detail)
            return
        owed = owed_of(conn, round_, now, unit=row.unit).get(row.unit, ())
        about = _About(
            round_=round_, definitions=definitions, owed=tuple(form for form in owed if form in row.forms), now=now
        )
        if row.kind != "digest" and not about.owed:
            self._settle(conn, row, "settled")
        elif row.kind != "asked" and not schedule.in_office_hours(now, definitions.plan_of(round_).reminders):
            self._settle(conn, row, "waiting", detail=row.detail, again=NIGHT_SECONDS, spent=False)
        else:
            self._send(conn, row, about)

    def _send(self, conn: Connection, row: ReminderRow, about: _About) -> None:
        contact = contacts.contact_of(conn, row.unit)
        if contact is None or row.channel not in contact.channels:
            self._settle(conn, row, "no_contact")
            return
        occasion, at = self._occasion(row, about), datetime.now(UTC)
        try:
            if row.channel == "webhook":
                self._post.webhook(contact, self._body(conn, row, occasion, about), at=at)
            else:
                self._post.letter(contact.mails, self._letter(conn, row, occasion, about), key=row.key, at=at)
        except NotSent as error:
            self._record_failure(conn, row, error)
        else:
            self._settle(conn, row, "sent")

    def _letter(self, conn: Connection, row: ReminderRow, occasion: Occasion, about: _About) -> letters.Letter:
        return (
            letters.reminder(occasion)
            if row.kind != "digest"
            else letters.digest(occasion, _counts(conn, occasion, about))
        )

    def _body(self, conn: Connection, row: ReminderRow, occasion: Occasion, about: _About) -> dict[str, Any]:
        return (
            letters.webhook(occasion)
            if row.kind != "digest"
            else letters.digest_body(occasion, _counts(conn, occasion, about))
        )

    def _occasion(self, row: ReminderRow, about: _About) -> Occasion:
        definitions, plan = about.definitions, about.definitions.plan_of(about.round_)
        labels = {f"{plan.code}.{name}": each.label for name, each in plan.reporters.items()}
        return Occasion(
            key=row.key,
            kind=row.kind,
            days=row.days,
            round=row.round,
            plan_title=plan.title,
            issuer_name=_name(definitions, about.round_.root, about.now),
            unit=row.unit,
            unit_name=_name(definitions, row.unit, about.now),
            forms=[(form, labels.get(form, Message(vi=form, en=form))) for form in about.owed],
            deadline=earliest(about.round_, row.unit, about.owed) if row.kind == "asked" else row.deadline,
            now=about.now,
            address=self._address,
            sample=definitions.sample,
            covers=(about.round_.period.first, about.round_.period.last),
            reason=str(about.round_.data.get("reason", "")),
        )

    def _record_failure(self, conn: Connection, row: ReminderRow, error: NotSent) -> None:
        """Unknown for ever, or waiting until a setting is another, or again after a while, or never."""
        if error.unsure:
            state, again, spent = "unknown", 0, True
        elif error.helps == "setting":
            state, again, spent = "waiting", SETTING_SECONDS, False
        elif error.helps == "again" and row.attempts <= len(AGAIN_SECONDS):
            state, again, spent = "waiting", AGAIN_SECONDS[row.attempts - 1], True
        else:
            state, again, spent = "failed", 0, True
        self._settle(conn, row, state, detail=error.reason, again=again, spent=spent)
        log.warning("reminder_not_sent", reminder=row.number, channel=row.channel, code=error.code, state=state)

    def _settle(
        self, conn: Connection, row: ReminderRow, state: str, *, detail: str = "", again: int = 0, spent: bool = True
    ) -> None:
        became = {"number": row.number, "state": state, "detail": detail, "again": again, "spent": spent}
        conn.execute(SQL.settle_reminder, became)


def _counts(conn: Connection, occasion: Occasion, about: _About) -> Sequence[DigestNumber]:
    day = day_of(about.now)
    reminded = reading.became_of(conn, about.round_.code, day)
    return letters.digest_numbers(occasion, standing_of(conn, about.round_, about.now), reminded, day=day)


def _makes_sense(row: ReminderRow, round_: OpenRound, definitions: Definitions, now: datetime) -> bool:
    """Whether its moment is the one that counts now, whoever has reported."""
    if round_.locked or row.kind == "asked":
        return not round_.locked and not schedule.is_stale(row.made_at, now)
    current = schedule.current_reminders(round_, definitions.plan_of(round_).reminders, now=now)
    return row.key in {reminder.digest_key if row.kind == "digest" else reminder.key for reminder in current}


def _name(definitions: Definitions, unit: str, now: datetime) -> str:
    entry = definitions.registry.get(unit, day_of(now))
    return unit if entry is None else entry.full_name
