"""The relay: copies the log table to Kafka, in the order of positions, each partition by one relay at a time.

It is a consumer of the log named `relay`, whose effect is that Kafka has acknowledged. In one transaction it
advances its positions by compare-and-set, sends, waits for the acknowledgements, and commits. So
  - whoever still believes in a lease that he lost fails at the compare-and-set, before anything is sent, and two
    relays of one partition never send at once: the second waits for the row that the first has locked;
  - after a failed send nothing later is sent, the transaction is rolled back, and the relay begins again at its
    stored position. What Kafka had of the failed batch it gets twice; consumers skip by position.

Several partitions share a transaction: with 34 provinces at work each would otherwise wait for 33 round trips.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import structlog

from lienthong.backoff import Backoff
from lienthong.errors import Transient
from lienthong.eventlog import stops
from lienthong.eventlog.append import SQL
from lienthong.eventlog.binding import to_messages
from lienthong.eventlog.consumer import advance
from lienthong.eventlog.installation import installation
from lienthong.eventlog.kafka import log_topic
from lienthong.eventlog.port import AheadOfLog, Batch, LogDamaged, Superseded
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.kafka.administration import Administration
from lienthong.kafka.connection import KAFKA_AWAY
from lienthong.kafka.messages import OutgoingMessage
from lienthong.kafka.sender import Sender
from lienthong.kafka.settings import KafkaSettings
from lienthong.outage import Outage
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import misconfigured

CONSUMER = "relay"

# Of all partitions together, in one transaction: 2,000 reports of 3 kB are 6 MB in the sender's queue.
_MOST_EVENTS = 2_000
_MOST_BYTES = 8 * 1024 * 1024
_POLL_SECONDS = 0.5
_PROBE_SECONDS = 2.0
_MISSING_SECONDS = 5.0
_ASK_AGAIN_SECONDS = 0.2
_RETRY_SECONDS = 30.0  # the log may be restored meanwhile

log = structlog.get_logger(__name__)


class Relay:
    """One worker. Used by one thread; several, in any processes, share the partitions."""

    def __init__(self, pool: Pool, settings: KafkaSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._topic = log_topic(settings)
        self._table = PostgresEventLog(pool, batch_events=_MOST_EVENTS, batch_bytes=_MOST_BYTES)
        self._subscription = self._table.subscribe(CONSUMER)
        self._sender = Sender(settings)
        self._admin = Administration(settings)
        self._ready = False
        self._kafka_away = False
        self._backoff = Backoff()
        self._outage = Outage("relay_waits", "relay_goes_on")

    def run(self, stop: threading.Event) -> None:
        """Relay until `stop` is set; gives everything back at the end.

        Raises Misconfigured where Kafka refuses or the topic is not as it should be. While Kafka or the database is
        away it goes on trying; a hole stops its own partition.
        """
        try:
            while not stop.is_set():
                self._try(stop)
        finally:
            self.close()

    def step(self, timeout: float) -> int:
        """Relay what there is, once; returns the number of events. Raises as `run`, and Transient."""
        if not self._ready:
            self._prepare()
        self._await_kafka()
        batches = self._gather(timeout)
        if not batches:
            return 0
        try:
            with self._pool.transaction() as tx:
                self._relay(tx, batches)
        except Transient as exc:
            self._kafka_away = exc.code == KAFKA_AWAY
            for key in {batch.key for batch in batches}:
                self._subscription.rewind(key)
            raise
        return sum(len(batch.events) for batch in batches)

    def close(self) -> None:
        """Give the partitions back, so that others take over at once."""
        self._subscription.close()
        self._sender.close()

    def _try(self, stop: threading.Event) -> None:
        try:
            self.step(_POLL_SECONDS)
        except Superseded:
            return  # nothing is broken, another relay does the work
        except Transient as exc:
            self._outage.failed(exc.code, str(exc))
            stop.wait(self._backoff.failed())
            return
        self._backoff.worked()
        self._outage.worked()

    def _await_kafka(self) -> None:
        """After a failed send: raises Transient until a broker answers again. A transaction that is open while
        nobody answers would keep PostgreSQL from tidying up the heads, which change at every commit.
        """
        if self._kafka_away:
            self._admin.nodes(timeout=_PROBE_SECONDS)
            self._kafka_away = False

    def _prepare(self) -> None:
        """Before anything is sent: the topic has exactly the partitions of the table."""
        wanted, number = len(self._table.partitions), self._partitions_in_kafka()
        if number is None:
            raise misconfigured("topic_missing", topic=self._topic)
        if number != wanted:
            raise misconfigured("topic_partitions_differ", topic=self._topic, found=number, wanted=wanted)
        with self._pool.transaction() as tx:
            for key in self._table.partitions:
                tx.execute(SQL.begin_consumer, {"consumer": CONSUMER, "key": key})
        self._ready = True

    def _partitions_in_kafka(self) -> int | None:
        """Of the topic; None where it is missing. Asked again for a while: one just made is not known to all
        brokers at once, and another of them may answer this time.
        """
        deadline = time.monotonic() + _MISSING_SECONDS
        while True:
            partitions = self._admin.partitions().get(self._topic)
            if partitions is not None or time.monotonic() > deadline:
                return partitions
            time.sleep(_ASK_AGAIN_SECONDS)

    def _gather(self, timeout: float) -> list[Batch]:
        """What waits in all partitions, up to the limits. Waits for the first only."""
        batches: list[Batch] = []
        events = size = 0
        while events < _MOST_EVENTS and size < _MOST_BYTES:
            try:
                batch = self._subscription.poll(0.0 if batches else timeout)
            except LogDamaged as damage:
                self._stop(damage)
                continue
            if batch is None:
                break
            batches.append(batch)
            events += len(batch.events)
            size += sum(len(event.event.data) for event in batch.events)
        # Rows are locked in one order by everybody: two relays that disagree about leases don't deadlock.
        return sorted(batches, key=lambda batch: (batch.partition, batch.after))

    def _stop(self, damage: LogDamaged) -> None:
        """Nothing after the damage is relayed; the other partitions go on."""
        log.error(
            "partition_stopped", consumer=CONSUMER, partition=damage.key, position=damage.position, reason=str(damage)
        )
        with self._pool.connection() as conn:
            stops.record(conn, CONSUMER, damage.key, damage.position, None, damage)
        self._subscription.hold(damage.key, _RETRY_SECONDS)
        if isinstance(damage, AheadOfLog):
            self._subscription.rewind(damage.key)  # consumers may have been rebuilt when it is asked again

    def _relay(self, tx: Connection, batches: list[Batch]) -> None:
        for batch in batches:
            advance(tx, CONSUMER, batch)
        self._sender.send(self._topic, self._messages(batches, installation(tx).epoch))

    def _messages(self, batches: list[Batch], epoch: int) -> Iterator[OutgoingMessage]:
        limit = self._settings.message_bytes
        for batch in batches:
            for recorded in batch.events:
                yield from to_messages(recorded, epoch, limit)
