"""People in the database: add, list, change roles, disable, passwords, second factors. What routes and commands call.

Every change is one transaction with its entry in the audit log, and takes `by`: the actor of that entry, whose say is
checked before anything else. A person of another province is one that does not exist. What takes something away ends
the person's sessions and tokens with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from lienthong.access import audit, edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.access.principals import Principal
from lienthong.contracts.collected import refuse
from lienthong.errors import Rejected
from lienthong.eventlog.installation import installation
from lienthong.instants import wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.refusals import problem, refused
from services.identity.people import passwords, second_factor
from services.identity.people.passwords import Hasher
from services.identity.people.person import (
    NATION,
    Bound,
    Person,
    PersonToAdd,
    ProvinceOf,
    faults,
    faults_of_roles,
    is_person_id,
    may_manage,
    roles_as_data,
)
from services.identity.people.rows import PAGE, SQL, bind, end_everything, find, link, people_rows, provinces_of
from services.identity.people.seeing import may_see, require_say, seen_by

CHANGES = ("person.added", "person.roles_changed", "person.disabled", "person.enabled")


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """A person that was added. password: a temporary one, shown once; None where no local account was asked for."""

    person: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """What every change of people needs. province_of: the registry. issuer: of the OpenID provider, if any."""

    hasher: Hasher
    province_of: ProvinceOf
    issuer: str | None = None

    def add(
        self,
        conn: Connection,
        wanted: PersonToAdd,
        *,
        by: Principal | str,
        password: str | None = None,
        local: bool = True,
        address: str | None = None,
    ) -> Added:
        """Add a person. password: a temporary one, generated where None; local False: it comes by the provider alone.

        Raises Rejected with everything wrong; 404 for a province in which `by` has no say, 409 for a taken name.
        """
        require_say(by, wanted.province, wanted.bindings)
        problems = faults(wanted, provinces=provinces_of(conn), province_of=self.province_of)
        if wanted.subject is not None and self.issuer is None:
            problems += (problem("/subject", "subject_without_issuer"),)
        if local and password is not None:
            problems += passwords.faults(password, names=_names(wanted.person, wanted.name, wanted.email))
        refuse(problems, status=422)
        plain = (password or passwords.generate()) if local else None
        digest = self.hasher.hashed(plain) if plain is not None else None
        try:
            with conn.transaction():
                self._insert(conn, wanted, digest)
                details = {"name": wanted.name, "roles": roles_as_data(wanted.bindings), "local": local}
                details |= {"issuer": self.issuer, "subject": wanted.subject}
                details |= {"email_mark": wanted.email and installation(conn).mark(wanted.email)}
                audit.record(
                    conn, by, "person.added", wanted.person, details, address=address, province=wanted.province
                )
        except psycopg.errors.UniqueViolation as exc:
            raise _taken(exc) from exc
        return Added(person=wanted.person, password=None if password is not None else plain)

    def set_roles(
        self,
        conn: Connection,
        person: str,
        bindings: Sequence[Bound],
        *,
        by: Principal | str,
        address: str | None = None,
        seen: Seen = UNSAID,
    ) -> None:
        """Other roles for a person. Its tokens end; its sessions go on with what it may do now.

        Raises Rejected: 412 where other roles stand than were seen.
        """
        with self._held_for_change(conn, person, by, own=False, seen=seen) as account:
            require_say(by, account.province, bindings)
            problems = faults_of_roles(
                bindings, of=account.province, provinces=provinces_of(conn), province_of=self.province_of
            )
            refuse(problems, status=422)
            conn.execute(SQL.drop_bindings, {"person": person})
            bind(conn, person, bindings)
            conn.execute(SQL.raise_generation, {"person": person})
            details = {"before": roles_as_data(account.bindings), "roles": roles_as_data(bindings)}
            audit.record(conn, by, "person.roles_changed", person, details, address=address, province=account.province)

    def set_active(
        self,
        conn: Connection,
        person: str,
        active: bool,
        *,
        by: Principal | str,
        reason: str,
        address: str | None = None,
        seen: Seen = UNSAID,
    ) -> None:
        """Let nobody log in by this name any more, ending all its sessions; or let it again. Repeatable."""
        with self._held_for_change(conn, person, by, own=False, seen=seen) as account:
            if not conn.execute(SQL.enable if active else SQL.disable, {"person": person}).rowcount:
                return
            end_everything(conn, person)
            act = "person.enabled" if active else "person.disabled"
            audit.record(conn, by, act, person, {"reason": reason}, address=address, province=account.province)

    def reset_password(
        self,
        conn: Connection,
        person: str,
        *,
        by: Principal | str,
        password: str | None = None,
        address: str | None = None,
    ) -> str | None:
        """A temporary password, to be changed at the next login; the generated one, or None where it was given.

        All sessions end: whoever knew the old one is out.
        """
        account = self._require_managed(conn, person, by, own=False)
        if password is not None and (problems := passwords.faults(password, names=names_of(account))):
            raise Rejected(problems, status=422)
        plain = password or passwords.generate()
        digest = self.hasher.hashed(plain)
        with self._held_for_change(conn, person, by, own=False):
            conn.execute(SQL.set_password, {"person": person, "digest": digest, "temporary": True})
            end_everything(conn, person)
            audit.record(conn, by, "person.password_reset", person, address=address, province=account.province)
        return None if password is not None else plain

    def reset_second_factor(
        self, conn: Connection, person: str, *, by: Principal | str, reason: str, address: str | None = None
    ) -> None:
        """Forget a lost telephone. All sessions end; the next login asks for a new one where the roles need it."""
        with self._held_for_change(conn, person, by, own=False) as account:
            conn.execute(SQL.drop_factor, {"person": person})
            conn.execute(SQL.drop_recovery_codes, {"person": person})
            end_everything(conn, person)
            audit.record(
                conn,
                by,
                "person.second_factor_reset",
                person,
                {"reason": reason},
                address=address,
                province=account.province,
            )

    def give_second_factor(
        self, conn: Connection, person: str, secret: str, *, by: Principal | str, address: str | None = None
    ) -> None:
        """A second factor that somebody else has set up: a hardware token's secret (base32). All sessions end."""
        with self._held_for_change(conn, person, by, own=False) as account:
            if not second_factor.is_secret(secret):
                raise refused("second_factor_secret", "/secret")
            conn.execute(SQL.drop_factor, {"person": person})
            conn.execute(SQL.drop_recovery_codes, {"person": person})
            conn.execute(SQL.give_factor, {"person": person, "secret": secret})
            end_everything(conn, person)
            audit.record(conn, by, "person.second_factor_given", person, address=address, province=account.province)

    def end_sessions(self, conn: Connection, person: str, *, by: Principal | str, address: str | None = None) -> None:
        """Log a person out everywhere, with its living tokens."""
        with self._held_for_change(conn, person, by, own=True) as account:
            end_everything(conn, person)
            audit.record(conn, by, "person.sessions_ended", person, address=address, province=account.province)

    def page(
        self,
        conn: Connection,
        *,
        by: Principal | str,
        province: str | None = None,
        disabled: bool = False,
        after: str | None = None,
        limit: int = PAGE,
    ) -> tuple[tuple[Person, ...], str | None]:
        """Up to so many people by login name, those that `by` has a say over or that have a role in its province, and
        the login name after which there are more; None at the end. Those whom `by` does not see are passed over, so
        that a page may hold fewer.
        """
        own = by.province if isinstance(by, Principal) and by.province != NATION else province
        people = people_rows(conn, province=own, disabled=disabled, after=after, limit=limit + 1)
        page, more = people[:limit], people[limit - 1].person if len(people) > limit else None
        if not isinstance(by, Principal) or by.province == NATION:
            return page, more
        return tuple(seen_by(by, person) for person in page if may_see(by, person)), more

    def find(self, conn: Connection, person: str, *, by: Principal | str) -> Person:
        """One person. Raises Rejected (404) as if there were none when `by` may not see it."""
        record = find(conn, person)
        if record is None or (isinstance(by, Principal) and by.province != NATION and not may_see(by, record)):
            raise _unknown(person)
        return seen_by(by, record) if isinstance(by, Principal) else record

    def find_managed(self, conn: Connection, person: str, *, by: Principal | str) -> Person:
        """One person that `by` has a say over. Raises Rejected (404)."""
        return self._require_managed(conn, person, by, own=True)

    def _insert(self, conn: Connection, wanted: PersonToAdd, digest: str | None) -> None:
        row = {"person": wanted.person, "name": wanted.name.strip(), "email": wanted.email, "province": wanted.province}
        conn.execute(SQL.add_person, row)
        bind(conn, wanted.person, wanted.bindings)
        if digest is not None:
            conn.execute(SQL.set_password, {"person": wanted.person, "digest": digest, "temporary": True})
        if wanted.subject is not None and self.issuer is not None:
            link(conn, wanted.person, self.issuer, wanted.subject)

    @contextmanager
    def _held_for_change(
        self, conn: Connection, person: str, by: Principal | str, *, own: bool, seen: Seen = UNSAID
    ) -> Iterator[Person]:
        """The person as it was seen, held against changes by others until the block's transaction ends."""
        with conn.transaction():
            if is_person_id(person):
                conn.execute(SQL.lock_person, {"person": person})
            account = self._require_managed(conn, person, by, own=own)
            edits.require_unchanged(conn, seen, _edited(account))
            yield account

    def _require_managed(self, conn: Connection, person: str, by: Principal | str, *, own: bool) -> Person:
        account = find(conn, person)
        if account is None or not may_manage(by, account.province, account.bindings):
            raise _unknown(person)
        if not own and isinstance(by, Principal) and by.actor == account.actor:
            raise refused("own_account")
        return account


def _edited(person: Person) -> Edited:
    return Edited(
        subject=person.person, acts=CHANGES, province=person.province, issuer=None, standing=edited_state(person)
    )


def edited_state(person: Person) -> dict[str, Any]:
    """What operators edit of a person; what it does to its own account is no part of it."""
    bindings = sorted([binding.role, binding.province, *sorted(binding.units)] for binding in person.bindings)
    return {"bindings": bindings, "disabled": wire_or_none(person.disabled_at)}


def names_of(person: Person) -> tuple[str, ...]:
    """What a person's password must not be made of."""
    return _names(person.person, person.name, person.email)


def _names(person: str, name: str, email: str | None) -> tuple[str, ...]:
    return (person, *name.split(), name, *(email or "").split("@")[:1])


def _unknown(person: str) -> Rejected:
    return refused("person_unknown", person=person)


_TAKEN = {
    "people_pkey": ("person_exists", "/person"),
    "people_email": ("email_taken", "/email"),
    "subjects_pkey": ("subject_taken", "/subject"),
}


def _taken(exc: psycopg.errors.UniqueViolation) -> Rejected:
    refusal = _TAKEN.get(exc.diag.constraint_name or "")
    if refusal is None:
        raise exc
    return refused(*refusal)
