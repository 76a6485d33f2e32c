"""A worker that tries again for an hour says so in a few lines."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lienthong.errors import Transient
from lienthong.outage import AGAIN_AFTER, Outage, keep_working
from tests.conftest import ROOT


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lines(clock: Clock, act: Callable[[Outage], None]) -> list[tuple[str, str | None, int]]:
    with capture_logs() as logs:
        act(Outage("worker_waits", "worker_goes_on", clock=clock, consumer="aggregate"))
    assert all(line["consumer"] == "aggregate" for line in logs)
    return [(line["event"], line.get("code"), line["failures"]) for line in logs]


def test_a_class_of_failure_is_said_once_and_the_end_of_the_outage_once(clock: Clock) -> None:
    def act(outage: Outage) -> None:
        for _ in range(50):
            outage.failed("database_away", "no route")
        outage.failed("database_read_only", "a standby")
        for _ in range(50):
            outage.failed("database_away", "no route")
        outage.worked()
        outage.worked()

    assert lines(clock, act) == [
        ("worker_waits", "database_away", 1),
        ("worker_waits", "database_read_only", 51),
        ("worker_goes_on", None, 101),
    ]


def test_a_second_outage_is_said_anew(clock: Clock) -> None:
    def act(outage: Outage) -> None:
        for _ in range(2):
            outage.failed("kafka_away", "no broker")
            outage.worked()

    assert lines(clock, act) == [
        ("worker_waits", "kafka_away", 1),
        ("worker_goes_on", None, 1),
        ("worker_waits", "kafka_away", 1),
        ("worker_goes_on", None, 1),
    ]


def test_an_outage_that_lasts_is_said_again_now_and_then(clock: Clock) -> None:
    def act(outage: Outage) -> None:
        for _ in range(100):
            outage.failed("database_away", "no route")
            clock.now += AGAIN_AFTER / 40

    assert [failures for _, _, failures in lines(clock, act)] == [1, 41, 81]


def test_who_never_failed_says_nothing(clock: Clock) -> None:
    assert lines(clock, Outage.worked) == []


def test_a_worker_goes_on_at_once_while_there_is_something_to_do_and_rests_after_a_failure(clock: Clock) -> None:
    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            done.append(f"rests {timeout}")
            return True

    stop, done = Stop(), list[str]()
    turns = iter((True, True, Transient("no route", code="database_away"), False, True))

    def step() -> bool:
        turn = next(turns, None)
        if turn is None:
            stop.set()
            return True
        if isinstance(turn, Transient):
            raise turn
        done.append("works" if turn else "idles")
        return turn

    def act(outage: Outage) -> None:
        keep_working(step, stop, outage, idle=2.0)

    assert lines(clock, act) == [("worker_waits", "database_away", 1), ("worker_goes_on", None, 1)]
    assert done == ["works", "works", "rests 2.0", "idles", "rests 2.0", "works"]


def loops_that_say_each_try(path: Path) -> Iterator[int]:
    """Lines where a loop that goes on after a Transient writes a log line of its own."""
    for loop in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(loop, ast.While):
            continue
        for handler in ast.walk(loop):
            if isinstance(handler, ast.ExceptHandler) and "Transient" in ast.unparse(handler.type or handler):
                yield from (call.lineno for call in ast.walk(handler) if _logs(call))


def _logs(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log.")


def test_no_worker_says_every_try_of_an_outage() -> None:
    """Two did: 3,600 lines an hour. (retention.py tries once an hour.)"""
    paths = [path for folder in ("lienthong", "services") for path in (ROOT / folder).rglob("*.py")]
    saying = {str(path.relative_to(ROOT)): lines for path in paths if (lines := list(loops_that_say_each_try(path)))}
    assert set(saying) <= {"lienthong/retention.py"}, saying
