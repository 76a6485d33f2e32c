"""Lists fit the terminal; what must not be broken is not."""

from __future__ import annotations

import pytest

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
    told = capsys.readouterr().out
    assert "01/01/2027 00:30" in told, "Vietnam's time"
    if width >= 60:
        assert all(str(row["round"]) in told for row in ROWS)
        assert max(map(len, told.splitlines())) <= width


def test_what_somebody_wrote_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    listing.show("t", (("Tên", "name"),), [{"name": "[red]xã[/]"}])
    listing.facts("[t]", [("a", "[/b]")])
    told = capsys.readouterr().out
    assert "[red]xã[/]" in told
    assert "[/b]" in told


def test_values_are_said_as_people_write_them() -> None:
    said = ["–", "có", "01/02/2026", "01/02/2026 07:00", "VN, 20", "2026-H1"]
    values = [None, True, "2026-02-01", "2026-02-01T00:00:00Z", ["VN", "20"], "2026-H1"]
    assert [listing.cell(value) for value in values] == said
