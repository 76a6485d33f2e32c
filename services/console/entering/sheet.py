"""A filled sheet, read back: what stands in which cell. Pure: bytes in, texts of the form's fields out.

A file is a stranger's. Refused before anything is read: what is no workbook, macros, embedded things, links to other
files, document types in its XML (the bombs), and what swells. Then cell by cell: a formula, an error, a day where a
number belongs. Every fault names its cell.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.errors import Message, Problem, Rejected
from lienthong.refusals import joined, phrase, problem
from lienthong.sheets import tags
from services.console.entering import form, offering, spelling, workbook
from services.console.entering.form import FigureField
from services.console.entering.offering import Offer
from services.console.entering.owed_report import OwedReport
from services.console.words import Lang

LARGEST = 2_000_000  # bytes; a sheet of ours has 15,000
LARGEST_SWOLLEN = 8_000_000  # bytes unpacked
MOST_PARTS = 100  # files within; ours has 12
MOST_TAGS = 200_000  # of its XML; ours has 4,000
MOST_ROWS = 1_000  # read at the most; whatever stands below is nobody's figure
_COLUMNS = "ABCDEFGHI"
_FOREIGN = ("vbaproject", "/embeddings/", "/externallinks/", "/activex/", "/macrosheets/", "/ctrlprops/", "customui/")


@dataclass(frozen=True, kw_only=True, slots=True)
class FilledSheet:
    """What a sheet holds. typed: texts by field; cells: where each stood, such as `Số liệu!E12`."""

    typed: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cell:
    """name: with its sheet. kind: openpyxl's letter of what it holds."""

    name: str
    value: Any
    kind: str

    @property
    def reference(self) -> Message:
        return phrase("of_cell", name=self.name)


Rows = Mapping[str, Mapping[str, _Cell]]
"""Cells by key and column."""


def read(content: bytes, report: OwedReport, lang: Lang) -> FilledSheet:
    """The fields that a sheet fills. Raises Rejected with every fault, each by its cell."""
    figures, texts = sheets(content)
    problems = [*_formulas(figures), *_formulas(texts), *_of_another(figures, report)]
    typed, cells = dict[str, str](), dict[str, str]()
    for field in report.fields:
        row = figures.get(field.code)
        if row is None:
            problems.append(problem("/sheet", "sheet_row_missing", row=field.code, sheet=workbook.FIGURES))
            continue
        cells[field.id] = row[workbook.VALUE].name
        problems += _figure(field, row, typed, lang)
        problems += _offer(field, row, report.offers.get(field.code), typed, lang)
    for key, most in form.names(report.schema).items():
        if key in texts:
            cell = texts[key][workbook.TEXT]
            cells[key] = cell.name
            problems += _text(key, cell, typed, most)
    if problems:
        raise Rejected(problems)
    return FilledSheet(typed=typed, cells=cells)


def sheets(content: bytes) -> tuple[Rows, Rows]:
    """Cells of the figures and of the texts. Raises Rejected for a file that is none of ours, or does harm."""
    from openpyxl import load_workbook  # noqa: PLC0415 (40 MB; only for who brings a workbook)

    if len(content) > LARGEST:
        raise _refusal("sheet_too_large", limit=LARGEST)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_harmless(packed)
        # Read-only: cells are parsed one by one, and what is merged or ruled over a million cells is not looked at.
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        return _rows(book, workbook.FIGURES), _rows(book, workbook.TEXTS)
    except Rejected:
        raise
    except Exception as error:  # whatever the library makes of a stranger's bytes: it is this file that is broken
        raise _refusal("sheet_unreadable") from error


def _check_harmless(packed: zipfile.ZipFile) -> None:
    parts = packed.infolist()
    swollen = len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_SWOLLEN
    if swollen or tags(packed) > MOST_TAGS:
        raise _refusal("sheet_too_large", limit=LARGEST)
    for part in parts:
        name = part.filename.lower()
        if any(foreign in name for foreign in _FOREIGN):
            raise _refusal("sheet_with_macro")
        if name.endswith((".xml", ".rels")):
            text = packed.read(part).replace(b"\x00", b"")  # a zip reader gives no more than file_size; UTF-16 too
            if b"<!" in text.replace(b"<!--", b""):
                raise _refusal("sheet_unreadable")
            if name == "[content_types].xml" and b"macroEnabled" in text:
                raise _refusal("sheet_with_macro")


def _rows(book: Any, name: str) -> dict[str, dict[str, _Cell]]:
    """Cells by key (column A) and column. Raises Rejected where the sheet is not there or says a key twice."""
    if name not in book.sheetnames or not hasattr(book[name], "iter_rows"):
        raise _refusal("sheet_missing", sheet=name)
    lines: dict[str, dict[str, _Cell]] = {}
    rows = book[name].iter_rows(min_row=1, max_row=MOST_ROWS, min_col=1, max_col=len(_COLUMNS))
    for number, row in enumerate(rows, start=1):
        cells = {
            letter: _Cell(name=f"{name}!{letter}{number}", value=cell.value, kind=str(cell.data_type))
            for letter, cell in zip(_COLUMNS, row, strict=False)
        }
        key = str(cells["A"].value or "").strip() if cells else ""
        if key in lines:
            raise _refusal("sheet_row_twice", row=key, cell=cells["A"].name)
        if key:
            empty = {letter: _Cell(name=f"{name}!{letter}{number}", value=None, kind="n") for letter in _COLUMNS}
            lines[key] = empty | cells
    return lines


