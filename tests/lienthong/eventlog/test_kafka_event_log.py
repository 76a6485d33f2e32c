"""The Kafka engine passes the suite of every engine, with a relay at work, and a few rules of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.binding import to_messages
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.kafka import KafkaEventLog, KafkaSubscription, log_topic
from lienthong.eventlog.port import EventLog, HoleInLog, Subscription
from lienthong.eventlog.relay import CONSUMER, Relay
from lienthong.eventlog.wakeup import Notifier
from lienthong.events import Recorded
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration
from lienthong.kafka.messages import OutgoingMessage
from lienthong.kafka.sender import Sender
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool
from tests.builders.tampering import tampering
from tests.conftest import ROOT
from tests.lienthong.eventlog.event_log_suite import Engine, EventLogSuite, Results, an_event, in_background, until

pytest_plugins = ("tests.builders.kafka_broker",)

DEFINITIONS = topics.load(ROOT / "schemas" / "topics")


class KafkaEngine(Engine):
    """Kafka with a relay in a thread of its own."""

    log: KafkaEventLog

    def __init__(self, pool: Pool, settings: KafkaSettings) -> None:
        self.pool = pool
        self.settings = settings
        self.log = KafkaEventLog(pool, settings)
        self.appender = PostgresAppender(self.log.partitions)
        self.notifier = Notifier(pool)
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(1)
        topics.apply(Administration(settings), topics.wanted_topics(DEFINITIONS, settings))
        self.start_relay()

    def start_relay(self) -> None:
        self._stop = threading.Event()
        self._relaying = self._threads.submit(Relay(self.pool, self.settings).run, self._stop)

    def stop_relay(self) -> None:
        self._stop.set()
        with suppress(HoleInLog):  # it may have met the one that a test made
            self._relaying.result(60)

    def relayed(self, key: str) -> int:
        """How far the relay has come."""
        return self.log.positions(CONSUMER)[key]

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
        with self.pool.connection() as conn, tampering(conn):
            conn.execute(
                "DELETE FROM eventlog.events WHERE position = %s AND partition = %s",
                (position, self.log.partitions[key]),
            )


class TestKafkaEventLog(EventLogSuite):
    @pytest.fixture
    def engine(self, pool: Pool, kafka: KafkaSettings) -> Iterator[KafkaEngine]:
        engine = KafkaEngine(pool, kafka)
        yield engine
        engine.close()

    def test_events_come_through_kafka_even_if_the_table_has_lost_them(
        self, engine: KafkaEngine, results: Results
    ) -> None:
        subscription = engine.log.subscribe("c")
        consumer = Consumer(subscription, results, engine.pool)
        engine.append(an_event(1))
        until(lambda: consumer.step(0.1))
        listening(subscription)
        engine.append(*map(an_event, range(2, 5)))
        until(lambda: engine.relayed("20") == 4)
        engine.make_hole("20", 3)
        consumer.consume_until({"20": 4}, timeout=60)
        assert results.positions("20") == [1, 2, 3, 4]
        subscription.close()

    def test_while_the_relay_is_away_the_table_is_read(self, engine: KafkaEngine, results: Results) -> None:
        engine.stop_relay()
        with in_background(engine, engine.log.subscribe("c"), results):
            engine.append(an_event(1))
            until(lambda: results.ids() == ["1"])
            engine.append(an_event(2))
            until(lambda: results.ids() == ["1", "2"])
            engine.start_relay()
            until(lambda: engine.relayed("20") == 2)
            engine.append(an_event(3))
            until(lambda: len(results.ids()) == 3)
        assert results.ids() == ["1", "2", "3"]

    def test_what_the_relay_repeats_has_no_second_effect(self, engine: KafkaEngine, results: Results) -> None:
        with in_background(engine, engine.log.subscribe("c"), results):
            engine.append(*map(an_event, range(1, 21)))
            until(lambda: len(results.ids()) == 20 and engine.relayed("20") == 20)
            engine.stop_relay()
            with engine.pool.connection() as conn:
                conn.execute("UPDATE eventlog.positions SET position = 5 WHERE consumer = 'relay' AND position = 20")
            engine.start_relay()
            engine.append(an_event(21))
            until(lambda: len(results.ids()) == 21)
        assert results.positions("20") == list(range(1, 22))

    def test_large_events_are_put_together_again(self, engine: KafkaEngine, results: Results) -> None:
        engine.stop_relay()
        engine.settings = engine.settings.model_copy(update={"message_bytes": 1500})
        engine.start_relay()
        subscription = engine.log.subscribe("c")
        listening(subscription)
        large = an_event(1, data='{"x": "%s"}' % ("đ" * 10_000))
        engine.append(large, an_event(2))
        until(lambda: engine.relayed("20") == 2)
        engine.make_hole("20", 1)  # so it can come from Kafka alone
        got: list[Recorded] = []
        while len(got) < 2:
            batch = subscription.poll(10)
            assert batch is not None
            got += batch.events
        assert [one.event for one in got] == [large, an_event(2)]
        subscription.close()

    def test_foreign_and_outdated_messages_are_passed_over(self, engine: KafkaEngine, results: Results) -> None:
        sender, topic = Sender(engine.settings), log_topic(engine.settings)
        number = engine.log.partitions["20"]
        with in_background(engine, engine.log.subscribe("c"), results):
            engine.append(an_event(1))
            until(lambda: len(results.ids()) == 1)
            garbage = OutgoingMessage(partition=number, key=b"20", headers=[("ce_epoch", b"1")], value=b"\xff")
            lost = [
                message
                for position in (2, 3)
                for message in to_messages(recorded_at(engine, position, "lost future"), 0, 900_000)
            ]
            half = list(to_messages(recorded_at(engine, 2, "half"), 1, 5))[:2]
            sender.send(topic, [garbage, *lost, *half])
            engine.append(an_event(2), an_event(3))
            until(lambda: len(results.ids()) == 3)
        assert results.ids() == ["1", "2", "3"]
        sender.close()

    def test_a_topic_removed_and_made_again_costs_no_event(self, engine: KafkaEngine, results: Results) -> None:
        engine.append(*map(an_event, range(1, 6)))
        with in_background(engine, engine.log.subscribe("c"), results):
            until(lambda: len(results.ids()) == 5 and engine.relayed("20") == 5)
            engine.stop_relay()
        admin = Administration(engine.settings)
        admin.delete([log_topic(engine.settings)])
        until(lambda: not admin.topics([log_topic(engine.settings)]))
        topics.apply(admin, topics.wanted_topics(DEFINITIONS, engine.settings))
        engine.start_relay()
        with in_background(engine, engine.log.subscribe("c"), results):
            engine.append(*map(an_event, range(6, 11)))
            until(lambda: len(results.ids()) == 10)
        assert results.positions("20") == list(range(1, 11))


def listening(subscription: Subscription) -> None:
    """Returns when this reader hears everything that Kafka gets from now on."""
    assert isinstance(subscription, KafkaSubscription)
    while not subscription.hears():
        assert subscription.poll(0.2) is None


def recorded_at(engine: Engine, position: int, name: str) -> Recorded:
    [first] = engine.log.read("20", after=0, limit=1)
    return replace(first, event=an_event(name), position=position)
