"""The list that is shipped: what the two-level government of Vietnam looks like in it."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from lienthong.units import Registry, load
from tests.conftest import ROOT

FOLDER = ROOT / "schemas" / "units"
START, TODAY = date(2025, 7, 1), date(2026, 10, 15)
REPORTING = {"skhcn", "sgddt", "sct", "snnmt", "syt", "svhttdl", "stc", "sxd", "snv", "stp", "vpubnd"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load(FOLDER)


@pytest.mark.parametrize("day", [START, TODAY])
def test_there_are_34_provinces_and_3321_communes(registry: Registry, day: date) -> None:
    provinces = registry.provinces(day)
    assert len(provinces) == 34
    assert sum(len(registry.communes_of(unit.code, day)) for unit in provinces) == 3321


@pytest.mark.parametrize(
    ("province", "communes", "wards"), [("20", 61, 4), ("33", 93, 11)], ids=["Lạng Sơn", "Hưng Yên"]
)
def test_the_provinces_of_the_plans_have_their_communes(
    registry: Registry, province: str, communes: int, wards: int
) -> None:
    types = Counter(unit.type for unit in registry.communes_of(province, TODAY))
    assert types == {"commune": communes, "ward": wards}


def test_three_units_are_called_nam_cuong(registry: Registry) -> None:
    units = registry.search("nam cường", TODAY, level="commune")
    assert [unit.code for unit in units] == ["02026", "04273", "13057"]
    assert [unit.parent for unit in units] == ["19", "15", "33"]


def test_bac_kan_is_found_as_thai_nguyen_which_it_joined(registry: Registry) -> None:
    assert registry.search("Bắc Kạn", TODAY)[0].code == "19"
    assert [unit.code for unit in registry.successors("06", TODAY)] == ["19"]
    assert len([relation for relation in registry.relations if relation.kind == "merge"]) == 29


def test_provinces_that_became_cities_in_2026_were_provinces_before(registry: Registry) -> None:
    for code in ("22", "24", "75"):
        assert registry.unit(code, START).full_name.startswith("Tỉnh ")
        assert registry.unit(code, TODAY).full_name.startswith("Thành phố ")
    assert Counter(unit.type for unit in registry.provinces(START))["municipality"] == 6


def test_communes_that_became_wards_in_2026_keep_their_code(registry: Registry) -> None:
    assert registry.unit("07294", date(2026, 8, 3)).full_name == "Xã Bố Hạ"
    assert registry.unit("07294", date(2026, 8, 4)).full_name == "Phường Bố Hạ"


def test_every_province_has_departments_and_one_media_agency_all_provisional(registry: Registry) -> None:
    for province in registry.provinces(TODAY):
        agencies = registry.agencies_of(province.code, TODAY)
        assert {unit.type for unit in agencies} >= REPORTING
        assert len(registry.agencies_of(province.code, TODAY, group="media")) == 1
        assert all(unit.provisional and unit.source and unit.note for unit in agencies)


def test_lang_son_has_a_department_of_foreign_affairs(registry: Registry) -> None:
    assert registry.unit("20.SNGV", TODAY).full_name == "Sở Ngoại vụ tỉnh Lạng Sơn"
    assert not registry.exists("33.SNGV", TODAY)


def test_the_media_of_lang_son_is_found_by_the_names_the_plans_use(registry: Registry) -> None:
    for name in ("Báo và Đài Phát thanh Truyền hình tỉnh", "Báo và Phát thanh, Truyền hình Lạng Sơn"):
        assert registry.search(name, TODAY)[0].code == "20.BPTTH"


def test_the_centre_that_reports_for_xa_nam_cuong_stands_under_it(registry: Registry) -> None:
    above = [unit.code for unit in registry.ancestors("02026.TTPVHCC", TODAY)]
    assert above == ["02026", "19", "VN"]


def test_populations_carry_year_and_source(registry: Registry) -> None:
    population = registry.population("20", TODAY)
    assert population is not None
    assert (population.value, population.year, population.certainty) == (881_384, 2025, "general knowledge")


def test_the_list_survives_storage_as_rows(registry: Registry) -> None:
    assert Registry.from_rows(**registry.to_rows()).to_rows() == registry.to_rows()
