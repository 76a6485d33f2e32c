"""Who is logged in, as the console sees it: a port. services/identity fulfils it, services/hub puts the two together.

The console holds no right of its own. It carries the person's access token to the hub's routes, which judge it like
any other; the scopes named here only decide what a menu offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request

from lienthong.access.roles import ALL_UNITS
from lienthong.events import NATION


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody at a browser. login: as the audit log names it. source: of the events it submits, empty for who submits
    none. province: two digits, or `VN`. units: codes it stands for, `*` for all of its province.

    narrow: by scope the units to which it is bound there, of those that it does not hold for its whole province.

    token: a short-lived access token of the hub that carries exactly this person's rights. csrf: what a form of this
    session has to bring back.
    """

    login: str
    source: str
    name: str
    province: str
    units: frozenset[str]
    scopes: frozenset[str]
    token: str
    csrf: str = ""
    narrow: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def own_units(self) -> tuple[str, ...]:
        """The units it reports for, by code; none for who stands for a whole province."""
        return tuple(sorted(self.units - {ALL_UNITS}))

    @property
    def is_national(self) -> bool:
        return self.province == NATION

    @property
    def reads_province(self) -> bool:
        """Whether all of its province is there to read, not what concerns some units alone."""
        return self.may("read:province") and not self.bound_to("read:province")

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def bound_to(self, scope: str) -> tuple[str, ...]:
        """The units, by code, for which alone it holds the scope; none where it holds it for all of its province."""
        return tuple(sorted(self.narrow.get(scope, ())))


class Sessions(Protocol):
    """Finds the person behind a request."""

    @property
    def provider(self) -> str | None:
        """Where somebody logs in by an OpenID provider (`next`, `failed`: pages to come back to); None without one."""

    async def person(self, request: Request) -> Person | None:
        """None when nobody is logged in, or no longer."""

    async def ended(self, request: Request) -> bool:
        """Where nobody is: whether the browser was logged in before, by what it still brings."""
