"""Maps with a field for each unit: tiles or real borders, coloured by status or by size, each leading to its unit.

A field's colour is told by its label too, and the table beside the map says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lienthong.shipped import shipped_yaml
from services.console.pictures.borders import Borders
from services.console.pictures.tiles import Tiles

TILE = 100  # steps of the drawing; the style sheet scales it
_GAP = 6
_LETTER = 7.5  # steps that a letter of a label is wide, at its size of 15
_NATION = Path(__file__).parent / "nation.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class MapField:
    """What is shown of a unit. look: class of the style sheet (`good`, `shade-3`). lines: its name, at most three
    short lines; initials: the same where a tile is small. value: what is read out and shown on hovering. href: where
    it leads.
    """

    code: str
    look: str
    lines: tuple[str, ...]
    initials: str
    value: str
    href: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedField:
    """A field in its place. path: with real borders; x, y: its upper left corner (tiles) or its label's middle. label:
    its name where there is room for it within its borders.
    """

    field: MapField
    x: int
    y: int
    path: str = ""
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Map:
    title: str
    fields: tuple[PlacedField, ...]
    width: int
    height: int
    tile: int = TILE - _GAP


def of_tiles(title: str, tiles: Tiles, fields: Sequence[MapField]) -> Map:
    """Fields on tiles, read row by row. A unit without a tile is not drawn; the table has it."""
    placed = [(tiles.places[field.code], field) for field in fields if field.code in tiles.places]
    placed_fields = tuple(
        PlacedField(field=field, x=column * TILE + _GAP // 2, y=row * TILE + _GAP // 2)
        for (column, row), field in sorted(placed, key=lambda pair: (pair[0][1], pair[0][0]))
    )
    return Map(title=title, fields=placed_fields, width=max(1, tiles.columns) * TILE, height=max(1, tiles.rows) * TILE)


def of_borders(title: str, borders: Borders, fields: Sequence[MapField]) -> Map:
    """Fields in their real borders."""
    placed_fields = [
        PlacedField(field=field, x=shape.x, y=shape.y, path=shape.path, label=_label(field, shape.wide))
        for field in fields
        if (shape := borders.shapes.get(field.code)) is not None
    ]
    return Map(title=title, fields=tuple(placed_fields), width=borders.width, height=borders.height)


def _label(field: MapField, wide: int) -> str:
    name = " ".join(field.lines)
    return name if len(name) * _LETTER <= wide else ""


def nation_tiles() -> Tiles:
    """The 34 provinces, from nation.yaml."""
    document: Mapping[str, list[int]] = shipped_yaml(_NATION)
    places = {code: (column, row) for code, (column, row) in document.items()}
    return Tiles(
        places=places,
        columns=1 + max(column for column, _ in places.values()),
        rows=1 + max(row for _, row in places.values()),
    )


def short_lines(name: str, *, width: int = 8, most: int = 3) -> tuple[str, ...]:
    """A name in short lines, broken between words; what finds no room ends in "…"."""
    lines: list[str] = []
    words = name.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and len(line) + 1 + len(words[0]) <= width:
            line += f" {words.pop(0)}"
        lines.append(line if len(line) <= width + 2 else f"{line[: width + 1]}…")
    if words:
        lines[-1] = f"{lines[-1][: width - 1]}…"
    return tuple(lines)


def initials(name: str) -> str:
    """At most three first letters: "CL" of "Chi Lăng", "HVT" of "Hoàng Văn Thụ"; numbers stay ("1")."""
    return "".join(word[0].upper() for word in name.replace("-", " ").split())[:3]


def shade(value: float, low: float, high: float) -> str:
    """One of five shades between the lowest and the highest value."""
    part = 1.0 if high == low else (value - low) / (high - low)
    return f"shade-{min(5, 1 + int(part * 5))}"
