"""A body cut into lines: whichever pieces it comes in, with the numbers that its sender counts by."""

from __future__ import annotations

import random
import time

import pytest

from services.ingest.claims.body import Line, Lines


def _cut(body: bytes, sizes: list[int], limit: int = 6) -> list[Line]:
    lines, told, at = Lines(limit), list[Line](), 0
    for size in sizes:
        told += lines.feed(body[at : at + size])
        at += size
    return [*told, *lines.feed(body[at:]), *lines.end()]


@pytest.mark.parametrize("seed", range(200))
def test_pieces_and_blank_lines_change_no_number(seed: int) -> None:
    chance = random.Random(seed)
    body = b"".join(chance.choices([b"\n", b" ", b"\r\n", b"\t", b"a", b"{}", b"0123456789"], k=60))
    expected = [
        (number, line if len(line) <= 6 else None)
        for number, line in enumerate(body.split(b"\n"), start=1)
        if len(line) > 6 or line.strip()
    ]
    assert _cut(body, [chance.randint(0, 9) for _ in range(20)]) == expected


@pytest.mark.parametrize("blank", [b"\n", b" \r\n", b"\n\n\t\n"])
def test_blank_lines_cost_nothing(blank: bytes) -> None:
    lines, piece = Lines(1024), blank * (4 * 1024 * 1024 // len(blank))
    began = time.thread_time()
    assert lines.feed(piece) == []
    assert time.thread_time() - began < 0.15
    assert lines.feed(b"{}\n") == [(piece.count(b"\n") + 1, b"{}")]
