"""Export's worker: one thread consumes the log into export's tables, others push what is due and take what
destinations have published.

Consuming is exactly once (lienthong/eventlog/consumer.py); pushing is at least once, and once at a receiver
that knows the message's id. Both survive being killed at any moment, and any number of workers may run.
"""

from __future__ import annotations

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

from lienthong.authorities import trusting
from lienthong.contracts.schemas import Contracts
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.installation import installation
from lienthong.eventlog.port import EventLog
from lienthong.metrics import Metrics
from lienthong.postgres.pool import Pool
from lienthong.retention import sweep
from services.export.consumer import Exporter
from services.export.deliveries import queue
from services.export.deliveries.presence import Presence
from services.export.deliveries.pusher import Crew, Pusher
from services.export.deliveries.wire import Wire
from services.export.settings import ExportSettings
from services.export.store import CONSUMER
from services.export.taken.taking import Taker


class Worker:
    """The whole worker. `run` blocks until `stop` is set, or raises what stopped it."""

    def __init__(self, log_: EventLog, pool: Pool, settings: ExportSettings, *, shown: Metrics | None = None) -> None:
        """pool: acts as lienthong_export; it needs a few connections more than settings.senders."""
        self._log = log_
        self._pool = pool
        self._settings = settings
        self._shown = shown
        self._wake = threading.Event()
        self._presence = Presence(pool)

    def run(self, stop: threading.Event) -> None:
        """Consume and push. An error that no retry cures stops all threads and is raised here: going on with
        the others would look like health."""
        halt = threading.Event()
        context = trusting(self._settings.ca_file, "LIENTHONG_EXPORT_CA_FILE")
        self._presence.take()
        with ThreadPoolExecutor(5, thread_name_prefix="export") as threads:
            parts = [threads.submit(part, halt) for part in (self._consume, self._forget, self._presence.keep)]
            parts += [threads.submit(part, halt, context) for part in (self._push, self._take)]
            while not stop.is_set() and not any(part.done() for part in parts):
                stop.wait(0.1)
            halt.set()
            self._wake.set()
        self._presence.leave()
        for part in parts:
            part.result()

    def _push(self, halt: threading.Event, context: ssl.SSLContext) -> None:
        pusher = Pusher(
            self._pool, Wire(context=context), schedule=self._settings.retry_seconds, seat=self._presence.seat
        )
        Crew(self._pool, pusher, least=self._settings.senders).run(halt, self._wake)

    def _take(self, halt: threading.Event, context: ssl.SSLContext) -> None:
        every, kept = self._settings.take_seconds, self._settings.keep_taken
        Taker(self._pool, Wire(context=context), Contracts.load(), every=every, kept=kept).run(halt)

    def _forget(self, halt: threading.Event) -> None:
        days = self._settings.keep_attempts_days
        sweep("attempts", lambda: queue.forget_attempts(self._pool, days), halt)

    def _consume(self, halt: threading.Event) -> None:
        with self._pool.connection() as conn:
            exporter = Exporter(sample=installation(conn).sample)
        subscription = self._log.subscribe(CONSUMER)
        try:
            consumer = Consumer(subscription, exporter, self._pool, shown=self._shown)
            while not halt.is_set():
                if consumer.step(0.5, halt):
                    self._wake.set()
        finally:
            subscription.close()
