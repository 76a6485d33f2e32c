"""What export shows to Prometheus: read from the tables at each scrape, so it is right whichever process is asked."""

from __future__ import annotations

from functools import partial

from lienthong import metrics
from lienthong.metrics import Metrics
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Pool
from services.export import deliveries

_STATES = {"pending": metrics.PENDING, "dead": metrics.DEAD, "delivered": metrics.DELIVERED}


def watch(pool: Pool, shown: Metrics) -> None:
    """Show deliveries by state, the age of the oldest undelivered one."""
    for state, metric in _STATES.items():
        shown.watch(metric, partial(_count, pool, state))
    shown.watch(metrics.OLDEST_UNDELIVERED, partial(_one_number, pool, deliveries.SQL.oldest_undelivered))


def _count(pool: Pool, state: str) -> float:
    with pool.connection() as conn:
        return certain(conn, int, deliveries.SQL.count_deliveries, {"state": state})


def _one_number(pool: Pool, query: str) -> float:
    with pool.connection() as conn:
        return certain(conn, float, query)
