"""Sessions in the database: find by cookie, list, end. What is recorded about them is for `login`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Cursor
from psycopg.rows import class_row

from lienthong.postgres.pool import Connection
from services.identity.people import rows
from services.identity.people.person import Person
from services.identity.sessions.braking import SQL
from services.identity.sessions.session import Session, Where, digest

SEEN_EVERY = timedelta(minutes=1)  # idleness is known to the minute: a write for each request would buy nothing


def begin(conn: Connection, person: Person, where: Where, *, made_by: str, proven: bool, life: timedelta) -> str:
    """A new session; its cookie."""
    cookie = secrets.token_urlsafe(32)
    row = {
        "session": secrets.token_urlsafe(9),
        "digest": digest(cookie),
        "person": person.person,
        "province": person.provinces[0],
        "made_by": made_by,
        "proven": proven,
        "life": life,
        "address": where.address or None,
        "agent": where.agent[:200] or None,
    }
    with conn.transaction():
        conn.execute(SQL.forget_sessions)
        conn.execute(SQL.begin, row)
    return cookie


def find(conn: Connection, cookie: str, *, idle: timedelta) -> Session | None:
    """The living session of a cookie, which has been seen now."""
    row = _rows(conn).execute(SQL.session, {"digest": digest(cookie)}).fetchone()
    person = rows.find(conn, row.person) if row is not None else None
    if row is None or person is None:
        return None
    session = _session(person, row)
    if not session.is_live(row.now, idle=idle):
        return None
    if row.now - session.seen_at > SEEN_EVERY:
        conn.execute(SQL.seen, {"session": session.session})
    return session


def of_person(conn: Connection, person: Person, *, idle: timedelta) -> tuple[Session, ...]:
    """A person's living sessions, newest first."""
    rows = _rows(conn).execute(SQL.sessions_of, {"person": person.person})
    pairs = [(_session(person, row), row.now) for row in rows]
    return tuple(session for session, now in pairs if session.is_live(now, idle=idle))


def renew(conn: Connection, session: Session) -> str:
    """Another cookie for the session: what was known before a proof is worth nothing after it."""
    cookie = secrets.token_urlsafe(32)
    conn.execute(SQL.renew, {"session": session.session, "digest": digest(cookie)})
    return cookie


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A session as it stands, and the database's time."""

    session: str
    person: str
    province: str
    made_by: str
    second_factor_at: datetime | None
    wrong_codes: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str | None
    agent: str | None
    now: datetime


def _rows(conn: Connection) -> Cursor[_Row]:
    return conn.cursor(row_factory=class_row(_Row))


def _session(person: Person, row: _Row) -> Session:
    # A role that was taken away takes its province with it.
    here = row.province if row.province in person.provinces else next(iter(person.provinces), row.province)
    return Session(
        session=row.session,
        person=person,
        province=here,
        made_by=row.made_by,
        second_factor_at=row.second_factor_at,
        wrong_codes=row.wrong_codes,
        created_at=row.created_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        address=row.address,
        agent=row.agent,
    )
