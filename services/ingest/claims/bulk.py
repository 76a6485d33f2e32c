"""Many events of one request, in chunks: one is committed while the next is read, and others have their turn.

Used by one Intake; its room is shared by all streams of the process, so that their number costs no memory.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.requests import Request

from lienthong.errors import Rejected
from services.ingest.claims import body
from services.ingest.claims.answers import Counter, Sender
from services.ingest.claims.claim import Claim
from services.ingest.claims.results import Read
from services.ingest.claims.work import Outcome

CHUNK, CHUNK_BYTES = 125, 2 * 1024 * 1024  # lines of one chunk, or fewer when they are long; some 50 kB each
TURN = 20  # lines read, some 50 µs each, before the other requests of this process have a turn
AHEAD = 1  # chunks of one stream that are being committed while its next is read
ROOM = 2  # chunks of all streams in memory as claims: one is committed, one is read

Chunk = list[body.Line]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A chunk in order: the lines' numbers, what was read in them, what became of them."""

    numbers: list[int]
    reads: list[Read]
    outcomes: list[Outcome]


class Bulk:
    """Judges streams of lines. read: a claim from a line. largest: bytes of a line."""

    def __init__(self, counter: Counter, read: Callable[[bytes], Claim], largest: int) -> None:
        self._counter, self._read, self._largest = counter, read, largest
        self._room = asyncio.Semaphore(ROOM)

    async def judged(self, request: Request, sender: Sender) -> AsyncIterator[Judged]:
        """Every line of a body, chunk by chunk. Lines wait as bytes until there is room to read them: a slow sender
        holds no room."""
        ahead: deque[tuple[list[int], list[Read], asyncio.Task[list[Outcome]]]] = deque()
        async for chunk in self._chunks(request):
            await self._room.acquire()
            try:
                reads = await self._reads(chunk)
            except BaseException:
                self._room.release()
                raise
            numbers = [number for number, _ in chunk]
            chunk.clear()  # claims have what is needed of the lines
            task = asyncio.create_task(self._counter.outcomes(sender, reads, time.monotonic()))
            task.add_done_callback(lambda _: self._room.release())
            ahead.append((numbers, reads, task))
            if len(ahead) > AHEAD:
                yield await _settled(*ahead.popleft())
        for waiting in ahead:
            yield await _settled(*waiting)

    async def _chunks(self, request: Request) -> AsyncIterator[Chunk]:
        chunk: Chunk = []
        size = 0
        async for lines in self._lines(request):
            for line in lines:
                chunk.append(line)
                size += len(line[1] or b"")
                if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
                    yield chunk
                    chunk, size = [], 0
        if chunk:
            yield chunk

    async def _lines(self, request: Request) -> AsyncIterator[list[body.Line]]:
        lines = body.Lines(self._largest)
        async for piece in body.chunks(request):
            yield lines.feed(piece)
        yield lines.end()

    async def _reads(self, chunk: Chunk) -> list[Read]:
        reads = []
        for place, (_, line) in enumerate(chunk, start=1):
            reads.append(self._read_line(line))
            if place % TURN == 0:
                await asyncio.sleep(0)
        return reads

    def _read_line(self, line: bytes | None) -> Read:
        if line is None:
            return body.too_large(self._largest).problems
        try:
            return self._read(line)
        except Rejected as refusal:
            return refusal.problems


async def _settled(numbers: list[int], reads: list[Read], task: asyncio.Task[list[Outcome]]) -> Judged:
    return Judged(numbers=numbers, reads=reads, outcomes=await task)
