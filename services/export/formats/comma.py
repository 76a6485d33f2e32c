"""CSV: one table of a release, that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from lienthong.instants import wire
from lienthong.releases import Dataset
from services.export.formats import tables
from services.export.formats.tables import Table
from services.export.formats.written import Written

Spelled = Callable[[Decimal | datetime], str]

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula (or what it strips before it looks)."""


def write(written: Written) -> bytes:
    """The table that is asked for."""
    dataset = written.dataset()
    return as_csv(tables.BY_NAME[written.table](dataset), dataset, bom=written.bom)


def as_csv(table: Table, dataset: Dataset, *, bom: bool) -> bytes:
    """RFC 4180, UTF-8, numbers in plain decimals with a point; bom: for spreadsheets that guess the encoding.

    The release and the sample mark stand in every row, because rows are cut out and mailed around.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows(lines(table, dataset, spelled))
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def lines(table: Table, dataset: Dataset, spelled: Spelled) -> Iterator[list[str | int]]:
    """The header and the rows, each with release and sample mark. spelled: how numbers and moments are written."""
    yield ["Bản phát hành", *table.headers, "Dữ liệu mẫu"]
    sample = "có" if dataset["sample"] else "không"
    for row in table.rows:
        yield [dataset["release"], *(safe(cell, spelled) for cell in row), sample]


def spelled(value: Decimal | datetime) -> str:
    """As programs read it."""
    return wire(value) if isinstance(value, datetime) else format(value, "f")


def safe(cell: tables.Cell, spelled: Spelled) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, (Decimal, datetime)):
        return spelled(cell)
    if isinstance(cell, str) and cell.startswith(_RUNS):
        return "'" + cell
    return cell
