"""The event log on Kafka against PostgreSQL, in one run: relay, consuming, and the way from append to effect.

Run: python -m bench.kafka [events]      (20,000 when absent; its own embedded PostgreSQL and its own broker, or the
one in LIENTHONG_TEST_KAFKA). Writer, relay and consumer are processes of their own. It prints figures and fails
nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from lienthong.embedded.kafka import Cluster
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.kafka import KafkaEventLog
from lienthong.eventlog.port import Batch
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.relay import Relay
from lienthong.eventlog.wakeup import Notifier
from lienthong.events import REPORT_ACCEPTED, Event
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.migrate import CORE, migrate
from lienthong.postgres.pool import Connection, Pool

ROOT = Path(__file__).resolve().parent.parent
NARRATIVE = "Đã tổ chức tuyên truyền. " * 90  # makes the event 3.4 kB, as a real report is
RATE = 500  # events/s in the latency part, spread over all provinces
SECONDS = 12

_spawn = multiprocessing.get_context("spawn")


def an_event(number: int, key: str) -> Event:
    """A report-like event that says when it was made."""
    data = {"made": time.time(), "values": list(range(40)), "report": {"narrative": NARRATIVE}}
    return Event(
        type=REPORT_ACCEPTED,
        source="urn:bench",
        id=str(uuid.uuid4()),
        time=datetime.now(UTC),
        partition_key=key,
        data=orjson.dumps(data).decode(),
        subject=str(number),
    )


def fill(pool: Pool, keys: list[str], count: int) -> float:
    """Append `count` events in commits of 200; seconds."""
    with pool.connection() as conn:
        appender = PostgresAppender(partitions_of(conn))
    began = time.perf_counter()
    for start in range(0, count, 200):
        with pool.transaction() as tx:
            appender.append(tx, [an_event(n, keys[n % len(keys)]) for n in range(start, start + 200)])
    return time.perf_counter() - began


def relay_all(pool: Pool, settings: KafkaSettings) -> tuple[int, float]:
    """Relay what is there, after a first step that connects; events and seconds."""
    relay = Relay(pool, settings)
    warm = relay.step(0.0)
    began, count = time.perf_counter(), 0
    while done := relay.step(0.0):
        count += done
    seconds = time.perf_counter() - began
    relay.close()
    assert warm
    return count, seconds


def consume_all(pool: Pool, log: PostgresEventLog | KafkaEventLog, name: str) -> float:
    """Consume everything with a handler that does nothing; seconds."""
    subscription = log.subscribe(name)
    began = time.perf_counter()
    Consumer(subscription, lambda tx, batch: None, pool).consume_until(log.heads(), timeout=600)
    seconds = time.perf_counter() - began
    subscription.close()
    return seconds


def hear_all(pool: Pool, settings: KafkaSettings, keys: list[str], count: int) -> tuple[int, float]:
    """What a consumer takes from Kafka alone: it listens first, then everything is appended and relayed, then
    it is timed. Events and seconds.
    """
    log = KafkaEventLog(pool, settings)
    subscription = log.subscribe("hearing")
    consumer = Consumer(subscription, lambda tx, batch: None, pool)
    consumer.consume_until(log.heads(), timeout=600)
    while not subscription.hears():
        consumer.step(0.1)
    fill(pool, keys, count)
    relay_all(pool, settings)
    before = sum(log.positions("hearing").values())
    began = time.perf_counter()
    consumer.consume_until(log.heads(), timeout=600)
    seconds = time.perf_counter() - began
    subscription.close()
    return sum(log.heads().values()) - before, seconds


# -- latency: processes of their own -----------------------------------------------------------------------


def relaying(database: str, settings: KafkaSettings, stop: Signal) -> None:
    """A relay's process."""
    with Pool(database, application_name="relay") as pool:
        Relay(pool, settings).run(_thread_event(stop))


