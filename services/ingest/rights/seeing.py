"""Who may see which unit: a client its own, a province its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from lienthong.access.principals import Principal
from lienthong.access.roles import ALL_UNITS
from lienthong.access.sight import sight
from lienthong.calendar import day_of
from lienthong.units import Registry
from services.ingest.definitions.snapshot import Definitions


def may_read(principal: Principal, definitions: Definitions, unit: str, province: str | None, now: datetime) -> bool:
    """Whether it may read what a unit reported. province: where it was reported to."""
    return principal.may_read_unit(
        unit, province=province or "", successors=lambda code: definitions.successors(code, day_of(now))
    )


def units_of(principal: Principal, definitions: Definitions, now: datetime) -> set[str]:
    """The units a client stands for, with those whose duties passed to them."""
    own = set(principal.units - {ALL_UNITS})
    if ALL_UNITS in principal.units:
        own |= set(_below(definitions.registry, principal.province, day_of(now)))
    owing = {unit for round_ in definitions.rounds.values() for units in round_.obliged.values() for unit in units}
    gone = {unit for unit in owing if not definitions.registry.exists(unit, on=day_of(now))}
    inherited = {unit for unit in gone if not own.isdisjoint(definitions.successors(unit, day_of(now)))}
    return own | inherited


def bound_to(principal: Principal) -> list[str] | None:
    """The units to which a reader of its province is bound; None for who reads all of it."""
    return sight(principal, ["read:province"]).listed


def told_of(principal: Principal, definitions: Definitions, now: datetime) -> list[str] | None:
    """The units of whose submissions the caller is told: those of its province for who reads that, None for all of
    them; else its own."""
    if "read:province" in principal.scopes:
        return bound_to(principal)
    return sorted(units_of(principal, definitions, now))


def mark(principal: Principal) -> str:
    """The same for the same sight, for the cursors of lists."""
    return "/".join((principal.province, principal.client_id))


def readable_units(principal: Principal, definitions: Definitions, today: date) -> set[str]:
    """Its units; all of its province for who reads that."""
    if ALL_UNITS in principal.units or principal.may_read_province(principal.province):
        return set(_below(definitions.registry, principal.province, today))
    return set(principal.units | (principal.reach("read:province") or frozenset()))


def _below(registry: Registry, code: str, day: date) -> Iterator[str]:
    """The unit and everything under it on a day."""
    yield code
    for child in registry.children(code, on=day):
        yield from _below(registry, child.code, day)
