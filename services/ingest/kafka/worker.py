"""The process of submitting by Kafka: reads the clients' topics, judges, sends receipts and refusals back.

Several may run: clients are shared by leases, as partitions of the log are. Leases decide who works; exact is the
comparison of places (judging.py). A topic that does not tell its client, or isn't there, is left alone and said so,
and the others go on.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from lienthong.access import registered
from lienthong.backoff import Backoff
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Misconfigured, Transient
from lienthong.eventlog.leases import Leases
from lienthong.eventlog.port import Appender, Superseded
from lienthong.kafka.administration import Administration, Extent
from lienthong.kafka.messages import Received
from lienthong.kafka.reader import Reader
from lienthong.kafka.settings import KafkaSettings
from lienthong.metrics import SUBMISSIONS, Metrics
from lienthong.outage import Outage
from lienthong.postgres.pool import Connection, Pool
from services.ingest.accepting import committer
from services.ingest.claims.committer import MAX_CLAIMS
from services.ingest.claims.work import VERDICTS
from services.ingest.kafka import store
from services.ingest.kafka.judging import Judge
from services.ingest.kafka.opening import strangers, user_of
from services.ingest.kafka.outbox import Outbox
from services.ingest.kafka.store import Inbox
from services.ingest.kafka.turns import Record

NAME = "inbound"

_SLOTS = 64  # clients are dealt into so many; more workers than slots would have nothing to do
_BALANCE_SECONDS = 2.0  # a new client waits that long, a killed worker's clients too
_VERIFY_SECONDS = 30.0  # how long a right to write that somebody should not have may go unnoticed
_POLL_SECONDS = 0.5

log = structlog.get_logger(__name__)


class Worker:
    """One worker. Used by one thread."""

    def __init__(self, *, pool: Pool, kafka: KafkaSettings, judge: Judge, shown: Metrics | None = None) -> None:
        """pool: as ingest, without a limit of time for statements."""
        self._pool, self._kafka, self._judge = pool, kafka, judge
        self._shown = shown or Metrics()
        for verdict in VERDICTS:
            self._shown.begin(SUBMISSIONS, verdict)
        self._admin = Administration(kafka)
        self._outbox = Outbox(pool, kafka)
        self._opened: Reader | None = None
        self._conn: Connection | None = None
        self._leases: Leases | None = None
        self._places: dict[str, Inbox] = {}  # of the clients that are read, by client
        self._left: dict[str, str] = {}  # clients that are left alone, and why
        self._balance_at = self._verify_at = 0.0
        self._backoff = Backoff()
        self._outage = Outage("inbound_waits", "inbound_goes_on")

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. Raises Misconfigured; while PostgreSQL or Kafka is away it goes on trying."""
        try:
            while not stop.is_set():
                self._try(stop)
        finally:
            self.close()

    def step(self, timeout: float) -> int:
        """Judge what there is, once, and send what waits; the number of records. Raises as `run`, and Transient."""
        try:
            if time.monotonic() >= self._balance_at:
                self._balance()
            records = self._fresh_records(self._hear(timeout))
            if records:
                self._take(records)
            self._outbox.send()
        except BaseException:
            self._forget()
            raise
        return len(records)

    def clients_read(self) -> frozenset[str]:
        """The clients whose topics this worker reads now."""
        return frozenset(self._places)

    def left_alone(self) -> Mapping[str, str]:
        """Clients of this worker's whose topics it does not read, and why."""
        return self._left

    def close(self) -> None:
        """Give the clients back, so that others take over at once."""
        self._forget()
        self._outbox.close()
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    def _try(self, stop: threading.Event) -> None:
        try:
            self.step(_POLL_SECONDS)
            self._backoff.worked()
            self._outage.worked()
        except Superseded:
            log.info("inbound_superseded")  # nothing is broken, another worker was there
        except Transient as error:
            self._outage.failed(error.code, str(error))
            stop.wait(self._backoff.failed())

    def _hear(self, timeout: float) -> Sequence[Received]:
        try:
            return self._reader.poll(timeout, MAX_CLAIMS).messages
        except Misconfigured as error:  # one topic was removed, or refuses: it is left alone when all begin anew
            raise Transient(str(error), code="inbound_topic_refuses") from error

    def _take(self, records: Sequence[Record]) -> None:
        touched = {record.client for record in records}
        counted = self._judge.judge(records, {client: self._places[client] for client in touched})
        for record in records:
            self._places[record.client] = replace(self._places[record.client], next_offset=record.received.offset + 1)
        for verdict, count in counted.items():
            self._shown.count(SUBMISSIONS, verdict, by=count)

    def _fresh_records(self, messages: Iterable[Received]) -> list[Record]:
        """Records of the clients that are read, in order; a place that went back means another topic."""
        by_topic = {inbox.topic: client for client, inbox in self._places.items()}
        records: list[Record] = []
        expected = {client: inbox.next_offset for client, inbox in self._places.items()}
        for message in messages:
            client = by_topic.get(message.topic)
            if client is None:
                continue
            if message.offset < expected[client]:
                raise Superseded(f"inbound: {message.topic} goes on at {message.offset}, not {expected[client]}")
            expected[client] = message.offset + 1
            records.append(Record(client=client, received=message))
        return records

    # -- which clients ---------------------------------------------------------------------------------

    def _balance(self) -> None:
        if self._conn is None:
            self._conn = self._pool.dedicated_connection()
            self._leases = Leases(self._conn, NAME, range(_SLOTS))
        assert self._leases is not None  # made with the connection
        self._leases.balance()
        mine = {inbox.client: inbox for inbox in store.inboxes(self._conn) if _slot(inbox.client) in self._leases.held}
        self._drop([client for client in self._places if client not in mine])
        if time.monotonic() >= self._verify_at:
            self._begin(self._conn, mine.values())
            self._verify_at = time.monotonic() + _VERIFY_SECONDS
        else:
            self._begin(self._conn, [inbox for client, inbox in mine.items() if client not in self._places])
        self._balance_at = time.monotonic() + _BALANCE_SECONDS

    def _begin(self, conn: Connection, inboxes: Iterable[Inbox]) -> None:
        """Begin to read, or go on, where the topic is there and tells its client."""
        wanted = list(inboxes)
        if not wanted:
            return
        extents, rights = self._admin.extents([inbox.topic for inbox in wanted]), self._admin.writers()
        for inbox in wanted:
            client = registered.find(conn, inbox.client)
            assert client is not None, "a client with a topic is never deleted"
            others = strangers(inbox.topic, f"User:{user_of(client)}", rights)
            extent = extents.get(inbox.topic)
            if extent is None:
                self._leave(inbox, "the topic is missing")
            elif others:
                self._leave(inbox, f"{', '.join(sorted(others))} may write to it")
            elif inbox.client in self._places:
                self._check(self._places[inbox.client], extent)
            else:
                self._add(conn, inbox, extent)

    def _add(self, conn: Connection, inbox: Inbox, extent: Extent) -> None:
        if inbox.topic_id != extent.id or not extent.start <= inbox.next_offset <= extent.end:
            log.warning(
                "inbound_skips",
                client=inbox.client,
                at=inbox.next_offset,
                to=extent.start,
                anew=inbox.topic_id != extent.id,
            )
            self._judge.skip(inbox, extent.id, extent.start)
            inbox = replace(inbox, topic_id=extent.id, next_offset=extent.start)
        self._left.pop(inbox.client, None)
        self._places[inbox.client] = inbox
        self._reader.add({(inbox.topic, 0): inbox.next_offset})

    def _check(self, inbox: Inbox, extent: Extent) -> None:
        if inbox.topic_id != extent.id:
            raise Superseded(f"inbound: {inbox.topic} was made anew")  # begins again, with the new one

    def _leave(self, inbox: Inbox, why: str) -> None:
        self._drop([inbox.client] if inbox.client in self._places else [])
        if self._left.get(inbox.client) != why:
            log.error("inbound_left_alone", client=inbox.client, topic=inbox.topic, reason=why)
        self._left[inbox.client] = why

    def _drop(self, dropped: Sequence[str]) -> None:
        if dropped:
            self._reader.drop([(self._places.pop(client).topic, 0) for client in dropped])

    def _forget(self) -> None:
        """Begin anew at the stored places, with a session that holds its leases for certain."""
        self._drop(list(self._places))
        if self._conn is not None:
            self._conn.close()
        self._conn = self._leases = None
        self._balance_at = self._verify_at = 0.0

    @property
    def _reader(self) -> Reader:
        if self._opened is None:
            self._opened = Reader(self._kafka, f"{self._kafka.topic_prefix}.{NAME}")
        return self._opened


def run(
    *,
    pool: Pool,
    conninfo: str,
    kafka: KafkaSettings,
    appender: Appender,
    committed: Callable[[], None],
    stop: threading.Event,
    shown: Metrics,
) -> None:
    """The whole process until `stop` is set. committed: wakes consumers (Notifier.nudge)."""
    judging = committer(
        pool=pool, conninfo=conninfo, appender=appender, contracts=Contracts.load(), committed=committed
    )
    try:
        Worker(pool=pool, kafka=kafka, judge=Judge(judging, pool), shown=shown).run(stop)
    finally:
        judging.close()


def _slot(client: str) -> int:
    return zlib.crc32(client.encode()) % _SLOTS
