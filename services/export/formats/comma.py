"""CSV: one table of a release, that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lienthong import separated
from lienthong.releases import Dataset
from services.export.formats import tables
from services.export.formats.cells import Table
from services.export.formats.written import Written


def write(written: Written) -> bytes:
    """The table that is asked for."""
    dataset = written.dataset()
    return as_csv(tables.BY_NAME[written.table](dataset), dataset, bom=written.bom)


def as_csv(table: Table, dataset: Dataset, *, bom: bool) -> bytes:
    """As programs read it; bom: for spreadsheets that guess the encoding."""
    return separated.commas(lines(table, dataset), bom=bom)


def lines(table: Table, dataset: Dataset) -> Iterator[Sequence[separated.Cell]]:
    """The header and the rows, each with release and sample mark: rows are cut out and mailed around."""
    yield ["Bản phát hành", *table.headers, "Dữ liệu mẫu"]
    sample = "có" if dataset["sample"] else "không"
    for row in table.rows:
        yield [dataset["release"], *row, sample]
