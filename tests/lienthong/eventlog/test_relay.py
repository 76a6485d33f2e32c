"""The relay copies the table to Kafka in order, whoever is killed, and never twice at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from lienthong.embedded.kafka import Cluster
from lienthong.errors import Misconfigured, Transient
from lienthong.eventlog import stops
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.kafka import log_topic
from lienthong.eventlog.port import Superseded
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.relay import CONSUMER, Relay
from lienthong.events import REPORT_ACCEPTED, Event, Recorded
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration, TopicState
from lienthong.kafka.messages import OutgoingMessage
from lienthong.kafka.sender import Sender
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Connection, Pool
from tests.builders.kafka_topic import Seen, everything_in, first_occurrences
from tests.builders.tampering import tampering
from tests.conftest import ROOT

pytest_plugins = ("tests.builders.kafka_broker",)

DEFINITIONS = topics.load(ROOT / "schemas" / "topics")
LANG_SON = 9  # the partition of province 20


def an_event(number: int | str, key: str = "20", *, data: str = '{"chữ":"ổn"}', subject: str | None = None) -> Event:
    return Event(
        type=REPORT_ACCEPTED,
        source="urn:test",
        id=str(number),
        partition_key=key,
        data=data,
        subject=subject,
        time=datetime(2026, 10, 10, 1, 2, 3, 456789, tzinfo=UTC),
    )


def append(pool: Pool, appender: PostgresAppender, events: Sequence[Event]) -> list[Recorded]:
    with pool.transaction() as tx:
        return appender.append(tx, events)


def make_topics(settings: KafkaSettings) -> str:
    topics.apply(Administration(settings), topics.wanted_topics(DEFINITIONS, settings))
    return log_topic(settings)


@pytest.fixture
def topic(kafka: KafkaSettings) -> str:
    """The log's topic, just made."""
    return make_topics(kafka)


@pytest.fixture
def relay(pool: Pool, kafka: KafkaSettings, topic: str) -> Iterator[Relay]:
    made = Relay(pool, kafka)
    yield made
    made.close()


def drain(relay: Relay) -> int:
    """Relay until nothing is left."""
    total = 0
    while count := relay.step(0.0):
        total += count
    return total


