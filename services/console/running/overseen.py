"""The units that an account is over, to pick from by name where a form asks for a unit's code. A code that is not among
them may still be typed: what it is worth is the route's to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from lienthong.units.names import sort_key
from services.console.page import Visit
from services.console.pages.standing import names_of
from services.console.showing import segment

MOST = 400
"""Units of a list at the most: the largest province has 168 communes and some 30 agencies, a list of 400 takes 25 kB of
a page. Of the nation's 3,355 nobody would find one by scrolling.
"""
UnitChoices = tuple[tuple[str, str], ...]
"""(code, full name) of each, by name."""


async def choices(visit: Visit, scope: str) -> UnitChoices:
    """Those to choose among for what the scope allows. Raises as Asking.get."""
    return by_name(await names(visit, scope))


async def names(visit: Visit, scope: str) -> Mapping[str, str]:
    """Full names by code; none for who is over all of the nation's. Raises as Asking.get."""
    person, hub = visit.person, visit.hub
    if person.is_national:
        return {}
    if bound := person.bound_to(scope):
        units = await hub.all(*(hub.get(f"/v1/units/{segment(code)}") for code in bound))
        return {unit["code"]: unit["full_name"] for unit in units}
    children, own = await hub.all(
        hub.get(f"/v1/units/{person.province}/children"), hub.get(f"/v1/units/{person.province}")
    )
    return names_of(children) | {own["code"]: own["full_name"]}


def by_name(names: Mapping[str, str]) -> UnitChoices:
    """In Vietnamese order; none where they are too many to be a list. Pure."""
    pairs = sorted(names.items(), key=lambda unit: (sort_key(unit[1]), unit[0]))
    return tuple(pairs) if len(pairs) <= MOST else ()
