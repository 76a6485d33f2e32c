"""Counts of reach held against the log. One witness for all partitions: a unit may move between provinces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import NATION, Recorded
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.table import Table
from lienthong.proof.witness import finding

SQL = Queries(Path(__file__).with_name("evidence.sql"))


class Counts:
    """Every day of every channel as the log leaves it. To be shown every partition before it is asked."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._table = Table(NATION, "ingest.reaches", ("reach", "interactions", "changed_at"))

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if recorded.event.type != events.REACH_ACCEPTED or data is None:
            return
        try:
            self._take(recorded, data["data"])
        except (LookupError, TypeError, ValueError):
            yield finding(recorded.event.partition_key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        yield from self._table.differences(self._conn.execute(SQL.reaches))

    def _take(self, recorded: Recorded, told: Any) -> None:
        at, name = recorded.event.time, "/".join(told[part] for part in ("unit", "item", "channel", "day"))
        latest, said = self._table.get(name, "changed_at"), told.get("interactions")
        if latest is None or latest <= at:
            self._table.put(name, recorded.position, int(told["reach"]), None if said is None else int(said), at)