@contextmanager
def running(pool: Pool, settings: KafkaSettings) -> Iterator[None]:
    """A relay in a thread of its own; its errors are raised at the end."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(Relay(pool, settings).run, stop)
        try:
            yield
        finally:
            stop.set()
            done.result(60)  # also where the test failed: a relay that ended is the likelier cause


def until_relayed(pool: Pool, seconds: float = 120.0) -> None:
    log = PostgresEventLog(pool)
    deadline = time.monotonic() + seconds
    while log.positions(CONSUMER) != log.heads():
        assert time.monotonic() < deadline, log.lag(CONSUMER)
        time.sleep(0.05)


def position_of(conn: Connection, partition: int) -> int:
    row = conn.execute(
        "SELECT position FROM eventlog.positions WHERE consumer = %s AND partition = %s", (CONSUMER, partition)
    ).fetchone()
    return row[0] if row else 0


# -- what stands in the topic


def test_an_event_is_a_cloudevent_in_binary_mode(
    pool: Pool, appender: PostgresAppender, relay: Relay, kafka: KafkaSettings, topic: str
) -> None:
    [recorded] = append(pool, appender, [an_event(1, subject="06040/P119-LS.2026")])
    drain(relay)
    [seen] = everything_in(kafka, topic)
    assert (seen.partition, seen.key, seen.value.decode()) == (LANG_SON, b"20", recorded.event.data)
    recorded_time = seen.headers.pop("ce_recordedtime")
    assert datetime.fromisoformat(recorded_time) == recorded.recorded_at
    assert seen.headers == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_type": REPORT_ACCEPTED,
        "ce_source": "urn:test",
        "ce_id": "1",
        "ce_time": "2026-10-10T01:02:03.456789Z",
        "ce_subject": "06040/P119-LS.2026",
        "ce_partitionkey": "20",
        "ce_sequence": "1",
        "ce_partition": "9",
        "ce_seal": recorded.seal.hex(),
        "ce_link": recorded.link.hex(),
        "ce_epoch": "1",
    }


def test_each_partition_stands_in_its_own_order(
    pool: Pool, appender: PostgresAppender, relay: Relay, kafka: KafkaSettings, topic: str
) -> None:
    keys = list(PostgresEventLog(pool).partitions)
    for start in range(0, 600, 60):
        append(pool, appender, [an_event(n, keys[n * 7 % 35]) for n in range(start, start + 60)])
        relay.step(0.0)
    drain(relay)
    seen = everything_in(kafka, topic)
    for key, partition in PostgresEventLog(pool).partitions.items():
        mine = [one for one in seen if one.partition == partition]
        assert [one.position for one in mine] == list(range(1, len(mine) + 1))
        assert {one.headers["ce_partitionkey"] for one in mine} <= {key}
    assert len(seen) == 600


def test_data_larger_than_a_message_travels_in_parts(
    pool: Pool, appender: PostgresAppender, kafka: KafkaSettings, topic: str
) -> None:
    data = json.dumps({"x": "đ" * 5000}, ensure_ascii=False)
    append(pool, appender, [an_event(1, data=data), an_event(2)])
    relay = Relay(pool, kafka.model_copy(update={"message_bytes": 3000}))
    drain(relay)
    relay.close()
    *parts, last = everything_in(kafka, topic)
    assert [(one.headers["ce_part"], one.headers["ce_parts"]) for one in parts] == [(str(n), "4") for n in (1, 2, 3, 4)]
    assert b"".join(one.value for one in parts).decode() == data
    assert [one.position for one in (*parts, last)] == [1, 1, 1, 1, 2]


# -- only one at a time, and nothing ahead of what failed


def test_a_relay_whose_position_was_taken_over_sends_nothing(
    pool: Pool, appender: PostgresAppender, relay: Relay, kafka: KafkaSettings, topic: str, conn: Connection
) -> None:
    relay.step(0.0)
    append(pool, appender, [an_event(n) for n in range(3)])
    with ThreadPoolExecutor(1) as threads:
        with conn.transaction():
            # As another relay does while it sends: it holds the row, and has advanced it when it is done.
            conn.execute(
                "UPDATE eventlog.positions SET position = 3 WHERE consumer = 'relay' AND partition = %s", (LANG_SON,)
            )
            late = threads.submit(relay.step, 5.0)
            with pytest.raises(TimeoutError):
                late.result(0.5)
        with pytest.raises(Superseded):
            late.result(60)
    assert everything_in(kafka, topic) == []
    assert relay.step(0.0) == 0


def test_two_relays_share_the_partitions(
    pool: Pool, appender: PostgresAppender, kafka: KafkaSettings, topic: str
) -> None:
    keys = list(PostgresEventLog(pool).partitions)
    with running(pool, kafka), running(pool, kafka):
        for start in range(0, 700, 70):
            append(pool, appender, [an_event(n, keys[n % 35]) for n in range(start, start + 70)])
        until_relayed(pool)
    seen = everything_in(kafka, topic)
    for partition in range(35):
        assert first_occurrences(seen, partition) == list(range(1, 21))


def test_a_hole_in_the_table_stops_the_relay(
    pool: Pool, appender: PostgresAppender, relay: Relay, kafka: KafkaSettings, topic: str, conn: Connection
) -> None:
    append(pool, appender, [an_event(n) for n in range(4)])
    with tampering(conn):
        conn.execute("DELETE FROM eventlog.events WHERE position = 2")
    append(pool, appender, [an_event("other", "33")])
    drain(relay)
    [found] = stops.stops(conn)
    assert (found.consumer, found.key, found.position, found.code) == ("relay", "20", 2, "hole_in_log")
    assert "other" in {one.headers["ce_id"] for one in everything_in(kafka, topic)}
    assert [one.position for one in everything_in(kafka, topic) if one.position > 1] == []


def test_a_missing_topic_and_one_with_other_partitions_are_refused(pool: Pool, kafka: KafkaSettings) -> None:
    relay = Relay(pool, kafka)
    with pytest.raises(Misconfigured, match="topics apply"):
        relay.step(0.0)
    state = TopicState(name=log_topic(kafka), partitions=12, replication=1, config={})
    Administration(kafka).create(state)
    with pytest.raises(Misconfigured, match="12 partitions"):
        relay.step(0.0)
    with pytest.raises(Misconfigured, match="12 partitions"):
        make_topics(kafka)
    relay.close()


# -- kills


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, broker: KafkaSettings) -> Iterator[Cluster]:
    """A broker to be killed; it runs again after each test."""
    with Cluster(tmp_path_factory.mktemp("cluster") / "kafka") as started:
        yield started


def own_topics(cluster: Cluster, **more: Any) -> KafkaSettings:
    """How to reach it, for a test with topics of its own."""
    return cluster.settings().model_copy(update={"topic_prefix": f"test-{uuid.uuid4().hex[:12]}", **more})


def test_while_kafka_is_down_events_are_appended_and_then_drain_in_order(
    pool: Pool, appender: PostgresAppender, cluster: Cluster, conn: Connection
) -> None:
    settings = own_topics(cluster, send_seconds=4.0)
    topic = make_topics(settings)
    relay = Relay(pool, settings)
    append(pool, appender, [an_event(n) for n in range(5)])
    drained(relay, pool)
    cluster.kill(1)
    append(pool, appender, [an_event(n) for n in range(5, 300)])
    for _ in range(2):
        with pytest.raises(Transient):
            relay.step(0.0)
    assert position_of(conn, LANG_SON) == 5
    cluster.restart(1)
    drained(relay, pool)
    relay.close()
    assert first_occurrences(everything_in(settings, topic), LANG_SON) == list(range(1, 301))


def drained(relay: Relay, pool: Pool) -> None:
    """All is in Kafka, however often it takes too long: a broker answers before it has elected its leaders."""
    log, deadline = PostgresEventLog(pool), time.monotonic() + 120
    while log.positions(CONSUMER) != log.heads():
        assert time.monotonic() < deadline, log.lag(CONSUMER)
        with suppress(Transient):
            drain(relay)


def test_a_broker_that_falls_silent_while_messages_are_under_way_is_waited_for(cluster: Cluster) -> None:
    """What is thrown away in flight makes librdkafka's producer fail for good, sooner or later: hence three times."""
    settings = own_topics(cluster, send_seconds=2.0)
    topic, broker = make_topics(settings), cluster.pids()[1]
    messages = [OutgoingMessage(partition=n % 35, key=b"k", headers=[], value=b"x" * 3000) for n in range(500)]
    sender = Sender(settings)
    for _ in range(3):
        deadline = time.monotonic() + 120
        while not sent(sender, topic, messages):
            assert time.monotonic() < deadline
        os.kill(broker, signal.SIGSTOP)
        assert not sent(sender, topic, messages)
        os.kill(broker, signal.SIGCONT)
    sender.close()


