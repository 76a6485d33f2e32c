"""Whose an act is: what an operator holds a scope for is its to act on, and nothing else. Pure.

What is not the caller's is answered as what does not exist, before anything else is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lienthong.access.principals import Principal
from lienthong.access.sight import EVERYTHING, Sight, sight
from lienthong.errors import Message
from lienthong.refusals import refused
from lienthong.units import Change, Registry
from services.ingest.units.facts import provinces_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who does it. name: as the audit log keeps it (`client:…`, `person:…`, `cli:…`).

    principal: None for who runs the hub on its own machine, and for the hub itself; nothing is closed to these.
    """

    name: str
    principal: Principal | None = None
    address: str | None = None

    def sight_by(self, scope: str) -> Sight:
        """What it may act on by this scope. Raises Forbidden when it doesn't hold it for anything."""
        return EVERYTHING if self.principal is None else sight(self.principal, [scope])


def own_units(allowed: Sight, changes: Iterable[Change], registry: Registry) -> None:
    """A province keeps its own part of the registry, nobody bound to units any. Raises Rejected.

    Whose a row is decided by everybody who ever held one of its codes, now and after the change.
    """
    if allowed.issuers is not None:
        raise refused("registry_is_the_provinces")
    for change in changes:
        if not all(allowed.covers_whole(province) for province in provinces_of(change, registry)):
            raise refused("other_province", what=Message(vi=change.message.vi, en=change.message.en))
