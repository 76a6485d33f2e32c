"""The Kafka engine passes the suite of every engine, with a relay at work, and a few rules of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from event_log_suite import Engine, EventLogSuite, Results, an_event, in_background, until

from lienthong.eventlog import topics
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.consumer import consume_until
from lienthong.eventlog.kafka import KafkaEventLog, log_topic
from lienthong.eventlog.kafka_binding import to_messages
from lienthong.eventlog.kafka_client import Administration, Sender
from lienthong.eventlog.kafka_settings import KafkaSettings
from lienthong.eventlog.port import EventLog, HoleInLog
from lienthong.eventlog.relay import Relay
from lienthong.eventlog.wakeup import Notifier
from lienthong.postgres.pool import Pool

pytest_plugins = ("kafka_fixture",)

DEFINITIONS = topics.load(Path(__file__).parents[2] / "schemas" / "topics")


class KafkaEngine(Engine):
    """Kafka with a relay in a thread of its own."""

    def __init__(self, pool: Pool, settings: KafkaSettings) -> None:
        self.pool = pool
        self.settings = settings
        self.log = KafkaEventLog(pool, settings)
        self.appender = PostgresAppender(self.log.partitions)
        self.notifier = Notifier(pool)
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(1)
        topics.apply(Administration(settings), topics.wanted(DEFINITIONS, settings))
        self.start_relay()

    def start_relay(self) -> None:
        self._stop = threading.Event()
        self._relaying = self._threads.submit(Relay(self.pool, self.settings).run, self._stop)

    def stop_relay(self) -> None:
        self._stop.set()
        with suppress(HoleInLog):  # it may have met the one that a test made
            self._relaying.result(30)

    def close(self) -> None:
        self.stop_relay()
        self._threads.shutdown()
        self.notifier.close()

    def tell(self) -> None:
        self.notifier.nudge()

    def smaller(self, *, events: int = 1000, size: int = 1 << 24) -> EventLog:
        return KafkaEventLog(self.pool, self.settings, batch_events=events, batch_bytes=size)

    def sever(self, consumer: str) -> None:
        with self.pool.connection() as conn:
            conn.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    def make_hole(self, key: str, position: int) -> None:
        with self.pool.connection() as conn:
            conn.execute(
                "DELETE FROM eventlog.events WHERE position = %s AND partition = %s",
                (position, self.log.partitions[key]),  # type: ignore[attr-defined]
            )


class TestKafkaEventLog(EventLogSuite):
    @pytest.fixture
    def engine(self, pool: Pool, kafka: KafkaSettings) -> Iterator[Engine]:
        engine = KafkaEngine(pool, kafka)
        yield engine
        engine.close()
