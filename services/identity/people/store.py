"""People in the database: add, list, change roles, disable, passwords, second factors. What routes and commands call.

Every change is one transaction with its entry in the audit log, and takes `by`: the actor of that entry, whose say is
checked before anything else. A person of another province is one that does not exist. What takes something away ends
the person's sessions and tokens with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from lienthong.access import audit, edits
from lienthong.access.edits import UNSAID, Edited, Seen
from lienthong.access.principals import Principal
from lienthong.errors import Rejected
from lienthong.instants import wire_or_none
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.identity.people import passwords, second_factor
from services.identity.people.passwords import Hasher
from services.identity.people.person import (
    NATION,
    Bound,
    Person,
    PersonToAdd,
    ProvinceOf,
    described,
    faults,
    faults_of_roles,
    is_person_id,
    may_manage,
)

SQL = Queries(Path(__file__).with_name("queries.sql"))
PAGE = 1_000
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
        _say(by, wanted.province, wanted.bindings)
        found = faults(wanted, provinces=_provinces(conn), province_of=self.province_of)
        if local and password is not None:
            found += passwords.faults(password, names=_names(wanted.person, wanted.name, wanted.email))
        if found:
            raise Rejected(found, status=422)
        plain = (password or passwords.generated()) if local else None
        digest = self.hasher.hashed(plain) if plain is not None else None
        try:
            with conn.transaction():
                self._insert(conn, wanted, digest)
                details = {"name": wanted.name, "roles": described(wanted.bindings), "local": local}
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
        with self._changing(conn, person, by, own=False, seen=seen) as known:
            _say(by, known.province, bindings)
            found = faults_of_roles(
                bindings, of=known.province, provinces=_provinces(conn), province_of=self.province_of
            )
            if found:
                raise Rejected(found, status=422)
            conn.execute(SQL.drop_bindings, {"person": person})
            _bind(conn, person, bindings)
            conn.execute(SQL.raise_generation, {"person": person})
            details = {"before": described(known.bindings), "roles": described(bindings)}
            audit.record(conn, by, "person.roles_changed", person, details, address=address, province=known.province)

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
        with self._changing(conn, person, by, own=False, seen=seen) as known:
            if not conn.execute(SQL.enable if active else SQL.disable, {"person": person}).rowcount:
                return
            _end_everything(conn, person)
            act = "person.enabled" if active else "person.disabled"
            audit.record(conn, by, act, person, {"reason": reason}, address=address, province=known.province)

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
        known = self._known(conn, person, by, own=False)
        if password is not None and (found := passwords.faults(password, names=names_of(known))):
            raise Rejected(found, status=422)
        plain = password or passwords.generated()
        digest = self.hasher.hashed(plain)
        with self._changing(conn, person, by, own=False):
            conn.execute(SQL.set_password, {"person": person, "digest": digest, "temporary": True})
            _end_everything(conn, person)
            audit.record(conn, by, "person.password_reset", person, address=address, province=known.province)
        return None if password is not None else plain

    def reset_second_factor(
        self, conn: Connection, person: str, *, by: Principal | str, reason: str, address: str | None = None
    ) -> None:
        """Forget a lost telephone. All sessions end; the next login asks for a new one where the roles need it."""
        with self._changing(conn, person, by, own=False) as known:
            conn.execute(SQL.drop_factor, {"person": person})
            conn.execute(SQL.drop_recovery_codes, {"person": person})
            _end_everything(conn, person)
            audit.record(
                conn,
                by,
                "person.second_factor_reset",
                person,
                {"reason": reason},
                address=address,
                province=known.province,
            )

    def give_second_factor(
        self, conn: Connection, person: str, secret: str, *, by: Principal | str, address: str | None = None
    ) -> None:
        """A second factor that somebody else has set up: a hardware token's secret (base32). All sessions end."""
        with self._changing(conn, person, by, own=False) as known:
            if not second_factor.is_secret(secret):
                raise refused("second_factor_secret", "/secret")
            conn.execute(SQL.drop_factor, {"person": person})
            conn.execute(SQL.drop_recovery_codes, {"person": person})
            conn.execute(SQL.give_factor, {"person": person, "secret": secret})
            _end_everything(conn, person)
            audit.record(conn, by, "person.second_factor_given", person, address=address, province=known.province)

    def end_sessions(self, conn: Connection, person: str, *, by: Principal | str, address: str | None = None) -> None:
        """Log a person out everywhere, with its living tokens."""
        with self._changing(conn, person, by, own=True) as known:
            _end_everything(conn, person)
            audit.record(conn, by, "person.sessions_ended", person, address=address, province=known.province)

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
        people = _people(conn, province=own, disabled=disabled, after=after, limit=limit + 1)
        page, more = people[:limit], people[limit - 1].person if len(people) > limit else None
        if not isinstance(by, Principal) or by.province == NATION:
            return page, more
        return tuple(_seen_by(by, one) for one in page if _sees(by, one)), more

    def find(self, conn: Connection, person: str, *, by: Principal | str) -> Person:
        """One person. Raises Rejected (404) as if there were none when `by` may not see it."""
        found = find(conn, person)
        if found is None or (isinstance(by, Principal) and by.province != NATION and not _sees(by, found)):
            raise _unknown(person)
        return _seen_by(by, found) if isinstance(by, Principal) else found

    def managed(self, conn: Connection, person: str, *, by: Principal | str) -> Person:
        """One person that `by` has a say over. Raises Rejected (404)."""
        return self._known(conn, person, by, own=True)

    def _insert(self, conn: Connection, wanted: PersonToAdd, digest: str | None) -> None:
        row = {"person": wanted.person, "name": wanted.name.strip(), "email": wanted.email, "province": wanted.province}
        conn.execute(SQL.add_person, row)
        _bind(conn, wanted.person, wanted.bindings)
        if digest is not None:
            conn.execute(SQL.set_password, {"person": wanted.person, "digest": digest, "temporary": True})
        if wanted.subject is not None and self.issuer is not None:
            link(conn, wanted.person, self.issuer, wanted.subject)

    @contextmanager
    def _changing(
        self, conn: Connection, person: str, by: Principal | str, *, own: bool, seen: Seen = UNSAID
    ) -> Iterator[Person]:
        """The person as it was seen, held against changes by others until the block's transaction ends."""
        with conn.transaction():
            if is_person_id(person):
                conn.execute(SQL.lock_person, {"person": person})
            known = self._known(conn, person, by, own=own)
            edits.unchanged(conn, seen, _edited(known))
            yield known

    def _known(self, conn: Connection, person: str, by: Principal | str, *, own: bool) -> Person:
        known = find(conn, person)
        if known is None or not may_manage(by, known.province, known.bindings):
            raise _unknown(person)
        if not own and isinstance(by, Principal) and by.actor == known.actor:
            raise refused("own_account")
        return known


