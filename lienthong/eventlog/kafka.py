"""The Kafka engine of the event log: readers hear the topic that the relay fills, and fall back to the table.

Partitions are assigned by the hub's own leases, not by a consumer group: a lease ends with the database session
in whose transactions results are written, and one rule shares the work on both engines. A worker begins at the
consumer's stored position, reads the table up to now, and Kafka from now on; a restart, a takeover, a new
consumer and one that lies behind Kafka's retention are the same case. It also reads the table where Kafka is
silent although the table goes on, so an outage of Kafka or of the relay delays consumers by two seconds and
stops none.

Appending is the same on every engine (append.py); only this and relay.py deal with Kafka.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property

import psycopg
import structlog

from lienthong.errors import Misconfigured
from lienthong.eventlog.append import SQL
from lienthong.eventlog.binding import (
    Assembler,
    Received,
    Unreadable,
    epoch_of,
)
from lienthong.eventlog.installation import installation
from lienthong.eventlog.leases import Leases
from lienthong.eventlog.port import Batch, HoleInLog
from lienthong.eventlog.postgres import SAFETY_POLL_SECONDS, Lag, PostgresEventLog, page
from lienthong.eventlog.tails import Stretch, Tail
from lienthong.events import Recorded
from lienthong.kafka.client import Reader
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Connection, Pool, translated

log = structlog.get_logger(__name__)


def log_topic(settings: KafkaSettings) -> str:
    """The name of the event log's topic in Kafka."""
    return f"{settings.topic_prefix}.log"


