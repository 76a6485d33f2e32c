"""The hot path: `POST /v1/events` in every shape, from bytes to receipts.

Shapes: one event (structured or binary mode), a batch (JSON array), bulk NDJSON. A request's body is read whole
or line by line within bounds, made into claims, and handed to the committer; its answer is awaited.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lienthong import refusals
from lienthong.access.tokens import Principal, Verifier
from lienthong.errors import HubError, Problem, Rejected
from lienthong.refusals import problem
from lienthong.web import problems
from lienthong.web.problems import language
from services.ingest.claims import body
from services.ingest.claims import claim as submission
from services.ingest.claims.claim import Claim
from services.ingest.claims.committer import Committer, Outcome, Work

PATH = "/v1/events"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")

BULK_CHUNK, BULK_BYTES = 125, 2 * 1024 * 1024  # lines of one chunk, or fewer when they are long; some 50 kB each
BULK_TURN = 20  # lines read, some 50 µs each, before the other requests of this process have a turn
BULK_AHEAD = 1  # chunks of one stream that are being committed while its next is parsed
BULK_ROOM = 2  # chunks of all streams in memory as claims: one is committed, one is parsed
SPOOL = 1024 * 1024  # bytes of results kept in memory before they go to a file

_BODY_UNREAD = (408, 413, 415)  # answered while the sender may still be sending
_OF_CLAIMS = (403, 409)  # said of a claim as a whole; what it names and the hub does not know is 422, not 404

Chunk = list[body.Line]

Read = Claim | tuple[Problem, ...]
"""A claim, or why there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bytes of one report, bytes and events of a batch."""

    body: int
    batch: int
    events: int


class Answers:
    """Brings outcomes from the committer's thread to the requests: one wake-up of the event loop for all that were
    committed together, where a Future each would cost a wake-up each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: list[Answer] = []

    def waiting(self) -> Answer:
        """For a request of the running loop; await its `seen`."""
        loop = asyncio.get_running_loop()
        return Answer(self, loop, loop.create_future())

    def arrived(self, answer: Answer) -> None:
        """Called in any thread."""
        with self._lock:
            self._ready.append(answer)
            first = len(self._ready) == 1
        if first:
            answer.loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        with self._lock:
            ready, self._ready = self._ready, []
        for answer in ready:
            answer.tell()


class Answer:
    """Where the committer puts a request's outcomes (as it would into a Future); the loop sees them by `seen`."""

    __slots__ = ("_answers", "_error", "_outcomes", "loop", "seen")

    def __init__(self, answers: Answers, loop: asyncio.AbstractEventLoop, seen: asyncio.Future[list[Outcome]]) -> None:
        self._answers, self.loop, self.seen = answers, loop, seen
        self._outcomes: list[Outcome] = []
        self._error: BaseException | None = None

    def set_running_or_notify_cancel(self) -> bool:
        """What was submitted is not taken back when its sender goes away."""
        return True

    def set_result(self, result: list[Outcome]) -> None:
        self._outcomes = result
        self._answers.arrived(self)

    def set_exception(self, exception: BaseException | None) -> None:
        self._error = exception
        self._answers.arrived(self)

    def tell(self) -> None:
        """Called in the loop."""
        if self.seen.done():  # the request was given up
            return
        if self._error is not None:
            self.seen.set_exception(self._error)
        else:
            self.seen.set_result(self._outcomes)


