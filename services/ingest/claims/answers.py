"""The way of outcomes from the committer's thread to the requests that wait for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lienthong.access.principals import Principal
from services.ingest.claims.claim import Claim
from services.ingest.claims.committer import Committer
from services.ingest.claims.results import ClaimOrProblems, summary
from services.ingest.claims.work import Outcome, Work


class Answers:
    """Brings outcomes from the committer's thread to the requests: one wake-up of the event loop for all that were
    committed together, where a Future each would cost a wake-up each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: list[Reply] = []

    def new_reply(self) -> Reply:
        """For a request of the running loop; await its `future`."""
        loop = asyncio.get_running_loop()
        return Reply(self, loop, loop.create_future())

    def hand_over(self, reply: Reply) -> None:
        """Called in any thread."""
        with self._lock:
            self._ready.append(reply)
            first = len(self._ready) == 1
        if first:
            reply.loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        with self._lock:
            ready, self._ready = self._ready, []
        for reply in ready:
            reply.tell()


class Reply:
    """Where the committer puts a request's outcomes (as it would into a Future); the loop sees them by `future`."""

    __slots__ = ("_answers", "_error", "_outcomes", "future", "loop")

    def __init__(
        self, answers: Answers, loop: asyncio.AbstractEventLoop, future: asyncio.Future[list[Outcome]]
    ) -> None:
        self._answers, self.loop, self.future = answers, loop, future
        self._outcomes: list[Outcome] = []
        self._error: BaseException | None = None

    def set_running_or_notify_cancel(self) -> bool:
        """What was submitted is not taken back when its sender goes away."""
        return True

    def set_result(self, result: list[Outcome]) -> None:
        self._outcomes = result
        self._answers.hand_over(self)

    def set_exception(self, exception: BaseException | None) -> None:
        self._error = exception
        self._answers.hand_over(self)

    def tell(self) -> None:
        """Called in the loop."""
        if self.future.done():  # the request was given up
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._outcomes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitter:
    """Who sends, which language is spoken to it, and whether it only tries."""

    principal: Principal
    lang: str
    dry_run: bool


class CountVerdicts(Protocol):
    """Keeps count of what the counter said."""

    def __call__(self, verdict: str, /, *, by: int) -> None: ...


class Counter:
    """The counter at which requests hand in their claims and wait. count: told of each verdict, by how many."""

    def __init__(self, committer: Committer, count: CountVerdicts) -> None:
        self._committer, self._count = committer, count
        self._answers = Answers()

    async def outcome(self, sender: Submitter, claim: Claim, read_at: float) -> Outcome:
        """What becomes of one claim."""
        [outcome] = await self._commit(sender, (claim,), read_at)
        self._count(outcome.verdict, by=1)
        return outcome

    async def outcomes(self, sender: Submitter, reads: Sequence[ClaimOrProblems], read_at: float) -> list[Outcome]:
        """One for each: of the ledger for claims, refused for what could not be read."""
        claims = tuple(read for read in reads if isinstance(read, Claim))
        decided = iter(await self._commit(sender, claims, read_at) if claims else ())
        outcomes = [
            next(decided) if isinstance(read, Claim) else Outcome(verdict="refused", problems=read) for read in reads
        ]
        for verdict, number in summary(outcomes).items():
            self._count(verdict, by=number)
        return outcomes

    async def _commit(self, sender: Submitter, claims: tuple[Claim, ...], read_at: float) -> list[Outcome]:
        reply = self._answers.new_reply()
        work = Work(principal=sender.principal, claims=claims, read_at=read_at, reply=reply, dry_run=sender.dry_run)
        self._committer.submit(work)
        return await reply.future
