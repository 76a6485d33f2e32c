"""What submitting by Kafka shows to Prometheus, read from the tables at each scrape."""

from __future__ import annotations

from functools import partial

from lienthong import metrics
from lienthong.metrics import Metrics
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Pool
from services.ingest.kafka.store import SQL


def watch(pool: Pool, shown: Metrics) -> None:
    """Show what was not sent back yet, and what was set aside and waits for an operator. pool: as ingest."""
    shown.watch(metrics.INBOUND_UNSENT, partial(_one_number, pool, SQL.waiting))
    shown.watch(metrics.INBOUND_SET_ASIDE, partial(_one_number, pool, SQL.set_aside))


def _one_number(pool: Pool, query: str) -> float:
    with pool.connection() as conn:
        return certain(conn, int, query)
