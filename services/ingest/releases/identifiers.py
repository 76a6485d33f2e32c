"""What official lists call those whom a release is about, as known when it is signed. Pure.

It goes into the sign-off, so that a replay finds it there: the registry may know more by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lienthong.events import NATION
from lienthong.rounds.round import OpenRound
from lienthong.units import Registry

MINISTRY = "bkhcn"
"""The functional kind of the agency that reads for the nation. `VN` is the nation's code and not the Ministry's."""


def identifier_member(
    registry: Registry, round_: OpenRound, recipients: Iterable[str], day: date
) -> dict[str, dict[str, str]]:
    """The member `identifiers` of `release.signed`; nothing where no code is known."""
    units = {round_.root, *recipients, *(unit for owing in round_.obliged.values() for unit in owing)}
    identifiers = {code: _identifier(registry, code, day) for code in sorted(units)}
    by_unit = {code: identifier for code, identifier in identifiers.items() if identifier is not None}
    return {"identifiers": by_unit} if by_unit else {}


def _identifier(registry: Registry, code: str, day: date) -> str | None:
    if code != NATION:
        return registry.identifier_of(code)
    readers = [unit.code for unit in registry.agencies_of(NATION, on=day) if unit.type == MINISTRY]
    return registry.identifier_of(readers[0]) if len(readers) == 1 else None
