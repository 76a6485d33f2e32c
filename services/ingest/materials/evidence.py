"""Shared materials held against the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lienthong import events
from lienthong.events import NATION
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.latest import Data, Latest
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.table import Table
from services.ingest.materials.taking import words_of

SQL = Queries(Path(__file__).with_name("evidence.sql"))


def latest_by_the_log(conn: Connection) -> Latest:
    """Every material as the log leaves it."""
    columns = "revision visible_to withdrawn body words changed_at"
    return Latest(
        events.MATERIAL_ACCEPTED,
        Table(NATION, "ingest.materials", columns, documents=("body",)),
        lambda: conn.execute(SQL.materials),
        name=lambda data: f"{data['unit']}/{data['material']}",
        values=_values,
    )


def _values(data: Data) -> tuple[Any, ...]:
    return data.get("visibleTo"), bool(data.get("withdrawn")), hash_of_remains(data), words_of(data)
