"""A process that is asked to end hears it at whatever moment the signal comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from lienthong.stopping import until_asked

# Nearly always inside the event's `wait`, where its lock is held: the moment at which a handler that sets the event by
# itself waits for ever.
_ALWAYS_WAITING = """
from lienthong.stopping import until_asked
with until_asked() as stop:
    print("waiting", flush=True)
    while not stop.wait(0):
        pass
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_heard_at_whatever_moment_it_comes(number: signal.Signals) -> None:
    for _ in range(8):
        with subprocess.Popen([sys.executable, "-c", _ALWAYS_WAITING], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "waiting\n"
            process.send_signal(number)
            try:
                assert process.communicate(timeout=60) == ("ended\n", None)
            finally:
                process.kill()


def test_not_asked_the_signals_do_afterwards_what_they_did_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with until_asked() as stop:
        assert not stop.is_set()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_asked_once_it_stays_deaf_while_it_ends() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with until_asked() as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.wait(60)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_another_thread_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def work() -> None:
        with until_asked() as stop:
            seen.extend([stop.is_set(), signal.getsignal(signal.SIGTERM)])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False, before]
