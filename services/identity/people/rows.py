"""People as the tables hold them: how they are found, and what is written of one in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.identity.people import second_factor
from services.identity.people.person import (
    Bound,
    Person,
    is_person_id,
)

SQL = Queries(Path(__file__).with_name("queries.sql"))


PAGE = 1_000


def find(conn: Connection, person: str) -> Person | None:
    """A person by login name, disabled or not."""
    return next(iter(people_rows(conn, person=person)), None) if is_person_id(person) else None


def known_as(conn: Connection, issuer: str, subject: str, email: str | None) -> tuple[Person | None, bool]:
    """Whom a provider's subject stands for, and whether by its address alone (then it is to be linked)."""
    person = value(conn, str, SQL.by_subject, {"issuer": issuer, "subject": subject})
    if person is not None:
        return find(conn, person), False
    person = value(conn, str, SQL.by_email, {"issuer": issuer, "email": email}) if email else None
    return (find(conn, person), True) if person is not None else (None, False)


def people_rows(
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
    return tuple(person_of(*row) for row in rows)


def person_of(
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


def link(conn: Connection, person: str, issuer: str, subject: str) -> None:
    """From now on the provider's subject stands for the person."""
    conn.execute(SQL.set_subject, {"issuer": issuer, "subject": subject, "person": person})


def new_recovery_codes(conn: Connection, person: str) -> tuple[str, ...]:
    """Fresh codes in place of the ones before, in the caller's transaction."""
    codes = second_factor.recovery_codes()
    conn.execute(SQL.drop_recovery_codes, {"person": person})
    with conn.cursor() as cursor:
        cursor.executemany(
            SQL.add_recovery_code, [{"person": person, "digest": d} for d in second_factor.digests(codes)]
        )
    return codes


def end_everything(conn: Connection, person: str) -> None:
    """All its sessions and tokens."""
    conn.execute(SQL.end_sessions, {"person": person, "keep": None})
    conn.execute(SQL.raise_generation, {"person": person})


def bind(conn: Connection, person: str, bindings: Iterable[Bound]) -> None:
    """Give it these roles beside what it has."""
    with conn.cursor() as cursor:
        cursor.executemany(
            SQL.add_binding,
            [
                {"person": person, "role": b.role, "province": b.province, "units": sorted(set(b.units))}
                for b in bindings
            ],
        )


def provinces_of(conn: Connection) -> frozenset[str]:
    """Those that there are."""
    return frozenset(key for (key,) in conn.execute(SQL.provinces))
