"""Changing the registry by imported rows, told in words before it is done."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lienthong.errors import Misconfigured, Rejected
from lienthong.units import Registry, difference, import_rows, load, read_csv, with_rows

TODAY = date(2026, 10, 15)
HEADER = "code,parent,level,type,name,full_name,valid_from,valid_to\n"
BASE = (
    HEADER
    + "VN,,nation,nation,Việt Nam,Việt Nam,2025-07-01,\n"
    + "20,VN,province,province,Lạng Sơn,Tỉnh Lạng Sơn,2025-07-01,\n"
    + "06040,20,commune,commune,Bắc Sơn,Xã Bắc Sơn,2025-07-01,\n"
)
AGENCIES = (
    "parent,code,type,group,name,full_name,valid_from,valid_to,provisional\n"
    "20,20.SYT,syt,department,Sở Y tế,Sở Y tế tỉnh Lạng Sơn,2025-07-01,,true\n"
)
MANIFEST = """
files: {units: admin-units.csv, agencies: agencies.csv}
counts:
  - {date: 2025-07-01, provinces: 1, communes: 1, by_province: {"20": {communes: 1, commune: 1, ward: 0}}}
"""


def the_registry() -> Registry:
    rows = [*read_csv("units", BASE, "u.csv"), *read_csv("agencies", AGENCIES, "a.csv")]
    return Registry.read(rows)


def importing(kind: str, lines: str, header: str = HEADER) -> Any:
    return import_rows(the_registry(), read_csv(kind, header + lines, "nhap.csv"))


def test_an_import_shows_what_it_adds_and_changes_nothing_itself() -> None:
    registry = the_registry()
    rows = read_csv("units", HEADER + "06041,20,commune,ward,Mới,Phường Mới,2026-01-01,\n", "nhap.csv")
    done = import_rows(registry, rows)
    (change,) = done.changes
    assert (change.kind, change.file, change.line) == ("added", "nhap.csv", 2)
    assert change.message.vi == "Thêm Phường Mới (06041), có hiệu lực từ 01/01/2026"
    assert done.registry.exists("06041", TODAY)
    assert not registry.exists("06041", TODAY)


CODED = "parent,code,type,group,name,full_name,valid_from,provisional,identifier\n"


def test_the_official_code_of_an_agency_comes_in_a_column_beside_ours() -> None:
    line = "20,20.SYT,syt,department,Sở Y tế,Sở Y tế tỉnh Lạng Sơn,2025-07-01,true,000.00.09.h37\n"
    done = importing("agencies", line, CODED)
    (change,) = done.changes
    assert (change.kind, change.table, change.line) == ("added", "aliases", 2)
    assert done.registry.identifier_of("20.SYT") == "H37.09", "the reversed form is turned round"
    found = done.registry.resolve("H37.09", TODAY)
    assert found is not None and found.code == "20.SYT"
    assert importing("agencies", line.replace("000.00.09.h37", ""), CODED).changes == ()
    with pytest.raises(Rejected, match="identifier"):
        importing("relations", "20,06,2026-01-01,merge,H1\n", "predecessor,successor,date,kind,identifier\n")


def test_a_code_that_is_not_certain_finds_its_unit_and_is_not_passed_on() -> None:
    aliases = "code,alias,kind,certainty\n20,H37,identifier,indirect\n"
    unsure = import_rows(the_registry(), read_csv("aliases", aliases, "x.csv")).registry
    assert (unsure.resolve("H37", TODAY) is not None, unsure.identifier_of("20")) == (True, None)
    sure = import_rows(unsure, read_csv("aliases", aliases.replace("indirect", ""), "x.csv")).registry
    assert sure.identifier_of("20") == "H37"


def test_the_same_row_again_changes_nothing() -> None:
    assert importing("units", "06040,20,commune,commune,Bắc Sơn,Xã Bắc Sơn,2025-07-01,\n").changes == ()


def test_a_row_given_an_end_closes_the_unit() -> None:
    done = importing("units", "06040,20,commune,commune,Bắc Sơn,Xã Bắc Sơn,2025-07-01,2026-01-01\n")
    (change,) = done.changes
    assert change.kind == "closed"
    assert "Kết thúc từ ngày 01/01/2026: Xã Bắc Sơn (06040)" in change.message.vi
    assert not done.registry.exists("06040", TODAY)


def test_a_corrected_row_tells_the_value_before_and_after() -> None:
    (change,) = importing("units", "06040,20,commune,commune,Bắc Sơn 1,Xã Bắc Sơn 1,2025-07-01,\n").changes
    assert change.kind == "changed"
    assert "name: “Bắc Sơn” → “Bắc Sơn 1”" in change.message.vi


def test_an_official_agency_code_replaces_a_provisional_one() -> None:
    rows = [
        *read_csv(
            "agencies",
            AGENCIES.splitlines()[0]
            + "\n20,20.SYT,syt,department,Sở Y tế,Sở Y tế tỉnh Lạng Sơn,2025-07-01,2026-09-01,true"
            + "\n20,H37.12,syt,department,Sở Y tế,Sở Y tế tỉnh Lạng Sơn,2026-09-01,,\n",
            "ma.csv",
        ),
        *read_csv("relations", "predecessor,successor,date,kind\n20.SYT,H37.12,2026-09-01,rename\n", "qh.csv"),
    ]
    registry = import_rows(the_registry(), rows).registry
    assert [unit.code for unit in registry.agencies_of("20", TODAY, type="syt")] == ["H37.12"]
    assert [unit.code for unit in registry.duty_bearers("20.SYT", TODAY)] == ["H37.12"]


def test_a_new_name_without_closing_the_old_row_is_refused_with_what_to_do() -> None:
    with pytest.raises(Rejected) as refused:
        importing("units", "06040,20,commune,ward,Bắc Sơn,Phường Bắc Sơn,2026-01-01,\n")
    (problem,) = refused.value.problems
    assert problem.code == "unit_overlap"
    assert (problem.params["file"], problem.params["line"]) == ("nhap.csv", 2)
    assert "chồng lên danh mục hiện hành" in problem.message.vi
    assert "valid_to = 2026-01-01" in problem.message.vi


def test_a_fault_that_an_import_leaves_in_the_standing_list_says_so() -> None:
    with pytest.raises(Rejected) as refused:
        importing("units", "20,VN,province,province,Lạng Sơn,Tỉnh Lạng Sơn,2025-07-01,2026-01-01\n")
    assert {problem.code for problem in refused.value.problems} == {"parent_not_valid"}
    assert all(p.message.vi.startswith("danh mục hiện hành: ") for p in refused.value.problems)


def test_faults_of_an_import_name_file_and_line() -> None:
    with pytest.raises(Rejected) as refused:
        importing("units", "1,20,commune,commune,A,Xã A,2025-07-01,\n06042,20,district,x,B,Huyện B,2025-07-01,\n")
    assert [(p.params["line"], p.code) for p in refused.value.problems] == [
        (2, "unit_code_invalid"),
        (3, "district_level"),
    ]
    assert refused.value.problems[0].message.vi.startswith("nhap.csv, dòng 2: ")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "header_missing"),
        ("code,huyen\n", "column_unknown"),
        ("code,code\n", "column_twice"),
        (HEADER + "06041,20,commune\n", "row_width"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_csv("units", text, "nhap.csv")
    assert {problem.code for problem in refused.value.problems} == {code}


def test_lines_are_counted_in_the_file_even_over_empty_lines() -> None:
    text = "code,alias,kind\n20,a,name\n\n20,c,name\n"
    assert [row.line for row in read_csv("aliases", "\ufeff" + text, "x.csv")] == [2, 4]


def test_an_event_s_rows_change_a_registry_like_a_file() -> None:
    done = importing("units", "06041,20,commune,ward,Mới,Phường Mới,2026-01-01,\n")
    again = with_rows(the_registry(), units=done.rows("units"))
    assert difference(again, done.registry) == ()


def test_difference_names_what_went_away() -> None:
    registry = the_registry()
    less = Registry(units=[unit for unit in registry.units if unit.code != "06040"])
    (change,) = difference(registry, less)
    assert (change.kind, change.table) == ("removed", "units")
    assert change.message.en == "Removes Xã Bắc Sơn (06040), valid from 2025-07-01"


def test_populations_aliases_and_relations_are_told_too() -> None:
    rows = [
        *read_csv("populations", "unit,year,value,source\n20,2026,890000,niên giám\n", "d.csv"),
        *read_csv("aliases", "code,alias,kind\n20,Xứ Lạng,name\n", "t.csv"),
        *read_csv("relations", "predecessor,successor,date,kind\n06,20,2025-07-01,merge\n", "q.csv"),
    ]
    texts = [change.message.vi for change in import_rows(the_registry(), rows).changes]
    assert texts == [
        "Thêm dân số 890000 năm 2026 của 20",
        "Thêm tên khác “Xứ Lạng” của 20",
        "Thêm quan hệ sáp nhập: 06 → 20 từ 01/07/2025",
    ]


def a_folder(path: Path, manifest: str = MANIFEST, units: str = BASE, agencies: str = AGENCIES) -> Path:
    for name, text in (("manifest.yaml", manifest), ("admin-units.csv", units), ("agencies.csv", agencies)):
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_a_folder_is_loaded_when_its_counts_are_right(tmp_path: Path) -> None:
    assert load(a_folder(tmp_path)).unit("20.SYT", TODAY).provisional


def test_a_list_that_lost_a_commune_is_refused(tmp_path: Path) -> None:
    units = "".join(line for line in BASE.splitlines(keepends=True) if not line.startswith("06040"))
    with pytest.raises(Rejected) as refused:
        load(a_folder(tmp_path, units=units))
    assert refused.value.code == "registry_miscounted"
    assert [problem.pointer for problem in refused.value.problems] == [
        "/counts/0/communes",
        "/counts/0/by_province/20/communes",
        "/counts/0/by_province/20/commune",
    ]


def test_faults_of_all_files_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, units=BASE.replace("06040", "6040"), agencies=AGENCIES.replace(",true", ",1"))
    with pytest.raises(Rejected) as refused:
        load(folder)
    assert [(p.params["file"], p.params["line"]) for p in refused.value.problems] == [
        ("admin-units.csv", 4),
        ("agencies.csv", 2),
    ]


def test_a_folder_with_a_broken_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        load(a_folder(tmp_path, units=BASE.replace("valid_to", "het_han")))
    assert [problem.code for problem in refused.value.problems] == ["column_unknown"]


@pytest.mark.parametrize(
    "manifest",
    [
        "files: [",
        "[]",
        "files: {units: admin-units.csv}",
        "files: {units: missing.csv}\ncounts: []",
        "files: {huyen: admin-units.csv}\ncounts: []",
        MANIFEST.replace("provinces: 1, ", ""),
        MANIFEST.replace("2025-07-01", "hôm nay"),
    ],
)
def test_a_manifest_that_can_t_be_followed_says_so(tmp_path: Path, manifest: str) -> None:
    with pytest.raises(Misconfigured):
        load(a_folder(tmp_path, manifest=manifest))


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\x07"])
def test_a_name_that_shows_itself_as_another_is_refused(mark: str) -> None:
    with pytest.raises(Rejected) as refused:
        importing("units", f"06041,20,commune,ward,Mới{mark}a,Phường Mới,2026-01-01,\n")
    assert "text_unfit" in {problem.code for problem in refused.value.problems}