def sent(sender: Sender, topic: str, messages: list[OutgoingMessage]) -> bool:
    """Whether Kafka took them; it may be away, and nothing worse."""
    try:
        sender.send(topic, messages)
    except Transient:
        return False
    return True


def test_a_relay_killed_in_the_middle_of_a_load_loses_nothing_and_keeps_the_order(
    database: str, pool: Pool, appender: PostgresAppender, kafka: KafkaSettings, topic: str
) -> None:
    keys = ("20", "33", "VN")
    wanted = 3000
    stop = threading.Event()

    def write() -> None:
        for start in range(0, wanted, 30):
            append(pool, appender, [an_event(f"{key}-{n}", key) for n in range(start, start + 30) for key in keys])
        stop.set()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        kills = 0
        while not stop.is_set() or kills < 3:
            process = relay_process(database, kafka)
            time.sleep(0.4)  # somewhere in the middle of its work
            process.kill()
            process.wait()
            kills += 1
        writing.result()
    with running(pool, kafka):
        until_relayed(pool)
    seen = everything_in(kafka, topic)
    partitions = PostgresEventLog(pool).partitions
    for key in keys:
        assert first_occurrences(seen, partitions[key]) == list(range(1, wanted + 1))
        assert no_later_ahead(seen, partitions[key])


def no_later_ahead(seen: list[Seen], partition: int) -> bool:
    """Whether no message stands before the first occurrence of its predecessor."""
    highest = 0
    for one in seen:
        if one.partition == partition:
            if one.position > highest + 1:
                return False
            highest = max(highest, one.position)
    return True


def relay_process(database: str, settings: KafkaSettings) -> subprocess.Popen[str]:
    """A relay in a process of its own, at work."""
    code = (
        "import sys, threading; from lienthong.eventlog.relay import Relay\n"
        "from lienthong.kafka.settings import KafkaSettings; from lienthong.postgres.pool import Pool\n"
        "relay = Relay(Pool(sys.argv[1]), KafkaSettings(bootstrap=sys.argv[2], topic_prefix=sys.argv[3]))\n"
        "relay.step(0.0); print('at work', flush=True); relay.run(threading.Event())"
    )
    command = [sys.executable, "-c", code, database, str(settings.bootstrap), settings.topic_prefix]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process
