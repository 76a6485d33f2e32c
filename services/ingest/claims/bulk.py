"""Many events of one request, in chunks: one is committed while the next is read, and others have their turn.

Used by one Intake; its room is shared by all streams of the process, so that their number costs no memory.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sequence

from starlette.requests import Request

from lienthong.errors import Rejected
from lienthong.web import bodies
from services.ingest.claims import body
from services.ingest.claims.answers import Counter, Submitter
from services.ingest.claims.claim import Claim
from services.ingest.claims.committer import MAX_CLAIMS
from services.ingest.claims.results import ClaimOrProblems, Judged
from services.ingest.claims.work import Outcome

CHUNK, CHUNK_BYTES = MAX_CLAIMS, 2 * 1024 * 1024  # lines of one chunk, or fewer when they are long; some 50 kB each
AT_ONCE = 64 * 1024  # bytes read within the event loop: a report has 3,000; larger ones in a thread, beside it
TURN = 0.005  # seconds of reading or telling before the other requests of this process have a turn
AHEAD = 1  # chunks of one stream that are being committed while its next is read
ROOM = 2  # chunks of all streams in memory as claims: one is committed, one is read

Chunk = list[body.Line]


class TimeSlice:
    """Of one request among those of its process: after TURN seconds of work the others go first.

    Between two pieces of work:  if turn.is_over(): await turn.give_way()
    """

    def __init__(self) -> None:
        self._until = time.monotonic() + TURN

    def is_over(self) -> bool:
        return time.monotonic() > self._until

    async def give_way(self) -> None:
        await asyncio.sleep(0)
        self._until = time.monotonic() + TURN


class Bulk:
    """Judges lines. read: a claim from a line. largest: bytes of a line."""

    def __init__(self, counter: Counter, read: Callable[[bytes], Claim], largest: int) -> None:
        self._counter, self._read, self._largest = counter, read, largest
        self._room = asyncio.Semaphore(ROOM)

    async def judge(
        self, lines: AsyncIterable[Sequence[body.Line]], sender: Submitter, read_at: float | None = None
    ) -> AsyncIterator[Judged]:
        """Every line, chunk by chunk. Lines wait as bytes until there is room to read them: a slow sender holds no
        room. read_at: when all of them had been read; else each chunk has its own time."""
        ahead: deque[tuple[list[int], list[ClaimOrProblems], asyncio.Task[list[Outcome]]]] = deque()
        async for chunk in _chunks(lines):
            await self._room.acquire()
            try:
                reads = await self._read_chunk(chunk)
            except BaseException:
                self._room.release()
                raise
            numbers = [number for number, _ in chunk]
            chunk.clear()  # claims have what is needed of the lines
            at = time.monotonic() if read_at is None else read_at
            task = asyncio.create_task(self._counter.outcomes(sender, reads, at))
            task.add_done_callback(lambda _: self._room.release())
            ahead.append((numbers, reads, task))
            if len(ahead) > AHEAD:
                yield await _judged_chunk(*ahead.popleft())
        for waiting in ahead:
            yield await _judged_chunk(*waiting)

    async def _read_chunk(self, chunk: Chunk) -> list[ClaimOrProblems]:
        reads: list[ClaimOrProblems] = []
        turn = TimeSlice()
        for _, line in chunk:
            if line is not None and len(line) > AT_ONCE:
                reads.append(await asyncio.to_thread(self._read_line, line))
            else:
                reads.append(self._read_line(line))
            if turn.is_over():
                await turn.give_way()
        return reads

    def _read_line(self, line: bytes | None) -> ClaimOrProblems:
        if line is None or len(line) > self._largest:
            return bodies.too_large(self._largest).problems
        try:
            return self._read(line)
        except Rejected as refusal:
            return refusal.problems


async def lines_of(request: Request, largest: int) -> AsyncIterator[Sequence[body.Line]]:
    """The lines of a body as they come."""
    lines = body.Lines(largest)
    async for piece in body.chunks(request):
        yield lines.feed(piece)
    yield lines.end()


async def lines_of_texts(texts: Iterable[bytes]) -> AsyncIterator[Sequence[body.Line]]:
    """Texts that are there already, as lines."""
    yield list(enumerate(texts, start=1))


async def _chunks(lines: AsyncIterable[Sequence[body.Line]]) -> AsyncIterator[Chunk]:
    chunk: Chunk = []
    size = 0
    async for several in lines:
        for line in several:
            chunk.append(line)
            size += len(line[1] or b"")
            if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
    if chunk:
        yield chunk


async def _judged_chunk(numbers: list[int], reads: list[ClaimOrProblems], task: asyncio.Task[list[Outcome]]) -> Judged:
    return Judged(numbers=numbers, reads=reads, outcomes=await task)
