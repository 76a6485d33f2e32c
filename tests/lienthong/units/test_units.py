"""The registry over a list small enough to read: who stands under whom on which day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lienthong.errors import Rejected
from lienthong.units import Registry, Unit

START, MERGER, TODAY = date(2025, 7, 1), date(2026, 3, 1), date(2026, 10, 15)
Values = dict[str, Any]


def a_row(code: str, parent: str | None, level: str, type: str, name: str, **more: Any) -> Values:
    begins = {"province": "Tỉnh ", "commune": "Xã ", "ward": "Phường "}.get(type, "")
    return {
        "code": code,
        "parent": parent,
        "level": level,
        "type": type,
        "name": name,
        "full_name": more.pop("full_name", begins + name),
        "valid_from": "2025-07-01",
        **more,
    }


def an_agency(code: str, parent: str, type: str, name: str, group: str = "department", **more: Any) -> Values:
    return a_row(code, parent, "agency", type, name, full_name=f"{name} tỉnh", group=group, **more)


def the_units() -> list[Values]:
    """Two provinces; 00002 and 00003 merge into 00004 in March 2026; 00005 becomes a ward in May."""
    return [
        a_row("VN", None, "nation", "nation", "Việt Nam"),
        a_row("20", "VN", "province", "province", "Lạng Sơn"),
        a_row("33", "VN", "province", "province", "Hưng Yên"),
        a_row("00001", "20", "commune", "commune", "Nam Cường"),
        a_row("00002", "20", "commune", "commune", "Bắc Sơn", valid_to="2026-03-01"),
        a_row("00003", "20", "commune", "commune", "Ân Thi", valid_to="2026-03-01"),
        a_row("00004", "20", "commune", "commune", "Bắc Ân", valid_from="2026-03-01"),
        a_row("00005", "33", "commune", "commune", "Nam Cường", valid_to="2026-05-01"),
        a_row("00005", "33", "commune", "ward", "Nam Cường", valid_from="2026-05-01"),
        an_agency("20.SYT", "20", "syt", "Sở Y tế"),
        an_agency("20.BPTTH", "20", "bptth", "Báo và Phát thanh, Truyền hình", group="media"),
        an_agency("33.SYT", "33", "syt", "Sở Y tế"),
    ]


def the_tables() -> dict[str, list[Values]]:
    return {
        "units": the_units(),
        "relations": [
            {"predecessor": old, "successor": "00004", "date": "2026-03-01", "kind": "merge"}
            for old in ("00002", "00003")
        ],
        "aliases": [
            {"code": "20", "alias": "H37", "kind": "identifier"},
            {"code": "20.BPTTH", "alias": "Báo và PTTH", "kind": "name"},
        ],
        "populations": [
            {"unit": "20", "year": 2025, "value": 881384, "source": "niên giám"},
            {"unit": "20", "year": 2027, "value": 900000, "source": "niên giám"},
        ],
    }


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_rows(**the_tables())


def codes(units: tuple[Unit, ...]) -> list[str]:
    return [unit.code for unit in units]


def test_ancestors_go_from_the_nearest_to_the_nation(registry: Registry) -> None:
    assert codes(registry.ancestors("00001", TODAY)) == ["20", "VN"]
    assert codes(registry.ancestors("20.SYT", TODAY)) == ["20", "VN"]
    assert registry.ancestors("VN", TODAY) == ()


@pytest.mark.parametrize(("code", "province"), [("00001", "20"), ("33.SYT", "33"), ("33", "33")])
def test_the_province_of_a_unit(registry: Registry, code: str, province: str) -> None:
    unit = registry.province_of(code, TODAY)
    assert unit is not None and unit.code == province


def test_the_nation_has_no_province(registry: Registry) -> None:
    assert registry.province_of("VN", TODAY) is None


def test_communes_of_a_province_are_those_of_the_day(registry: Registry) -> None:
    assert codes(registry.communes_of("20", date(2026, 2, 28))) == ["00001", "00002", "00003"]
    assert codes(registry.communes_of("20", MERGER)) == ["00001", "00004"]


def test_valid_to_is_exclusive(registry: Registry) -> None:
    assert registry.exists("00002", date(2026, 2, 28))
    assert not registry.exists("00002", MERGER)
    assert not registry.exists("00004", date(2026, 2, 28))


def test_nothing_exists_before_the_list_begins(registry: Registry) -> None:
    assert not registry.exists("20", date(2025, 6, 30))


def test_type_changes_while_the_code_stays(registry: Registry) -> None:
    assert registry.unit("00005", date(2026, 4, 30)).type == "commune"
    assert registry.unit("00005", date(2026, 5, 1)).type == "ward"
    assert [row.type for row in registry.history("00005")] == ["commune", "ward"]


def test_agencies_are_chosen_by_type_or_group(registry: Registry) -> None:
    assert codes(registry.agencies_of("20", TODAY)) == ["20.BPTTH", "20.SYT"]
    assert codes(registry.agencies_of("20", TODAY, group="media")) == ["20.BPTTH"]
    assert codes(registry.agencies_of("20", TODAY, group="department")) == ["20.SYT"]
    assert codes(registry.agencies_of("33", TODAY, type="syt")) == ["33.SYT"]


def test_the_duty_of_a_dissolved_unit_passes_to_its_successor(registry: Registry) -> None:
    assert codes(registry.duty_bearers("00002", TODAY)) == ["00004"]
    assert codes(registry.successors("00002", TODAY)) == ["00004"]


def test_before_its_dissolution_a_unit_bears_its_own_duty(registry: Registry) -> None:
    assert codes(registry.duty_bearers("00002", START)) == ["00002"]
    assert registry.successors("00002", START) == ()


def test_successors_are_followed_through_several_steps() -> None:
    tables = the_tables()
    tables["units"][6]["valid_to"] = "2026-08-01"
    tables["units"].append(a_row("00006", "20", "commune", "commune", "Mới", valid_from="2026-08-01"))
    tables["relations"].append({"predecessor": "00004", "successor": "00006", "date": "2026-08-01", "kind": "rename"})
    registry = Registry.from_rows(**tables)
    assert codes(registry.successors("00002", TODAY)) == ["00006"]
    assert codes(registry.successors("00002", date(2026, 7, 31))) == ["00004"]


def test_a_unit_that_loses_a_part_keeps_its_duty() -> None:
    tables = the_tables()
    tables["units"].append(a_row("00006", "20", "commune", "commune", "Mới", valid_from="2026-08-01"))
    tables["relations"].append({"predecessor": "00001", "successor": "00006", "date": "2026-08-01", "kind": "split"})
    registry = Registry.from_rows(**tables)
    assert codes(registry.duty_bearers("00001", TODAY)) == ["00001"]


def test_a_unit_split_whole_passes_its_duty_to_every_part() -> None:
    tables = the_tables()
    tables["units"][3]["valid_to"] = "2026-08-01"
    for code in ("00006", "00007"):
        tables["units"].append(a_row(code, "20", "commune", "commune", code, valid_from="2026-08-01"))
        tables["relations"].append({"predecessor": "00001", "successor": code, "date": "2026-08-01", "kind": "split"})
    assert codes(Registry.from_rows(**tables).duty_bearers("00001", TODAY)) == ["00006", "00007"]


def test_an_unknown_code_is_refused_and_named(registry: Registry) -> None:
    with pytest.raises(Rejected) as refused:
        registry.unit("99999", TODAY)
    assert refused.value.code == "unit_unknown"
    assert refused.value.problems[0].params == {"unit": "99999"}


def test_a_dissolved_unit_is_refused_naming_its_successor(registry: Registry) -> None:
    with pytest.raises(Rejected) as refused:
        registry.unit("00002", TODAY)
    assert refused.value.code == "unit_not_valid"
    assert "Xã Bắc Ân (00004)" in refused.value.problems[0].message.vi


@pytest.mark.parametrize("written", ["20", "H37", "h37", "000.00.00.H37", " 20 "])
def test_a_unit_is_found_by_any_identifier(registry: Registry, written: str) -> None:
    unit = registry.resolve(written, TODAY)
    assert unit is not None and unit.code == "20"


def test_an_alias_name_is_no_identifier(registry: Registry) -> None:
    assert registry.resolve("Báo và PTTH", TODAY) is None


@pytest.mark.parametrize(
    ("on", "value"),
    [(date(2026, 6, 1), 881384), (date(2027, 1, 1), 900000), (date(2024, 12, 31), None)],
)
def test_population_is_the_latest_not_after_the_day(registry: Registry, on: date, value: int | None) -> None:
    population = registry.population("20", on)
    assert (population.value if population else None) == value


def test_search_ignores_marks_and_shows_all_of_a_name(registry: Registry) -> None:
    assert codes(registry.search("nam cuong", TODAY)) == ["00001", "00005"]


def test_search_narrows_by_the_name_of_the_province(registry: Registry) -> None:
    assert codes(registry.search("nam cường hưng yên", TODAY)) == ["00005"]


@pytest.mark.parametrize(
    ("text", "first"),
    [("Bắc", "00004"), ("an", "00004"), ("bao va ptth", "20.BPTTH"), ("H37", "20"), ("33.syt", "33.SYT")],
)
def test_search_finds_beginnings_parts_aliases_and_codes(registry: Registry, text: str, first: str) -> None:
    assert codes(registry.search(text, TODAY))[0] == first


def test_search_ranks_exact_before_beginning_before_part() -> None:
    tables = the_tables()
    for code, name in (("00006", "Đông Sơn"), ("00007", "Sơn Hà"), ("00008", "Sơn")):
        tables["units"].append(a_row(code, "33", "commune", "commune", name))
    units = Registry.from_rows(**tables).search("sơn", TODAY, level="commune")
    assert codes(units)[:3] == ["00008", "00007", "00006"]


def test_search_shows_only_units_of_the_day_up_to_the_limit(registry: Registry) -> None:
    assert codes(registry.search("Ân Thi", TODAY)) == []
    assert codes(registry.search("Ân Thi", START)) == ["00003"]
    assert len(registry.search("so", TODAY, limit=1)) == 1
    assert registry.search("  ", TODAY) == ()


def test_rows_make_the_same_registry_again(registry: Registry) -> None:
    again = Registry.from_rows(**registry.to_rows())
    assert again.to_rows() == registry.to_rows()


def test_reversed_agency_codes_are_stored_in_todays_form() -> None:
    tables = the_tables()
    tables["units"].append(an_agency("000.00.05.H37", "20", "skhcn", "Sở KH&CN"))
    assert Registry.from_rows(**tables).unit("H37.05", TODAY).type == "skhcn"


Fault = Callable[[dict[str, list[Values]]], object]


def add(table: str, **values: Any) -> Fault:
    return lambda tables: tables[table].append(values)


def set_unit(number: int, **values: Any) -> Fault:
    return lambda tables: tables["units"][number].update(values)


def add_commune(code: str = "00009", **values: Any) -> Fault:
    row = a_row(code, "20", "commune", "commune", "Thử") | values
    return lambda tables: tables["units"].append(row)


def add_relation(predecessor: str, successor: str, day: str, kind: str = "merge") -> Fault:
    return add("relations", predecessor=predecessor, successor=successor, date=day, kind=kind)


FAULTS: list[tuple[str, Fault]] = [
    ("value_missing", add_commune(name="")),
    ("value_missing", add_commune(parent=None)),
    ("column_unknown", add_commune(district="178")),
    ("value_unknown", add_commune(level="region")),
    ("district_level", add_commune(level="district")),
    ("district_level", add_commune(level="huyện")),
    ("unit_code_invalid", add_commune(code="9")),
    ("unit_code_invalid", add_commune(code="٠٠٠٠٩")),  # digits, but not 0-9
    ("unit_type_unknown", add_commune(type="town")),
    ("full_name_type", add_commune(full_name="Thị trấn Thử")),
    ("day_invalid", add_commune(valid_from="7/2025")),
    ("day_invalid", add_commune(valid_from="2025-02-30")),
    ("validity_empty", add_commune(valid_to="2025-07-01")),
    ("truth_invalid", add_commune(provisional="có")),
    ("agency_code_foreign", lambda t: t["units"].append(an_agency("33.STC", "20", "stc", "Sở Tài chính"))),
    ("unit_code_invalid", lambda t: t["units"].append(an_agency("20.SỞ", "20", "stc", "Sở Tài chính"))),
    ("unit_type_unknown", lambda t: t["units"].append(an_agency("20.STC", "20", "Sở", "Sở Tài chính"))),
    ("value_missing", lambda t: t["units"].append(an_agency("20.STC", "20", "stc", "Sở", group=""))),
    ("value_unknown", lambda t: t["units"].append(an_agency("20.STC", "20", "stc", "Sở", group="sở"))),
    ("row_twice", lambda t: t["units"].append(t["units"][3])),
    ("unit_overlap", set_unit(7, valid_to="2026-05-02")),
    ("unit_overlap", set_unit(7, valid_to=None)),
    ("parent_unknown", add_commune(parent="21")),
    ("parent_level", add_commune(parent="VN")),
    ("parent_level", add_commune(parent="00001")),
    ("parent_not_valid", add_commune(valid_from="2025-06-30")),
    ("parent_not_valid", set_unit(1, valid_to="2026-12-31")),
    ("relation_to_itself", add_relation("00001", "00001", "2026-03-01")),
    ("value_unknown", add_relation("00001", "00004", "2026-03-01", "đổi tên")),
    ("day_invalid", add_relation("00001", "00004", "tháng 3")),
    ("successor_not_valid", add_relation("00002", "00004", "2026-02-01", "split")),
    ("successor_not_valid", add_relation("00002", "00099", "2026-03-01")),
    ("predecessor_unknown", add_relation("00099", "00004", "2026-03-01")),
    ("predecessor_not_closed", add_relation("00001", "00004", "2026-03-01")),
    ("predecessor_not_closed", set_unit(4, valid_to="2026-02-01")),
    ("relation_cycle", add_relation("00004", "00002", "2026-03-01", "split")),
    ("unit_not_listed", add("aliases", code="99999", alias="X", kind="name")),
    ("identifier_taken", add("aliases", code="33", alias="H37", kind="identifier")),
    ("identifier_taken", add("aliases", code="33", alias="000.00.00.H37", kind="identifier")),
    ("identifier_taken", add("aliases", code="33", alias="20", kind="identifier")),
    ("value_unknown", add("aliases", code="33", alias="X", kind="nickname")),
    ("row_twice", add("aliases", code="20", alias="H37", kind="identifier")),
    ("unit_not_listed", add("populations", unit="99", year=2025, value=1, source="x")),
    ("number_invalid", add("populations", unit="33", year=2025, value="3.567.943", source="x")),
    ("population_invalid", add("populations", unit="33", year=25, value=5, source="x")),
    ("population_invalid", add("populations", unit="33", year=2025, value=0, source="x")),
    ("value_missing", add("populations", unit="33", year=2025, value=5)),
    ("row_twice", add("populations", unit="20", year=2025, value=5, source="x")),
]


@pytest.mark.parametrize(("code", "fault"), FAULTS, ids=[f"{n}-{code}" for n, (code, _) in enumerate(FAULTS)])
def test_each_fault_of_a_list_is_refused_by_its_code(code: str, fault: Fault) -> None:
    tables = the_tables()
    fault(tables)
    with pytest.raises(Rejected) as refused:
        Registry.from_rows(**tables)
    assert code in {problem.code for problem in refused.value.problems}


def test_all_faults_of_a_list_are_told_at_once_with_their_rows() -> None:
    tables = the_tables()
    tables["units"][3]["type"] = "town"
    tables["units"][5]["valid_from"] = "hôm nay"
    with pytest.raises(Rejected) as refused:
        Registry.from_rows(**tables)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [
        ("/units/4", "unit_type_unknown"),
        ("/units/6", "day_invalid"),
    ]


def test_a_unit_that_ended_before_the_list_begins_may_be_named_as_predecessor() -> None:
    tables = the_tables()
    add_relation("06", "20", "2025-07-01")(tables)
    registry = Registry.from_rows(**tables)
    assert codes(registry.successors("06", TODAY)) == ["20"]
