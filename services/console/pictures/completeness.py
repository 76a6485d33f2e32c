"""A bar of parts that fill a whole, such as reported, late and missing of all obliged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.tables import Tone

WIDTH, HEIGHT = 320.0, 14.0
_LEAST = 4.0  # a part of one in a thousand is still seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """How many of the whole; label as it is read out."""

    tone: Tone
    count: int
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part in its place on the bar."""

    tone: Tone
    x: float
    width: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """pieces: left to right without gap. title: what a screen reader says."""

    title: str
    pieces: tuple[Piece, ...]
    width: float = WIDTH
    height: float = HEIGHT


def bar(title: str, parts: Sequence[Part]) -> Bar:
    """Parts in their given order; empty ones leave no trace. An empty whole is an empty bar."""
    nonempty = [part for part in parts if part.count]
    whole = sum(part.count for part in nonempty)
    widths = [max(_LEAST, WIDTH * part.count / whole) for part in nonempty]
    scale = WIDTH / sum(widths) if widths else 1.0
    pieces, x = [], 0.0
    for part, width in zip(nonempty, widths, strict=True):
        pieces.append(Piece(tone=part.tone, x=round(x, 2), width=round(width * scale, 2), label=part.label))
        x += width * scale
    return Bar(title=title, pieces=tuple(pieces))
