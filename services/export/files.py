"""Tables as files: CSV that no spreadsheet runs, NDJSON, and a workbook for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from services.export import tables
from services.export.tables import Dataset, Table

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula (or what it strips before it looks)."""

_EXACT_DIGITS = 15  # a spreadsheet keeps numbers as binary floats of 15 significant digits
_WIDEST = 60  # characters; longer texts wrap

_FONT = "Times New Roman"  # NĐ 30/2020/NĐ-CP
_HEAD = PatternFill("solid", start_color="DDE6F0")
_WARN = PatternFill("solid", start_color="FFF3CD")
_LINE = Side(style="thin", color="BBBBBB")
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def as_csv(table: Table, dataset: Dataset, *, bom: bool) -> bytes:
    """RFC 4180, UTF-8, numbers in plain decimals with a point; bom: for spreadsheets that guess the encoding.

    The release and the sample mark stand in every row, because rows are cut out and mailed around.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Bản phát hành", *table.headers, "Dữ liệu mẫu"])
    sample = "có" if dataset["sample"] else "không"
    for row in table.rows:
        writer.writerow([dataset["release"], *(_safe(cell) for cell in row), sample])
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def as_ndjson(dataset: Dataset) -> Iterator[bytes]:
    """One record a line; the first is the head of the release."""
    for record in tables.records(dataset):
        yield orjson.dumps(record) + b"\n"


def as_xlsx(dataset: Dataset) -> bytes:
    """A workbook: Tổng quan, Chỉ tiêu, Tổng số liệu, Số liệu, Đơn vị chưa báo cáo, Nguồn."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title = f"{dataset['release']} – {dataset['plan']['title']['vi']}"
    book.properties.creator = "Liên Thông"
    for table in tables.all_tables(dataset):
        _sheet(book.create_sheet(table.title), table, dataset)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(cell: tables.Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, str) and cell.startswith(_RUNS):
        return "'" + cell
    return cell


def _sheet(sheet: Worksheet, table: Table, dataset: Dataset) -> None:
    top = _heading(sheet, table, dataset)
    for column, header in enumerate(table.headers, start=1):
        cell = sheet.cell(top, column, header)
        cell.font = Font(name=_FONT, size=12, bold=True)
        cell.fill, cell.border = _HEAD, _GRID
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    for place, row in enumerate(table.rows, start=top + 1):
        for column, value in enumerate(row, start=1):
            _fill(sheet.cell(place, column), value)
    _layout(sheet, table, top)


def _heading(sheet: Worksheet, table: Table, dataset: Dataset) -> int:
    """Title and sample mark; the row of the headers."""
    title = sheet.cell(1, 1, f"{table.title.upper()} – {dataset['release']}")
    title.font = Font(name=_FONT, size=14, bold=True)
    if dataset["sample"]:
        mark = sheet.cell(2, 1, f"{tables.SAMPLE} – không phải số liệu chính thức")
        mark.font, mark.fill = Font(name=_FONT, size=12, bold=True, color="8A1C00"), _WARN
    return 4


def _fill(cell: Cell | WriteOnlyCell, value: tables.Cell) -> None:
    cell.font, cell.border = Font(name=_FONT, size=12), _GRID
    cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= _EXACT_DIGITS:
        cell.value = value
        places = max(0, -int(value.as_tuple().exponent))
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, int):
        cell.value, cell.number_format = value, "0"  # years, revisions, positions: without separators
    elif value is not None:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", format(value, "f") if isinstance(value, Decimal) else value)
        cell.data_type = "s"  # a text that begins with = stays a text


def _layout(sheet: Worksheet, table: Table, top: int) -> None:
    for column, header in enumerate(table.headers, start=1):
        longest = max([len(header) // 2, *(len(str(row[column - 1] or "")) for row in table.rows)], default=0)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 3, 10), _WIDEST)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    last = get_column_letter(len(table.headers))
    if table.rows and table.title != "Tổng quan":
        sheet.auto_filter.ref = f"A{top}:{last}{top + len(table.rows)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{top}:{top}"
