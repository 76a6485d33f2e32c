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


def sees(by: Principal, one: Person) -> bool:
    """Those it has a say over, and who comes from elsewhere with a role here."""
    here = [b for b in one.bindings if b.province == by.province]
    return may_manage(by, one.province, one.bindings) or (
        one.province != by.province and bool(here) and may_manage(by, by.province, here)
    )


def seen_by(by: Principal, one: Person) -> Person:
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
