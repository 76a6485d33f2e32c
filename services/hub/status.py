"""How a hub stands, on one page: versions, positions, lag, sizes, what has not arrived, the last backup, and what will
be removed when. Asked by `lienthong status`; whether everything fits is asked by `verify`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong.eventlog import installation, stops
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.instants import wire_or_none
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection, connect
from lienthong.postgres.sql import Queries
from lienthong.settings import load
from services.export.settings import ExportSettings
from services.hub import standing
from services.hub.base import Base
from services.ingest.kafka.outbox import KEPT_DAYS

SQL = Queries(Path(__file__).with_name("status.sql"))
BACKED_UP = "hub.backed_up"


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """How far a partition has come. last_at: hub time of its last event."""

    key: str
    position: int
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """Bytes of one schema."""

    schema: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsent:
    """Deliveries that have not arrived. oldest: when the oldest was made; None where all did."""

    pending: int
    dead: int
    oldest: datetime | None


def gather(base: Base, log: PostgresEventLog) -> dict[str, Any]:
    """Everything, as JSON values."""
    names = standing.consumers(kafka=base.kafka is not None)
    with connect(base.conninfo, application_name="lienthong status") as conn:
        here = installation.installation(conn)
        unsent = conn.cursor(row_factory=class_row(Unsent)).execute(SQL.deliveries).fetchone()
        assert unsent is not None, "an aggregate has a row"
        return {
            **_running(base, conn),
            "missingMigrations": [],
            "installation": here.name,
            "epoch": here.epoch,
            "sample": here.sample,
            "now": wire_or_none(installation.hub_now(conn)),
            "partitions": [
                {"partition": head.key, "position": head.position, "lastEventAt": wire_or_none(head.last_at)}
                for head in conn.cursor(row_factory=class_row(Head)).execute(SQL.partitions)
            ],
            "consumers": [{"consumer": name, **lag} for name, lag in standing.lags_of(log, names).items()],
            "stopped": [f"{stop.consumer}/{stop.key}: {stop.code}" for stop in stops.stops(conn)],
            "disk": _disk(base, conn),
            "deliveries": {"pending": unsent.pending, "dead": unsent.dead, "oldestAt": wire_or_none(unsent.oldest)},
            "lastBackupAt": wire_or_none(value(conn, datetime, SQL.last_act, {"act": BACKED_UP})),
            "removals": list(_removals(base, conn)),
        }


def gather_unmigrated(base: Base, missing: Sequence[str]) -> dict[str, Any]:
    """What can be told before the tables are those of this version: what runs, and which migrations are missing."""
    with connect(base.conninfo, application_name="lienthong status") as conn:
        return {**_running(base, conn), "missingMigrations": list(missing)}


def _running(base: Base, conn: Connection) -> dict[str, str]:
    engine = "kafka" if base.kafka else "postgres"
    return {"version": _version(), "database": _server(conn), "engine": engine}


def _version() -> str:
    try:
        return version("lienthong")
    except PackageNotFoundError:  # run from a checkout
        return "checkout"


def _server(conn: Connection) -> str:
    return f"PostgreSQL {value(conn, str, 'SHOW server_version')}"


def _disk(base: Base, conn: Connection) -> dict[str, Any]:
    """free: bytes left where the embedded server keeps its data; None where the database is elsewhere."""
    embedded = base.settings.database_url is None
    return {
        "database": value(conn, int, SQL.database_bytes),
        "schemas": {size.schema: size.bytes for size in conn.cursor(row_factory=class_row(Size)).execute(SQL.sizes)},
        "free": shutil.disk_usage(base.settings.data_dir).free if embedded else None,
    }


def _removals(base: Base, conn: Connection) -> Iterator[dict[str, Any]]:
    """Of each kind of data that is removed some day: how much there is, and when its oldest goes. What is taken goes by
    number, not by age: keptItems, of each destination.
    """
    kinds = (
        ("refusals", base.settings.keep_refusals_days, SQL.refusals_kept),
        ("attempts", load(ExportSettings).keep_attempts_days, SQL.attempts_kept),
        ("outbox", KEPT_DAYS, SQL.outbox_kept),
    )
    for what, days, query in kinds:
        row = conn.execute(query).fetchone()
        assert row is not None, "an aggregate has a row"
        number, oldest = row
        goes = None if oldest is None else oldest + timedelta(days=days)
        yield {
            "what": what,
            "rows": number,
            "keptDays": days,
            "keptItems": None,
            "oldestGoesAt": wire_or_none(goes),
        }
    yield {
        "what": "taken",
        "rows": value(conn, int, SQL.taken_kept),
        "keptDays": None,
        "keptItems": load(ExportSettings).keep_taken,
        "oldestGoesAt": None,
    }
