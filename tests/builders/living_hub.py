"""A hub that has lived: reports in, rolled up, released, in the feed. What two hubs must agree on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.kafka import KafkaEventLog
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.relay import Relay
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool, connect
from services.aggregate.worker import CONSUMER as AGGREGATE
from services.aggregate.worker import Aggregator
from services.export.consumer import Exporter
from services.export.feed import reading
from services.export.feed.cursors import Question
from services.export.store import CONSUMER as EXPORT
from tests.builders.hub import Hub, a_report, a_withdrawal
from tests.builders.signing import released

UNITS = ("05977", "05986", "05983")


def live(hub: Hub) -> None:
    """Reports with a correction and a withdrawal, consolidated, released, in the feed."""
    for unit in UNITS:
        hub.send(a_report(hub, unit=unit))
    hub.send(a_report(hub, unit=UNITS[0], revision=2, figures={}), a_withdrawal(unit=UNITS[1]))
    consume(hub.conninfo)
    sign(hub)
    consume(hub.conninfo)


def sign(hub: Hub) -> str:
    """Release the round as it stands."""
    document = {"number": "9/BC-UBND", "date": "2026-10-10"}
    return released(hub.desk, recipients=["VN", "platform"], document=document)


def consume(conninfo: str, kafka: KafkaSettings | None = None) -> None:
    """Let aggregate and export take in whatever the log holds, the releases made meanwhile too.

    kafka: read from its topics, with a relay that fills them meanwhile.
    """
    with ExitStack() as stack:
        pool = stack.enter_context(Pool(conninfo))
        log: PostgresEventLog | KafkaEventLog = PostgresEventLog(pool)
        if kafka is not None:
            log = KafkaEventLog(pool, kafka)
            stack.enter_context(_relaying(pool, kafka))
        with connect(conninfo) as conn:
            aggregator = Aggregator(PostgresAppender(partitions_of(conn)), log)
        for name, handler in ((AGGREGATE, aggregator), (EXPORT, Exporter(sample=True))):
            subscription = log.subscribe(name)
            stack.callback(subscription.close)
            while (goal := log.heads()) != log.positions(name):
                Consumer(subscription, handler, pool).consume_until(goal, 30)


@contextmanager
def _relaying(pool: Pool, kafka: KafkaSettings) -> Iterator[None]:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(Relay(pool, kafka).run, stop)
        try:
            yield
        finally:
            stop.set()
            running.result(60)


def shown(conninfo: str) -> dict[str, Any]:
    """What people and systems see of a hub: receipts, rollups, releases, the feed."""
    with connect(conninfo) as conn, Pool(conninfo) as pool:

        def rows(query: bytes) -> list[tuple[Any, ...]]:
            return conn.execute(query).fetchall()

        return {
            "receipts": rows(b"SELECT * FROM ingest.ledger ORDER BY source, id"),
            "log": rows(b"SELECT * FROM eventlog.events ORDER BY partition, position"),
            "reports": rows(b"SELECT * FROM aggregate.reports ORDER BY round, form, unit"),
            "rollups": rows(b"SELECT * FROM aggregate.rollups ORDER BY round, form"),
            "releases": rows(b"SELECT release, digest, dataset FROM aggregate.releases ORDER BY 1"),
            "positions": rows(b"SELECT consumer, partition, position FROM eventlog.positions ORDER BY 1, 2"),
            "feed": [entry.body for entry in _page(pool, None).entries],
        }


def delta(conninfo: str) -> str:
    """The cursor at the end of the feed."""
    with Pool(conninfo) as pool:
        return _page(pool, None).links["delta"].split("cursor=")[1]


def follow(conninfo: str, cursor: str) -> list[dict[str, Any]]:
    """The entries after a cursor. Raises Rejected."""
    with Pool(conninfo) as pool:
        return [entry.body for entry in _page(pool, cursor).entries]


def _page(pool: Pool, cursor: str | None) -> Any:
    return reading.feed_page(pool, Question(), cursor=cursor, limit=100, parameters={})
