"""A table that somebody brings as a file: CSV as people and Excel write it, or an Excel workbook. Pure: bytes in.

Read: UTF-8 with or without its mark, UTF-16 (Excel's "Unicode text"); `,`, `;` or tab between cells; .xlsx, its first
sheet. Refused with what to do: other encodings, an unclosed quote (it would swallow the rows after it), several lines
in one cell, a cell or a file that is too large, a workbook that swells. Values are texts, trimmed; a cell that Excel
holds as a date is written as 2026-12-31, a whole number without a point. Codes with leading zeros must be text cells.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from lienthong.errors import Problem, Rejected
from lienthong.refusals import phrase, problem

LARGEST_FILE = 20_000_000  # bytes; the whole nation's units are 0.3 MB
LARGEST_CELL = 10_000  # characters
LARGEST_SWOLLEN = 40_000_000  # bytes of a workbook when it is unpacked; that of the nation's units has 3 MB
MOST_TAGS = 600_000
"""Of a workbook's XML; four to ten to a cell. The whole nation's units have 260,000, in 42,000 cells. The library takes
some 50 µs for a cell, and a file of 180 kB can hold twenty million tags: it kept a thread busy for minutes."""
MOST_ROWS = 50_000
MOST_CELLS = 1_000_000  # with the empty ones that stand before a cell in a far column
MOST_BLANK = 10_000  # rows one after the other; a cell in the last row of a sheet has a million before it
MOST_PROBLEMS = 1_000  # a file with more faults than this needs another look, not a longer list
_DELIMITERS = ",;\t"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """header: names of the columns. rows: (line in the file, values as many as the header has); empty rows are left
    out.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(content: bytes, file: str) -> Sheet:
    """The table of a file. Raises Rejected with every fault by its line."""
    if len(content) > LARGEST_FILE:
        raise Rejected([_fault("file_too_large", file, 1, limit=LARGEST_FILE)])
    lines = _of_workbook(content, file) if content.startswith(_ZIP) else _of_text(_decoded(content, file), file)
    return _sheet(lines, file)


def _columns_twice(header: Sequence[str]) -> list[str]:
    """Names that more than one column has: of the two values of a row one would be lost, and nobody said which."""
    return [name for name, number in Counter(header).items() if name and number > 1]


def _sheet(lines: Iterable[tuple[int, Sequence[str]]], file: str) -> Sheet:
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    problems: list[Problem] = []
    for line, values in lines:
        if not any(values):
            continue
        if not header:
            header = _trim(values)
            problems += [_fault("column_twice", file, line, column=name) for name in _columns_twice(header)]
            continue
        problems += _cell_faults(values, file, line)
        kept = _trim(values)
        if len(kept) > len(header) or len(values) < len(header):
            problems.append(_fault("row_width", file, line, values=len(values), header=len(header)))
        else:
            rows.append((line, kept + ("",) * (len(header) - len(kept))))
        if len(rows) > MOST_ROWS:
            problems.append(_fault("too_many_rows", file, line, limit=MOST_ROWS))
        if len(problems) >= MOST_PROBLEMS or len(rows) > MOST_ROWS:
            break
    if not header:
        problems.append(_fault("header_missing", file, 1))
    if problems:
        raise Rejected(problems)
    return Sheet(header=header, rows=tuple(rows))


def _trim(values: Sequence[str]) -> tuple[str, ...]:
    """Without the empty cells that Excel leaves behind the last column."""
    kept = [value.strip() for value in values]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _cell_faults(values: Sequence[str], file: str, line: int) -> Iterator[Problem]:
    for value in values:
        if "\n" in value or "\r" in value:
            yield _fault("cell_of_lines", file, line)
        elif len(value) > LARGEST_CELL:
            yield _fault("cell_too_large", file, line, limit=LARGEST_CELL)


