"""What a person proves and changes about itself: the second factor, its recovery codes, the password.

Every success gives the session another cookie: whoever knew the old one is out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lienthong.errors import Rejected
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.refusals import problem, refused
from services.identity.people import passwords, rows, second_factor
from services.identity.people import store as people
from services.identity.sessions import braking, store
from services.identity.sessions.braking import CODES, SQL
from services.identity.sessions.login import Begun, Logins, record
from services.identity.sessions.session import Session, State, Where

WRONG_CODES = 5  # of one session, which then ends
HUB_NAME = "Liên Thông"  # as an authenticator app shows it

_ACTS = {"enrolled": "person.second_factor_set", "recovery": "person.recovery_code_used"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """A second factor to set up: the secret to type, or the picture (SVG) to photograph."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)


def give_code(logins: Logins, session: Session, code: str, where: Where) -> Begun:
    """Give the second factor: its code or a recovery code; in enrolment the first code of the new one.

    Raises Rejected for a wrong code (422), after too many (429); after five the session ends.
    """
    brakes, was_complete = [CODES.of(session.person.person)], session.complete
    with logins.pool.connection() as conn:
        braking.check(conn, brakes)
        with conn.transaction():
            how = _proof(conn, session, code, logins.clock())
            if how is not None:
                cookie, codes = _record_proof(conn, session, how, where)
        if how is None:
            braking.count(conn, brakes)
            _count_wrong(conn, session)
    if how is None:
        logins.record_failure(session.person, where, "code")
        raise refused("code_wrong", "/code")
    return logins.begun_session(cookie, where, was_complete=was_complete, codes=codes)


def enrol(logins: Logins, session: Session) -> Enrolment:
    """A new secret for the second factor, which counts once `give_code` had a code of it.

    Raises Rejected (409) when there is a second factor already: an operator resets it, for somebody who lost it.
    """
    if session.person.has_second_factor or session.state not in (State.ENROLMENT, State.COMPLETE):
        raise refused("enrolment_not_now")
    secret, person = second_factor.new_secret(), session.person.person
    with logins.pool.connection() as conn:
        conn.execute(rows.SQL.propose_factor, {"person": person, "secret": secret})
    address = second_factor.uri(secret, person=person, hub=HUB_NAME)
    return Enrolment(secret=secret, uri=address, picture=second_factor.picture(address))


def new_recovery_codes(logins: Logins, session: Session, where: Where) -> tuple[str, ...]:
    """Fresh recovery codes in place of the ones before. Raises Rejected (409) without a second factor."""
    if not session.complete or session.second_factor_at is None or not session.person.has_second_factor:
        raise refused("second_factor_missing")
    with logins.pool.transaction() as tx:
        codes = rows.new_recovery_codes(tx, session.person.person)
        record(tx, session.person, "person.recovery_codes_made", where)
    return codes


def change_password(logins: Logins, session: Session, old: str, new: str, where: Where) -> Begun:
    """Change one's own password. All other sessions and all tokens end. Raises Rejected, Transient."""
    person, was_complete = session.person, session.complete
    if session.state not in (State.COMPLETE, State.PASSWORD) or not person.has_password:
        raise refused("password_not_now")
    if not logins.has_password(person, person.person, old, where):
        raise refused("password_wrong", "/old")
    _refuse_unfit(session, old, new)
    digest = logins.hasher.hashed(new)
    with logins.pool.transaction() as tx:
        tx.execute(rows.SQL.lock_person, {"person": person.person})
        tx.execute(rows.SQL.set_password, {"person": person.person, "digest": digest, "temporary": False})
        tx.execute(rows.SQL.end_sessions, {"person": person.person, "keep": session.session})
        tx.execute(rows.SQL.raise_generation, {"person": person.person})
        cookie = store.renew(tx, session)
        record(tx, person, "person.password_changed", where)
    return logins.begun_session(cookie, where, was_complete=was_complete)


def _refuse_unfit(session: Session, old: str, new: str) -> None:
    faults = passwords.faults(new, names=people.names_of(session.person))
    if passwords.normal_form(old) == passwords.normal_form(new):
        faults += (problem("/password", "password_same"),)
    if faults:
        raise Rejected(faults)


def _proof(conn: Connection, session: Session, code: str, now: float) -> str | None:
    """How the code proves itself: `code`, `recovery`, `enrolled`; None when it doesn't."""
    person = session.person.person
    row = conn.execute(rows.SQL.factor, {"person": person}).fetchone()
    if row is None or session.state is State.PASSWORD:
        return None
    secret, confirmed, last = row
    step = second_factor.step_of(code, secret, now=now, after=last)
    if step is not None:
        conn.execute(rows.SQL.use_step, {"person": person, "step": step})
        return "code" if confirmed else "enrolled"
    given = {"person": person, "digest": second_factor.digest(code)}
    return "recovery" if confirmed and conn.execute(rows.SQL.use_recovery_code, given).fetchone() else None


def _record_proof(conn: Connection, session: Session, how: str, where: Where) -> tuple[str, tuple[str, ...]]:
    conn.execute(SQL.proven, {"session": session.session})
    cookie = store.renew(conn, session)
    codes = rows.new_recovery_codes(conn, session.person.person) if how == "enrolled" else ()
    if how in _ACTS:
        record(conn, session.person, _ACTS[how], where)
    return cookie, codes


def _count_wrong(conn: Connection, session: Session) -> None:
    if (value(conn, int, SQL.wrong_code, {"session": session.session}) or 0) >= WRONG_CODES:
        conn.execute(SQL.end, {"session": session.session, "person": session.person.person})
