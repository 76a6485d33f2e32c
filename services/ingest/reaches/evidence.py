"""Counts of reach held against the log."""

from __future__ import annotations

from pathlib import Path

from lienthong import events
from lienthong.events import NATION
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.latest import Data, Latest
from lienthong.proof.table import Table

SQL = Queries(Path(__file__).with_name("evidence.sql"))


def counts(conn: Connection) -> Latest:
    """Every day of every channel as the log leaves it."""
    return Latest(
        events.REACH_ACCEPTED,
        Table(NATION, "ingest.reaches", "reach interactions changed_at"),
        lambda: conn.execute(SQL.reaches),
        name=lambda data: "/".join(data[part] for part in ("unit", "item", "channel", "day")),
        values=_values,
        numbered=False,
    )


def _values(data: Data) -> tuple[int, int | None]:
    interactions = data.get("interactions")
    return int(data["reach"]), None if interactions is None else int(interactions)
