"""The roles of people and what each may do. Pure; the roles of clients stand with their registration.

A person holds roles by bindings: a role, a province (or the nation) and the units it is for. Nobody has a right that
no binding gives, and what is bound to one unit gives nothing for another, whatever else the person holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lienthong.errors import Message

ALL_UNITS = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRole:
    """scopes: of a binding to a province; national_scopes: of one to the nation (None: this role has none there).

    provincial: may be bound to a province. needs_units: has to name its units, because "the whole province" would
    mean acting for every unit of it. second_factor: a password alone does not open it.
    """

    name: Message
    scopes: frozenset[str]
    national_scopes: frozenset[str] | None = None
    provincial: bool = True
    needs_units: bool = False
    second_factor: bool = False


PEOPLE: Mapping[str, PersonRole] = {
    "reporter": PersonRole(
        name=Message(vi="Người báo cáo", en="reporter"),
        scopes=frozenset({"report:submit", "report:read", "content:submit"}),
        needs_units=True,
    ),
    "drafter": PersonRole(
        name=Message(vi="Chuyên viên tổng hợp", en="drafter"),
        scopes=frozenset({"report:read", "read:province", "report:review", "release:draft", "feed:read"}),
    ),
    "signer": PersonRole(
        name=Message(vi="Người ký phát hành", en="signer"),
        scopes=frozenset({"report:read", "read:province", "operate:releases", "content:approve", "feed:read"}),
        second_factor=True,
    ),
    "operator": PersonRole(
        name=Message(vi="Quản trị vận hành", en="operator"),
        scopes=frozenset(
            {
                "report:read",
                "read:province",
                "read:audit",
                "feed:read",
                "operate:rounds",
                "operate:plans",
                "operate:units",
                "operate:clients",
                "operate:deliveries",
                "operate:facts",
                "operate:people",
            }
        ),
        national_scopes=frozenset(
            {
                "read:national",
                "read:audit",
                "feed:read",
                "operate:plans",
                "operate:units",
                "operate:clients",
                "operate:deliveries",
                "operate:facts",
                "operate:people",
            }
        ),
        second_factor=True,
    ),
    "ministry": PersonRole(
        name=Message(vi="Cán bộ Bộ (chỉ xem)", en="reader at the Ministry"),
        scopes=frozenset(),
        national_scopes=frozenset({"feed:read"}),
        provincial=False,
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """One role of a person within the province it acts in. units: empty means all of the province."""

    role: str
    scopes: frozenset[str]
    units: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether it is for the whole province."""
        return not self.units or ALL_UNITS in self.units


def scopes_of(role: str, *, national: bool) -> frozenset[str]:
    """What a binding of the role allows; nothing for a role that is not known here (of a newer version)."""
    definition = PEOPLE.get(role)
    if definition is None:
        return frozenset()
    if national:
        return definition.national_scopes or frozenset()
    return definition.scopes if definition.provincial else frozenset()
