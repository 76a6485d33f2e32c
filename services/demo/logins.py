"""The people of the sample hub, so that somebody can look at its console: one of each desk that needs no telephone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from lienthong.postgres.pool import connect
from services.demo.site import ACTOR, Site
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office

TRIED = "06463"
"""A commune of Lạng Sơn that still owes P119-LS.2026 at the end."""

_PEOPLE = (
    PersonToAdd(
        person="tonghop.langson",
        name="Chuyên viên tổng hợp (mẫu)",
        province="20",
        bindings=(Bound(role="drafter", province="20"),),
    ),
    PersonToAdd(
        person="xa.chilang",
        name="Cán bộ xã Chi Lăng (mẫu)",
        province="20",
        bindings=(Bound(role="reporter", province="20", units=(TRIED,)),),
    ),
    PersonToAdd(
        person="bo.khcn",
        name="Chuyên viên Bộ KH&CN (mẫu)",
        province="VN",
        bindings=(Bound(role="ministry", province="VN"),),
    ),
)


def open_accounts(site: Site, day: date) -> Mapping[str, str]:
    """Local accounts for the sample people; their first passwords by login name. Each is changed at the first login."""
    registry = site.registry

    def province_of(code: str) -> str | None:
        province = registry.province_of(code, on=day) if registry.exists(code, on=day) else None
        return None if province is None else province.code

    office = Office(hasher=Hasher(), province_of=province_of)
    with connect(site.conninfo, role="lienthong_identity", application_name="lienthong demo") as conn:
        added = [office.add(conn, wanted, by=ACTOR) for wanted in _PEOPLE]
    return {person.person: person.password for person in added if person.password is not None}
