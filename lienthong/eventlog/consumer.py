"""Consuming the log so that every effect happens once.

For each batch, one transaction: the stored position is advanced by compare-and-set, then the handler writes
its results. Whoever read a batch, was paused and replaced, finds the position moved: Superseded, and nothing
of his is committed. What was already processed is skipped.

What can't be applied, and a hole, stop this consumer in that partition and nowhere else: it says so (stops.py), tries
again now and then, and goes on at once when an operator has set the fact aside.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from lienthong import metrics
from lienthong.backoff import Backoff
from lienthong.errors import Transient
from lienthong.eventlog import stops
from lienthong.eventlog.append import SQL
from lienthong.eventlog.port import Batch, HoleInLog, LogDamaged, Subscription, Superseded
from lienthong.eventlog.stops import PartitionStopped
from lienthong.outage import Outage
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection, Pool

_POLL_SECONDS = 0.5  # how soon a running consumer notices that it should stop
_LOOK_SECONDS = 1.0  # how soon it notices that a fact was set aside
_RETRY_SECONDS = 30.0  # the cause may be mended meanwhile; a try costs one transaction

log = structlog.get_logger(__name__)


class Handler(Protocol):
    """What a consumer does with its events. Runs inside the transaction that advances the position.

    It writes only through `tx`. Raising rolls everything back: Transient is tried again after a pause; any other error
    means that the batch can't be applied. Then its events are handed over one by one, so it must not matter to a
    handler how they are cut.
    """

    def __call__(self, tx: Connection, batch: Batch, /) -> None: ...


def _keep(key: str) -> None:
    """The default for handlers that remember nothing between batches."""


@dataclass(slots=True)
class _Stopped:
    """Where this worker stands in a partition. look_at: when to ask again whether the fact was set aside."""

    position: int
    error: Exception
    look_at: float


_RETRIED = ("database_away", "database_busy", "kafka_away", "superseded")
"""What a batch is tried again for on an ordinary bad day; these stand at 0 from the start."""


class Consumer:
    """One worker. Used by one thread.

    lost(key): what the handler remembers of this partition may be wrong (its transaction did not commit, or
    somebody else worked there meanwhile): forget it and read it again from the tables. shown: where it counts.
    """

    def __init__(
        self,
        subscription: Subscription,
        handler: Handler,
        pool: Pool,
        *,
        lost: Callable[[str], None] = _keep,
        shown: metrics.Metrics | None = None,
    ) -> None:
        self._subscription = subscription
        self._handler = handler
        self._pool = pool
        self._lost = lost
        self._shown = shown or metrics.Metrics()
        for metric in (metrics.CONSUMED, metrics.BATCH_SECONDS):
            self._shown.begin(metric, subscription.consumer)
        for code in _RETRIED:
            self._shown.begin(metrics.RETRIES, subscription.consumer, code)
        self._stored: dict[str, int] = {}
        self._aside: dict[str, frozenset[int]] = {}
        self._stopped: dict[str, _Stopped] = {}
        self._backoff = Backoff()
        self._outage = Outage("consumer_retries", "consumer_goes_on", consumer=subscription.consumer)

    def run(self, stop: threading.Event) -> None:
        """Consume until `stop` is set. What can't be applied stops its partition, not this."""
        while not stop.is_set():
            self.step(_POLL_SECONDS, stop)

    def step(self, timeout: float, stop: threading.Event | None = None) -> bool:
        """At most one batch; returns whether something was committed."""
        batch: Batch | None = None
        try:
            self._look()
            batch = self._subscription.poll(timeout)
            done = batch is not None and self._process(batch)
        except Transient as exc:
            self._recover(batch, exc, stop)
            return False
        except LogDamaged as exc:
            self._stop(exc.key, exc.position, None, exc)
            return False
        self._backoff.worked()
        self._outage.worked()
        return done

    def consume_until(self, goal: Mapping[str, int], timeout: float = 60.0) -> None:
        """Consume until the stored positions reach `goal` (key → position), by whomever: tests and replay.

        Raises TimeoutError after `timeout` seconds without reaching it, PartitionStopped where it can't be reached.
        """
        deadline = time.monotonic() + timeout
        behind = {key: position for key, position in goal.items() if position > 0}
        while behind:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still behind after {timeout} s: {behind}")
            if self.step(0.05) and any(self._stored.get(key, 0) < at for key, at in behind.items()):
                continue
            behind = {key: at for key, at in behind.items() if self._position_of(key) < at}
            if behind and behind.keys() <= self._stopped.keys() and not any(map(self._goes_on, behind)):
                key = next(iter(behind))
                stopped = self._stopped[key]
                raise PartitionStopped(
                    self._subscription.consumer, key, stopped.position, stops.reason_of(stopped.error)
                ) from stopped.error

    def _process(self, batch: Batch) -> bool:
        fresh = batch.beyond(self._stored_position(batch))
        if not fresh.events:
            return False
        try:
            self._apply(fresh)
        except (Transient, MemoryError):
            raise
        except Exception as exc:  # noqa: BLE001  (whatever a handler can't cope with concerns this partition alone)
            self._forget(fresh.key)
            if len(fresh.events) > 1:
                return self._process_singly(fresh)
            self._stop(fresh.key, fresh.last, fresh.events[0].event.type, exc)
            return False
        return True

    def _process_singly(self, batch: Batch) -> bool:
        """As far as it goes."""
        done = False
        for single in batch.singly():
            if not self._process(single):
                return done
            done = True
        return done

    def _apply(self, batch: Batch) -> None:
        consumer = self._subscription.consumer
        with self._shown.time(metrics.BATCH_SECONDS, consumer), self._pool.transaction() as tx:
            advance(tx, consumer, batch)
            facts = batch.without(self._passed_over(tx, batch.key))
            if facts.events:
                self._handler(tx, facts)
        self._shown.count(metrics.CONSUMED, consumer, by=len(batch.events))
        self._stored[batch.key] = batch.last
        if self._stopped.pop(batch.key, None) is not None:
            log.info("partition_goes_on", consumer=consumer, partition=batch.key, position=batch.last)

    def _passed_over(self, tx: Connection, key: str) -> frozenset[int]:
        """What was set aside for this consumer. To be asked after the position was advanced: from then on nobody sets
        anything aside that this transaction applies.
        """
        positions = self._aside.get(key)
        if positions is None:
            positions = self._aside[key] = stops.passed_over(tx, self._subscription.consumer, key)
        return positions

    def _stored_position(self, batch: Batch) -> int:
        """The stored position as this worker knows it; asked again where the batch does not fit it."""
        cached = self._stored.get(batch.key)
        if cached is not None and batch.after <= cached:
            return cached
        stored = self._position_of(batch.key)
        if cached is not None and cached != stored:
            self._forget(batch.key)
            self._stored[batch.key] = stored
        if batch.after > stored:
            raise HoleInLog(batch.key, stored + 1, batch.after + 1)
        return stored

    def _position_of(self, key: str) -> int:
        parameters = {"consumer": self._subscription.consumer, "key": key}
        with self._pool.connection() as conn:
            conn.execute(SQL.begin_consumer, parameters)
            position = value(conn, int, SQL.stored_position, parameters)
        if position is None:
            raise KeyError(f"{key!r} is no partition")
        self._stored[key] = position
        return position

    def _forget(self, key: str) -> None:
        self._stored.pop(key, None)
        self._aside.pop(key, None)
        self._lost(key)

    def _stop(self, key: str, position: int, kind: str | None, error: Exception) -> None:
        """Stand before a position; the other partitions go on."""
        consumer = self._subscription.consumer
        if key not in self._stopped or self._stopped[key].position != position:
            log.error(
                "partition_stopped",
                consumer=consumer,
                partition=key,
                position=position,
                type=kind,
                reason=stops.reason_of(error),
                place=stops.place_of(error),
            )
        with self._pool.connection() as conn:
            stops.record(conn, consumer, key, position, kind, error)
        self._stopped[key] = _Stopped(position=position, error=error, look_at=time.monotonic() + _LOOK_SECONDS)
        self._forget(key)
        self._subscription.hold(key, _RETRY_SECONDS)
        self._subscription.rewind(key)

    def _look(self) -> None:
        """Go on where a fact was set aside meanwhile."""
        held = self._subscription.held() if self._stopped else frozenset()
        for key, stopped in list(self._stopped.items()):
            if key not in held:
                del self._stopped[key]  # another worker's now
            elif time.monotonic() >= stopped.look_at:
                stopped.look_at = time.monotonic() + _LOOK_SECONDS
                self._goes_on(key)

    def _goes_on(self, key: str) -> bool:
        """Whether the fact that it stands before was set aside; then the partition is delivered again."""
        with self._pool.connection() as conn:
            aside = self._stopped[key].position in stops.passed_over(conn, self._subscription.consumer, key)
        if aside:
            self._subscription.hold(key, 0)
        return aside

    def _recover(self, batch: Batch | None, exc: Transient, stop: threading.Event | None) -> None:
        self._shown.count(metrics.RETRIES, self._subscription.consumer, exc.code)
        self._outage.failed(exc.code, str(exc))
        if batch is not None:
            self._forget(batch.key)
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
    shown: metrics.Metrics | None = None,
) -> None:
    """Consume with one handler until `stop` is set; closes the subscription."""
    try:
        Consumer(subscription, handler, pool, lost=lost, shown=shown).run(stop)
    finally:
        subscription.close()


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
