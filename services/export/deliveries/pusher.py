"""Pushing: claim what is due, send it, settle it, one delivery after another."""

from __future__ import annotations

import os
import random
import socket
import threading

import structlog

from lienthong.errors import Transient
from lienthong.postgres.pool import Pool
from services.export.deliveries import queue
from services.export.deliveries.retry import SCHEDULE, Dead, Delivered, decide
from services.export.deliveries.wire import Wire

_CROWDED_SECONDS = 0.25  # what is due has no free place: who has the place goes on with it, the others can wait
_IDLE_SECONDS = 1.0  # how late a sender hears of a delivery that another process added

log = structlog.get_logger(__name__)


class Pusher:
    """Claims and sends, one delivery after another. Used by one thread."""

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

    def step(self) -> bool:
        """One attempt; False when nothing can be sent now. Raises Transient."""
        claimed = queue.claim(self._pool, self._name, self._seat)
        if claimed is None:
            return False
        body = claimed.message.body(claimed.destination.signs_as)
        outcome = self._wire.post(
            claimed.destination, message=claimed.id, body=body, digest=claimed.message.digest, at=claimed.at
        )
        decision = decide(outcome, attempt=claimed.tries, luck=random.random(), schedule=self._schedule)
        queue.settle(self._pool, claimed, outcome, decision)
        _tell(claimed, outcome.code, decision)
        return True

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Push until `stop` is set; look again when `wake` is set or something is due."""
        while not stop.is_set():
            try:
                wake.clear()
                if self.step():
                    continue
                wake.wait(queue.next_due(self._pool, _IDLE_SECONDS) or _CROWDED_SECONDS)
            except Transient as error:
                log.warning("pusher_retries", code=error.code, reason=str(error))
                stop.wait(random.uniform(0.2, 2.0))


def _tell(claimed: queue.Claimed, code: str, decision: object) -> None:
    facts = {"delivery": claimed.id, "destination": claimed.destination.id, "subject": claimed.message.id,
             "version": claimed.message.version, "attempt": claimed.attempt, "outcome": code}  # fmt: skip
    if isinstance(decision, Delivered):
        log.info("delivered", **facts)
    elif isinstance(decision, Dead):
        log.error("delivery_put_aside", reason=decision.reason, **facts)
    else:
        log.warning("delivery_again", **facts)
