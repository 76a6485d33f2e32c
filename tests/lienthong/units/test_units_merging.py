"""Merging communes is one step: rows that the import takes, and duties that pass on."""

from __future__ import annotations

from datetime import date

import pytest

from lienthong import units
from lienthong.errors import Rejected
from lienthong.shipped import schemas_folder
from lienthong.units import Merging, Registry

DAY = date(2027, 1, 1)
BEFORE = date(2026, 12, 31)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return units.load(schemas_folder() / "units")


def merged(registry: Registry, *codes: str, into: str, name: str = "") -> Registry:
    wanted = Merging(units=codes, into=into, day=DAY, name=name, resolution="1/NQ")
    return units.import_rows(registry, units.merging_rows(registry, wanted)).registry


def codes_of(registry: Registry, *codes: str, into: str, name: str = "") -> list[str]:
    with pytest.raises(Rejected) as refused:
        merged(registry, *codes, into=into, name=name)
    return [problem.code for problem in refused.value.problems]


def test_a_new_unit_carries_on_all_of_them(registry: Registry) -> None:
    after = merged(registry, "06040", "06046", into="06999", name="Xã Thất Khê Mới")
    assert {code: after.exists(code, DAY) for code in ("06040", "06046", "06999")} == {
        "06040": False,
        "06046": False,
        "06999": True,
    }
    assert after.exists("06040", BEFORE) and not after.exists("06999", BEFORE)
    assert [duty_bearer.code for duty_bearer in after.duty_bearers("06046", DAY)] == ["06999"]
    heir = after.unit("06999", DAY)
    assert (heir.name, heir.full_name, heir.parent) == ("Thất Khê Mới", "Xã Thất Khê Mới", "20")
    assert len(after.communes_of("20", DAY)) == 64


def test_a_unit_that_stays_keeps_its_code_and_may_get_a_new_name(registry: Registry) -> None:
    plain = merged(registry, "06040", "06046", into="06040")
    assert len(plain.history("06040")) == 1
    assert [successor.code for successor in plain.successors("06046", DAY)] == ["06040"]
    named = merged(registry, "06046", into="06040", name="Xã Tràng Định")
    assert [unit.name for unit in named.history("06040")] == [registry.unit("06040", DAY).name, "Tràng Định"]


def test_offices_pass_on_with_their_commune(registry: Registry) -> None:
    nam_cuong = registry.unit("02026", DAY)
    other = next(u for u in registry.communes_of(nam_cuong.parent or "", DAY) if u.code != "02026")
    after = merged(registry, "02026", other.code, into=other.code)
    assert not after.exists("02026.TTPVHCC", DAY)
    [office] = after.duty_bearers("02026.TTPVHCC", DAY)
    assert (office.code, office.parent) == (f"{other.code}.TTPVHCC", other.code)
    assert other.name in office.full_name


def test_everything_wrong_is_said_at_once(registry: Registry) -> None:
    assert codes_of(registry, "06040", "00000", "12103", into="06046") == ["unit_unknown", "merging_across_provinces"]
    assert codes_of(registry, "06040", into="06040") == ["merging_of_one"]
    assert codes_of(registry, "20", into="06040") == ["merging_of_communes"]
    assert codes_of(registry, "06040", into="06999") == ["merging_needs_name"]
    assert codes_of(registry, "06040", into="12103") == ["merging_across_provinces"]


def test_days_are_read_as_offices_write_them(registry: Registry) -> None:
    row = {"predecessor": "06046", "successor": "06040", "date": "01/01/2027", "kind": "split"}
    [change] = units.import_rows(registry, units.rows_of("relations", [row])).changes
    assert change.after is not None and units.to_row(change.after)["date"] == "2027-01-01"
    for wrong in ("31/02/2027", "2027/01/01", "1.1.2027", "01/01/9999"):
        with pytest.raises(Rejected):
            units.import_rows(registry, units.rows_of("relations", [row | {"date": wrong}]))
