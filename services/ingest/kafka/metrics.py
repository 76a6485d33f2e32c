"""What submitting by Kafka shows to Prometheus, read from the tables at each scrape."""

from __future__ import annotations

from functools import partial

from lienthong import telemetry
from lienthong.postgres.pool import Pool
from services.ingest.kafka.store import SQL


def watch(pool: Pool) -> None:
    """Show what was not sent back yet, and what was set aside and waits for an operator. pool: as ingest."""
    telemetry.watch_gauge("lienthong_inbound_unsent", "Receipts and refusals that are not in Kafka yet.",
                          partial(_count, pool, SQL.waiting))  # fmt: skip
    telemetry.watch_gauge("lienthong_inbound_set_aside", "Records at which the hub failed, not replayed yet.",
                          partial(_count, pool, SQL.set_aside))  # fmt: skip


def _count(pool: Pool, query: str) -> float:
    with pool.connection() as conn:
        row = conn.execute(query).fetchone()
    return float(row[0]) if row else 0.0
