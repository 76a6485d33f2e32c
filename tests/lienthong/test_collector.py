"""The collector rests while much is made at once, and only then."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import orjson
import pytest

from lienthong.collector import Deferring
from lienthong.contracts import strict
from lienthong.web import tables

LARGE = orjson.dumps({"features": [[1, 2]] * 100_000})


@pytest.fixture
def collected() -> Iterator[list[str]]:
    """What was collected meanwhile, with the collector as eager as Python has it."""
    seen: list[str] = []

    def see(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            seen.append(phase)

    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    gc.callbacks.append(see)
    yield seen
    gc.callbacks.remove(see)
    gc.set_threshold(*before)


@pytest.mark.parametrize("read", [strict.read, tables._load_large])
def test_nothing_is_collected_while_a_large_body_is_decoded(
    collected: list[str], read: Callable[[bytes], object]
) -> None:
    gc.collect()
    collected.clear()
    kept = read(LARGE)
    within = len(collected)
    assert within <= 2, "one when it is over, for the many that were made"
    assert gc.isenabled()
    del kept


def test_the_collector_goes_on_when_the_last_of_several_threads_is_through() -> None:
    deferring, entered, leave = Deferring(), threading.Barrier(2), threading.Event()

    def other() -> None:
        with deferring:
            entered.wait(timeout=60)
            leave.wait(timeout=60)

    thread = threading.Thread(target=other)
    thread.start()
    with deferring:
        entered.wait(timeout=60)
    assert not gc.isenabled()
    leave.set()
    thread.join(timeout=60)
    assert gc.isenabled()


def test_a_failure_within_lets_it_go_on_and_who_switched_it_off_keeps_it_so() -> None:
    deferring = Deferring()
    with pytest.raises(ValueError, match="x"), deferring:
        raise ValueError("x")
    assert gc.isenabled()
    gc.disable()
    try:
        with deferring:
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
