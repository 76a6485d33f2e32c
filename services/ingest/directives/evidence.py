"""The register of directives held against the log."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lienthong import events
from lienthong.events import NATION
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.latest import Data, Latest
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.table import Table

SQL = Queries(Path(__file__).with_name("evidence.sql"))


def register(conn: Connection) -> Latest:
    """Every directive as the log leaves it."""
    columns = "revision issued withdrawn body changed_at"
    return Latest(
        events.DIRECTIVE_ACCEPTED,
        Table(NATION, "ingest.directives", columns, documents=("body",)),
        lambda: conn.execute(SQL.directives),
        name=lambda data: f"{data['unit']}/{data['directive']}",
        values=_values,
    )


def _values(data: Data) -> tuple[date, bool, str]:
    return date.fromisoformat(data["issued"]), bool(data.get("withdrawn")), hash_of_remains(data)
