"""Hostile words on the command line: every command says what is wrong, and none ends in a stack trace.

A new command is tried by itself; those that run for ever or replace everything are left out by name.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from services import cli
from services.hub import roster
from tests.conftest import ROOT, _temporary_database

LEFT_OUT = {
    "up",
    "demo",
    "conformance",
    "http",
    "kafka",
    "platform",
    "migrate",
    "fill",
    "backup",
    "restore",
    "reopen",
    "epoch",
    "generated",
    "topics",
    "inbound",
    *(row.name for row in roster.SERVICES),
}
TEXTS = ("khong-co", "99", "20-47", "-", "*", "a" * 5000, "'; --", "../..", "Xã", "1e999", "NaN", "VN")
NUMBERS = ("-1", "0", "99999999999999999999", "2147483648")
DAYS = ("1900-01-01", "2199-12-31", "2026-02-29")


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in getattr(command, "commands", {}).items():
        if not words and name in LEFT_OUT:
            continue
        if hasattr(below, "commands"):
            yield from _commands(below, (*words, name))
        else:
            yield (*words, name), below


ALL = dict(_commands(typer.main.get_command(cli.application(None))))


@pytest.fixture(scope="module")
def at_hand(postgres: str, filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with _temporary_database(postgres, filled) as name:
        yield {
            "DATABASE_URL": make_conninfo(postgres, dbname=name),
            "LIENTHONG_DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "LIENTHONG_LOG_LEVEL": "error",
        }


def _words(command: Any, file: Path, number: int) -> list[str]:
    """A hostile value for every parameter: the number-th of its kind."""
    words: list[str] = []
    for place, param in enumerate(command.params):
        option = param.param_type_name == "option"
        if option and (param.is_flag or param.name == "help"):
            continue
        kind = type(param.type).__name__.lower()
        values = NUMBERS if "int" in kind or "float" in kind else DAYS if "date" in kind else TEXTS
        value = str(file) if "path" in kind else values[(number + place) % len(values)]
        words += [f"{param.opts[0]}={value}"] if option else [value]
    return words


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_no_command_fails_in_a_stack_trace(words: tuple[str, ...], at_hand: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    for number, content in enumerate((b"\xff\xfe\x00", b"a;b\n\x00;\x01\n", b"{" * 1000)):
        file.write_bytes(content)
        given = [*words, *_words(ALL[words], file, number)]
        done = CliRunner().invoke(cli.application(words[0]), given, env=at_hand)
        assert isinstance(done.exception, SystemExit | type(None)), (given, repr(done.exception)[:500])
        assert "unexpected extra" not in done.output and "Missing option" not in done.output, given


@pytest.mark.parametrize(
    "word",
    [b"\xff\xfe", b"a\x01b", b"\x1b[31m", "\ufffe".encode(), b"9999-12-31", b"--until=0001-01-01", b"31/12/9999"],
)
def test_what_is_no_text_or_no_day_is_refused_before_any_command(word: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "units", "search", word], capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr and done.stderr.startswith("✗".encode())


def test_what_was_typed_in_another_composition_finds_what_is_stored(tmp_path: Path) -> None:
    decomposed = "Xa\u0303 Nam Cu\u031bo\u031b\u0300ng"
    file = tmp_path / "e\u0302.csv"
    file.touch()
    assert cli.strict([decomposed, str(file)]) == ["Xã Nam Cường", str(file)]
