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

from collections.abc import Collection, Mapping, Sequence

import structlog

from lienthong.eventlog.binding import Assembler, Unreadable, epoch_of
from lienthong.eventlog.installation import installation
from lienthong.eventlog.port import Batch, HoleInLog
from lienthong.eventlog.postgres import Lag, PostgresEventLog, page
from lienthong.eventlog.session import EngineSubscription
from lienthong.eventlog.tails import Stretch, Tail
from lienthong.events import Recorded
from lienthong.kafka.messages import Received
from lienthong.kafka.reader import Reader
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Connection, Pool

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

    @property
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

    def of_types(self, key: str, types: Collection[str]) -> list[Recorded]:
        return self.table.of_types(key, types)

    def at(self, key: str, positions: Collection[int]) -> list[Recorded]:
        return self.table.at(key, positions)

    def positions(self, consumer: str) -> dict[str, int]:
        """How far a consumer has come, for every key (0 where it never began)."""
        return self.table.positions(consumer)

    def lag(self, consumer: str) -> dict[str, Lag]:
        """What a consumer has yet to do, by key."""
        return self.table.lag(consumer)

    def subscribe(self, consumer: str, keys: Sequence[str] | None = None) -> KafkaSubscription:
        chosen = self.partitions if keys is None else {key: self.partitions[key] for key in keys}
        return KafkaSubscription(self._pool, self._settings, consumer, chosen, limits=self._limits)


class KafkaSubscription(EngineSubscription):
    """One worker's reading of Kafka, with the table behind it."""

    def __init__(
        self, pool: Pool, settings: KafkaSettings, consumer: str, partitions: dict[str, int], *, limits: tuple[int, int]
    ) -> None:
        super().__init__(pool, consumer, partitions)
        self._limits = limits
        self._epoch = 0
        self._settings = settings
        self._topic = log_topic(settings)
        self._reading: Reader | None = None
        self._assembler = Assembler()
        self._tails: dict[int, Tail] = {}  # of the partitions held
        self._unheard: set[int] = set()  # of which Kafka has not said yet that we listen
        self._given = {"from_kafka": 0, "from_table": 0}

    def hears(self) -> bool:
        """Whether Kafka tells this worker of every event of the partitions it holds; before, the table does."""
        return bool(self._tails) and not self._unheard

    def hold(self, key: str, seconds: float) -> None:
        super().hold(key, seconds)
        tail = self._tails.get(self._partitions[key])
        if tail is not None:
            tail.leave_to_table()

    def close(self) -> None:
        super().close()
        if self._reading is not None:
            self._reading.close()
            log.info("kafka_reader_ended", consumer=self._consumer, **self._given)
        self._reading = None

    def _on_opening(self, conn: Connection) -> None:
        self._epoch = installation(conn).epoch

    def _take(self, stored: Mapping[int, int], heads: Mapping[int, int]) -> None:
        for partition, position in stored.items():
            self._tails[partition] = Tail(position)
            self._tails[partition].know(heads[partition])
        self._unheard.update(stored)
        self._reader.add({(self._topic, partition): None for partition in stored})

    def _look(self, heads: Mapping[int, int]) -> None:
        for partition, tail in self._tails.items():
            tail.look(heads[partition])

    def _drop(self, partitions: Collection[int]) -> None:
        for partition in partitions:
            del self._tails[partition]
            self._unheard.discard(partition)
            self._assembler.forget(partition)
        self._reader.drop([(self._topic, partition) for partition in partitions])

    def _go_to(self, partition: int, position: int) -> None:
        self._tails[partition].rewind(position)

    @property
    def _reader(self) -> Reader:
        if self._reading is None:
            group = f"{self._settings.topic_prefix}.{self._consumer}"
            self._reading = Reader(self._settings, group)
        return self._reading

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
                "kafka_message_ignored",
                topic=received.topic,
                partition=received.partition,
                offset=received.offset,
                reason=str(exc),
            )
            return
        if recorded is not None and recorded.partition == received.partition:
            tail.hear(recorded)
            if received.partition in self._holds:
                tail.leave_to_table()  # what waits for an operator must not take the others' room

    # -- delivering ------------------------------------------------------------------------------------

    def _next_batch(self, conn: Connection) -> Batch | None:
        for partition in self._in_turn():
            tail = self._tails[partition]
            after, missing = tail.position, tail.missing()
            events = tail.take(*self._limits) if missing is None else self._read(conn, partition, missing)
            if events:
                self._had_turn(partition)
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
        self._tails[partition].advance(len(events))
        return events
