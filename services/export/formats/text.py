"""Tables as files for programs: CSV that no spreadsheet runs, NDJSON. The workbook for people is in `workbook`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

import orjson

from services.export.formats import tables
from services.export.formats.tables import Dataset, Table

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula (or what it strips before it looks)."""


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


def _safe(cell: tables.Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, str) and cell.startswith(_RUNS):
        return "'" + cell
    return cell
