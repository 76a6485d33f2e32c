"""What reminders show to Prometheus, read from the table at each scrape."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from lienthong import metrics
from lienthong.metrics import Metrics, Values
from lienthong.postgres.pool import Pool
from services.ingest.reminders import SQL
from services.ingest.reminders.reading import STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class _Count:
    state: str
    number: int


def watch(pool: Pool, shown: Metrics) -> None:
    """Show what became of reminders and digests, every state, also one that none is in. pool: as ingest."""
    shown.watch_each(metrics.REMINDERS, lambda: _by_state(pool))


def _by_state(pool: Pool) -> Values:
    with pool.connection() as conn:
        counts = conn.cursor(row_factory=class_row(_Count)).execute(SQL.count_reminders).fetchall()
    known = {one.state: one.number for one in counts}
    return [((state,), float(known.get(state, 0))) for state in STATES]
