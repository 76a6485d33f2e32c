"""Which of many rows a page shows at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lienthong.refusals import refused
from services.console.tables import Table

PLACE = "rows"
"""Of an address: `rows=duties:70` for the table that does not begin with its first row."""
TEXTS = 40
"""Rows of a list whose rows hold texts: difficulties, directives, materials."""
ROWS = 70
"""Of a page: all communes of most provinces, on a telephone some twelve screens. Files have all that are filtered."""
_OF_SEVERAL = 30  # rows of a table, where another one is long too
_LETTERS = 130  # of a row; three or four lines of a telephone
_OVER = 1.2  # as many more are rather shown than a page of a few rows
_FEW = 10  # rows; as cards with a line for each value they fill five screens of a telephone
_DIGITS = 10  # of a row's number


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Rows begin … end of a list. earlier, later: cursors of the pages beside it; None where there is none."""

    begin: int
    end: int
    earlier: str | None
    later: str | None


def part(keys: Sequence[str], cursor: str | None) -> Part:
    """Of a list of texts. keys: of all rows, in order. cursor: the key that the page begins with; where it is gone, the
    first page.
    """
    begin = keys.index(cursor) if cursor in keys else 0
    end = min(begin + TEXTS, len(keys))
    before = max(begin - TEXTS, 0)
    return Part(
        begin=begin,
        end=end,
        earlier=None if not begin else keys[before] if before else "",
        later=keys[end] if end < len(keys) else None,
    )


def shown(tables: Sequence[Table], place: str | None) -> tuple[Table, ...]:
    """The tables with what the page shows of each; those whose page has cut them already as they are. Raises Rejected
    (400) for a place that is none.
    """
    name, _, begin = (place or ":0").partition(":")
    if not (begin.isascii() and begin.isdecimal() and len(begin) < _DIGITS):
        raise refused("cursor_malformed")
    several = sum(len(table.rows) > _FEW for table in tables) > 1
    most = _OF_SEVERAL if several else ROWS
    cut = [_cut(table, int(begin) if table.name == name else 0, _fitting(table, most)) for table in tables]
    many = sum(len(table.rows[table.begin : table.end]) for table in cut) > _FEW
    return tuple(replace(table, close=many) for table in cut)


def _fitting(table: Table, most: int) -> int:
    """How many rows of a table fit: fewer than the most where they hold long texts."""
    rows = table.rows[:most]
    letters = sum(len(cell.short or str(cell.value or "")) for row in rows for cell in row)
    return max(min(most, _FEW), min(most, most * len(rows) * _LETTERS // max(letters, 1)))


def _cut(table: Table, begin: int, most: int) -> Table:
    """Rows that went since are no reason to show nothing: the last page then."""
    count = len(table.rows)
    if table.end is not None or count <= most * _OVER:
        return table
    first = min(begin, count - 1) // most * most
    end = min(first + most, count)
    return replace(
        table,
        begin=first,
        end=end,
        earlier=None if not first else f"{table.name}:{first - most}" if first > most else "",
        later=f"{table.name}:{end}" if end < count else None,
    )
