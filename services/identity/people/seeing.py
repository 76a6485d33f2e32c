"""Whom an operator has a say over, and what is seen of people."""

from __future__ import annotations

from collections.abc import Iterable

from lienthong.access.principals import Principal
from lienthong.refusals import refused
from services.identity.people.person import (
    NATION,
    Bound,
    Person,
    may_manage,
)


def require_say(by: Principal | str, province: str, bindings: Iterable[Bound]) -> None:
    if not may_manage(by, province, bindings):
        raise refused("people_elsewhere", "/province")


def may_see(by: Principal, person: Person) -> bool:
    """Those it has a say over, and who comes from elsewhere with a role here."""
    here = [b for b in person.bindings if b.province == by.province]
    return may_manage(by, person.province, person.bindings) or (
        person.province != by.province and bool(here) and may_manage(by, by.province, here)
    )


def seen_by(by: Principal, person: Person) -> Person:
    """Without what it is elsewhere."""
    if by.province in (NATION, person.province):
        return person
    return Person(
        person=person.person,
        name=person.name,
        email=None,
        province=person.province,
        bindings=tuple(b for b in person.bindings if b.province == by.province),
        generation=person.generation,
        created_at=person.created_at,
        disabled_at=person.disabled_at,
        has_password=person.has_password,
        must_change_password=person.must_change_password,
        has_second_factor=person.has_second_factor,
    )
