"""Commands that documents and refusals name are there, with their options: a stranger types what he reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services import cli
from tests.conftest import ROOT

COMMANDS: Any = typer.main.get_command(cli.application(None))
TEXTS = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "schemas/problems").glob("*.yaml")),
)
_CALL = re.compile(r"\blienthong ([a-z][a-z-]*(?: [^`|#→\n]*)?)")
_SPAN = re.compile(r"`([a-z][a-z-]*(?: [^`]*)?)`")
_OPTION = re.compile(r"--[a-z][a-z-]*")


def _called(path: Path) -> Iterator[str]:
    """What a text says to type: after `lienthong`, and in README's table, whose head says it once."""
    text = path.read_text("utf-8")
    yield from _CALL.findall(text)
    if path.name == "README.md":
        table = text.partition("| Việc | Lệnh")[2].partition("\n\n")[0]
        yield from (span for span in _SPAN.findall(table) if span.split()[0] in COMMANDS.commands and " " in span)


def _fault(call: str) -> str | None:
    """The first word that no command knows."""
    command, words = COMMANDS, [word.rstrip(".,;:)'") for word in call.split()]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            named = re.fullmatch(r"[a-z][a-z-]+", words[0]) is not None
            return words[0] if named or command is COMMANDS else None
        command = command.commands[words.pop(0)]
    known = {option for one in getattr(command, "params", ()) for option in (*one.opts, *one.secondary_opts)}
    matches = (_OPTION.match(word) for word in words)
    return next((match[0] for match in matches if match and match[0] not in {*known, "--help"}), None)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_that_a_text_names_is_there(path: Path) -> None:
    assert [(call[:60], fault) for call in _called(path) if (fault := _fault(call)) is not None] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_target_that_a_text_makes_is_there(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(VENV)", ".venv")
    targets = set(re.findall(r"^([a-z./-]+):", makefile, re.MULTILINE))
    asked = set(re.findall(r"(?:`|^)make ([a-z./-]+)", path.read_text("utf-8"), re.MULTILINE))
    assert sorted(asked - targets) == []


def test_the_readme_names_commands_at_all() -> None:
    assert len(list(_called(ROOT / "README.md"))) > 20
    assert _fault("rounds shwo") == "shwo"
    assert _fault("rounds list --plan X --nope") == "--nope"
