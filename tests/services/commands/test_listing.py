"""Lists fit the terminal; what must not be broken is not."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lienthong import events
from services.commands import listing, terminal

COLUMNS = (("Mã kỳ", "round"), ("Tên", "name"), ("Lúc", "at"), ("Số", "count"))
ROWS = [
    {
        "round": f"P1169-LS.2026-H{n}-{'dai' * 8}",
        "name": "Uỷ ban nhân dân xã Đèo Gia",
        "at": "2026-12-31T17:30:00Z",
        "count": n,
    }
    for n in range(3)
]


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_ids_and_times_stand_on_one_line_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal.out, "_width", width)
    listing.show("Kỳ / rounds", COLUMNS, ROWS)
    text = capsys.readouterr().out
    assert "01/01/2027 00:30" in text, "Vietnam's time"
    if width >= 60:
        assert all(str(row["round"]) in text for row in ROWS)
        assert max(map(len, text.splitlines())) <= width


def test_of_a_list_of_values_none_is_broken_over_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal.out, "_width", 40)
    sizes = [f"phần-{n} {n}60,2 kB" for n in range(1, 10)]
    listing.facts("t", [("Theo phần", sizes), ("Không có", [])])
    text = capsys.readouterr().out
    assert all(size in text for size in sizes)
    assert max(map(len, text.splitlines())) <= 40
    assert text.rstrip().endswith("–")


def test_what_somebody_wrote_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show("t", (("Tên", "name"),), [{"name": "[red]xã[/]"}])
    listing.facts("[t]", [("a", "[/b]")])
    text = capsys.readouterr().out
    assert "[red]xã[/]" in text
    assert "[/b]" in text


HOSTILE = "\x1b]0;a\x07\x1b[2J\x9b31m\u202egnp.exe"


def test_nothing_that_somebody_wrote_is_obeyed_by_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show(HOSTILE, (("Tên", "name"),), [{"name": HOSTILE}])
    listing.facts(HOSTILE, [("a", HOSTILE)])
    terminal.out.print(HOSTILE, markup=False)
    terminal.err.print(HOSTILE, markup=False)
    listing.dump([HOSTILE])
    said = capsys.readouterr()
    assert not set("\x1b\x07\x9b\u202e") & set(said.out + said.err)
    assert json.loads(said.out[said.out.rindex("[\n") :]) == [HOSTILE]


@pytest.mark.parametrize("text", ["2026-02-31", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_text_that_only_looks_like_a_day_is_said_as_it_is(text: str) -> None:
    assert listing.cell(text) == text


def test_values_are_said_as_people_write_them() -> None:
    said = ["–", "có", "01/02/2026", "01/02/2026 07:00", "VN, 20", "2026-H1", "2,5", "3,50"]
    values = [None, True, "2026-02-01", "2026-02-01T00:00:00Z", ["VN", "20"], "2026-H1", 2.5, Decimal("3.50")]
    assert [listing.cell(value) for value in values] == said


def test_a_file_that_cannot_be_used_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, terminal.errors_told():
        tmp_path.read_bytes()
    assert ended.value.exit_code == 2
    assert "Không dùng được tệp hoặc thư mục" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--reason", " "], ["--reason", "x" * 2_001], ["--reason", "x", "--number", "1\n2"]]
)
def test_texts_of_commands_have_the_bounds_of_the_routes(options: list[str]) -> None:
    app = typer.Typer()

    @app.command()
    def act(reason: terminal.Reason, number: terminal.Number = None) -> None:
        raise AssertionError((reason, number))

    assert CliRunner().invoke(app, options).exit_code == 2


def test_every_claim_has_its_word() -> None:
    assert set(listing.EVENTS) == events.CLAIMS
