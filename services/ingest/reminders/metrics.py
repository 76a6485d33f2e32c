"""What reminders show to Prometheus, read from the table at each scrape."""

from __future__ import annotations

from lienthong import metrics
from lienthong.metrics import Metrics, Values
from lienthong.postgres.pool import Pool
from services.ingest.reminders import reading


def watch(pool: Pool, shown: Metrics) -> None:
    """Show what became of reminders and digests, every state, also one that none is in. pool: as ingest."""
    shown.watch_each(metrics.REMINDERS, lambda: _by_state(pool))


def _by_state(pool: Pool) -> Values:
    with pool.connection() as conn:
        counts = reading.counts(conn)
    return [((state,), float(counts.get(state, 0))) for state in reading.STATES]
