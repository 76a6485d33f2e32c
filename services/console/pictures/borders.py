"""Real borders, as an office has imported them: projected, simplified, written as paths. Pure.

Borders that two units share stay shared: points are rounded to one grid first, and the stretches between the places
where three borders meet are simplified once for both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[int, int]
Ring = tuple[Point, ...]

_GRID = 1200  # steps along the longer side: finer than any screen shows a province
_TOLERANCE = 1.5  # steps that a border may move when simplified
_FEWEST = 4  # points of a closed ring: three corners and the first again


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """One unit. path: the `d` of an SVG path; x, y: a place for its label, in the largest of its parts, which is `wide`
    steps wide.
    """

    path: str
    x: int
    y: int
    wide: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Borders:
    """shapes: by unit code, on a drawing of width × height steps, north above."""

    shapes: Mapping[str, Shape]
    width: int
    height: int

    @property
    def middles(self) -> dict[str, tuple[float, float]]:
        """Where the units lie, as the map of tiles wants it."""
        return {code: (float(shape.x), float(shape.y)) for code, shape in self.shapes.items()}


def draw(rings: Mapping[str, Sequence[Sequence[Sequence[float]]]]) -> Borders:
    """Project (equal scale at the middle latitude), round, simplify, write. Parts smaller than a step vanish, but
    no unit does: the smallest is a speck.
    """
    project, width, height = _projection(point for parts in rings.values() for ring in parts for point in ring)
    rounded = {code: [_close(map(project, ring)) for ring in parts] for code, parts in rings.items()}
    meeting = _meeting(ring for parts in rounded.values() for ring in parts)
    shapes = {}
    for code, parts in sorted(rounded.items()):
        simple = [_simplify(part, meeting) for part in parts if len(part) >= _FEWEST]
        visible = [ring for ring in simple if len(ring) >= _FEWEST]
        largest = max(parts, key=lambda ring: abs(_area(ring)))
        x, y = _middle(largest)
        path = "".join(_path(ring) for ring in visible or [_speck(x, y)])
        shapes[code] = Shape(path=path, x=x, y=y, wide=max(p[0] for p in largest) - min(p[0] for p in largest))
    return Borders(shapes=shapes, width=width, height=height)


def _projection(points: Iterable[Sequence[float]]) -> tuple[Callable[[Sequence[float]], Point], int, int]:
    """(function from longitude and latitude to steps, width, height)."""
    coordinates = list(points)
    west, east = min(point[0] for point in coordinates), max(point[0] for point in coordinates)
    south, north = min(point[1] for point in coordinates), max(point[1] for point in coordinates)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = _GRID / max((east - west) * squeeze, north - south, 1e-9)

    def project(point: Sequence[float]) -> Point:
        return round((point[0] - west) * squeeze * scale), round((north - point[1]) * scale)

    width, height = project((east, south))
    return project, max(1, width), max(1, height)


def _close(points: Iterable[Point]) -> Ring:
    """Without repeated neighbours, the first point again at the end."""
    pairs: list[Point] = []
    for point in points:
        if not pairs or point != pairs[-1]:
            pairs.append(point)
    if pairs[0] != pairs[-1]:
        pairs.append(pairs[0])
    return tuple(pairs)


def _meeting(rings: Iterable[Ring]) -> frozenset[Point]:
    """Points where more than two stretches of border meet: these stay where they are."""
    neighbours: dict[Point, set[Point]] = {}
    for ring in rings:
        for pair, other in pairwise(ring):
            neighbours.setdefault(pair, set()).add(other)
            neighbours.setdefault(other, set()).add(pair)
    return frozenset(point for point, others in neighbours.items() if len(others) > 2)


def _simplify(ring: Ring, meeting: frozenset[Point]) -> Ring:
    """Each stretch between meeting points simplified, in one direction whichever side it is seen from."""
    body = ring[:-1]
    cuts = [place for place, point in enumerate(body) if point in meeting]
    if not cuts:  # an island: cut at its outermost points, which any simplification keeps
        cuts = sorted({body.index(min(body)), body.index(max(body))})
    turned = body[cuts[0] :] + body[: cuts[0] + 1]
    ends = [cut - cuts[0] for cut in cuts] + [len(body)]
    pairs: list[Point] = [turned[0]]
    for start, end in pairwise(ends):
        pairs.extend(_stretch(turned[start : end + 1])[1:])
    return _close(pairs)


def _stretch(points: Ring) -> Ring:
    backwards = points[-1] < points[0] or (points[-1] == points[0] and points[-2] < points[1])
    simple = _douglas_peucker(points[::-1] if backwards else points)
    return simple[::-1] if backwards else simple


def _douglas_peucker(points: Ring) -> Ring:
    """The ends and every point that lies off the line between its kept neighbours by more than the tolerance."""
    keep = {0, len(points) - 1}
    waiting = [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        furthest, place = 0.0, -1
        for middle in range(first + 1, last):
            distance = _off(points[middle], points[first], points[last])
            if distance > furthest:
                furthest, place = distance, middle
        if furthest > _TOLERANCE:
            keep.add(place)
            waiting += [(first, place), (place, last)]
    return tuple(points[place] for place in sorted(keep))


def _off(point: Point, pair: Point, other: Point) -> float:
    """Distance of a point from the stretch between two others."""
    dx, dy = other[0] - pair[0], other[1] - pair[1]
    length = dx * dx + dy * dy
    along = 0.0 if not length else ((point[0] - pair[0]) * dx + (point[1] - pair[1]) * dy) / length
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - pair[0] - along * dx, point[1] - pair[1] - along * dy)


def _area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def _middle(ring: Ring) -> Point:
    """The centre of gravity; of the corners where the area is nothing."""
    area = _area(ring)
    if not area:
        return ring[0]
    pairs = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairwise(ring)]
    x = sum((a[0] + b[0]) * cross for a, b, cross in pairs) / (6 * area)
    y = sum((a[1] + b[1]) * cross for a, b, cross in pairs) / (6 * area)
    return round(x), round(y)


def _speck(x: int, y: int) -> Ring:
    return (x - 3, y - 3), (x + 3, y - 3), (x + 3, y + 3), (x - 3, y + 3), (x - 3, y - 3)


def _path(ring: Ring) -> str:
    """M x y, then steps from point to point."""
    steps = " ".join(f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(ring[:-1]))
    return f"M{ring[0][0]} {ring[0][1]}l{steps}z"
