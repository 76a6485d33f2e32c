"""What a process gives back of what it has freed, as the operating system sees it."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has this setting")

HELD = """
import sys
from lienthong import allocator

if "given" in sys.argv:
    assert allocator.give_back()
pages = lambda: int(open("/proc/self/statm").read().split()[1])
largest = b"x" * 30_000_000
del largest
before = pages()
answers = [b"x" * 1_000_000 for _ in range(20)]
del answers
print((pages() - before) * 4096)
"""


FREED = """
import sys, time
from lienthong import allocator

pages = lambda: int(open("/proc/self/statm").read().split()[1])
before = pages()
pieces = [b"x" * (2_000 + number % 7) for number in range(20_000)]
kept = pieces[::500]  # some of each answer stays
del pieces
if "given" in sys.argv:
    with allocator.trimming(0.01):
        end = time.monotonic() + 10
        while pages() - before > 1_000 and time.monotonic() < end:
            time.sleep(0.01)
print((pages() - before) * 4096)
"""


def held(*words: str, program: str = HELD) -> int:
    """Bytes that such a process keeps after answers of which nothing is in use any more."""
    done = subprocess.run([sys.executable, "-c", program, *words], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_large_answers_are_given_back() -> None:
    assert held() > 15_000_000, "else there is nothing to set"
    assert held("given") < 1_000_000


def test_what_lies_free_between_pieces_in_use_is_given_back_while_a_process_goes_on() -> None:
    assert held(program=FREED) > 30_000_000, "else there is nothing to give back"
    assert held("given", program=FREED) < 10_000_000
