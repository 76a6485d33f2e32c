"""What ingest shows to Prometheus: of its rooms each its own."""

from __future__ import annotations

from lienthong.metrics import Metrics
from lienthong.postgres.pool import Pool
from services.ingest.kafka import metrics as kafka
from services.ingest.reminders import metrics as reminders


def watch(pool: Pool, shown: Metrics) -> None:
    """pool: as ingest."""
    kafka.watch(pool, shown)
    reminders.watch(pool, shown)
