"""Text in columns (CSV), as programs read it or as a Vietnamese spreadsheet opens it by a double click; no cell is
taken for a formula. Pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from lienthong.calendar import VIETNAM
from lienthong.instants import wire

MEDIA = "text/csv; charset=utf-8"
Spelt = Decimal | date | datetime
Cell = str | int | Spelt | None
Spelled = Callable[[Spelt], str]

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula (or what it strips before it looks)."""


def commas(rows: Iterable[Sequence[Cell]], *, bom: bool = False) -> bytes:
    """RFC 4180, UTF-8, numbers in plain decimals with a point. bom: for spreadsheets that guess the encoding."""
    return _write(rows, ",", plain).encode("utf-8-sig" if bom else "utf-8")


def semicolons(rows: Iterable[Sequence[Cell]]) -> bytes:
    """`;`, decimal comma, dd/mm/yyyy, byte order mark: for people; a program takes `commas`."""
    return _write(rows, ";", vietnamese).encode("utf-8-sig")


def plain(value: Spelt) -> str:
    """As programs read it."""
    if isinstance(value, datetime):
        return wire(value)
    return value.isoformat() if isinstance(value, date) else format(value, "f")


def vietnamese(value: Spelt) -> str:
    """As a Vietnamese spreadsheet reads it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else format(value, "f").replace(".", ",")


def safe(cell: Cell, spelled: Spelled) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, Spelt):
        return spelled(cell)
    return "'" + cell if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def _write(rows: Iterable[Sequence[Cell]], delimiter: str, spelled: Spelled) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([safe(cell, spelled) for cell in row] for row in rows)
    return out.getvalue()
