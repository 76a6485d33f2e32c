"""Shared materials held against the log. One witness for all partitions: a unit may move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import NATION, Recorded
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import remains
from lienthong.proof.table import Table
from lienthong.proof.witness import finding
from services.ingest.materials.taking import words_of

SQL = Queries(Path(__file__).with_name("evidence.sql"))


class Shared:
    """Every material as the log leaves it. To be shown every partition before it is asked."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        columns = ("revision", "visible_to", "withdrawn", "body", "words", "changed_at")
        self._table = Table(NATION, "ingest.materials", columns, documents=("body",))

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if recorded.event.type != events.MATERIAL_ACCEPTED or data is None:
            return
        try:
            self._take(recorded, data["data"])
        except (LookupError, TypeError, ValueError):
            yield finding(recorded.event.partition_key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        yield from self._table.differences(self._conn.execute(SQL.materials))

    def _take(self, recorded: Recorded, told: Any) -> None:
        at, name = recorded.event.time, f"{told['unit']}/{told['material']}"
        latest, before = self._table.get(name, "changed_at"), self._table.get(name, "revision") or 0
        if latest is None or latest <= at:
            visible, withdrawn = told.get("visibleTo"), bool(told.get("withdrawn"))
            self._table.put(name, recorded.position, before, visible, withdrawn, remains(told), words_of(told), at)
        self._table.change(name, revision=before + 1)
