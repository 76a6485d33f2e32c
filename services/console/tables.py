"""A table as it is shown and exported: one type, so that a file holds exactly what the page shows. Pure.

`sheets` writes it as CSV and XLSX, the template parts/table.html as HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Value = str | int | Decimal | date | datetime | None
Kind = Literal["text", "number", "code", "hash", "when", "round"]
"""code: kept on one line, never written with separators (codes, years); hash: broken anywhere; when: a moment; round: a
round's code, which a page says in words and files hold as it is, since they are joined by it.
"""
Tone = Literal["good", "warn", "bad", "info", "plain"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A value with what belongs to it. href: where it leads. tone: shown as a status tag. note: in small beside it.
    short: what the page shows in its place, where the value is long and stands whole elsewhere; files hold the value.
    """

    value: Value
    href: str | None = None
    tone: Tone | None = None
    note: str = ""
    short: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """name: for machines, in files too; title: for people. heading: its cells name the row. filed: in files alone,
    where a page would be too wide for what few rows have.
    """

    name: str
    title: str
    kind: Kind = "text"
    heading: bool = False
    filed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """name: a word of its page (`missing`), used in addresses and file names. empty: said where there is no row. begin,
    end: of the rows that the page shows at once, where they are many; files hold all of them. earlier, later: the
    places of the pages beside it (paging.portion), None where there is none or the hub has cut the list. close:
    there is so much on the page that a telephone shows each row in a few lines. folded: one line until it is opened
    (marks.folded), so that it takes no room from the others.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    begin: int = 0
    end: int | None = None
    earlier: str | None = None
    later: str | None = None
    close: bool = False
    folded: bool = False

    @property
    def values(self) -> Iterable[tuple[Value, ...]]:
        return (tuple(cell.value for cell in row) for row in self.rows)


def folding(tables: Sequence[Table], *names: str) -> tuple[Table, ...]:
    """The tables, those of these names folded."""
    return tuple(replace(table, folded=table.name in names) for table in tables)


def row(*cells: Cell | Value) -> tuple[Cell, ...]:
    """Cells of a row; a bare value needs no Cell around it."""
    return tuple(cell if isinstance(cell, Cell) else Cell(value=cell) for cell in cells)
