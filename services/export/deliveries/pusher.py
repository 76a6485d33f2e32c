"""Pushing: claim what is due, send it, settle it.

A crew has as many threads as destinations wait, so that one which takes its time holds up nobody else, and no
destination has more of them than its share. What goes wrong unforeseen with one delivery puts that one aside.
"""

from __future__ import annotations

import os
import random
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import structlog

from lienthong.errors import Transient
from lienthong.outage import Outage
from lienthong.postgres.pool import Pool
from services.export.deliveries import queue
from services.export.deliveries.queue import UNFORESEEN, ClaimedDelivery
from services.export.deliveries.retry import SCHEDULE, AttemptOutcome, Dead, Delivered, Pause, decide
from services.export.deliveries.wire import Wire
from services.export.mappings import MAPPINGS

MOST_THREADS = 200  # waiting for an answer costs some 50 kB each; more destinations than that share them in turn
_CROWDED_SECONDS = 0.25  # what is due has no free place: who has the place goes on with it, the others can wait
_IDLE_SECONDS = 1.0  # how late a sender hears of a delivery that another process added
_COUNT_SECONDS = 1.0  # between two counts of the destinations that wait

log = structlog.get_logger(__name__)


class Pusher:
    """Takes and sends single deliveries. Threads may share one."""

    def __init__(
        self,
        pool: Pool,
        wire: Wire,
        *,
        schedule: tuple[int, ...] = SCHEDULE,
        name: str = "",
        seat: int | None = None,
    ) -> None:
        """seat: of the worker's Presence."""
        self._pool = pool
        self._wire = wire
        self._seat = seat
        self._schedule = schedule
        self._name = name or f"{socket.gethostname()}/{os.getpid()}"

    def step(self, share: int = MOST_THREADS) -> bool:
        """One attempt; False when nothing can be sent now. Raises Transient."""
        claimed = self.take(share)
        if claimed is None:
            return False
        self.send(claimed)
        return True

    def take(self, share: int = MOST_THREADS) -> ClaimedDelivery | None:
        """What is due next, claimed; None when nothing can be sent now. Raises Transient."""
        return queue.claim(self._pool, self._name, self._seat, share)

    def send(self, claimed: ClaimedDelivery) -> None:
        """One attempt with what was claimed. Raises Transient when its outcome can't be written."""
        outcome = self._attempt(claimed)
        decision = decide(outcome, attempt=claimed.tries, luck=random.random(), schedule=self._schedule)
        queue.settle(self._pool, claimed, outcome, decision)
        _tell(claimed, outcome.code, decision)

    def _attempt(self, claimed: ClaimedDelivery) -> AttemptOutcome:
        try:
            parcel = MAPPINGS[claimed.destination.mapping](claimed.kept.message, claimed.destination.signs_as)
            return self._wire.post(claimed.destination, parcel, message=claimed.id, at=claimed.at)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with this one must not stop the others)
            # Its text may quote the message; the kind of error and the delivery lead to the rest.
            log.error("delivery_unforeseen", delivery=claimed.id, error=type(error).__name__)
            return AttemptOutcome(status=None, code=UNFORESEEN, detail=type(error).__name__, permanent=True)


class Crew:
    """A pusher at work with many threads; `run` blocks."""

    def __init__(self, pool: Pool, pusher: Pusher, *, least: int) -> None:
        """least: threads that there may be however few destinations wait."""
        self._pool = pool
        self._pusher = pusher
        self._least = least
        self._threads = self._share = least
        self._counted_at = float("-inf")

    def run(self, halt: threading.Event, wake: threading.Event) -> None:
        """Push until `halt` is set; look again when `wake` is set, a thread comes free or something is due. Raises
        what no retry cures.
        """
        sending: set[Future[None]] = set()
        outage = Outage("pusher_retries", "pusher_goes_on")
        with ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="push") as threads:
            while not halt.is_set():
                wake.clear()
                sending = {future for future in sending if not _has_ended(future)}
                try:
                    self._count()
                    claimed = self._pusher.take(self._share) if len(sending) < self._threads else None
                    if claimed is None:
                        due = queue.next_due(self._pool, _IDLE_SECONDS)
                        outage.worked()
                        wake.wait(due or _CROWDED_SECONDS)
                        continue
                except Transient as error:
                    outage.failed(error.code, str(error))
                    halt.wait(random.uniform(0.2, 2.0))
                    continue
                outage.worked()
                future = threads.submit(self._pusher.send, claimed)
                future.add_done_callback(lambda _: wake.set())
                sending.add(future)
        for future in sending:
            _has_ended(future)

    def _count(self) -> None:
        """How many threads, and how many of them one destination may have."""
        if monotonic() - self._counted_at < _COUNT_SECONDS:
            return
        waiting = queue.waiting_destinations(self._pool)
        self._threads = min(max(self._least, waiting), MOST_THREADS)
        self._share = max(1, self._threads // max(1, waiting))
        self._counted_at = monotonic()


def _has_ended(future: Future[None]) -> bool:
    """Whether it is over. Raises what it raised, but for Transient: the claim is free again when its lease is over."""
    if not future.done():
        return False
    error = future.exception()
    if isinstance(error, Transient):
        log.warning("outcome_not_written", code=error.code, reason=str(error))
    elif error is not None:
        raise error
    return True


def _tell(claimed: ClaimedDelivery, code: str, decision: object) -> None:
    facts = {
        "delivery": claimed.id,
        "destination": claimed.destination.id,
        "subject": claimed.kept.subject,
        "version": claimed.kept.version,
        "attempt": claimed.attempt,
        "outcome": code,
    }
    if isinstance(decision, Delivered):
        log.info("delivered", **facts)
    elif isinstance(decision, Dead):
        log.error("delivery_put_aside", reason=decision.reason, **facts)
    elif isinstance(decision, Pause):
        log.error("destination_paused", reason=decision.reason, **facts)
    else:
        log.warning("delivery_again", **facts)
