"""Tables as files: CSV that a Vietnamese Excel opens right, and XLSX in the letter forms of an office."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lienthong import separated
from lienthong.calendar import VIETNAM
from services.console.tables import Column, Table, Value

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_EXACT_DIGITS = 15  # a spreadsheet keeps numbers as binary floats of 15 significant digits
_WIDEST = 60  # characters; longer texts wrap
_LONGEST_NAME = 31  # characters of a sheet's name
_A4 = 9  # the number of that paper size in OOXML
_TOP = 4  # row of the headers: title, mark of sample data and an empty row stand above
_FONT = "Times New Roman"  # NĐ 30/2020/NĐ-CP


def as_csv(table: Table) -> bytes:
    """`;` between cells, decimal comma, dd/mm/yyyy, byte order mark: what Excel expects under Vietnamese settings."""
    return separated.semicolons([[column.title for column in table.columns], *table.values])


def as_xlsx(tables: Sequence[Table], *, notice: str) -> bytes:
    """A sheet for each table. notice: stands above every table (“dữ liệu mẫu”), nothing when empty."""
    from openpyxl import Workbook  # noqa: PLC0415 (6 MB of a process that may never be asked for one)

    book = Workbook(write_only=True)
    styles = {style.name: style for style in _styles()}
    for style in styles.values():
        book.add_named_style(style)
    book.properties.creator = "Liên Thông"
    for table in tables:
        _sheet(book.create_sheet(_sheet_name(table.title)), table, notice)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(title: str) -> str:
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in title)[:_LONGEST_NAME].strip("' ") or "1"


def _styles() -> Iterator[Any]:
    """Styles by name: fonts and borders set on each cell cost a hundred times as much."""
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side  # noqa: PLC0415

    line = Side(style="thin", color="BBBBBB")
    grid = Border(left=line, right=line, top=line, bottom=line)
    font, top = Font(name=_FONT, size=12), Alignment(vertical="top", wrap_text=True)
    yield NamedStyle("lt_title", font=Font(name=_FONT, size=14, bold=True))
    yield NamedStyle("lt_mark", font=Font(name=_FONT, size=12, bold=True, color="8A1C00"))
    yield NamedStyle(
        "lt_head",
        font=Font(name=_FONT, size=12, bold=True),
        border=grid,
        alignment=top,
        fill=PatternFill("solid", start_color="DDE6F0"),
    )
    yield NamedStyle("lt_text", font=font, border=grid, alignment=top)
    yield NamedStyle("lt_day", font=font, border=grid, alignment=top, number_format="dd/mm/yyyy")
    yield NamedStyle("lt_moment", font=font, border=grid, alignment=top, number_format="dd/mm/yyyy hh:mm")
    yield NamedStyle("lt_whole", font=font, border=grid, alignment=top, number_format="#,##0")
    for places in range(1, 7):
        yield NamedStyle(
            f"lt_number{places}", font=font, border=grid, alignment=top, number_format="#,##0." + "0" * places
        )


def _sheet(sheet: Any, table: Table, notice: str) -> None:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for place, width in enumerate(_widths(table), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = f"A{_TOP + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{_TOP}:{_TOP}"
    sheet.append([_cell(sheet, table.title, "lt_title")])
    sheet.append([_cell(sheet, notice, "lt_mark")] if notice else [])
    sheet.append([])
    sheet.append([_cell(sheet, column.title, "lt_head") for column in table.columns])
    for values in table.values:
        sheet.append([_value_cell(sheet, column, value) for column, value in zip(table.columns, values, strict=True)])
    if table.rows:
        sheet.auto_filter.ref = f"A{_TOP}:{get_column_letter(len(table.columns))}{_TOP + len(table.rows)}"


def _value_cell(sheet: Any, column: Column, value: Value) -> Any:
    if isinstance(value, datetime):
        return _cell(sheet, value.astimezone(VIETNAM).replace(tzinfo=None), "lt_moment")
    if isinstance(value, date):
        return _cell(sheet, value, "lt_day")
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= _EXACT_DIGITS:
        places = min(max(0, -int(value.as_tuple().exponent)), 6)
        return _cell(sheet, value, f"lt_number{places}" if places else "lt_whole")
    if isinstance(value, int) and column.kind == "number":
        return _cell(sheet, value, "lt_whole")
    return _cell(sheet, "" if value is None else str(value), "lt_text")


def _cell(sheet: Any, value: Any, style: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = stays a text
    cell.style = style
    return cell


def _widths(table: Table) -> Iterator[int]:
    for place, column in enumerate(table.columns):
        longest = max([len(column.title), *(_width(values[place]) for values in table.values)])
        yield min(max(longest + 3, 10), _WIDEST)


def _width(value: Value) -> int:
    return len(str(separated.safe(value, separated.vietnamese)))