class Intake:
    """Answers `POST /v1/events`. counted: told (verdict, number) for the metrics."""

    def __init__(self, committer: Committer, limits: Limits, counted: Callable[[str, int], None]) -> None:
        self._committer, self._limits, self._counted = committer, limits, counted
        self._answers = Answers()
        self._room = asyncio.Semaphore(BULK_ROOM)

    async def answer(self, request: Request, principal: Principal) -> Response:
        """The response to a submission in any shape."""
        try:
            return await self._answer(request, principal)
        except Rejected as refusal:
            if problems.status_of(refusal) not in _BODY_UNREAD:
                raise
            return body.Parting(problems.response(refusal, request))

    async def _answer(self, request: Request, principal: Principal) -> Response:
        dry_run = bool(request.scope["query_string"]) and _is_dry(request.query_params.get("dryRun", ""))
        lang = language(request.headers.get("accept-language"))
        media = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media in NDJSON:
            return await self._bulk(request, principal, lang, dry_run)
        if media == BATCH:
            return await self._batch(request, principal, lang, dry_run)
        if media == STRUCTURED:
            return await self._one(request, principal, lang, dry_run, binary=False)
        if submission.is_binary(request.headers) and media in ("application/json", ""):
            return await self._one(request, principal, lang, dry_run, binary=True)
        raise Rejected(
            [
                problem(
                    "",
                    "content_type_not_supported",
                    content_type=media,
                    structured=STRUCTURED,
                    batch=BATCH,
                    ndjson=NDJSON[0],
                )
            ],
            status=415,
        )

    async def _one(self, request: Request, principal: Principal, lang: str, dry_run: bool, *, binary: bool) -> Response:
        raw = await body.whole(request, self._limits.body)
        read_at = time.monotonic()
        claim = submission.binary(request.headers, raw) if binary else submission.structured(raw)
        [outcome] = await self._commit(principal, (claim,), read_at, dry_run)
        self._counted(outcome.verdict, 1)
        if outcome.verdict == "refused":
            raise Rejected(outcome.problems, status=status_of(outcome.problems))
        shown = {"status": outcome.verdict, **(outcome.receipt or {})}
        return Response(
            orjson.dumps(shown),
            status_code=201 if outcome.verdict == "accepted" else 200,
            media_type="application/json",
            headers={"Content-Language": lang},
        )

    async def _batch(self, request: Request, principal: Principal, lang: str, dry_run: bool) -> Response:
        raw = await body.whole(request, self._limits.batch)
        read_at = time.monotonic()
        documents = submission.batch(raw)
        if len(documents) > self._limits.events:
            raise Rejected(
                [
                    problem(
                        "",
                        "too_many_events",
                        limit=self._limits.events,
                    )
                ],
                status=413,
            )
        reads = [_read_document(document) for document in documents]
        outcomes = await self._outcomes(principal, reads, read_at, dry_run)
        results = [
            shown(index, outcome, lang, read) for index, (outcome, read) in enumerate(zip(outcomes, reads, strict=True))
        ]
        return Response(
            orjson.dumps({"summary": summary(outcomes), "results": results}, default=str),
            media_type="application/json",
            headers={"Content-Language": lang},
        )

    async def _bulk(self, request: Request, principal: Principal, lang: str, dry_run: bool) -> Response:
        """Reads the whole stream first, results going to a spool: a sender that reads only at the end, or never,
        holds nothing up, and memory stays bounded at any length."""
        spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 (closed by the response)
        totals = summary(())
        try:
            async for numbers, outcomes, reads in self._chunks(request, principal, dry_run):
                for verdict, count in summary(outcomes).items():
                    totals[verdict] = totals.get(verdict, 0) + count
                spool.write(
                    b"".join(
                        orjson.dumps(shown(number, outcome, lang, read), default=str) + b"\n"
                        for number, outcome, read in zip(numbers, outcomes, reads, strict=True)
                    )
                )
        except BaseException:
            spool.close()
            raise
        spool.write(orjson.dumps({"summary": totals}) + b"\n")
        spool.seek(0)
        return StreamingResponse(_pieces(spool), media_type=NDJSON[0], headers={"Content-Language": lang})

    async def _chunks(
        self, request: Request, principal: Principal, dry_run: bool
    ) -> AsyncIterator[tuple[list[int], list[Outcome], list[Read]]]:
        """Chunks of lines in order: their numbers, what became of them, what was read in them. One is committed while
        the next is parsed. Lines wait as bytes until there is room to parse them: a slow sender holds no room."""
        ahead: deque[tuple[list[int], list[Read], asyncio.Task[list[Outcome]]]] = deque()
        async for chunk in self._gathered(request):
            await self._room.acquire()
            try:
                reads = await self._parsed(chunk)
            except BaseException:
                self._room.release()
                raise
            numbers = [number for number, _ in chunk]
            chunk.clear()  # claims have what is needed of the lines
            task = asyncio.create_task(self._outcomes(principal, reads, time.monotonic(), dry_run))
            task.add_done_callback(lambda _: self._room.release())
            ahead.append((numbers, reads, task))
            if len(ahead) > BULK_AHEAD:
                first, done, committing = ahead.popleft()
                yield first, await committing, done
        for first, done, committing in ahead:
            yield first, await committing, done

    async def _gathered(self, request: Request) -> AsyncIterator[Chunk]:
        chunk: Chunk = []
        size = 0
        async for lines in self._lines(request):
            for line in lines:
                chunk.append(line)
                size += len(line[1] or b"")
                if len(chunk) >= BULK_CHUNK or size >= BULK_BYTES:
                    yield chunk
                    chunk, size = [], 0
        if chunk:
            yield chunk

    async def _parsed(self, chunk: Chunk) -> list[Read]:
        reads = []
        for place, (_, line) in enumerate(chunk, start=1):
            reads.append(self._read_line(line))
            if place % BULK_TURN == 0:
                await asyncio.sleep(0)
        return reads

    async def _lines(self, request: Request) -> AsyncIterator[list[body.Line]]:
        lines = body.Lines(self._limits.body)
        async for piece in body.chunks(request):
            yield lines.feed(piece)
        yield lines.end()

    def _read_line(self, line: bytes | None) -> Read:
        if line is None:
            return body.too_large(self._limits.body).problems
        try:
            return submission.structured(line)
        except Rejected as refusal:
            return refusal.problems

    async def _outcomes(
        self, principal: Principal, reads: Sequence[Read], read_at: float, dry_run: bool
    ) -> list[Outcome]:
        """One outcome for each: of the ledger for claims, refused for what could not be read."""
        claims = tuple(read for read in reads if isinstance(read, Claim))
        decided = iter(await self._commit(principal, claims, read_at, dry_run) if claims else ())
        outcomes = [
            next(decided) if isinstance(read, Claim) else Outcome(verdict="refused", problems=read) for read in reads
        ]
        for verdict, count in summary(outcomes).items():
            self._counted(verdict, count)
        return outcomes

    async def _commit(
        self, principal: Principal, claims: tuple[Claim, ...], read_at: float, dry_run: bool
    ) -> list[Outcome]:
        answer = self._answers.waiting()
        self._committer.submit(Work(principal=principal, claims=claims, read_at=read_at, done=answer, dry_run=dry_run))
        return await answer.seen


