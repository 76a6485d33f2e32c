"""Who may see which unit: a client its own, a province its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

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


REPORTS: Final = ("report:read",)
"""By which a unit's own reports, and what it owes, are read."""
PUBLISHED: Final = ("report:read", "content:submit", "content:approve")
"""By which what it publishes is read: also by who sends or approves it."""


def seen_units(
    principal: Principal, definitions: Definitions, now: datetime, by: Sequence[str] = REPORTS
) -> set[str] | None:
    """The units whose submissions the caller reads: those for which it reads the province, and those that it stands
    for where it holds one of the scopes. None: all of its province. The one question of every list.

    Raises Forbidden where no scope lets it read anything.
    """
    reach = principal.reach("read:province")
    if reach is None:
        return None
    if not principal.scopes.isdisjoint(by):
        return units_of(principal, definitions, now) | reach
    if not reach:
        principal.require(by[0])  # says what is missing
    return set(reach)


def units_of(principal: Principal, definitions: Definitions, now: datetime) -> set[str]:
    """The units a client stands for, with those whose duties passed to them."""
    own = set(principal.units - {ALL_UNITS})
    if ALL_UNITS in principal.units:
        own |= set(_unit_and_below(definitions.registry, principal.province, day_of(now)))
    owing = {unit for round_ in definitions.rounds.values() for units in round_.obliged.values() for unit in units}
    gone = {unit for unit in owing if not definitions.registry.exists(unit, on=day_of(now))}
    inherited = {unit for unit in gone if not own.isdisjoint(definitions.successors(unit, day_of(now)))}
    return own | inherited


def bound_to(principal: Principal) -> list[str] | None:
    """The units to which a reader of its province is bound; None for who reads all of it."""
    return sight(principal, ["read:province"]).listed


def told_of(principal: Principal, definitions: Definitions, now: datetime) -> list[str] | None:
    """`seen_units` as a query takes them: sorted, NULL for all of the province."""
    units = seen_units(principal, definitions, now)
    return None if units is None else sorted(units)


def mark(principal: Principal) -> str:
    """The same for the same sight, for the cursors of lists."""
    return "/".join((principal.province, principal.client_id))


def readable_units(
    principal: Principal, definitions: Definitions, now: datetime, by: Sequence[str] = REPORTS
) -> set[str]:
    """`seen_units`, each of its province by its name."""
    units = seen_units(principal, definitions, now, by)
    return set(_unit_and_below(definitions.registry, principal.province, day_of(now))) if units is None else units


def _unit_and_below(registry: Registry, code: str, day: date) -> Iterator[str]:
    """The unit and everything under it on a day."""
    yield code
    for child in registry.children(code, on=day):
        yield from _unit_and_below(registry, child.code, day)