def find(conn: Connection, person: str) -> Person | None:
    """A person by login name, disabled or not."""
    return next(iter(_people(conn, person=person)), None) if is_person_id(person) else None


def link(conn: Connection, person: str, issuer: str, subject: str) -> None:
    """From now on the provider's subject stands for the person."""
    conn.execute(SQL.set_subject, {"issuer": issuer, "subject": subject, "person": person})


def known_as(conn: Connection, issuer: str, subject: str, email: str | None) -> tuple[Person | None, bool]:
    """Whom a provider's subject stands for, and whether by its address alone (then it is to be linked)."""
    person = value(conn, str, SQL.by_subject, {"issuer": issuer, "subject": subject})
    if person is not None:
        return find(conn, person), False
    person = value(conn, str, SQL.by_email, {"issuer": issuer, "email": email}) if email else None
    return (find(conn, person), True) if person is not None else (None, False)


def _edited(known: Person) -> Edited:
    return Edited(subject=known.person, acts=CHANGES, province=known.province, issuer=None, standing=standing(known))


def standing(person: Person) -> dict[str, Any]:
    """What operators edit of a person; what it does to its own account is no part of it."""
    bindings = sorted([binding.role, binding.province, *sorted(binding.units)] for binding in person.bindings)
    return {"bindings": bindings, "disabled": wire_or_none(person.disabled_at)}


