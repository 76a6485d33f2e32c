"""The registry of units held against the log. One witness for all partitions: a row is told to every province that it
concerns, and stands once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import NATION, Recorded
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.table import Table, document
from lienthong.proof.witness import finding
from services.ingest.units.facts import key_of

SQL = Queries(Path(__file__).with_name("evidence.sql"))


class Registered:
    """Every row as it was told last. To be shown every partition before it is asked."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._table = Table(NATION, "ingest.registry", "body")
        self._told: dict[str, datetime] = {}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if data is None:
            return
        try:
            if recorded.event.type == events.UNIT_CHANGED:
                for table in ("units", "relations", "aliases"):
                    for row in data[table]:
                        self._take(recorded, table, row)
            elif recorded.event.type == events.POPULATION_SET:
                self._take(recorded, "populations", data)
        except (LookupError, TypeError):
            yield finding(recorded.event.partition_key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        yield from self._table.differences(
            (name, document(body)) for name, body in self._conn.execute(SQL.registry_rows)
        )

    def _take(self, recorded: Recorded, table: str, row: Mapping[str, Any]) -> None:
        """Partitions are read one after the other, so a row told later in one read earlier stays."""
        name, at = f"{table} {key_of(table, row)}", recorded.event.time
        if name not in self._told or self._told[name] <= at:
            self._told[name] = at
            self._table.put(name, recorded.position, hash_of_remains(row))
