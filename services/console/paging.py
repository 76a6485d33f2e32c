"""Which of many rows a page shows at once. Pure.

A page begins with a row, not with a number: where rows came or went meanwhile, none is missed or seen twice. Where that
row itself went, it begins as many rows earlier as went: rather seen twice than missed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s

from lienthong.refusals import refused
from services.console.tables import Cell, Table

PLACE = "rows"
"""Of an address: `rows=duties:40-100:1a2b3c4d` for the table that begins with the row of this mark, which was its 41st
of 100; `rows=all` for all rows of all tables, to print."""
ALL = "all"
MOST = 2_000
"""Rows of a page that shows all of them: some 70 sheets of paper, 1 MB. A file holds more."""
ROWS = 40
"""Of a page; on a telephone some six screens of ten. One press shows all."""
_OF_SEVERAL = 15  # rows of a table, where another one is long too
_LETTERS = 200  # of a row; four or five lines of a telephone
_OVER = 1.2  # as many more are rather shown than a page of a few rows
_FEW = 10  # rows, which are never cut
_CARDS = 5  # rows; as cards with a line for each value they fill two screens of a telephone
_PLACE = re.compile(r"(?P<table>[^:]*):(?P<number>[0-9]{1,9})-(?P<count>[0-9]{1,9}):(?P<mark>[0-9a-f]{8})")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Of an address. table: its name; number: of the row that it begins with, from 0, among so many (count) at the
    time; mark: of that row.
    """

    table: str
    number: int
    count: int
    mark: str


def portion(tables: Sequence[Table], place: str | None) -> tuple[Table, ...]:
    """The tables with what the page shows of each; those that the hub has cut already (end) as they are. Raises
    Rejected (400) for a place that is none, and for all rows where they are more than a page bears.
    """
    if place == ALL:
        if sum(len(table.rows) for table in tables) > MOST:
            raise refused("page_too_long", most=MOST)
        cut = list(tables)
    else:
        begin = _read(place) if place else None
        several = sum(len(table.rows) > _FEW and not table.folded for table in tables) > 1
        cut = [
            _cut(
                table,
                begin if begin and begin.table == table.name else None,
                _fitting(table, _OF_SEVERAL if several and not table.folded else ROWS),
            )
            for table in tables
        ]
    many = sum(len(table.rows[table.begin : table.end]) for table in cut) > _CARDS
    return tuple(replace(table, close=many) for table in cut)


def _read(place: str) -> _Place:
    match = _PLACE.fullmatch(place)
    if match is None:
        raise refused("cursor_malformed")
    return _Place(table=match["table"], number=int(match["number"]), count=int(match["count"]), mark=match["mark"])


def _fitting(table: Table, most: int) -> int:
    """How many rows of a table fit: fewer than the most where they hold long texts."""
    rows = table.rows[:most]
    letters = sum(len(cell.short or str(cell.value or "")) for row in rows for cell in row)
    return max(min(most, _FEW), min(most, most * len(rows) * _LETTERS // max(letters, 1)))


def _cut(table: Table, place: _Place | None, most: int) -> Table:
    count = len(table.rows)
    if table.end is not None or count <= most * _OVER:
        return table
    begin = 0 if place is None else _begin(table, place, most)
    end = min(begin + most, count)
    return replace(
        table,
        begin=begin,
        end=end,
        earlier=None if not begin else _place(table, begin - most) if begin > most else "",
        later=_place(table, end) if end < count else None,
    )


def _begin(table: Table, place: _Place, most: int) -> int:
    """Where the row stands now; rows that went since are no reason to show nothing: the last page then."""
    count = len(table.rows)
    alike = [number for number in range(count) if _mark(table, number) == place.mark]
    if alike:
        return min(alike, key=lambda number: abs(number - place.number))
    went = max(place.count - count, 0)
    return min(max(place.number - went, 0), (count - 1) // most * most)


def _place(table: Table, number: int) -> str:
    return f"{table.name}:{number}-{len(table.rows)}:{_mark(table, number)}"


def _mark(table: Table, number: int) -> str:
    """Of what a row is about, whatever is said of it: where its heading leads, its codes. Two rows may share one."""
    about = (
        _subject(cell)
        for cell, column in zip(table.rows[number], table.columns, strict=True)
        if column.heading or column.kind == "code"
    )
    return blake2s("\n".join(about).encode(), digest_size=4).hexdigest()


def _subject(cell: Cell) -> str:
    return cell.href or str(cell.value)