def names_of(person: Person) -> tuple[str, ...]:
    """What a person's password must not be made of."""
    return _names(person.person, person.name, person.email)


def new_recovery_codes(conn: Connection, person: str) -> tuple[str, ...]:
    """Fresh codes in place of the ones before, in the caller's transaction."""
    codes = second_factor.recovery_codes()
    conn.execute(SQL.drop_recovery_codes, {"person": person})
    with conn.cursor() as cursor:
        cursor.executemany(
            SQL.add_recovery_code, [{"person": person, "digest": d} for d in second_factor.digests(codes)]
        )
    return codes


def _say(by: Principal | str, province: str, bindings: Iterable[Bound]) -> None:
    if not may_manage(by, province, bindings):
        raise refused("people_elsewhere", "/province")


def _sees(by: Principal, one: Person) -> bool:
    """Those it has a say over, and who comes from elsewhere with a role here."""
    here = [b for b in one.bindings if b.province == by.province]
    return may_manage(by, one.province, one.bindings) or (
        one.province != by.province and bool(here) and may_manage(by, by.province, here)
    )


def _seen_by(by: Principal, one: Person) -> Person:
    """Without what it is elsewhere."""
    if by.province in (NATION, one.province):
        return one
    return Person(
        person=one.person,
        name=one.name,
        email=None,
        province=one.province,
        bindings=tuple(b for b in one.bindings if b.province == by.province),
        generation=one.generation,
        created_at=one.created_at,
        disabled_at=one.disabled_at,
        has_password=one.has_password,
        must_change_password=one.must_change_password,
        has_second_factor=one.has_second_factor,
    )


def _end_everything(conn: Connection, person: str) -> None:
    conn.execute(SQL.end_sessions, {"person": person, "keep": None})
    conn.execute(SQL.raise_generation, {"person": person})


def _bind(conn: Connection, person: str, bindings: Iterable[Bound]) -> None:
    with conn.cursor() as cursor:
        cursor.executemany(
            SQL.add_binding,
            [
                {"person": person, "role": b.role, "province": b.province, "units": sorted(set(b.units))}
                for b in bindings
            ],
        )


def _provinces(conn: Connection) -> frozenset[str]:
    return frozenset(key for (key,) in conn.execute(SQL.provinces))


def _names(person: str, name: str, email: str | None) -> tuple[str, ...]:
    return (person, *name.split(), name, *(email or "").split("@")[:1])


def _people(
    conn: Connection,
    *,
    person: str | None = None,
    province: str | None = None,
    disabled: bool = True,
    after: str | None = None,
    limit: int = PAGE,
) -> tuple[Person, ...]:
    rows = conn.execute(
        SQL.people,
        {"person": person, "province": province, "disabled": disabled, "after": after, "limit": limit},
    )
    return tuple(_person(*row) for row in rows)


def _person(
    person: str,
    name: str,
    email: str | None,
    province: str,
    bindings: list[Any],
    generation: int,
    created_at: Any,
    disabled_at: Any,
    has_password: bool,
    temporary: bool,
    has_factor: bool,
) -> Person:
    return Person(
        person=person,
        name=name,
        email=email,
        province=province,
        bindings=tuple(Bound(role=role, province=where, units=tuple(units)) for role, where, units in bindings),
        generation=generation,
        created_at=created_at,
        disabled_at=disabled_at,
        has_password=has_password,
        must_change_password=temporary,
        has_second_factor=has_factor,
    )


def _unknown(person: str) -> Rejected:
    return refused("person_unknown", person=person)


_TAKEN = {
    "people_pkey": ("person_exists", "/person"),
    "people_email": ("email_taken", "/email"),
    "subjects_pkey": ("subject_taken", "/subject"),
}


def _taken(exc: psycopg.errors.UniqueViolation) -> Rejected:
    known = _TAKEN.get(exc.diag.constraint_name or "")
    if known is None:
        raise exc
    return refused(*known)
