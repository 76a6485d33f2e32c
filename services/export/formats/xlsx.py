"""A release as a workbook for people, in the letter forms of an office (NĐ 30/2020/NĐ-CP)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lienthong.calendar import VIETNAM
from lienthong.releases import Dataset
from services.export.formats import cells, tables
from services.export.formats.cells import Table
from services.export.formats.written import Written

_EXACT_DIGITS = 15  # a spreadsheet keeps numbers as binary floats of 15 significant digits
_MOST_PLACES = 8  # decimals shown
_TOP = 4  # row of the headers: title, sample mark and an empty row stand above
_TEXT, _HEADER, _TITLE, _MARK, _WHOLE, _NUMBER = "lt_text", "lt_header", "lt_title", "lt_mark", "lt_whole", "lt_number"
_MOMENT = "lt_moment"
_WIDEST = 60  # characters; longer texts wrap

_FONT = "Times New Roman"  # NĐ 30/2020/NĐ-CP
_HEAD = PatternFill("solid", start_color="DDE6F0")
_WARN = PatternFill("solid", start_color="FFF3CD")
_LINE = Side(style="thin", color="BBBBBB")
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def write(written: Written) -> bytes:
    """The workbook of a release."""
    return as_xlsx(written.dataset())


def as_xlsx(dataset: Dataset) -> bytes:
    """A workbook: Tổng quan first, then a sheet for each table."""
    title = f"{dataset['release']} – {dataset['plan']['title']['vi']}"
    return workbook(tables.all_tables(dataset), title=title, of=dataset["release"], sample=dataset["sample"])


def workbook(sheets: Iterable[Table], *, title: str, of: str, sample: bool) -> bytes:
    """A workbook with a sheet for each table. of: what they are of, above each."""
    book = Workbook()
    book.remove(book.active)
    for style in _styles():
        book.add_named_style(style)
    book.properties.title = title
    book.properties.creator = "Liên Thông"
    for table in sheets:
        _sheet(book.create_sheet(table.title), table, of=of, sample=sample)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _styles() -> Iterator[NamedStyle]:
    """Styles by name: fonts and borders set on each cell cost a hundred times as much (15 s for 12,000 rows)."""
    font = Font(name=_FONT, size=12)
    wrapped = Alignment(vertical="top", wrap_text=True)
    yield NamedStyle(_TEXT, font=font, border=_GRID, alignment=wrapped)
    yield NamedStyle(
        _HEADER,
        font=Font(name=_FONT, size=12, bold=True),
        border=_GRID,
        fill=_HEAD,
        alignment=Alignment(wrap_text=True, vertical="center", horizontal="center"),
    )
    yield NamedStyle(_TITLE, font=Font(name=_FONT, size=14, bold=True))
    yield NamedStyle(_MARK, font=Font(name=_FONT, size=12, bold=True, color="8A1C00"), fill=_WARN)
    # Years, revisions, positions: without separators.
    yield NamedStyle(_WHOLE, font=font, border=_GRID, alignment=Alignment(vertical="top"), number_format="0")
    yield NamedStyle(
        _MOMENT,
        font=font,
        border=_GRID,
        alignment=Alignment(vertical="top", horizontal="left"),
        number_format="dd/mm/yyyy hh:mm",
    )
    for places in range(_MOST_PLACES + 1):
        shown = "#,##0" + ("." + "0" * places if places else "")
        yield NamedStyle(
            f"{_NUMBER}{places}", font=font, border=_GRID, alignment=Alignment(vertical="top"), number_format=shown
        )


def _sheet(sheet: Worksheet, table: Table, *, of: str, sample: bool) -> None:
    sheet.cell(1, 1, f"{table.title.upper()} – {of}").style = _TITLE
    if sample:
        sheet.cell(2, 1, f"{tables.SAMPLE} – không phải số liệu chính thức").style = _MARK
    for column, header in enumerate(table.headers, start=1):
        sheet.cell(_TOP, column, header).style = _HEADER
    for place, row in enumerate(table.rows, start=_TOP + 1):
        for column, value in enumerate(row, start=1):
            _fill(sheet.cell(place, column), value)
    _layout(sheet, table)


def _fill(cell: Cell, value: cells.Cell) -> None:
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= _EXACT_DIGITS:
        places = max(0, -int(value.as_tuple().exponent))
        cell.value, cell.style = value, f"{_NUMBER}{min(places, _MOST_PLACES)}"
    elif isinstance(value, datetime):
        cell.value, cell.style = value.astimezone(VIETNAM).replace(tzinfo=None), _MOMENT
    elif isinstance(value, int):
        cell.value, cell.style = value, _WHOLE
    else:
        cell.style = _TEXT
        if value is not None:
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", format(value, "f") if isinstance(value, Decimal) else value)
            cell.data_type = "s"  # a text that begins with = stays a text


def _layout(sheet: Worksheet, table: Table) -> None:
    for column, header in enumerate(table.headers, start=1):
        longest = max([len(header) // 2, *(len(str(row[column - 1] or "")) for row in table.rows)], default=0)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 3, 10), _WIDEST)
    sheet.freeze_panes = sheet.cell(_TOP + 1, 1)
    last = get_column_letter(len(table.headers))
    if table.rows and table.title != "Tổng quan":
        sheet.auto_filter.ref = f"A{_TOP}:{last}{_TOP + len(table.rows)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{_TOP}:{_TOP}"
