"""What export shows to Prometheus: read from the tables at each scrape, so it is right whichever process is asked."""

from __future__ import annotations

from functools import partial

from lienthong import telemetry
from lienthong.postgres.pool import Pool
from services.export import deliveries

_STATES = ("pending", "dead", "delivered")


def watch(pool: Pool) -> None:
    """Show deliveries by state, the age of the oldest undelivered one."""
    for state in _STATES:
        text = f"Deliveries in the state {state}."
        telemetry.watch_gauge(f"lienthong_deliveries_{state}", text, partial(_count, pool, state))
    telemetry.watch_gauge("lienthong_oldest_undelivered_seconds",
                          "Age of the oldest delivery that did not arrive, dead ones included.",
                          partial(_first, pool, deliveries.SQL.oldest_undelivered))  # fmt: skip


def _count(pool: Pool, state: str) -> float:
    with pool.connection() as conn:
        row = conn.execute(deliveries.SQL.count_deliveries, {"state": state}).fetchone()
    return float(row[0]) if row else 0.0


def _first(pool: Pool, query: str) -> float:
    with pool.connection() as conn:
        row = conn.execute(query).fetchone()
    return float(row[0]) if row else 0.0
