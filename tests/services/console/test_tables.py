"""Tables as files: what Excel under Vietnamese settings opens, and nothing that it would run."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from lienthong.errors import Rejected
from services.console.paging import ROWS, shown
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
    rows = tuple(row(number) for number in range(count))
    return Table(name=name, title="", columns=(Column(name="c", title="C"),), rows=rows, empty="")


def test_a_page_shows_a_part_of_many_rows_and_its_file_all_of_them() -> None:
    tables = many(2 * ROWS + 5, "duties"), many(3, "few")
    first, few = shown(tables, None)
    assert (first.begin, first.end, first.earlier, first.later) == (0, ROWS, None, f"duties:{ROWS}")
    assert (few.end, few.later) == (None, None), "nothing to turn over"
    second, _ = shown(tables, first.later)
    assert (second.begin, second.earlier, second.later) == (ROWS, "", f"duties:{2 * ROWS}")
    last, _ = shown(tables, second.later)
    assert (last.begin, last.end, last.earlier, last.later) == (2 * ROWS, 2 * ROWS + 5, f"duties:{ROWS}", None)
    assert shown(tables, "duties:9999")[0] == last, "rows that went since are no reason to show nothing"
    assert as_csv(second).count(b"\n") == 2 * ROWS + 6


def test_tables_that_stand_beside_another_long_one_are_shorter_and_a_few_rows_more_are_no_page() -> None:
    [alone], (one, other) = shown([many(ROWS)], None), shown([many(ROWS, "a"), many(ROWS // 2, "b")], None)
    assert alone.end is None and one.end is not None and one.end < ROWS and other.end is None
    [few] = shown([many(5)], None)
    assert alone.close and one.close and not few.close


def test_fewer_rows_are_shown_where_they_hold_long_texts() -> None:
    rows = tuple(row("Khó khăn " * 60) for _ in range(ROWS))
    [long] = shown([replace(many(1), rows=rows)], None)
    assert long.end is not None and 10 <= long.end < ROWS // 2


@pytest.mark.parametrize("place", ["duties", "duties:x", "duties:-1", "duties:²", "duties:" + "9" * 20])
def test_a_place_that_no_page_gave_is_refused(place: str) -> None:
    with pytest.raises(Rejected):
        shown([many(1)], place)


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
