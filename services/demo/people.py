"""Everybody who calls the sample hub: a client for each unit, the operators, the Ministry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import httpx

from lienthong.client import Hub, Secret
from lienthong.units import Registry
from services.demo.script import APPROVER, BULK_CLIENT, COMMUNE_OFFICE, MEDIA, MINISTRY, ON_THE_WAY
from services.demo.site import Site
from services.identity.clients import ROLES, Registration

PROVINCES = ("20", "33")
"""The provinces all of whose communes and agencies report."""
COMMUNE = "02026"
"""The commune with a plan of its own; its province (19) reports nothing."""
OFFICES = ("02026.TTPVHCC", COMMUNE_OFFICE["code"])
"""Offices of that commune."""
SUPERIOR = "tinh-19"
"""Its province, which reads what the commune sends."""
BULK_FROM = 52
"""The communes of province 33 from this place on (by code) have no system: the data centre sends for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Participants:
    """Clients by id; the account that reports for each unit; units by province; names."""

    accounts: Mapping[str, Hub]
    by_unit: Mapping[str, Hub]
    communes: Mapping[str, tuple[str, ...]]
    agencies: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    secrets: Mapping[str, str]

    def account(self, client_id: str) -> Hub:
        return self.accounts[client_id]

    def units(self, province: str) -> tuple[str, ...]:
        """Everybody of a province who may owe something."""
        return (COMMUNE,) if province == "19" else (*self.communes[province], *self.agencies[province])


def register(site: Site, http: httpx.Client, day: date) -> Participants:
    """Register everybody in one transaction, and open their accounts."""
    registry = site.registry
    wanted = list(_registrations(registry, day))
    secrets = site.register(wanted, lambda unit: _province(registry, unit, day))
    accounts = {
        registration.client_id: Hub(
            http,
            Secret(client_id=registration.client_id, secret=secrets[registration.client_id]),
            source=registration.used_sources[0],
        )
        for registration in wanted
    }
    communes = {p: tuple(u.code for u in registry.communes_of(p, on=day)) for p in PROVINCES}
    agencies = {p: tuple(u.code for u in registry.agencies_of(p, on=day)) for p in PROVINCES}
    codes = [COMMUNE, *OFFICES, *(code for p in PROVINCES for code in (*communes[p], *agencies[p]))]
    bulk = set(_bulk_units(registry, day))
    return Participants(
        accounts=accounts,
        secrets=secrets,
        communes=communes,
        agencies=agencies,
        by_unit={code: accounts[BULK_CLIENT if code in bulk else client_of(code)] for code in codes},
        names={code: registry.unit(code, on=day).full_name for code in (*codes, *PROVINCES)},
    )


def client_of(unit: str) -> str:
    """The client id of a unit's own system."""
    return f"dv-{unit.lower()}"


def drafter_of(operator: str) -> str:
    """The client id of who drafts what this operator signs."""
    return f"{operator}-tong-hop"


_DRAFTS = ("read:province", "release:draft", "report:read")


def _registrations(registry: Registry, day: date) -> Iterator[Registration]:
    for province in PROVINCES:
        yield from _of_province(registry, day, province)
    yield from _of_own_rounds(registry, day)
    yield Registration(
        client_id=APPROVER,
        name="Ban biên tập Báo và Phát thanh, Truyền hình Lạng Sơn",
        province="20",
        units=(MEDIA,),
        scopes=("content:approve", "report:read"),
        sources=(f"/20/clients/{APPROVER}",),
    )
    yield Registration(
        client_id=BULK_CLIENT,
        name="Trung tâm dữ liệu tỉnh Hưng Yên",
        province="33",
        units=tuple(_bulk_units(registry, day)),
    )
    yield Registration(client_id=MINISTRY, name="Bộ Khoa học và Công nghệ", province="VN", role="ministry")


def _of_province(registry: Registry, day: date, province: str) -> Iterator[Registration]:
    """A system of every unit, who runs the province, and who drafts for it."""
    for unit in (*registry.communes_of(province, on=day), *registry.agencies_of(province, on=day)):
        yield Registration(
            client_id=client_of(unit.code),
            name=unit.full_name,
            province=province,
            units=(unit.code,),
            scopes=_scopes(unit.code),
        )
    yield Registration(
        client_id=f"tinh-{province}",
        name=f"Điều hành {registry.unit(province, on=day).full_name}",
        province=province,
        role="province",
        units=("*",),
    )
    yield Registration(
        client_id=drafter_of(f"tinh-{province}"),
        name=f"Tổng hợp {registry.unit(province, on=day).full_name}",
        province=province,
        role="province",
        units=("*",),
        scopes=_DRAFTS,
    )


def _of_own_rounds(registry: Registry, day: date) -> Iterator[Registration]:
    """A commune that has a plan, and so rounds and releases, of its own."""
    yield Registration(
        client_id=client_of(COMMUNE), name=registry.unit(COMMUNE, on=day).full_name, province="19", units=(COMMUNE,)
    )
    for office in OFFICES:
        yield Registration(
            client_id=client_of(office),
            name=registry.unit(office, on=day).full_name,
            province="19",
            units=(office,),
            scopes=_scopes(office),
        )
    yield Registration(
        client_id=SUPERIOR, name="Điều hành tỉnh Thái Nguyên", province="19", role="province", units=("*",)
    )
    yield Registration(
        client_id=f"xa-{COMMUNE}",
        name="Điều hành xã Nam Cường",
        province="19",
        role="province",
        units=(COMMUNE,),
        sources=(f"/19/clients/xa-{COMMUNE}",),
    )
    yield Registration(
        client_id=drafter_of(f"xa-{COMMUNE}"),
        name="Tổng hợp xã Nam Cường",
        province="19",
        role="province",
        units=(COMMUNE,),
        scopes=_DRAFTS,
        sources=(f"/19/clients/{drafter_of(f'xa-{COMMUNE}')}",),
    )


def _scopes(unit: str) -> tuple[str, ...] | None:
    """Through whom reports and difficulties pass may also review them; everybody else has what a unit has."""
    return (*sorted(ROLES["unit"].scopes), "report:review") if unit in ON_THE_WAY else None


def _bulk_units(registry: Registry, day: date) -> list[str]:
    return [u.code for u in registry.communes_of("33", on=day)][BULK_FROM:]


def _province(registry: Registry, unit: str, day: date) -> str | None:
    province = registry.province_of(unit, on=day) if registry.exists(unit, on=day) else None
    return None if province is None else province.code
