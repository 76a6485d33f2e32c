"""Whoever runs `up` is told why a part can't start, though it says so to a file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from services.hub.supervisor import ChildProcess, Supervisor


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
    thread = threading.Thread(target=watched.watch)
    thread.start()
    assert done.wait(30)
    stop.set()
    thread.join()
    [(name, words)] = told
    assert name == "http-1"
    assert words.startswith("✗ Không có dịch vụ “nothing”.\n  There are no services 'nothing'.")