class HotPath:
    """ASGI app that answers submissions without the framework, whose routing would cost more than accepting."""

    def __init__(self, intake: Intake, verifier: Verifier) -> None:
        self._intake, self._verifier = intake, verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            principal = self._verifier.bearer(request.headers.get("authorization"))
            answer = await self._intake.answer(request, principal)
        except HubError as error:
            answer = problems.response(error, request)
        except ClientDisconnect:
            return  # nobody is there to be answered; what was committed stays
        except Exception:
            await problems.response(problems.internal_error(), request)(scope, receive, send)
            raise  # for the server's log
        await answer(scope, receive, send)


def status_of(found: Sequence[Problem]) -> int:
    """The HTTP status of a refusal: 403 or 409 when every reason is of that kind, else 422."""
    status = refusals.status_of(found)
    return status if status in _OF_CLAIMS else refusals.DEFAULT_STATUS


def summary(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many of each verdict."""
    counts = {"accepted": 0, "repeated": 0, "refused": 0}
    for outcome in outcomes:
        counts[outcome.verdict] = counts.get(outcome.verdict, 0) + 1
    return counts


def shown(number: int, outcome: Outcome, lang: str, read: Read) -> dict[str, Any]:
    """One line of a batch's or bulk's results."""
    line: dict[str, Any] = {"line": number, "status": outcome.verdict}
    if isinstance(read, Claim):
        line |= {"id": read.id, "source": read.source}
    if outcome.receipt:
        line["receipt"] = outcome.receipt
    if outcome.problems:
        line["errors"] = [problems.entry(p, lang) for p in outcome.problems]
    return line


def _is_dry(given: str) -> bool:
    return given.lower() in ("true", "1")


def _read_document(document: Any) -> Read:
    try:
        return submission.from_document(document)
    except Rejected as refusal:
        return refusal.problems


async def _pieces(spool: IO[bytes]) -> AsyncIterator[bytes]:
    with spool:
        while piece := await asyncio.to_thread(spool.read, 65_536):
            yield piece
