"""Over which provinces, and over what of them, a caller holds a scope: the one question of every act and every page.

A province's things are those that some unit of it issued: a plan, its rounds, releases and their deliveries, the acts
recorded of them. Who holds a scope for the whole province has all of these; who is bound to units has what these
issued and nothing else. Of the nation's callers each has what its scopes say, of every province.
"""

from __future__ import annotations

from dataclasses import dataclass

from lienthong.access.tokens import Principal

NATION = "VN"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remit:
    """province: its code; None for every one. units: the issuing ones; None for all of the province, empty for none."""

    province: str | None
    units: frozenset[str] | None = None

    def covers(self, province: str, issuer: str) -> bool:
        """Whether something that this unit of that province issued is within."""
        return self.province in (None, province) and (self.units is None or issuer in self.units)

    def covers_whole(self, province: str) -> bool:
        """Whether everything of the province is within."""
        return self.province in (None, province) and self.units is None

    @property
    def listed(self) -> list[str] | None:
        """The units as a query takes them: sorted, NULL for all."""
        return None if self.units is None else sorted(self.units)


def remit(who: Principal, scope: str) -> Remit:
    """Where the caller holds the scope; nowhere when it does not."""
    return Remit(province=None if who.province == NATION else who.province, units=who.reach(scope))
