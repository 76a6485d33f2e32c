"""Logging in, acting, logging out. More proofs, and one's own password, are in `account`.

What is recorded: that a session is complete (session.begun), what ended it, every proof that failed (at most ten a
minute for each person). Each under the person's name.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from lienthong.access import audit
from lienthong.access.tokens import issue
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import refused
from services.identity import keys
from services.identity.people import rows
from services.identity.people.passwords import Hasher
from services.identity.people.person import Person, is_person_id
from services.identity.sessions import braking, store
from services.identity.sessions.braking import AT_ADDRESS, FROM_ANYWHERE, IN_KNOWN_BROWSER, RECORDED, SQL, CountedBrake
from services.identity.sessions.session import TOKEN_LIFETIME, Session, SessionSettings, Where, digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A session as it stands now, with what the browser gets: its cookie, and one that it is known by later.

    recovery_codes: shown once, after a second factor was set up.
    """

    session: Session
    cookie: str = field(repr=False)
    device: str | None = field(default=None, repr=False)
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)


class Logins:
    """The sessions of one hub. Safe to share between threads."""

    def __init__(
        self,
        pool: Pool,
        *,
        issuer: str,
        settings: SessionSettings,
        hasher: Hasher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """pool: acts as lienthong_identity. issuer: the hub's public base URL. clock: real time, for codes, tokens."""
        self.pool, self.issuer, self.clock = pool, issuer, clock
        self.hasher = hasher or Hasher()
        self._idle, self._life = timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.hours)

    def begin(self, person: str, password: str, where: Where) -> Begun:
        """Log in by password. Raises Rejected (401, alike for a wrong password and an unknown name; 429), Transient."""
        with self.pool.connection() as conn:
            account = rows.find(conn, person)
        if not self.has_password(account, person, password, where):
            raise refused("login_wrong")
        assert account is not None  # nobody has no password
        return self._begin(account, where, made_by="password", proven=False)

    def begin_known(self, person: Person, where: Where, *, proven: bool) -> Begun:
        """Log in whom an OpenID provider has named. proven: it asked for a second factor too."""
        if not person.active:
            self.record_failure(person, where, "disabled")
            raise refused("login_wrong")
        return self._begin(person, where, made_by="oidc", proven=proven)

    def has_password(self, person: Person | None, name: str, password: str, where: Where) -> bool:
        """Whether it is the active person's password; a failure is counted and recorded. Takes as long for nobody.

        Raises Rejected (429) after too many failures, Transient when too many come at once.
        """
        with self.pool.connection() as conn:
            brakes, queue = _brakes(conn, name, where)
            braking.check(conn, brakes)
            stored = _digest(conn, person)
        right = self.hasher.matches(password, stored, queue=queue)
        if person is None or not right or not person.active:
            with self.pool.connection() as conn:
                braking.count(conn, brakes)
            self.record_failure(person, where, "disabled" if right else "wrong")
            return False
        if stored is not None and self.hasher.is_due(stored):
            self._rehash(person, password)
        return True

    def find(self, cookie: str) -> Session | None:
        """The living session of a cookie, complete or not; None when there is none, or no longer."""
        with self.pool.connection() as conn:
            return store.find(conn, cookie, idle=self._idle)

    def sessions(self, person: Person) -> tuple[Session, ...]:
        """A person's living sessions, newest first."""
        with self.pool.connection() as conn:
            return store.of_person(conn, person, idle=self._idle)

    def act_in(self, session: Session, province: str) -> None:
        """From now on the session acts in another of the person's provinces. Raises Rejected (404) for any other."""
        if province not in session.person.provinces:
            raise refused("province_not_yours", "/province", province=province)
        with self.pool.connection() as conn:
            conn.execute(SQL.act_in, {"session": session.session, "province": province})

    def end(self, person: Person, session: str, where: Where) -> bool:
        """End one of a person's sessions; tokens got with it end within seconds. False: there is none such."""
        with self.pool.transaction() as tx:
            tx.execute(rows.SQL.lock_person, {"person": person.person})
            if tx.execute(SQL.end, {"session": session, "person": person.person}).fetchone() is None:
                return False
            tx.execute(rows.SQL.raise_generation, {"person": person.person})
            record(tx, person, "session.ended", where, {"session": session})
        return True

    def token(self, session: Session, *, lifetime: int = TOKEN_LIFETIME) -> str:
        """A short-lived access token with the person's rights in the province acted in. The session is complete."""
        with self.pool.connection() as conn:
            key = keys.current_key(conn)
        return issue(
            session.principal(),
            key=key,
            issuer=self.issuer,
            now=self.clock(),
            generation=session.person.generation,
            lifetime=lifetime,
        )

    def begun_session(self, cookie: str, where: Where, *, was_complete: bool, codes: tuple[str, ...] = ()) -> Begun:
        """The session of a new cookie. When that has just become complete it is recorded, and its browser known."""
        session = self.find(cookie)
        if session is None:  # disabled, or the role taken away, in this very moment
            raise refused("session_missing")
        device = None
        if session.complete and not was_complete:
            device = where.device or secrets.token_urlsafe(32)
            details = {
                "by": session.made_by,
                "secondFactor": session.second_factor_at is not None,
                "session": session.session,
            }
            with self.pool.transaction() as tx:
                tx.execute(SQL.forget_devices)
                tx.execute(SQL.remember_device, {"digest": digest(device), "person": session.person.person})
                record(tx, session.person, "session.begun", where, details)
        return Begun(session=session, cookie=cookie, device=device, recovery_codes=codes)

    def record_failure(self, person: Person | None, where: Where, why: str) -> None:
        """Record a proof that failed, of a person that there is."""
        if person is None:
            return
        with self.pool.transaction() as tx:
            if braking.count(tx, [RECORDED.of(person.person)]):
                record(tx, person, "session.refused", where, {"why": why})

    def _begin(self, person: Person, where: Where, *, made_by: str, proven: bool) -> Begun:
        if not person.bindings:
            self.record_failure(person, where, "no role")
            raise refused("login_wrong")
        with self.pool.connection() as conn:
            cookie = store.begin(conn, person, where, made_by=made_by, proven=proven, life=self._life)
        return self.begun_session(cookie, where, was_complete=False)

    def _rehash(self, person: Person, password: str) -> None:
        new_digest = self.hasher.hashed(password)
        with self.pool.connection() as conn:
            row = {"person": person.person, "digest": new_digest, "temporary": person.must_change_password}
            conn.execute(rows.SQL.set_password, row)


def record(tx: Connection, person: Person, act: str, where: Where, details: Mapping[str, object] | None = None) -> None:
    """Record what a person did to its own account or session."""
    audit.record(tx, person.actor, act, person.person, details, address=where.address, province=person.province)


def _brakes(conn: Connection, name: str, where: Where) -> tuple[list[CountedBrake], str]:
    """What counts failures, and behind whom the attempt waits."""
    person, device = name if is_person_id(name) else "?", digest(where.device)
    if where.device and conn.execute(SQL.knows_device, {"digest": device, "person": person}).fetchone():
        return [IN_KNOWN_BROWSER.of(person, device.hex())], f"browser {device.hex()}"
    return [AT_ADDRESS.of(person, where.address), FROM_ANYWHERE.of(person)], f"address {where.address}"


def _digest(conn: Connection, person: Person | None) -> str | None:
    return value(conn, str, rows.SQL.password, {"person": person.person}) if person is not None else None
