"""Tables that people bring: what Excel and editors write is read; what would be misread is refused by its line."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import openpyxl
import pytest

from lienthong import sheets
from lienthong.errors import Rejected

TEXT = 'code,name,from\n06040,Xã Bắc Sơn,2026-01-01\n06041,"Xã A, B",\n'
ROWS = ((2, ("06040", "Xã Bắc Sơn", "2026-01-01")), (3, ("06041", "Xã A, B", "")))


def a_workbook(*rows: tuple[object, ...]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def code_and_line(content: bytes) -> tuple[str, int]:
    with pytest.raises(Rejected) as refused:
        sheets.read(content, "don-vi.csv")
    first = refused.value.problems[0]
    assert "don-vi.csv" in first.message.vi and "don-vi.csv" in first.message.en
    return first.code, first.params["line"]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace('"Xã A, B"', "Xã A, B#").replace(",", ";").replace("A; B#", "A, B").encode(),
        TEXT.replace('"Xã A, B"', "Xã A# B").replace(",", "\t").replace("#", ",").encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        a_workbook(
            ("code", "name", "from", None), ("06040", "Xã Bắc Sơn", date(2026, 1, 1)), ("06041", "Xã A, B", None)
        ),
    ],
    ids=["utf-8", "utf-8 with its mark", "utf-16", "semicolons", "excel's unicode text", "windows lines", "xlsx"],
)
def test_what_excel_and_editors_write_is_read_alike(content: bytes) -> None:
    read = sheets.read(content, "don-vi.csv")
    assert (read.header, read.rows) == (("code", "name", "from"), ROWS)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("mã,tên\n1,Xã".encode("latin-1", "replace"), ("file_not_utf8", 1)),
        (b"a,b\n1,2\n3,\x00\n", ("file_not_utf8", 3)),
        (b'a,b\n1,2\n3,"open\n5,6\n7,8\n', ("quote_not_closed", 3)),
        (b'a,b\n1,"open\n5,6\n7,"close\n', ("quote_not_closed", 2)),
        (b'a,b\n1,"two\nlines"\n', ("cell_of_lines", 2)),
        (b"a,b\n1\n", ("row_width", 2)),
        (b"a,b\n1,2,3\n", ("row_width", 2)),
        (b"a,b\n1," + b"x" * 20_000 + b"\n", ("cell_too_large", 2)),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", ("cell_too_large", 2)),
        (b"", ("header_missing", 1)),
        (b"\n\n", ("header_missing", 1)),
        (b"PK\x03\x04 no workbook", ("workbook_broken", 1)),
        (b"x" * (sheets.LARGEST_FILE + 1), ("file_too_large", 1)),
        (b"a,b,a\n1,2,3\n", ("column_twice", 1)),
    ],
)
def test_what_would_be_misread_is_refused_where_it_stands(content: bytes, expected: tuple[str, int]) -> None:
    assert code_and_line(content) == expected


def test_a_workbook_that_swells_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LARGEST_SWOLLEN", 1_000)
    assert code_and_line(a_workbook(("a",), ("b",))) == ("file_too_large", 1)


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s<sheetData>%s</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("dimension", "rows", "code"),
    [
        (b'<dimension ref="A1:XFD1048576"/>', b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "rows_blank"),
        (
            b"",
            b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 99)),
            "sheet_too_wide",
        ),
        (b"", b"<row/>" * (sheets.MOST_TAGS + 1), "workbook_too_full"),
    ],
)
def test_a_small_workbook_that_means_a_huge_sheet_is_not_walked_through(
    dimension: bytes, rows: bytes, code: str
) -> None:
    """1.4 kB with a cell in the last row and column kept a thread busy for minutes."""
    began = time.thread_time()
    assert code_and_line(_workbook("x", sheet=_SHEET % (dimension, rows)))[0] == code
    assert time.thread_time() - began < 5


def test_a_sheet_that_says_that_it_is_huge_is_as_large_as_its_cells() -> None:
    rows = b'<row r="1"><c r="A1"><v>7</v></c><c r="B1"><v>8</v></c></row><row r="3"><c r="B3"><v>9</v></c></row>'
    read = sheets.read(_workbook("x", sheet=_SHEET % (b'<dimension ref="A1:XFD1048576"/>', rows)), "a.xlsx")
    assert (read.header, read.rows) == (("7", "8"), ((3, ("", "9")),))


def test_the_list_of_faults_has_an_end() -> None:
    with pytest.raises(Rejected) as refused:
        sheets.read(b"a,b\n" + b"1\n" * 100_000, "x.csv")
    assert len(refused.value.problems) == sheets.MOST_PROBLEMS


def _workbook(value: object, *, sheet: bytes | None = None) -> bytes:
    book, made = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["code", "value"])
    book.active.append(["06040", value])
    book.save(made)
    if sheet is None:
        return made.getvalue()
    other = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.startswith("xl/worksheets/") else old.read(name))
    return other.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_workbook("=1+1"), "formula_without_value"),
        (_workbook(1, sheet=b"   "), "workbook_broken"),
        (_workbook(1, sheet=b"<worksheet><sheetData><row r='x'><c r='A1' t='s'><v>99</v></c>"), "workbook_broken"),
    ],
    ids=["a formula that was never computed", "a sheet without XML", "a sheet cut off"],
)
def test_a_workbook_that_holds_no_values_is_refused_and_nothing_is_taken_for_empty(content: bytes, code: str) -> None:
    assert code_and_line(content)[0] == code
