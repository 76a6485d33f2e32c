"""Sessions in the database: find by cookie, list, end. What is recorded about them is for `login`."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from lienthong.postgres.pool import Connection
from services.identity.people import store as people
from services.identity.people.person import Person
from services.identity.sessions.braking import SQL
from services.identity.sessions.session import Session, Where, digest

SEEN_EVERY = timedelta(minutes=1)  # idleness is known to the minute: a write for each request would buy nothing


def begin(conn: Connection, known: Person, where: Where, *, made_by: str, proven: bool, life: timedelta) -> str:
    """A new session; its cookie."""
    cookie = secrets.token_urlsafe(32)
    row = {
        "session": secrets.token_urlsafe(9),
        "digest": digest(cookie),
        "person": known.person,
        "province": known.provinces[0],
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
    row = conn.execute(SQL.session, {"digest": digest(cookie)}).fetchone()
    found = _living([row] if row else [], people.find(conn, row[1]) if row else None, idle)
    if found and row is not None and row[-1] - found[0].seen_at > SEEN_EVERY:
        conn.execute(SQL.seen, {"session": found[0].session})
    return found[0] if found else None


def of_person(conn: Connection, person: Person, *, idle: timedelta) -> tuple[Session, ...]:
    """A person's living sessions, newest first."""
    return _living(conn.execute(SQL.sessions_of, {"person": person.person}).fetchall(), person, idle)


def renew(conn: Connection, session: Session) -> str:
    """Another cookie for the session: what was known before a proof is worth nothing after it."""
    cookie = secrets.token_urlsafe(32)
    conn.execute(SQL.renew, {"session": session.session, "digest": digest(cookie)})
    return cookie


def _living(rows: Iterable[tuple[Any, ...]], person: Person | None, idle: timedelta) -> tuple[Session, ...]:
    if person is None:
        return ()
    found = [(_session(person, *stored), now) for *stored, now in rows]
    return tuple(session for session, now in found if session.is_live(now, idle=idle))


def _session(
    person: Person,
    session: str,
    _: str,
    province: str,
    made_by: str,
    second_factor_at: datetime | None,
    wrong_codes: int,
    created_at: datetime,
    seen_at: datetime,
    ends_at: datetime,
    address: str | None,
    agent: str | None,
) -> Session:
    # A role that was taken away takes its province with it.
    here = province if province in person.provinces else next(iter(person.provinces), province)
    return Session(
        session=session,
        person=person,
        province=here,
        made_by=made_by,
        second_factor_at=second_factor_at,
        wrong_codes=wrong_codes,
        created_at=created_at,
        seen_at=seen_at,
        ends_at=ends_at,
        address=address,
        agent=agent,
    )