def consuming(database: str, settings: KafkaSettings | None, stop: Signal, answers: Queue[list[float]]) -> None:
    """A consumer's process; gives the seconds from making each event to the commit of its effect."""
    delays: list[float] = []
    made: list[float] = []

    def handler(tx: Connection, batch: Batch, /) -> None:
        made.extend(event.event.content()["made"] for event in batch.events)

    with Pool(database, application_name="consumer") as pool:
        log = PostgresEventLog(pool) if settings is None else KafkaEventLog(pool, settings)
        subscription = log.subscribe(f"latency-{uuid.uuid4().hex[:6]}")
        consumer = Consumer(subscription, handler, pool)
        while not stop.is_set():
            if consumer.step(0.2):
                now = time.time()
                delays.extend(now - instant for instant in made)
            made.clear()
        subscription.close()
    answers.put(delays)


def _thread_event(stop: Signal) -> threading.Event:
    local = threading.Event()
    threading.Thread(target=lambda: (stop.wait(), local.set()), daemon=True).start()
    return local


def latencies(pool: Pool, database: str, settings: KafkaSettings | None, keys: list[str]) -> list[float]:
    """Delays of the second half of a run at RATE events/s."""
    stop, answers = _spawn.Event(), _spawn.Queue()
    children = [_spawn.Process(target=consuming, args=(database, settings, stop, answers))]
    if settings is not None:
        children.append(_spawn.Process(target=relaying, args=(database, settings, stop)))
    for child in children:
        child.start()
    with pool.connection() as conn:
        appender = PostgresAppender(partitions_of(conn))
    notifier = Notifier(pool)
    time.sleep(6)  # both connect and read up to now: not what is measured
    began = time.perf_counter()
    for number in range(RATE * SECONDS // 5):
        # Five reports share a commit, as at ingest.
        with pool.transaction() as tx:
            appender.append(tx, [an_event(number, keys[(number * 5 + n) % len(keys)]) for n in range(5)])
        notifier.nudge()
        time.sleep(max(0.0, began + number * 5 / RATE - time.perf_counter()))
    time.sleep(1)
    stop.set()
    delays = answers.get(timeout=60)
    for child in children:
        child.join(30)
    notifier.close()
    return delays[-RATE * SECONDS // 2 :]


@contextmanager
def a_broker(folder: Path) -> Iterator[KafkaSettings]:
    """The given one, or one of our own."""
    address = os.environ.get("LIENTHONG_TEST_KAFKA")
    if address:
        yield KafkaSettings(bootstrap=address, replication=1, allow_unencrypted=True)
        return
    with Cluster(folder) as cluster:
        yield cluster.settings()


def main(count: int) -> None:
    out = Console()
    table = Table("what", "figure")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServer(Path(folder) / "data") as database, a_broker(Path(folder) / "kafka") as broker:
            migrate(database, (CORE,))
            settings = broker.model_copy(update={"topic_prefix": f"bench-{uuid.uuid4().hex[:8]}"})
            definitions = topics.load(ROOT / "schemas" / "topics")
            topics.apply(Administration(settings), topics.wanted_topics(definitions, settings))
            with Pool(database) as pool:
                _figures(pool, database, settings, count, table, out)
            Administration(settings).delete([f"{settings.topic_prefix}.log"])
    out.print(table)


def _figures(pool: Pool, database: str, settings: KafkaSettings, count: int, table: Table, out: Console) -> None:
    keys = [key for key in PostgresEventLog(pool).partitions if key != "VN"]
    rows: list[tuple[str, str]] = []
    out.print(f"{count:,} events of 3.4 kB in {len(keys)} partitions …")
    rows.append(("append, 200 a commit", f"{count / fill(pool, keys, count):,.0f}/s"))
    done, seconds = relay_all(pool, settings)
    rows.append(("relay to Kafka, acknowledged", f"{done / seconds:,.0f}/s"))
    rows.append(("consume, PostgreSQL engine", f"{count / consume_all(pool, PostgresEventLog(pool), 'p'):,.0f}/s"))
    done, seconds = hear_all(pool, settings, keys, count)
    rows.append(("consume, from Kafka", f"{done / seconds:,.0f}/s"))
    out.print(f"{RATE} events/s for {SECONDS} s on each engine …")
    for name, chosen in (("PostgreSQL", None), ("Kafka", settings)):
        delays = sorted(latencies(pool, database, chosen, keys))
        p50, p99 = statistics.median(delays), delays[int(len(delays) * 0.99)]
        rows.append((f"append to effect, {name}, p50 / p99", f"{p50 * 1000:.1f} / {p99 * 1000:.1f} ms"))
    for row in rows:
        table.add_row(*row)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
