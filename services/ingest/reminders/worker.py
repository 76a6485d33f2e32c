"""The process that reminds: what the plans call for goes out at its time, what people asked for at once, each once.

A row is written before anything is sent, by whoever sends it; nobody else does. Whoever dies in between leaves
`sending`, which becomes `unknown`: a unit that is told once too seldom loses less than one that is told twice, and its
superior sees it. What failed is tried again, and asks first whether the report has come meanwhile.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from psycopg.rows import class_row

from lienthong.calendar import day_of, start_of_day
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Message, Transient
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import Appender
from lienthong.instants import wire
from lienthong.outage import Outage
from lienthong.postgres.answers import column, value
from lienthong.postgres.pool import Connection, Pool
from lienthong.programmes import Reminders
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.current import Current
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reminders import SQL, contacts, letters, schedule
from services.ingest.reminders.letters import Occasion
from services.ingest.reminders.owing import owed_of, standing_of
from services.ingest.reminders.reading import Row
from services.ingest.reminders.schedule import Moment, Reminder
from services.ingest.reminders.sending import NotSent, Post
from services.ingest.reminders.settings import MailSettings
from services.ingest.rounds.acts import open_due

IDLE_SECONDS = 1.0
ANEW_SECONDS = 600.0  # between two looks at who owes a round, while no other moment of it has come
DOUBT_SECONDS = 600.0  # a conversation with a mail server has ended long before
AGAIN_SECONDS = (60, 300, 900, 3_600, 3_600, 7_200, 14_400)  # after the 1st, 2nd … failure; then it has failed

log = structlog.get_logger(__name__)


def run(*, pool: Pool, appender: Appender, address: str, mail: MailSettings, stop: threading.Event) -> None:
    """Until `stop` is set; while PostgreSQL is away it goes on trying. address: of the hub, for links."""
    reminding = Reminding(pool, appender, Post(mail=mail, context=ssl.create_default_context()), address)
    outage, next_look = Outage("reminders_wait", "reminders_go_on"), 0.0
    while not stop.is_set():
        done = False
        try:
            if time.monotonic() >= next_look:
                reminding.look()
                next_look = time.monotonic() + mail.look_seconds
            done = reminding.step()
        except Transient as error:
            outage.failed(error.code, str(error))
        else:
            outage.worked()
        if not done:
            stop.wait(IDLE_SECONDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class _About:
    """What a row or a digest is about, with what is needed to put it into words."""

    round_: OpenRound
    definitions: Definitions
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Due:
    """What is to go out now. unit: whom it is for."""

    key: str
    unit: str
    kind: str
    days: int
    deadline: datetime
    forms: tuple[str, ...]


class Reminding:
    """One worker. Several may run at once."""

    def __init__(self, pool: Pool, appender: Appender, post: Post, address: str) -> None:
        self._pool, self._appender, self._post, self._address = pool, appender, post, address
        self._current: Current | None = None
        self._looked_at: dict[str, tuple[frozenset[tuple[datetime, Moment]], float]] = {}

    def look(self) -> None:
        """Send what the plans call for now. Raises Transient."""
        with self._pool.connection() as conn:
            conn.execute(SQL.doubt_reminders, {"seconds": DOUBT_SECONDS})
            definitions, now = self._known(conn).get(conn), hub_now(conn)
            for code, round_ in sorted(definitions.rounds.items()):
                rules = definitions.plan_of(round_).reminders
                everybody = schedule.due(round_, rules, reported=(), sent=(), now=now)
                if everybody and self._is_news(code, everybody):
                    self._remind(conn, code, rules, _About(round_=round_, definitions=definitions, now=now))

    def step(self) -> bool:
        """Send one of those that wait; False when none does. Raises Transient."""
        with self._pool.connection() as conn:
            row = conn.cursor(row_factory=class_row(Row)).execute(SQL.claim_reminder).fetchone()
            if row is None:
                return False
            self._again(conn, row)
            return True

    def _is_news(self, code: str, everybody: Iterable[Reminder]) -> bool:
        """Whether a moment of the round has come since it was looked at, or that was a while ago: who owed nothing then
        may owe something again.
        """
        moments = frozenset((one.deadline, one.moment) for one in everybody)
        before, until = self._looked_at.get(code, (frozenset(), 0.0))
        if moments == before and time.monotonic() < until:
            return False
        self._looked_at[code] = (moments, time.monotonic() + ANEW_SECONDS)
        return True

    def _known(self, conn: Connection) -> Current:
        if self._current is None:
            opening: Callable[..., Any] = partial(open_due, self._appender)
            self._current = Current.of(conn, contracts=Contracts.load(), open_due=opening)
        return self._current

    def _remind(self, conn: Connection, code: str, rules: Reminders, about: _About) -> None:
        """The reminders of one round whose time has come, then the digests of those moments."""
        sent = set(column(conn, str, SQL.known_keys, {"round": code}))
        owed = owed_of(conn, about.round_, about.now)
        reported = {
            (form, unit)
            for form, units in about.round_.obliged.items()
            for unit in units
            if form not in owed.get(unit, ())
        }
        for one in schedule.due(about.round_, rules, reported=reported, sent=sent, now=about.now):
            for channel in self._channels(conn, one.unit):
                self._send_new(conn, _due_of(one), channel, about)
        everybody = schedule.due(about.round_, rules, reported=(), sent=(), now=about.now)
        for digest in _digests(everybody, about.round_.root):
            if digest.key not in sent and "mail" in self._channels(conn, about.round_.root):
                self._send_new(conn, digest, "mail", about)  # figures with links are for people

    def _channels(self, conn: Connection, unit: str) -> tuple[str, ...]:
        contact = contacts.of(conn, unit)
        return ("none",) if contact is None else contact.channels

    def _send_new(self, conn: Connection, one: _Due, channel: str, about: _About) -> None:
        row = {
            "key": one.key,
            "channel": channel,
            "round": about.round_.code,
            "province": about.round_.province,
            "issuer": about.round_.root,
            "unit": one.unit,
            "kind": one.kind,
            "days": one.days,
            "deadline": one.deadline,
            "forms": list(one.forms),
            "state": "no_contact" if channel == "none" else "sending",
            "by": None,
            "at": about.now,
        }
        number = value(conn, int, SQL.put_reminder, row)
        if number is not None and channel != "none":
            self._send(conn, Row.of(row, number=number), about)

    def _again(self, conn: Connection, row: Row) -> None:
        """One that waited: unless the round is gone or nothing is owed any more."""
        round_ = whole_round(conn, row.round)
        about = (
            None
            if round_ is None or round_.locked
            else _About(round_=round_, definitions=self._known(conn).get(conn), now=hub_now(conn))
        )
        owed = {} if about is None else owed_of(conn, about.round_, about.now)
        if about is None or (row.kind != "digest" and not set(owed.get(row.unit, ())) & set(row.forms)):
            self._settle(conn, row, "settled")
            return
        self._send(conn, row, about)

    def _send(self, conn: Connection, row: Row, about: _About) -> None:
        contact = contacts.of(conn, row.unit)
        if contact is None or row.channel not in contact.channels:
            self._settle(conn, row, "no_contact")
            return
        told, at = self._occasion(row, about), datetime.now(UTC)
        try:
            if row.channel == "webhook":
                self._post.webhook(contact, letters.webhook(told), at=at)
            else:
                self._post.letter(contact.mails, self._letter(conn, row, told, about), key=row.key, at=at)
        except NotSent as error:
            self._failed(conn, row, error)
        else:
            self._settle(conn, row, "sent")

    def _letter(self, conn: Connection, row: Row, told: Occasion, about: _About) -> letters.Letter:
        if row.kind != "digest":
            return letters.reminder(told)
        standing = standing_of(conn, about.round_, about.now)
        since = {"round": row.round, "since": start_of_day(day_of(about.now))}
        reminded: Mapping[str, int] = dict(conn.execute(SQL.reminded_since, since).fetchall())
        return letters.digest(told, standing, reminded)

    def _occasion(self, row: Row, about: _About) -> Occasion:
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
            forms=[(form, labels.get(form, Message(vi=form, en=form))) for form in row.forms],
            deadline=row.deadline,
            now=about.now,
            address=self._address,
            sample=definitions.sample,
        )

    def _failed(self, conn: Connection, row: Row, error: NotSent) -> None:
        """Again after a while, or never where that is of no use."""
        over = error.permanent or row.attempts > len(AGAIN_SECONDS)
        state = "failed" if over else "waiting"
        again = 0 if over else AGAIN_SECONDS[row.attempts - 1]
        detail = f"{error.code}: {error.detail}" if error.detail else error.code
        conn.execute(SQL.settle_reminder, {"number": row.number, "state": state, "detail": detail, "again": again})
        log.warning("reminder_not_sent", reminder=row.number, channel=row.channel, code=error.code, again=not over)

    def _settle(self, conn: Connection, row: Row, state: str) -> None:
        conn.execute(SQL.settle_reminder, {"number": row.number, "state": state, "detail": "", "again": 0})


def _due_of(one: Reminder) -> _Due:
    kind, days = one.moment.kind, one.moment.days
    return _Due(key=one.key, unit=one.unit, kind=kind, days=days, deadline=one.deadline, forms=one.forms)


def _digests(due: Iterable[Reminder], issuer: str) -> list[_Due]:
    """One for each moment of the round that has come, to the unit that issued the plan."""
    found = {}
    for one in due:
        moment = one.moment
        key = f"{one.round}/digest/{wire(one.deadline)}/{moment.kind}/{moment.days}"
        found[key] = _Due(key=key, unit=issuer, kind="digest", days=moment.days, deadline=one.deadline, forms=())
    return [found[key] for key in sorted(found)]


def _name(definitions: Definitions, unit: str, now: datetime) -> str:
    found = definitions.registry.get(unit, day_of(now))
    return unit if found is None else found.full_name
