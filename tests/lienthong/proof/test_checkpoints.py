"""A file of checkpoints: no line can be changed, taken out or added by who lacks the key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from lienthong.access.keys import SigningKey
from lienthong.errors import Misconfigured, Unprocessable
from lienthong.events import Event, Recorded
from lienthong.proof import checkpoints
from lienthong.proof.checkpoints import Checkpoint, Ends, Heads, Marked

KEY = SigningKey.generate()
AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


def ending(log: Ends) -> Heads:
    return Heads(log=log, audit={"20": (3, "ff")})


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.ndjson"
    for number in range(3):
        checkpoints.add(path, ending({"20": (number + 1, f"{number:064x}")}), KEY, AT + timedelta(days=number))
    return path


def test_a_file_tells_what_was_noted_oldest_first(notes: Path) -> None:
    assert [
        (checkpoint.at, checkpoint.heads.log["20"], checkpoint.kid)
        for checkpoint in checkpoints.read(notes, kids=[KEY.kid])
    ] == [(f"2026-12-0{number + 1}T09:30:00Z", (number + 1, f"{number:064x}"), KEY.kid) for number in range(3)]


def test_a_file_that_is_not_there_has_no_checkpoints(tmp_path: Path) -> None:
    assert checkpoints.read(tmp_path / "none") == []


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_is_named(notes: Path, line: int) -> None:
    lines = [orjson.loads(text) for text in notes.read_bytes().splitlines()]
    lines[line]["heads"]["20"]["position"] = 99
    notes.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    with pytest.raises(Unprocessable) as refused:
        checkpoints.read(notes)
    assert (refused.value.code, refused.value.problems[0].params["line"]) == ("checkpoint_file_wrong", line + 1)


@pytest.mark.parametrize("line", [0, 1])
def test_a_line_that_was_taken_out_is_missed(notes: Path, line: int) -> None:
    lines = notes.read_bytes().splitlines(keepends=True)
    notes.write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    with pytest.raises(Unprocessable):
        checkpoints.read(notes)


@pytest.mark.parametrize("text", [b"{}\n", b"[]\n", b"\xff\n", b"null\n", b'{"signature": 1}\n', b"\n"])
def test_what_is_no_checkpoint_is_refused(notes: Path, text: bytes) -> None:
    notes.write_bytes(notes.read_bytes() + text)
    with pytest.raises(Unprocessable):
        checkpoints.read(notes)


def test_only_keys_that_are_named_may_have_signed(notes: Path) -> None:
    other = SigningKey.generate()
    checkpoints.add(notes, ending({"20": (9, "00")}), other, AT)
    assert {checkpoint.kid for checkpoint in checkpoints.read(notes)} == {KEY.kid, other.kid}
    assert len(checkpoints.read(notes, kids=[KEY.kid, other.kid])) == 4
    with pytest.raises(Unprocessable):
        checkpoints.read(notes, kids=[KEY.kid])


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        checkpoints.add(tmp_path / "no" / "folder.ndjson", ending({}), KEY, AT)
    assert refused.value.code == "checkpoint_not_written"


EVENT = Event(
    type="vn.lienthong.report.accepted",
    source="/hub/20",
    id="20-1",
    subject="x",
    data="{}",
    time=AT,
    partition_key="20",
)
FACT = Recorded(event=EVENT, partition=1, position=1, recorded_at=AT, seal=b"\x01" * 32, link=b"\x02" * 32)


def codes(noted: Checkpoint, *seen: Recorded) -> list[tuple[str, str]]:
    witness = Marked("20", [noted])
    problems = [problem for recorded in seen for problem in witness.see(recorded, {})]
    return [(problem.pointer, problem.code) for problem in (*problems, *witness.end())]


def test_a_log_that_passes_through_a_checkpoint_is_held_by_it() -> None:
    noted = Checkpoint(
        at="2026-12-01T09:30:00Z", heads=ending({"20": (1, FACT.link.hex()), "33": (7, "00")}), kid=KEY.kid
    )
    assert codes(noted, FACT) == []
    assert codes(noted, replace(FACT, link=b"\x03" * 32)) == [("/20/1/link", "checkpoint_differs")]
    assert codes(noted) == [("/20/1", "checkpoint_not_reached")]
