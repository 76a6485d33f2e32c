"""Which of many rows a page shows at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROWS = 100  # of a page; the files have all that are filtered


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Rows begin … end of a list. earlier, later: cursors of the pages beside it; None where there is none."""

    begin: int
    end: int
    earlier: str | None
    later: str | None


def part(keys: Sequence[str], cursor: str | None) -> Part:
    """keys: of all rows, in order. cursor: the key that the page begins with; where it is gone, the first page."""
    begin = keys.index(cursor) if cursor in keys else 0
    end = min(begin + ROWS, len(keys))
    before = max(begin - ROWS, 0)
    return Part(
        begin=begin,
        end=end,
        earlier=None if not begin else keys[before] if before else "",
        later=keys[end] if end < len(keys) else None,
    )
