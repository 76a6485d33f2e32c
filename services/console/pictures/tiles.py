"""A map of equal tiles: one for each unit, near where it lies, none over another. Pure.

Small units stay as readable as large ones. Where nobody knows where units lie, they stand in rows in a given order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.console.pictures.assignment import assign

Place = tuple[int, int]
"""Column and row of a tile, from 0."""

_REACHES = (0.75, 1.5, 3.0, 6.0, 12.0, 24.0)
"""Some unit's middle lies within so many cells of each cell of the land; the first that gives room to all is taken."""
_STEPS = 40  # halvings; the cell's size is then exact to a billionth
_SMALLEST = 1e-4  # of the whole; no map needs smaller cells


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiles:
    """places: by unit code. columns, rows: how large the grid is."""

    places: Mapping[str, Place]
    columns: int
    rows: int


def near(middles: Mapping[str, tuple[float, float]]) -> Tiles:
    """Tiles near where units lie. middles: x to the east and y to the south in one measure.

    The cells are as large as they can be so that the land they cover has room for all; each unit gets a cell so that
    the sum of squared distances is the least. Equal input gives equal tiles.
    """
    codes = sorted(middles)
    if not codes:
        return Tiles(places={}, columns=0, rows=0)
    points = [middles[code] for code in codes]
    size, reach = _cell(points)
    cells = sorted(_land(points, size, reach))
    cost = [[(x / size - column) ** 2 + (y / size - row) ** 2 for column, row in cells] for x, y in points]
    return _trim({code: cells[number] for code, number in zip(codes, assign(cost), strict=True)})


def in_order(codes: Sequence[str], *, columns: int | None = None) -> Tiles:
    """Tiles in rows, in the given order: a grid somewhat wider than high."""
    wide = columns or max(1, math.ceil(math.sqrt(len(codes) * 1.3)))
    return _trim({code: (place % wide, place // wide) for place, code in enumerate(codes)})


def _trim(places: Mapping[str, Place]) -> Tiles:
    """The same without empty columns and rows at the edges."""
    left = min((column for column, _ in places.values()), default=0)
    top = min((row for _, row in places.values()), default=0)
    moved = {code: (column - left, row - top) for code, (column, row) in places.items()}
    return Tiles(
        places=moved,
        columns=1 + max((column for column, _ in moved.values()), default=-1),
        rows=1 + max((row for _, row in moved.values()), default=-1),
    )


def _cell(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """(size, reach): the largest cell with which the land has room for everybody."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    reach = next(r for r in _REACHES if len(_land(points, span * _SMALLEST, r)) >= len(points))
    low, high = span * _SMALLEST, span * 2
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if len(_land(points, middle, reach)) >= len(points) else (low, middle)
    return low, reach


def _land(points: Sequence[tuple[float, float]], size: float, reach: float) -> set[Place]:
    """Cells whose middle lies near some point. Cell (c, r) has its middle at (c·size, r·size)."""
    pairs = set()
    around = range(-math.ceil(reach), math.ceil(reach) + 1)
    for x, y in points:
        column, row = round(x / size), round(y / size)
        for c in (column + step for step in around):
            for r in (row + step for step in around):
                if math.hypot(x / size - c, y / size - r) <= reach:
                    pairs.add((c, r))
    return pairs
