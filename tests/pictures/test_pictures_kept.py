"""What is kept in docs/console is what the roster names, and what the documents show; every page has its picture."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.pictures import png
from tests.pictures.roster import PICTURES
from tests.pictures.taking import PATHS, SCREENS

TREE = Path(__file__).parents[2]
KEPT = TREE / "docs" / "console"
NAMES = {f"{picture.name}-{screen.width}.png" for picture in PICTURES for screen in SCREENS}
MOST = 45_000  # bytes of a picture


def named(document: str) -> list[str]:
    return re.findall(r"\]\((?:docs/)?console/([^)]+\.png)\)", (TREE / document).read_text("utf-8"))


def test_every_picture_has_a_row_and_every_row_its_pictures() -> None:
    assert {path.name for path in KEPT.iterdir()} == NAMES
    assert len(PICTURES) == len({picture.name for picture in PICTURES})


def test_the_documents_show_each_picture_once_and_none_that_is_not_there() -> None:
    assert sorted(named("docs/console.md")) == sorted(NAMES)
    assert named("README.md") and set(named("README.md")) <= NAMES


def test_every_page_has_its_picture() -> None:
    assert {picture.pictures for picture in PICTURES} == set(PATHS)


def test_they_are_taken_in_the_order_of_the_year() -> None:
    assert all(before.at <= after.at for before, after in pairwise(PICTURES))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_is_small_and_as_large_as_its_screen_says(name: str) -> None:
    content = (KEPT / name).read_bytes()
    [screen] = [screen for screen in SCREENS if name.endswith(f"-{screen.width}.png")]
    assert png.size(content) == (int(screen.width * screen.scale), int(screen.height * screen.scale))
    assert len(content) <= MOST


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Of a PNG, each with what it holds; its sum is right."""
    at = 8
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        held = content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length]) == (zlib.crc32(name + held),)
        yield name, held
        at += 12 + length


def pixels_of(content: bytes) -> list[tuple[int, int, int]]:
    """Red, green, blue of each."""
    held, (width, height) = dict(chunks(content)), png.size(content)
    rows = zlib.decompress(held[b"IDAT"])
    numbers = [number for row in range(height) for number in rows[row * (width + 1) + 1 : (row + 1) * (width + 1)]]
    palette = held[b"PLTE"]
    return [(palette[3 * number], palette[3 * number + 1], palette[3 * number + 2]) for number in numbers]


def test_few_colours_come_back_as_they_were() -> None:
    drawn = [(255, 255, 255), (10, 76, 134), (0, 0, 0), (255, 255, 255), (200, 30, 30), (10, 76, 134)]
    made = png.shrunk(3, 2, b"".join(bytes((*colour, 255)) for colour in drawn))
    assert pixels_of(made) == drawn


def test_of_many_shades_the_plain_colours_and_a_thin_line_stay_and_the_rest_is_near() -> None:
    ground, line = [(246, 247, 249)] * 4000, [(176, 42, 32)] * 12
    shades = [(shade, shade, shade + shade % 3) for shade in range(200)]
    drawn = [*ground, *line, *shades]
    made = pixels_of(png.shrunk(len(drawn), 1, b"".join(bytes((*colour, 255)) for colour in drawn)))
    assert made[:4012] == drawn[:4012]
    assert len(set(made)) == png.COLOURS
    assert (
        max(abs(a - b) for before, after in zip(drawn, made, strict=True) for a, b in zip(before, after, strict=True))
        < 12
    )