def _decoded(content: bytes, file: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise Rejected([_fault("file_not_utf8", file, line)]) from exc
    if "\x00" in text:
        raise Rejected([_fault("file_not_utf8", file, text[: text.index("\x00")].count("\n") + 1)])
    return text


def _of_text(text: str, file: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with the line they begin at. An unclosed quote is told where its row begins, not where the file ends."""
    head = text.lstrip("\r\n").split("\n", maxsplit=1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            large = "limit" in str(exc)  # the reader's own, of 131,072 characters
            fault = _fault("cell_too_large", file, begins, limit=LARGEST_CELL) if large else _unclosed(file, begins)
            raise Rejected([fault]) from exc
        yield begins, values
        begins = reader.line_num + 1


def _unclosed(file: str, line: int) -> Problem:
    return _fault("quote_not_closed", file, line)


def _of_workbook(content: bytes, file: str) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        yield from _rows_of_workbook(content, file)
    # What openpyxl raises for a workbook that somebody wrote by hand or cut off is not said anywhere; XML's own error
    # is a SyntaxError.
    except (zipfile.BadZipFile, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OSError) as exc:
        raise Rejected([_fault("workbook_broken", file, 1)]) from exc


def _rows_of_workbook(content: bytes, file: str) -> Iterator[tuple[int, Sequence[str]]]:
    import openpyxl  # noqa: PLC0415  (40 MB; only for who brings a workbook)

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_SWOLLEN:
            raise Rejected([_fault("file_too_large", file, 1, limit=LARGEST_SWOLLEN)])
        if tags(packed) > MOST_TAGS:
            raise Rejected([_fault("workbook_too_full", file, 1, limit=MOST_TAGS)])
        computed = any(map(_has_formula, map(packed.open, _sheets(packed))))
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    written = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0] if computed else sheet
    both = zip(_rows_in_bounds(sheet, file), _rows_in_bounds(written, file), strict=False)
    for line, (cells, formulas) in enumerate(both, 1):
        if computed and any(
            cell is None and formula is not None for cell, formula in zip(cells, formulas, strict=False)
        ):
            raise Rejected([_fault("formula_without_value", file, line)])
        yield line, [_text(cell) for cell in cells]


def tags(packed: zipfile.ZipFile) -> int:
    """How many there are in all XML of a workbook, counted without parsing it."""
    count = 0
    for part in packed.infolist():
        if part.filename.lower().endswith((".xml", ".rels")):
            with packed.open(part) as text:
                while piece := text.read(1 << 20):
                    count += piece.count(b"<")
    return count


def _rows_in_bounds(sheet: Any, file: str) -> Iterator[Sequence[object]]:
    """The values of its rows. How large it says that it is, is not believed: each row is as wide as its cells are, and
    at least as wide as the first.
    """
    sheet.reset_dimensions()
    cells = blank = width = 0
    for line, row in enumerate(sheet.iter_rows(values_only=True), 1):
        width = width or len(row)
        values = (*row, *(None,) * (width - len(row)))
        cells += len(values)
        blank = 0 if row else blank + 1
        if cells > MOST_CELLS:
            raise Rejected([_fault("sheet_too_wide", file, line, limit=MOST_CELLS)])
        if blank > MOST_BLANK:
            raise Rejected([_fault("rows_blank", file, line, limit=MOST_BLANK)])
        yield values


def _sheets(packed: zipfile.ZipFile) -> list[str]:
    return [name for name in packed.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]


def _has_formula(sheet: IO[bytes]) -> bool:
    """Whether a sheet computes anything: a program that never computed it leaves no value beside the formula."""
    before = b""
    with sheet:
        while piece := sheet.read(1 << 20):
            if b"<f>" in before + piece or b"<f " in before + piece or b"<f/" in before + piece:
                return True
            before = piece[-2:]
    return False


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _fault(code: str, file: str, line: int, **params: int | str) -> Problem:
    row = phrase("of_line", file=file, line=line)
    return problem(f"/{line}", code, row=row, file=file, line=line, **params)