def _formulas(rows: Rows) -> Iterator[Problem]:
    for cells in rows.values():
        for cell in cells.values():
            if cell.kind == "f":
                yield problem("/sheet", "sheet_with_formula", cell=cell.reference)
            elif cell.kind == "e":
                yield problem("/sheet", "sheet_with_error", cell=cell.reference, given=str(cell.value))


def _of_another(rows: Rows, report: OwedReport) -> Iterator[Problem]:
    """What says that the sheet was made out for something else."""
    head = dict(zip(workbook.HEAD, (report.unit, report.round, report.form, report.version), strict=True))
    for key, expected in head.items():
        if key not in rows:
            yield problem("/sheet", "sheet_row_missing", row=key, sheet=workbook.FIGURES)
        elif (text := str(rows[key][workbook.VALUE].value).strip()) != expected:
            yield problem(
                "/sheet", "sheet_of_another", cell=rows[key][workbook.VALUE].reference, given=text, expected=expected
            )


def _figure(field: FigureField, row: Mapping[str, _Cell], typed: dict[str, str], lang: Lang) -> Iterator[Problem]:
    value, mark = row[workbook.VALUE], row[workbook.NONE]
    if mark.value not in (None, ""):
        if str(mark.value).strip().lower() != workbook.MARK:
            yield problem("/sheet", "sheet_mark_unknown", cell=mark.reference, given=str(mark.value))
        typed[field.id if field.options else field.none] = form.NONE
        if field.options and value.value not in (None, ""):
            yield problem("/sheet", "sheet_mark_and_value", cell=value.reference)
            return
    if value.value in (None, "") or value.kind in "fe":
        return
    if isinstance(value.value, bool | datetime | date) or not isinstance(value.value, int | float | str):
        yield problem("/sheet", "sheet_not_a_number", cell=value.reference, given=str(value.value))
    elif field.options:
        yield from _status(field, value, typed)
    elif isinstance(value.value, str):
        typed[field.id] = value.value.strip()  # judged as anything that is typed
        if spelling.number(value.value, lang) is None:
            yield problem("/sheet", "sheet_not_a_number", cell=value.reference, given=value.value)
    else:
        number = form.exact(value.value)
        typed[field.id] = spelling.spell(number, lang) if not isinstance(number, str) and number is not None else ""


def _offer(
    field: FigureField, row: Mapping[str, _Cell], offer: Offer | None, typed: dict[str, str], lang: Lang
) -> Iterator[Problem]:
    """What systems supplied goes in where it is marked, as the sheet showed it: nobody signs a number unseen."""
    mark, cell = row[workbook.TAKE], row[workbook.OFFER]
    if mark.value in (None, ""):
        return
    if str(mark.value).strip().lower() != workbook.MARK:
        yield problem("/sheet", "sheet_take_mark_unknown", cell=mark.reference, given=str(mark.value))
    elif offer is None or offer.value is None or not _same(field, cell.value, offer.value):
        yield problem("/sheet", "sheet_offer_changed", cell=cell.reference)
    elif typed.get(field.none) or typed.get(field.id, offering.spell(offer.value, lang)) != offering.spell(
        offer.value, lang
    ):
        yield problem("/sheet", "sheet_taken_and_typed", cell=mark.reference)
    else:
        typed |= {field.id: offering.spell(offer.value, lang), form.taken_field(field.code): offering.TAKEN}


def _same(field: FigureField, value: Any, offer: form.FigureValue) -> bool:
    """Whether the sheet shows what is offered now."""
    if isinstance(offer, str):
        label = dict(field.options).get(offer)
        return label is not None and str(value).strip() in (offer, label.vi, label.en)
    return not isinstance(value, bool) and isinstance(value, int | float) and form.exact(value) == offer


def _status(field: FigureField, cell: _Cell, typed: dict[str, str]) -> Iterator[Problem]:
    """By its label, in either language, or by its code."""
    text = str(cell.value).strip()
    code = next((code for code, label in field.options if text in (code, label.vi, label.en)), None)
    if code is None:
        yield problem(
            "/sheet",
            "sheet_status_unknown",
            cell=cell.reference,
            given=text,
            options=joined(label for _, label in field.options),
        )
    else:
        typed[field.id] = code


def _text(key: str, cell: _Cell, typed: dict[str, str], most: int) -> Iterator[Problem]:
    value = cell.value
    if value in (None, "") or cell.kind in "fe":
        return
    text = f"{value:%d/%m/%Y}" if isinstance(value, datetime | date) else str(value).replace("_x000D_", "").strip()
    if len(text) >= most:
        yield problem("/sheet", "sheet_text_too_long", cell=cell.reference, limit=most - 1)
    typed[key] = text[:most]


def _refusal(code: str, **params: Any) -> Rejected:
    return Rejected([problem("/sheet", code, **params)])
