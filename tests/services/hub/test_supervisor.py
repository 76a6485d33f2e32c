"""Whoever runs `up` is told why a part can't start, though it says so to a file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from services.hub import nursery
from services.hub.supervisor import AWAY, CANNOT_START, ChildProcess, Supervisor, pause_after
from tests.builders.command_line import lienthong


def test_a_part_that_cannot_start_is_told_once_in_its_own_words(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    part = ChildProcess(name="http-1", words=["http", "--services", "nothing"], output=tmp_path / "http-1.log")
    stop, done = threading.Event(), threading.Event()

    def refused(name: str, said: str) -> None:
        told.append((name, said))

    def keep() -> None:
        if part.failures >= 2:
            done.set()

    watched = Supervisor(
        parts=[part],
        environment=os.environ,
        changed=lambda name, what: None,
        keep=keep,
        refused=refused,
        stop=stop,
    )
    nursery.prepare()  # by this thread, as `up` does it: it would end with the one that watches
    thread = threading.Thread(target=watched.watch)
    thread.start()
    assert done.wait(30)
    stop.set()
    thread.join()
    [(name, words)] = told
    assert name == "http-1"
    assert words.startswith("✗ Không có dịch vụ “nothing”.\n  There are no services 'nothing'.")


def test_what_no_restart_mends_is_tried_less_and_less_often_up_to_a_minute() -> None:
    many = (1, 2, 3, 4, 5, 6, 7, 50)
    assert [pause_after(failures, CANNOT_START) for failures in many] == [0, 2, 4, 8, 16, 32, 60, 60]
    for code in (AWAY, 1, -9):
        assert [pause_after(failures, code) for failures in (1, 2, 3, 4, 50)] == [0, 2, 4, 4, 4]


@pytest.mark.parametrize("words", [("http",), ("aggregate",)])
def test_a_process_tells_a_wrong_setting_from_a_database_that_is_away(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "hub").mkdir()
    given = {"LIENTHONG_DATA_DIR": str(tmp_path / "hub")}

    def code(**more: str) -> int:
        return lienthong(*words, DATABASE_URL="postgresql://x@127.0.0.1:1/x", **given, **more).returncode

    assert code() == AWAY
    assert code(LIENTHONG_LOG_LEVEL="loud") == CANNOT_START
