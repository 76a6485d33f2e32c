"""Within whose sight a thing of a province is: one question for every list, object, answer and act. Pure.

A thing belongs to a province and to the unit that issued it (of a content item the unit that publishes it). A province
sees its own, somebody bound to units what these issued, the hub's own operator everything. What is not within sight is
answered exactly as what does not exist.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from lienthong.access.principals import Principal
from lienthong.events import NATION
from lienthong.refusals import refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """province: None for those of all. issuers: the units whose things alone are seen; None for the whole province."""

    province: str | None = None
    issuers: frozenset[str] | None = None

    def covers(self, *, province: str, issuer: str | None) -> bool:
        """Whether a thing of a province that a unit issued is within sight. issuer: None for the province's own."""
        if self.province not in (None, province):
            return False
        return self.issuers is None or issuer in self.issuers

    def covers_whole(self, province: str) -> bool:
        """Whether everything of the province is within sight."""
        return self.province in (None, province) and self.issuers is None

    def narrowed(self, province: str | None, there: Container[str]) -> Sight:
        """What of it is of a province; None: all. there: the provinces that there are. Raises Rejected (404) for
        another's province as for one that there is not.
        """
        if province is None:
            return self
        if self.province not in (None, province) or province not in there:
            raise refused("province_unknown", province=province)
        return Sight(province=province, issuers=self.issuers)

    @property
    def listed(self) -> list[str] | None:
        """The issuers as a query takes them: sorted, NULL for all."""
        return None if self.issuers is None else sorted(self.issuers)


EVERYTHING = Sight()
"""Of the command line, which is the hub's own operator."""


def sight(principal: Principal, scopes: Iterable[str]) -> Sight:
    """What the caller sees by any of the scopes. Raises Forbidden when it holds none of them.

    For a person: what the bindings that hold one of them give together.
    """
    wanted = tuple(scopes)
    reaches = [principal.reach(scope) for scope in wanted if scope in principal.scopes]
    if not reaches:
        principal.require(wanted[0])  # says what is missing
    whole = any(reach is None for reach in reaches)
    units = frozenset().union(*(reach for reach in reaches if reach is not None))
    return Sight(
        province=None if principal.province == NATION else principal.province,
        issuers=None if whole else units,
    )
