"""Export's worker: one thread consumes the log into export's tables, a few push what is due.

Consuming is exactly once (lienthong/eventlog/consumer.py); pushing is at least once, and once at a receiver
that knows the message's id. Both survive being killed at any moment, and any number of workers may run.
"""

from __future__ import annotations

import os
import random
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from pydantic import Field

from lienthong.errors import Transient, Unprocessable
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.installation import installation
from lienthong.eventlog.port import Batch, EventLog
from lienthong.events import (
    CONTENT_APPROVED,
    CONTENT_WITHDRAWN,
    RELEASE_MADE,
    RELEASE_WITHDRAWN,
    TEXT_REDACTED,
    Recorded,
)
from lienthong.postgres.pool import Connection, Pool
from lienthong.retention import sweep
from lienthong.settings import ServiceSettings, env
from services.export import mapping, store
from services.export.deliveries import queue
from services.export.deliveries.presence import Presence
from services.export.deliveries.retry import (
    SCHEDULE,
    Dead,
    Delivered,
    decide,
)
from services.export.deliveries.wire import Wire
from services.export.store import CONSUMER

_CROWDED_SECONDS = 0.25  # what is due has no free place: who has the place goes on with it, the others can wait
_IDLE_SECONDS = 1.0  # how late a sender hears of a delivery that another process added

Act = Callable[[Connection, Recorded], None]  # raises Unprocessable before it writes anything

log = structlog.get_logger(__name__)


class ExportSettings(ServiceSettings):
    """Settings of export alone."""

    model_config = env("LIENTHONG_EXPORT_")

    senders: int = Field(default=4, ge=1, le=64, description="Threads that push; one answer is awaited in each")
    retry_seconds: tuple[int, ...] = Field(
        default=SCHEDULE, max_length=30, description="Seconds to wait after the 1st, 2nd … failed attempt"
    )
    keep_attempts_days: int = Field(
        default=1825, ge=30, le=36_500, description="Days for which each attempt of a settled delivery is kept"
    )
    ca_file: str | None = Field(default=None, description="Certificates to trust at destinations (PEM)")


class Intake:
    """The handler of the log: facts become releases, feed entries, messages and deliveries."""

    def __init__(self, *, sample: bool) -> None:
        self._sample = sample
        self._acts: dict[str, Act] = {
            RELEASE_MADE: self._release_made,
            RELEASE_WITHDRAWN: self._release_withdrawn,
            CONTENT_APPROVED: self._content_approved,
            CONTENT_WITHDRAWN: self._content_withdrawn,
            TEXT_REDACTED: self._text_redacted,
        }

    def __call__(self, tx: Connection, batch: Batch, /) -> None:
        for recorded in batch.events:
            act = self._acts.get(recorded.event.type)
            if act is not None:
                self._try(act, tx, recorded)

    def _try(self, act: Act, tx: Connection, recorded: Recorded) -> None:
        """A fact that can't be exported by anybody is put aside; the others of the province go on."""
        try:
            act(tx, recorded)
        except Unprocessable as error:
            log.error("fact_put_aside", code=error.code, partition=recorded.partition, position=recorded.position)
            store.put_aside(tx, recorded, error)

    def _release_made(self, tx: Connection, recorded: Recorded) -> None:
        made = recorded.event.content()
        message = mapping.release_published(made, at=recorded.recorded_at)
        if store.for_platform(made["dataset"]):
            store.keep_message(tx, message, recorded)
        store.keep_release(tx, made, at=recorded.recorded_at)

    def _release_withdrawn(self, tx: Connection, recorded: Recorded) -> None:
        fact = recorded.event.content()
        message = mapping.release_withdrawn(fact, at=recorded.recorded_at, sample=self._sample)
        store.keep_message(tx, message, recorded)
        store.withdraw_release(tx, fact, at=recorded.recorded_at)

    def _content_approved(self, tx: Connection, recorded: Recorded) -> None:
        fact = recorded.event.content()
        message = mapping.content_published(fact, at=recorded.recorded_at, sample=self._sample)
        store.keep_message(tx, message, recorded)

    def _content_withdrawn(self, tx: Connection, recorded: Recorded) -> None:
        fact = recorded.event.content()
        latest = store.latest_version(tx, "content", mapping.content_id(fact["data"]))
        if latest is None:
            return  # nobody outside ever heard of it
        message = mapping.content_withdrawn(fact, latest=latest, at=recorded.recorded_at, sample=self._sample)
        store.keep_message(tx, message, recorded)

    def _text_redacted(self, tx: Connection, recorded: Recorded) -> None:
        """A published item whose text is removed from the log is withdrawn outside and erased here."""
        fact = recorded.event.content()
        found = store.published_at(tx, fact["target"]["partition"], fact["target"]["position"])
        if found is None:
            return
        subject, version = found
        message = mapping.content_redacted(
            fact, subject=subject, version=version, at=recorded.recorded_at, sample=self._sample
        )
        store.keep_message(tx, message, recorded)
        store.erase(tx, subject, version)


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


class Worker:
    """The whole worker. `run` blocks until `stop` is set, or raises what stopped it."""

    def __init__(self, log_: EventLog, pool: Pool, settings: ExportSettings) -> None:
        """pool: acts as lienthong_export; it needs settings.senders + 3 connections."""
        self._log = log_
        self._pool = pool
        self._settings = settings
        self._wake = threading.Event()
        self._presence = Presence(pool)

    def run(self, stop: threading.Event) -> None:
        """Consume and push. An error that no retry cures stops all threads and is raised here: going on with
        the others would look like health."""
        halt = threading.Event()
        context = ssl.create_default_context(cafile=self._settings.ca_file)
        self._presence.take()
        with ThreadPoolExecutor(self._settings.senders + 3, thread_name_prefix="export") as threads:
            parts = [threads.submit(part, halt) for part in (self._consume, self._forget, self._presence.keep)]
            parts += [threads.submit(self._push, number, halt, context) for number in range(self._settings.senders)]
            while not stop.is_set() and not any(part.done() for part in parts):
                stop.wait(0.1)
            halt.set()
            self._wake.set()
        self._presence.leave()
        for part in parts:
            part.result()

    def _push(self, number: int, halt: threading.Event, context: ssl.SSLContext) -> None:
        name = f"{socket.gethostname()}/{os.getpid()}/{number}"
        wire = Wire(context=context)
        try:
            pusher = Pusher(
                self._pool, wire, schedule=self._settings.retry_seconds, name=name, seat=self._presence.seat
            )
            pusher.run(halt, self._wake)
        finally:
            wire.close()

    def _forget(self, halt: threading.Event) -> None:
        days = self._settings.keep_attempts_days
        sweep("attempts", lambda: queue.forget_attempts(self._pool, days), halt)

    def _consume(self, halt: threading.Event) -> None:
        with self._pool.connection() as conn:
            intake = Intake(sample=installation(conn).sample)
        subscription = self._log.subscribe(CONSUMER)
        try:
            consumer = Consumer(subscription, intake, self._pool)
            while not halt.is_set():
                if consumer.step(0.5, halt):
                    self._wake.set()
        finally:
            subscription.close()


def _tell(claimed: queue.Claimed, code: str, decision: object) -> None:
    facts = {"delivery": claimed.id, "destination": claimed.destination.id, "subject": claimed.message.id,
             "version": claimed.message.version, "attempt": claimed.attempt, "outcome": code}  # fmt: skip
    if isinstance(decision, Delivered):
        log.info("delivered", **facts)
    elif isinstance(decision, Dead):
        log.error("delivery_put_aside", reason=decision.reason, **facts)
    else:
        log.warning("delivery_again", **facts)
