"""Tables as files: what Excel under Vietnamese settings opens, and nothing that it would run."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from lienthong.errors import Rejected
from services.console.paging import ALL, MOST, ROWS, portion
from services.console.sheets import as_csv, as_xlsx
from services.console.tables import Cell, Column, Table, Value, row


def a_table(*values: Value, title: str = "Đơn vị/kỳ", kind: str = "text") -> Table:
    columns = tuple(Column(name=f"c{n}", title=f"Cột {n}", kind=kind) for n in range(len(values)))  # type: ignore[arg-type]
    return Table(name="t", title=title, columns=columns, rows=(row(*values),), empty="")


def test_csv_has_semicolons_decimal_commas_and_a_byte_order_mark() -> None:
    body = as_csv(a_table("Xã Chi Lăng", Decimal("1234.50"), date(2026, 10, 5), None, 7))
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.decode("utf-8-sig").splitlines() == [
        "Cột 0;Cột 1;Cột 2;Cột 3;Cột 4",
        "Xã Chi Lăng;1234,50;05/10/2026;;7",
    ]


def test_csv_tells_moments_in_vietnam() -> None:
    assert "15/10/2026 00:30" in as_csv(a_table(datetime.fromisoformat("2026-10-14T17:30:00+00:00"))).decode()


def test_no_spreadsheet_runs_a_text() -> None:
    for text in ("=1+1", "+84", "-x", "@a", "\tx"):
        assert f"'{text}" in as_csv(a_table(text)).decode("utf-8-sig")
    assert as_csv(a_table(Decimal("-2.5"))).decode("utf-8-sig").splitlines()[1] == "-2,5"
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([a_table("=1+1")], notice="")))
    cell = book.active["A5"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_xlsx_keeps_numbers_and_days_as_such_and_says_that_it_is_sample_data() -> None:
    table = a_table(Decimal("12.5"), date(2026, 10, 5), 7, kind="number")
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([table], notice="DỮ LIỆU MẪU")))
    sheet = book.active
    assert sheet.title == "Đơn vị kỳ"  # a sheet's name has no slash
    assert [sheet["A1"].value, sheet["A2"].value] == ["Đơn vị/kỳ", "DỮ LIỆU MẪU"]
    assert [cell.value for cell in sheet[5]] == [12.5, datetime(2026, 10, 5), 7]
    assert sheet["A5"].number_format == "#,##0.0" and sheet["B5"].number_format == "dd/mm/yyyy"


def many(count: int, name: str = "t") -> Table:
    """A table of so many rows."""
    return of_numbers(range(count), name)


def of_numbers(numbers: Iterable[int], name: str = "t") -> Table:
    """A row for each."""
    rows = tuple(row(Cell(value=number, href=f"/units/{number}"), "Xã") for number in numbers)
    columns = (Column(name="unit", title="", heading=True), Column(name="name", title=""))
    return Table(name=name, title="", columns=columns, rows=rows, empty="")


def numbers(table: Table) -> list[object]:
    """What stands on the page."""
    return [cells[0].value for cells in table.rows[table.begin : table.end]]


def test_a_page_shows_a_part_of_many_rows_and_its_file_all_of_them() -> None:
    tables = many(2 * ROWS + 5, "duties"), many(3, "few")
    first, few = portion(tables, None)
    assert (numbers(first), first.earlier) == ([*range(ROWS)], None)
    assert (few.end, few.later) == (None, None), "nothing to turn over"
    second, _ = portion(tables, first.later)
    assert (numbers(second), second.earlier) == ([*range(ROWS, 2 * ROWS)], "")
    last, _ = portion(tables, second.later)
    assert (numbers(last), last.later) == ([*range(2 * ROWS, 2 * ROWS + 5)], None)
    assert portion(tables, last.earlier)[0] == second
    assert as_csv(second).count(b"\n") == 2 * ROWS + 6


def test_rows_that_come_or_go_between_two_pages_are_neither_missed_nor_seen_twice() -> None:
    [first] = portion([many(3 * ROWS)], None)
    for now in (range(-7, 3 * ROWS), range(7, 3 * ROWS), (*range(5), *range(9, 2 * ROWS))):
        [second] = portion([of_numbers(now)], first.later)
        assert numbers(second)[0] == ROWS, now
    gone = [number for number in range(3 * ROWS) if not ROWS - 3 <= number <= ROWS + 2]
    [second] = portion([of_numbers(gone)], first.later)
    assert numbers(second)[0] == ROWS - 6 and ROWS + 3 in numbers(second), "rather seen twice than missed"
    [left] = portion([of_numbers(range(ROWS // 2))], first.later)
    assert numbers(left) == [*range(ROWS // 2)]


def test_two_rows_about_one_thing_are_told_apart_by_where_they_stood() -> None:
    [first] = portion([of_numbers(number // 2 for number in range(3 * ROWS))], None)
    [second] = portion([of_numbers(number // 2 for number in range(3 * ROWS))], first.later)
    assert second.begin == ROWS


def test_all_rows_are_shown_at_once_to_be_printed_unless_they_are_more_than_a_page_bears() -> None:
    [whole, other] = portion([many(3 * ROWS, "a"), many(3 * ROWS, "b")], ALL)
    assert len(numbers(whole)) == len(numbers(other)) == 3 * ROWS and whole.later is None
    with pytest.raises(Rejected) as refusal:
        portion([many(MOST), many(1)], ALL)
    assert refusal.value.problems[0].code == "page_too_long"


def test_tables_that_stand_beside_another_long_one_are_shorter_and_a_few_rows_more_are_no_page() -> None:
    [alone], (one, other) = portion([many(ROWS)], None), portion([many(ROWS, "a"), many(ROWS // 3, "b")], None)
    assert alone.end is None and one.end is not None and one.end < ROWS and other.end is None
    beside, folded = portion([many(ROWS, "a"), replace(many(ROWS, "b"), folded=True)], None)
    assert beside.end is None and folded.end is None, "what is folded takes no room"
    [few] = portion([many(5)], None)
    assert alone.close and one.close and not few.close


def test_fewer_rows_are_shown_where_they_hold_long_texts() -> None:
    rows = tuple(row("Khó khăn " * 60) for _ in range(ROWS))
    [long] = portion([replace(many(1), columns=many(1).columns[:1], rows=rows)], None)
    assert long.end is not None and 10 <= long.end < ROWS // 2


@pytest.mark.parametrize(
    "place", ["duties", "t:x", "t:-1", "t:4", "t:4-9", "t:4-9:zz", "t:²-9:00000000", "t:4-9:0" * 9]
)
def test_a_place_that_no_page_gave_is_refused(place: str) -> None:
    with pytest.raises(Rejected):
        portion([many(1)], place)


def test_control_characters_do_not_break_a_workbook() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([a_table("a\x07b")], notice="")))
    assert book.active["A5"].value == "ab"


def test_a_cell_exports_its_value_and_not_its_decoration() -> None:
    table = Table(
        name="t",
        title="t",
        columns=(Column(name="c", title="C"),),
        empty="",
        rows=(row(Cell(value="Quá hạn", href="/x", tone="bad", note="gia hạn")),),
    )
    assert as_csv(table).decode("utf-8-sig").splitlines()[1] == "Quá hạn"
