"""docs/map.md leads to what is there: every path stands in the tree, and every room has a row that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent
MAP = (TREE / "docs" / "map.md").read_text("utf-8")

TOPS = ("lienthong/", "services/", "schemas/", "deploy/", "tests/", "docs/", "bench/")
WITHOUT_CODE = {"migrations", "__pycache__"}  # named once for all: "a new file in the owner's migrations/"

WORDS = (
    "unit",
    "programme",
    "plan",
    "figure",
    "form",
    "indicator",
    "target",
    "obligation",
    "round",
    "report",
    "receipt",
    "rollup",
    "release",
    "content item",
    "reach",
    "shared material",
    "directive",
    "computed figure, indicator",
    "portal",
    "delivery",
    "query, explanation",
    "recipient",
    "return, pass on",
    "nil report",
    "unit that rests",
    "statement of deliveries",
    "reminder",
    "contact",
    "quality grade",
    "person",
    "client",
    "difficulty",
    "what systems supply of a unit's figures, and the draft of it",
    "what does not go through the hub, and its channel",
    "task",
    "event, fact",
    "position",
    "checkpoint",
    "problem",
)
"""The rows of the first table, in its order: what a stranger looks for by name."""


def named_paths() -> list[str]:
    """What stands in backticks and begins with a folder of the top."""
    return sorted({found for found in re.findall(r"`([^`\s]+)`", MAP) if found.startswith(TOPS)})


def rooms() -> list[str]:
    """Every folder of the code that has modules."""
    folders = {path.parent for top in ("lienthong", "services") for path in (TREE / top).rglob("*.py")}
    return sorted(f"{f.relative_to(TREE)}/" for f in folders if not WITHOUT_CODE & set(f.parts) and f.parent != TREE)


def test_every_path_of_the_map_is_in_the_tree() -> None:
    paths = named_paths()
    missing = [path for path in paths if not (TREE / path).exists()]
    assert len(paths) > 100
    assert missing == []


def test_what_is_named_as_a_folder_is_one() -> None:
    assert [path for path in named_paths() if path.endswith("/") != (TREE / path).is_dir()] == []


@pytest.mark.parametrize("room", rooms())
def test_every_room_is_named(room: str) -> None:
    assert any(path.startswith(room) for path in named_paths()), f"docs/map.md says nothing of {room}"


def test_every_word_of_the_exchange_has_a_row_and_every_row_is_held() -> None:
    table = MAP[MAP.index("| word |") : MAP.index("## Ten changes")]
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:] if line.startswith("|")]
    assert tuple(row.partition(" (")[0] for row in rows) == WORDS


def test_there_is_one_formatting_dialect() -> None:
    """What the formatter makes stands as it makes it; a table that has to keep its shape is data."""
    mark = "# fmt" + ": "
    code = [
        path for top in ("lienthong", "services", "tests", "bench", "deploy") for path in (TREE / top).rglob("*.py")
    ]
    assert [str(path.relative_to(TREE)) for path in code if mark in path.read_text("utf-8")] == []
