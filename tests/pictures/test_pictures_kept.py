"""What is kept in docs/console is what the roster names, and what the documents show; every page has its picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import png
from tests.pictures.roster import PICTURES
from tests.pictures.taking import PATHS, SCREENS

TREE = Path(__file__).parents[2]
KEPT = TREE / "docs" / "console"
NAMES = {f"{picture.name}-{screen.width}.png" for picture in PICTURES for screen in SCREENS}
SHEET = (TREE / "services" / "console" / "static" / "console.css").read_text("utf-8")
STYLE = [bytes.fromhex(said) for said in re.findall(r"#([0-9a-f]{6})\b", SHEET)]
UNSEEN = 1  # between two grounds that are as good as one, a table's and its page's
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
    assert Image.open(BytesIO(content)).size == (int(screen.width * screen.scale), int(screen.height * screen.scale))
    assert len(content) <= MOST


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_ground_of_each_is_a_colour_of_the_style_sheet(name: str) -> None:
    colours = Image.open(KEPT / name).convert("RGB").getcolors()
    assert colours is not None
    _, ground = max(colours)
    assert any(max(abs(a - b) for a, b in zip(ground, said, strict=True)) <= UNSEEN for said in STYLE)  # type: ignore[arg-type]


Colour = tuple[int, int, int]


def shrunk(drawn: Sequence[Colour]) -> list[Colour]:
    """What is left of a row of pixels."""
    shot = BytesIO()
    Image.frombytes("RGB", (len(drawn), 1), bytes(part for colour in drawn for part in colour)).save(shot, "PNG")
    held = Image.open(BytesIO(png.shrunk(shot.getvalue()))).convert("RGB").tobytes()
    return list(zip(held[::3], held[1::3], held[2::3], strict=True))


def test_few_colours_come_back_as_they_were() -> None:
    drawn = [(255, 255, 255), (10, 76, 134), (0, 0, 0), (255, 255, 255), (200, 30, 30), (10, 76, 134)]
    assert shrunk(drawn) == drawn


def test_of_many_shades_the_plain_colours_and_a_thin_line_stay_and_the_rest_is_near() -> None:
    ground, line = [(246, 247, 249)] * 4000, [(176, 42, 32)] * 12
    drawn = [*ground, *line, *((shade, shade, shade + shade % 3) for shade in range(200))]
    left = shrunk(drawn)
    assert left[:4012] == drawn[:4012]
    assert len(set(left)) == png.COLOURS
    distances = [
        abs(a - b) for before, after in zip(drawn, left, strict=True) for a, b in zip(before, after, strict=True)
    ]
    assert max(distances) < 12
