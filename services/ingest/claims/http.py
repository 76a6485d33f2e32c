"""The hot path: `POST /v1/events` in every shape, from bytes to receipts.

Shapes: one event (structured or binary mode), a batch (JSON array), bulk NDJSON. A request's body is read whole
or line by line within bounds, made into claims, and handed to the committer; its answer is awaited.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import IO

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lienthong.access.principals import Principal
from lienthong.access.tokens import Verifier
from lienthong.errors import HubError, Rejected
from lienthong.web import bodies, handling, problems
from lienthong.web.parameters import flags
from lienthong.web.problems import language
from services.ingest.claims import body
from services.ingest.claims import claim as submission
from services.ingest.claims.answers import Counter, Submitter
from services.ingest.claims.attributes import TakenTypes
from services.ingest.claims.batch import events_of
from services.ingest.claims.bulk import AT_ONCE, Bulk, TimeSlice, lines_of, lines_of_texts
from services.ingest.claims.claim import Claim
from services.ingest.claims.modes import NDJSON, Mode, attributes_of, mode_of
from services.ingest.claims.results import Judged, Results, status_of

PATH = "/v1/events"
SPOOL = 1024 * 1024  # bytes of results kept in memory before they go to a file


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bytes of one report, bytes and events of a batch."""

    body: int
    batch: int
    events: int


class Intake:
    """Answers `POST /v1/events`. taken: the event types."""

    def __init__(self, counter: Counter, limits: Limits, taken: TakenTypes) -> None:
        self._counter, self._limits, self._taken = counter, limits, taken
        self._bulk = Bulk(counter, lambda line: submission.from_structured(line, taken), limits.body)

    async def answer(self, request: Request, principal: Principal) -> Response:
        """The response to a submission in any shape."""
        try:
            sender, mode = _submitter_and_mode(request, principal)
        except Rejected as refusal:
            return bodies.Parting(handling.response(refusal, request))
        try:
            return await self._answer(request, sender, mode)
        except Rejected as refusal:
            if problems.status_of(refusal) not in bodies.UNREAD:
                raise
            return bodies.Parting(handling.response(refusal, request))

    async def _answer(self, request: Request, sender: Submitter, mode: Mode) -> Response:
        if mode is Mode.LINES:
            return await self._stream(request, sender)
        if mode is Mode.BATCH:
            return await self._batch(request, sender)
        return await self._answer_one(request, sender, binary=mode is Mode.BINARY)

    async def _answer_one(self, request: Request, sender: Submitter, *, binary: bool) -> Response:
        raw = await body.whole_body(request, self._limits.body)
        read_at = time.monotonic()
        given = attributes_of(request.scope["headers"]) if binary else None
        if len(raw) <= AT_ONCE:
            claim = self._claim(raw, given)
        else:
            claim = await asyncio.to_thread(self._claim, raw, given)
        outcome = await self._counter.outcome(sender, claim, read_at)
        if outcome.verdict == "refused":
            raise Rejected(outcome.problems, status=status_of(outcome.problems))
        return Response(
            orjson.dumps({"status": outcome.verdict, **(outcome.receipt or {})}),
            status_code=201 if outcome.verdict == "accepted" else 200,
            media_type="application/json",
            headers={"Content-Language": sender.lang},
        )

    def _claim(self, raw: bytes, given: Mapping[str, str] | None) -> Claim:
        """given: the attributes of binary mode."""
        if given is None:
            return submission.from_structured(raw, self._taken)
        return submission.from_binary(given, raw, self._taken)

    async def _batch(self, request: Request, sender: Submitter) -> Response:
        raw = await body.whole_body(request, self._limits.batch)
        read_at = time.monotonic()
        events = await asyncio.to_thread(events_of, raw, self._limits.events)
        del raw  # the events are copies
        results, lines = Results(sender.lang), list[bytes]()
        async for judged in self._bulk.judge(lines_of_texts(events), sender, read_at):
            lines += await _result_lines(results, judged)
        answer = b'{"summary":' + orjson.dumps(results.totals) + b',"results":[' + b",".join(lines) + b"]}"
        return Response(answer, media_type="application/json", headers={"Content-Language": sender.lang})

    async def _stream(self, request: Request, sender: Submitter) -> Response:
        """Reads the whole stream first, results going to a spool: a sender that reads only at the end, or never,
        holds nothing up, and memory stays bounded at any length."""
        spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 (closed by the response)
        results = Results(sender.lang)
        try:
            async for judged in self._bulk.judge(lines_of(request, self._limits.body), sender):
                for line in await _result_lines(results, judged):
                    spool.write(line + b"\n")
        except BaseException:
            spool.close()
            raise
        spool.write(orjson.dumps({"summary": results.totals}) + b"\n")
        spool.seek(0)
        return StreamingResponse(_pieces(spool), media_type=NDJSON[0], headers={"Content-Language": sender.lang})


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
            answer = handling.response(error, request)
        except ClientDisconnect:
            return  # nobody is there to be answered; what was committed stays
        except Exception:
            await handling.response(handling.internal_error(), request)(scope, receive, send)
            raise  # for the server's log
        await answer(scope, receive, send)


def _submitter_and_mode(request: Request, principal: Principal) -> tuple[Submitter, Mode]:
    """Who sends, and in which mode. Raises Rejected for a parameter that is not known or not true or false: a try-out
    must never turn real."""
    dry_run = flags(request.scope["query_string"], "dryRun")["dryRun"]
    sender = Submitter(principal=principal, lang=language(request.headers.get("accept-language")), dry_run=dry_run)
    return sender, mode_of(request.scope["headers"])


async def _result_lines(results: Results, judged: Judged) -> list[bytes]:
    """The results of a chunk, while others have their turn."""
    turn, lines = TimeSlice(), list[bytes]()
    for line in results.lines(judged):
        lines.append(line)
        if turn.is_over():
            await turn.give_way()
    return lines


async def _pieces(spool: IO[bytes]) -> AsyncIterator[bytes]:
    with spool:
        while piece := await asyncio.to_thread(spool.read, 65_536):
            yield piece
