"""Commands as an operator calls them, in this process, on a filled hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services import cli
from services.commands import terminal
from tests.builders.hub import Hub

Call = Callable[..., Result]


@pytest.fixture
def call(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Call a command by its words. columns: of the terminal; given: what is typed."""
    monkeypatch.setenv("DATABASE_URL", hub.conninfo)
    monkeypatch.setenv("LIENTHONG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("LIENTHONG_KAFKA_BOOTSTRAP", raising=False)

    def invoke(*words: str, given: str | None = None, columns: int = 200) -> Result:
        monkeypatch.setattr(terminal.out, "_width", columns)
        return CliRunner().invoke(cli.application(words[0]), list(words), input=given, env={"COLUMNS": str(columns)})

    return invoke
