"""The .xlsx on which a unit fills in its report: made out for unit and round, its cells guarded. Pure: bytes out.

Two sheets, keys in column A of both: what a value is about is read by its key, never by its place (sheet.py). Nothing
in it is a formula. Cells to fill in are open, the others are closed without a password, so that nobody shifts a row.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.console.entering.form import DAY, NARRATIVE, NUMBER, FigureField, FigureValue, Texts, further, taken_field
from services.console.entering.owed_report import OwedReport
from services.console.formats import Formats
from services.console.words import Words

FIGURES, TEXTS = "Số liệu", "Thuyết minh"
HEAD = ("unit", "round", "form", "formVersion")
"""Keys of the cells that say whose report of what it is."""
VALUE, NONE = "E", "F"
OFFER, TAKE, SOURCES = "G", "H", "I"
TEXT = "C"
"""Columns: of a figure's value, of the mark that there is none; of what systems supplied, of the mark that it is taken
over, of the systems' names (where any supplied something); of a text."""
MARK = "x"
_FIRST = 9  # row of the first figure; above stand a title, the head and the headers
_FONT = "Times New Roman"  # NĐ 30/2020/NĐ-CP
_WIDTHS = {"A": 12, "B": 62, "C": 12, "D": 18, "E": 18, "F": 16}
_OFFERED_WIDTHS = {OFFER: 18, TAKE: 16, SOURCES: 40}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Styles:
    """Made once for a book. rule: makes a DataValidation."""

    key: Any
    title: Any
    head: Any
    text: Any
    open: Any
    wrap: Any
    rule: Callable[..., Any]


def xlsx(report: OwedReport, typed: Texts, words: Words, *, notice: str) -> bytes:
    """The workbook of a report, with what was typed so far. notice: stands on top (“dữ liệu mẫu”), nothing if empty."""
    from openpyxl import Workbook  # noqa: PLC0415 (6 MB of a process that may never be asked for one)

    book = Workbook()
    book.properties.creator = "Liên Thông"
    styles = _styles()
    _figures(book.active, report, typed, words, styles, notice)
    _texts(book.create_sheet(TEXTS), report, typed, words, styles)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _figures(sheet: Any, report: OwedReport, typed: Texts, words: Words, styles: _Styles, notice: str) -> None:
    sheet.title = FIGURES
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    _put(sheet, "B1", words("entry.title", round=report.round), styles.title)
    _put(sheet, "B2", notice, styles.title)
    head = (report.unit, report.round, report.form, report.version)
    names = (words("column.unit"), words("column.round"), words("column.form"), words("sheet.version"))
    texts = (report.name, words.round(report.round), words.say(report.title), report.version)
    for row, (key, name, value, text) in enumerate(zip(HEAD, names, head, texts, strict=True), start=3):
        _put(sheet, f"A{row}", key, styles.key)
        _put(sheet, f"B{row}", f"{name}: {text}", styles.text)
        _put(sheet, f"{VALUE}{row}", value, styles.text)
    _put(sheet, "B7", words("entry.zero"), styles.wrap)
    _put(sheet, "B8", words("column.figure"), styles.head)
    _put(sheet, "C8", words("column.measure"), styles.head)
    _put(sheet, "D8", f"{words('entry.before')} {words.period(report.before) if report.before else '–'}", styles.head)
    _put(sheet, f"{VALUE}8", words("sheet.now"), styles.head)
    _put(sheet, f"{NONE}8", words("sheet.none"), styles.head)
    for row, field in enumerate(report.fields, start=_FIRST):
        _figure(sheet, row, field, report, typed, words, styles)
    if report.offers:
        _offers(sheet, report, typed, words, styles)
    sheet.freeze_panes = f"C{_FIRST}"
    _protect(sheet)


def _figure(
    sheet: Any, row: int, field: FigureField, report: OwedReport, typed: Texts, words: Words, styles: _Styles
) -> None:
    _put(sheet, f"A{row}", field.code, styles.key)
    _put(sheet, f"B{row}", f"{words.both(field.label)}\n{words.both(field.counts)}", styles.wrap)
    _put(sheet, f"C{row}", words.both(field.measure), styles.wrap)
    _put(sheet, f"D{row}", _earlier(field, report.earlier.get(field.code), words), styles.wrap)
    cell = _put(sheet, f"{VALUE}{row}", None, styles.open)
    cell.number_format = "@" if field.options else "#,##0" + ("." + "0" * field.decimals if field.decimals else "")
    text = typed.get(field.id, "")
    if field.options:
        cell.value = words.both(dict(field.options)[text]) if text in dict(field.options) else None
        _limit(sheet, cell, styles, type="list", formula1=_options([words.both(label) for _, label in field.options]))
    else:
        cell.value = _number(text, words)
        kind = "decimal" if field.decimals else "whole"
        _limit(sheet, cell, styles, type=kind, operator="greaterThanOrEqual", formula1="0", error=words("sheet.number"))
    mark = _put(sheet, f"{NONE}{row}", MARK if typed.get(field.none) or text == "-" else None, styles.open)
    _limit(sheet, mark, styles, type="list", formula1=_options([MARK]))


