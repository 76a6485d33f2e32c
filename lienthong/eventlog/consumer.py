"""Consuming the log so that every effect happens once.

For each batch, one transaction: the stored position is advanced by compare-and-set, then the handler writes
its results. Whoever read a batch, was paused and replaced, finds the position moved: Superseded, and nothing
of his is committed. What was already processed is skipped, a hole stops the consumer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from lienthong import telemetry
from lienthong.backoff import Backoff
from lienthong.errors import Transient
from lienthong.eventlog.append import SQL
from lienthong.eventlog.port import Batch, HoleInLog, Subscription, Superseded
from lienthong.postgres.pool import Connection, Pool

_POLL_SECONDS = 0.5  # how soon a running consumer notices that it should stop

log = structlog.get_logger(__name__)


class Handler(Protocol):
    """What a consumer does with its events. Runs inside the transaction that advances the position.

    It writes only through `tx`. Raising rolls everything back: Transient is tried again after a pause, any
    other error stops the consumer.
    """

    def __call__(self, tx: Connection, batch: Batch, /) -> None: ...


def _keep(key: str) -> None:
    """The default for handlers that remember nothing between batches."""


class Consumer:
    """One worker. Used by one thread.

    lost(key): what the handler remembers of this partition may be wrong (its transaction did not commit, or
    somebody else worked there meanwhile): forget it and read it again from the tables.
    """

    def __init__(
        self,
        subscription: Subscription,
        handler: Handler,
        pool: Pool,
        *,
        lost: Callable[[str], None] = _keep,
    ) -> None:
        self._subscription = subscription
        self._handler = handler
        self._pool = pool
        self._lost = lost
        self._stored: dict[str, int] = {}
        self._backoff = Backoff()

    def run(self, stop: threading.Event) -> None:
        """Consume until `stop` is set. Raises HoleInLog and whatever the handler can't cope with."""
        while not stop.is_set():
            self.step(_POLL_SECONDS, stop)

    def step(self, timeout: float, stop: threading.Event | None = None) -> bool:
        """At most one batch; returns whether one was committed."""
        batch: Batch | None = None
        try:
            batch = self._subscription.poll(timeout)
            done = batch is not None and self._process(batch)
        except Transient as exc:
            self._recover(batch, exc, stop)
            return False
        self._backoff.worked()
        return done

    def until(self, goal: Mapping[str, int], timeout: float = 60.0) -> None:
        """Consume until the stored positions reach `goal` (key → position), by whomever: tests and replay.

        Raises TimeoutError after `timeout` seconds without reaching it.
        """
        deadline = time.monotonic() + timeout
        behind = {key: position for key, position in goal.items() if position > 0}
        while behind:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still behind after {timeout} s: {behind}")
            if self.step(0.05) and any(self._stored.get(key, 0) < at for key, at in behind.items()):
                continue
            behind = {key: at for key, at in behind.items() if self._position_of(key) < at}

    def _process(self, batch: Batch) -> bool:
        stored = self._expected(batch)
        fresh = batch.beyond(stored)
        if not fresh.events:
            return False
        consumer = self._subscription.consumer
        with telemetry.BATCH_SECONDS.labels(consumer).time(), self._pool.transaction() as tx:
            advance(tx, consumer, fresh)
            self._handler(tx, fresh)
        telemetry.CONSUMED.labels(consumer).inc(len(fresh.events))
        self._stored[batch.key] = fresh.last
        return True

    def _expected(self, batch: Batch) -> int:
        """The stored position as this worker knows it; asked again where the batch does not fit it."""
        known = self._stored.get(batch.key)
        if known is not None and batch.after <= known:
            return known
        stored = self._position_of(batch.key)
        if known is not None and known != stored:
            self._lost(batch.key)
        if batch.after > stored:
            raise HoleInLog(batch.key, stored + 1, batch.after + 1)
        return stored

    def _position_of(self, key: str) -> int:
        asked = {"consumer": self._subscription.consumer, "key": key}
        with self._pool.connection() as conn:
            conn.execute(SQL.begin_consumer, asked)
            row = conn.execute(SQL.stored_position, asked).fetchone()
        if row is None:
            raise KeyError(f"{key!r} is no partition")
        self._stored[key] = int(row[0])
        return self._stored[key]

    def _recover(self, batch: Batch | None, exc: Transient, stop: threading.Event | None) -> None:
        telemetry.RETRIES.labels(self._subscription.consumer, exc.code).inc()
        log.warning("consumer_retries", consumer=self._subscription.consumer, code=exc.code, reason=str(exc))
        if batch is not None:
            self._stored.pop(batch.key, None)
            self._lost(batch.key)
            self._subscription.rewind(batch.key)
        if isinstance(exc, Superseded):
            return  # nothing is broken, somebody else does the work
        (stop or threading.Event()).wait(self._backoff.failed())


def run(
    subscription: Subscription,
    handler: Handler,
    pool: Pool,
    stop: threading.Event,
    *,
    lost: Callable[[str], None] = _keep,
) -> None:
    """Consume with one handler until `stop` is set; closes the subscription."""
    try:
        Consumer(subscription, handler, pool, lost=lost).run(stop)
    finally:
        subscription.close()


def consume_until(
    subscription: Subscription,
    handler: Handler,
    pool: Pool,
    goal: Mapping[str, int],
    *,
    timeout: float = 60.0,
) -> None:
    """Consume with one handler until the stored positions reach `goal`; leaves the subscription open."""
    Consumer(subscription, handler, pool).until(goal, timeout)


def advance(tx: Connection, consumer: str, batch: Batch) -> None:
    """Move the stored position over this batch, or raise Superseded. First step of the batch's transaction:
    a twin that holds the same batch waits here, and then finds itself superseded.
    """
    moved = tx.execute(
        SQL.advance_position,
        {"consumer": consumer, "partition": batch.partition, "before": batch.after, "last": batch.last},
    ).rowcount
    if moved != 1:
        raise Superseded(f"{consumer}: partition {batch.key} is no longer at position {batch.after}")