class KafkaEventLog:
    """The EventLog with Kafka as the way to consumers. Thread-safe. What is asked singly is read from the record."""

    def __init__(
        self,
        pool: Pool,
        settings: KafkaSettings,
        *,
        batch_events: int = 1000,
        batch_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        """batch_events, batch_bytes: limits of one batch, and so of one consumer transaction."""
        self._pool = pool
        self._settings = settings
        self._limits = (batch_events, batch_bytes)
        self.table = PostgresEventLog(pool, batch_events=batch_events, batch_bytes=batch_bytes)

    @cached_property
    def partitions(self) -> dict[str, int]:
        """Key → partition number."""
        return self.table.partitions

    def head(self, key: str) -> int:
        return self.table.head(key)

    def heads(self) -> dict[str, int]:
        return self.table.heads()

    def read(self, key: str, after: int, limit: int = 1000) -> list[Recorded]:
        return self.table.read(key, after, limit)

    def find(self, event_type: str, subject: str) -> list[Recorded]:
        return self.table.find(event_type, subject)

    def positions(self, consumer: str) -> dict[str, int]:
        """How far a consumer has come, for every key (0 where it never began)."""
        return self.table.positions(consumer)

    def lag(self, consumer: str) -> dict[str, Lag]:
        """What a consumer has yet to do, by key."""
        return self.table.lag(consumer)

    def subscribe(self, consumer: str, keys: Sequence[str] | None = None) -> KafkaSubscription:
        chosen = self.partitions if keys is None else {key: self.partitions[key] for key in keys}
        return KafkaSubscription(self._pool, self._settings, consumer, chosen, limits=self._limits)


class KafkaSubscription:
    """One worker's reading, with a database session that holds its leases. Used by one thread."""

    def __init__(
        self,
        pool: Pool,
        settings: KafkaSettings,
        consumer: str,
        partitions: dict[str, int],
        *,
        limits: tuple[int, int],
    ) -> None:
        self._pool = pool
        self._consumer = consumer
        self._partitions = partitions
        self._keys = {partition: key for key, partition in partitions.items()}
        self._limits = limits
        self._epoch = 0
        self._conn: Connection | None = None
        self._leases: Leases | None = None
        self._balance_at = 0.0
        self._settings = settings
        self._topic = log_topic(settings)
        self._opened: Reader | None = None
        self._assembler = Assembler()
        self._tails: dict[int, Tail] = {}  # of the partitions held
        self._unheard: set[int] = set()  # of which Kafka has not said yet that we listen
        self._turn: deque[int] = deque()
        self._given = {"from_kafka": 0, "from_table": 0}

    @property
    def consumer(self) -> str:
        return self._consumer

    def held(self) -> frozenset[str]:
        return frozenset(self._keys[partition] for partition in tuple(self._tails))

    def hears(self) -> bool:
        """Whether Kafka tells this worker of every event of the partitions it holds; before, the table does."""
        return bool(self._tails) and not self._unheard

    def poll(self, timeout: float) -> Batch | None:
        deadline = time.monotonic() + timeout
        try:
            with translated():
                return self._poll(deadline)
        except (psycopg.Error, *self._pool.refusals):
            self._drop_session()
            raise

    def rewind(self, key: str) -> None:
        partition = self._partitions[key]
        if partition not in self._tails:
            return
        try:
            with translated():
                self._tails[partition].rewind(self._stored([partition])[partition])
        except (psycopg.Error, *self._pool.refusals):
            self._drop_session()  # the new session begins at the stored positions

    def close(self) -> None:
        self._drop_session()
        if self._opened is not None:
            self._opened.close()
            log.info("kafka_reader_ended", consumer=self._consumer, **self._given)
        self._opened = None

    def _poll(self, deadline: float) -> Batch | None:
        while True:
            conn = self._session()
            if time.monotonic() >= self._balance_at:
                self._balance(conn)
            self._listen(conn, 0.0)
            batch = self._next_batch(conn)
            remaining = deadline - time.monotonic()
            if batch is not None or remaining <= 0:
                return batch
            self._listen(conn, min(remaining, max(0.01, self._balance_at - time.monotonic())))

    # -- the session and its leases --------------------------------------------------------------------

    def _session(self) -> Connection:
        if self._conn is None:
            self._conn = self._pool.dedicated()
            self._epoch = installation(self._conn).epoch
            self._leases = Leases(self._conn, self._consumer, self._keys)
            self._balance_at = 0.0
        return self._conn

    def _drop_session(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._conn = self._leases = None
        self._forget(tuple(self._tails))

    def _balance(self, conn: Connection) -> None:
        assert self._leases is not None  # made with the session
        taken, given_back = self._leases.balance()
        self._forget(given_back)
        heads = self._heads(conn)
        for partition, tail in self._tails.items():
            tail.look(heads[partition])
        if taken:
            self._begin(sorted(taken), heads)
        self._balance_at = time.monotonic() + SAFETY_POLL_SECONDS

    def _begin(self, partitions: list[int], heads: dict[int, int]) -> None:
        stored = self._stored(partitions)
        for partition, position in stored.items():
            if position > heads[partition]:
                raise Misconfigured(
                    f"consumer {self._consumer} stands at {position} in partition {self._keys[partition]},"
                    f" but the log ends at {heads[partition]}: it was restored without its consumers."
                    " Rebuild them with `lienthong replay`"
                )
            self._tails[partition] = Tail(position)
            self._tails[partition].know(heads[partition])
        self._turn.extend(stored)
        self._unheard.update(stored)
        self._reader.add({(self._topic, partition): None for partition in stored})

    def _forget(self, partitions: Iterable[int]) -> None:
        dropped = [partition for partition in partitions if partition in self._tails]
        for partition in dropped:
            del self._tails[partition]
            self._turn.remove(partition)
            self._unheard.discard(partition)
            self._assembler.forget(partition)
        if dropped:
            self._reader.drop([(self._topic, partition) for partition in dropped])

    def _stored(self, partitions: list[int]) -> dict[int, int]:
        assert self._conn is not None
        asked = {"consumer": self._consumer, "partitions": partitions}
        stored: dict[int, int] = dict(self._conn.execute(SQL.stored_positions, asked))
        return {partition: stored.get(partition, 0) for partition in partitions}

    def _heads(self, conn: Connection) -> dict[int, int]:
        rows = conn.execute(SQL.heads)
        return {self._partitions[key]: position for key, position in rows if key in self._partitions}

    @property
    def _reader(self) -> Reader:
        if self._opened is None:
            group = f"{self._settings.topic_prefix}.{self._consumer}"
            self._opened = Reader(self._settings, group)
        return self._opened

    # -- what Kafka says -------------------------------------------------------------------------------

    def _listen(self, conn: Connection, timeout: float) -> None:
        """Take what Kafka has, as far as there is room for it."""
        events, _ = self._limits
        room = events - sum(len(tail) for tail in self._tails.values())
        if room <= 0:
            return
        heard = self._reader.poll(timeout, room)
        for received in heard.messages:
            self._hear(received)
        now_heard = {partition for _, partition in heard.at_end} & self._unheard
        if now_heard:
            # From here on Kafka tells of everything; what was relayed while it began to listen, the table has.
            self._unheard -= now_heard
            heads = self._heads(conn)
            for partition in now_heard:
                self._tails[partition].know(heads[partition])

    def _hear(self, received: Received) -> None:
        tail = self._tails.get(received.partition)
        if tail is None:
            return
        try:
            # What another epoch wrote is of a past that was undone by a restore, or was restored into the table.
            if epoch_of(received) != self._epoch:
                return
            recorded = self._assembler.add(received)
        except Unreadable as exc:
            log.warning(
                "kafka_message_ignored", topic=received.topic, partition=received.partition,
                offset=received.offset, reason=str(exc),
            )  # fmt: skip
            return
        if recorded is not None and recorded.partition == received.partition:
            tail.hear(recorded)

    # -- delivering ------------------------------------------------------------------------------------

    def _next_batch(self, conn: Connection) -> Batch | None:
        for _ in range(len(self._turn)):
            partition = self._turn[0]
            self._turn.rotate(-1)
            tail = self._tails[partition]
            after, missing = tail.position, tail.missing()
            events = tail.take(*self._limits) if missing is None else self._read(conn, partition, missing)
            if events:
                self._given["from_kafka" if missing is None else "from_table"] += len(events)
                key = self._keys[partition]
                return Batch(key=key, partition=partition, after=after, events=tuple(events))
        return None

    def _read(self, conn: Connection, partition: int, missing: Stretch) -> list[Recorded]:
        key, (most, size) = self._keys[partition], self._limits
        limit = min(most, missing.last - missing.after)
        events = page(conn, (key, partition), missing.after, limit, size)
        if not events:
            raise HoleInLog(key, missing.after + 1, missing.last)
        self._tails[partition].moved(len(events))
        return events