def _offers(sheet: Any, report: OwedReport, typed: Texts, words: Words, styles: _Styles) -> None:
    """What systems supplied, beside the fields; a unit takes it over by a mark, as in the form."""
    for column, width in _OFFERED_WIDTHS.items():
        sheet.column_dimensions[column].width = width
    heads = {OFFER: words("sheet.offer"), TAKE: words("sheet.take"), SOURCES: words("sheet.sources")}
    for column, name in heads.items():
        _put(sheet, f"{column}8", name, styles.head)
    for row, field in enumerate(report.fields, start=_FIRST):
        offer = report.offers.get(field.code)
        if offer is None:
            continue
        supplies = "; ".join(f"{source.system}: {_cell_value(field, source.value, words)}" for source in offer.sources)
        _put(sheet, f"{SOURCES}{row}", supplies, styles.wrap)
        if offer.value is None:
            _put(sheet, f"{OFFER}{row}", words("offering.conflict"), styles.wrap)
            continue
        cell = _put(sheet, f"{OFFER}{row}", _cell_value(field, offer.value, words), styles.wrap)
        cell.number_format = sheet[f"{VALUE}{row}"].number_format
        mark = _put(sheet, f"{TAKE}{row}", MARK if typed.get(taken_field(field.code)) else None, styles.open)
        _limit(sheet, mark, styles, type="list", formula1=_options([MARK]))


def _cell_value(field: FigureField, value: FigureValue, words: Words) -> FigureValue:
    """As it stands in a cell: of a status what it is called."""
    label = field.label_of(value) if isinstance(value, str) else None
    return value if label is None else words.both(label)


def _texts(sheet: Any, report: OwedReport, typed: Texts, words: Words, styles: _Styles) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 30
    sheet.column_dimensions[TEXT].width = 90
    names = [
        *((f"narrative-{part}", words.name("narrative", part)) for part in NARRATIVE),
        (NUMBER, words("entry.number")),
        (DAY, words("entry.date")),
        *((name, words.name("document", member)) for member, name in further(report.schema).items()),
    ]
    for row, (key, name) in enumerate(names, start=1):
        _put(sheet, f"A{row}", key, styles.key)
        _put(sheet, f"B{row}", name, styles.head)
        cell = _put(sheet, f"{TEXT}{row}", typed.get(key) or None, styles.open)
        cell.number_format = "@"
        if key.startswith("narrative-"):
            sheet.row_dimensions[row].height = 120
    _protect(sheet)


def _put(sheet: Any, place: str, value: Any, style: Any) -> Any:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    cell = sheet[place]
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = stays a text
    cell.font, cell.alignment, cell.border, cell.protection = style
    return cell


def _number(text: str, words: Words) -> FigureValue:
    from services.console.entering import spelling  # noqa: PLC0415

    return spelling.number(text, words.lang) if text else None


def _earlier(field: FigureField, value: FigureValue, words: Words) -> str:
    if value is None:
        return words("entry.not_reported")
    label = field.label_of(value)
    if label is not None:
        return words.both(label)
    return Formats(words).number(value) if isinstance(value, int | Decimal) else str(value)


def _options(options: list[str]) -> str | None:
    """The options of a cell; None where a spreadsheet takes no such list (over 255 signs, or a sign that parts it)."""
    text = ",".join(options)
    return f'"{text}"' if len(text) <= 250 and not any("," in option or '"' in option for option in options) else None


def _limit(sheet: Any, cell: Any, styles: _Styles, **rule: Any) -> None:
    if rule["formula1"] is None:
        return
    validation = styles.rule(allow_blank=True, showErrorMessage=True, **rule)
    sheet.add_data_validation(validation)
    validation.add(cell)


def _protect(sheet: Any) -> None:
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _styles() -> _Styles:
    from openpyxl.styles import Alignment, Border, Font, Protection, Side  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    line = Side(style="thin", color="888888")
    grid, bare = Border(left=line, right=line, top=line, bottom=line), Border()
    plain, wrap = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
    locked, unlocked = Protection(locked=True), Protection(locked=False)
    font = Font(name=_FONT, size=12)
    return _Styles(
        key=(Font(name=_FONT, size=9, color="888888"), plain, bare, locked),
        title=(Font(name=_FONT, size=14, bold=True), plain, bare, locked),
        text=(font, plain, bare, locked),
        head=(Font(name=_FONT, size=12, bold=True), wrap, grid, locked),
        wrap=(font, wrap, grid, locked),
        open=(font, wrap, Border(left=line, right=line, top=line, bottom=Side(style="medium")), unlocked),
        rule=DataValidation,
    )
