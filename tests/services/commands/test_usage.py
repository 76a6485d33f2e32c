"""What can't be read of a command line is told in both languages, with where its help is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services import cli
from services.commands import terminal
from tests.conftest import ROOT


def _told(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(terminal.err, "_width", 200)
    called = words.split()
    assert cli.run(cli.application(called[0]), called) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "vietnamese", "english"),
    [
        ("rounds show", "Thiếu ROUND (Mã kỳ", "ROUND is missing."),
        ("receipts list", "Thiếu --province (Mã tỉnh", "--province is missing."),
        ("rounds list --planx 1", "không có tùy chọn --planx.", "no option --planx."),
        ("rounds list --plan", "--plan cần một giá trị.", "--plan needs a value."),
        ("rounds list --json=1", "--json không nhận giá trị.", "--json takes no value."),
        ("reports show a b", "không dùng đến: b.", "takes no: b."),
        ("rounds shwo", "Không có lệnh “shwo”.", "no command 'shwo'."),
        ("audit list --province 20 --since 2026-13-01", "ghi như 31/12/2026", "31/12/2026 or 2026-12-31"),
        ("receipts list --province 20 --after zz", "phải là số nguyên", "a whole number"),
        ("receipts list --province 20 --limit 0", "ngoài phạm vi", "outside its range"),
        ("plans check /not/here", "không có tệp", "no such file"),
        ("tasks report a b --status zz", "phải là một trong: not_begun,", "has to be one of not_begun,"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages_with_its_help(
    words: str, vietnamese: str, english: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = _told(words, monkeypatch, capsys)
    assert vietnamese in text and english in text
    assert "`lienthong" in text and "--help`" in text
    assert "Traceback" not in text


def test_the_frame_of_a_help_is_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["lienthong", "rounds", "open", "--help"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as a test run has it
    said = capsys.readouterr().out
    assert ended.value.code == 0
    for words in (
        "Cách dùng / Usage:",
        "Tùy chọn / Options",
        "Tham số / Arguments",
        "bắt buộc / required",
        "Xem hướng",
    ):
        assert words in said


_SLOW = "import os, time; open(os.environ['BEGUN'], 'w').close(); time.sleep(60)"
"""A library that takes long to import."""


@pytest.mark.parametrize("library", ["typer", "psycopg"])
def test_ctrl_c_while_libraries_are_imported_ends_quietly(library: str, tmp_path: Path) -> None:
    (tmp_path / f"{library}.py").write_text(_SLOW)
    begun = tmp_path / "begun"
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{ROOT}", "BEGUN": str(begun)}
    called = [sys.executable, "-m", "services.cli", "up"]
    with subprocess.Popen(called, env=variables, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        while not begun.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert (process.returncode, said.strip()) == (130, "Đã dừng. / Stopped.")
