"""The hub's clock, and what the installation is: PostgreSQL decides both, never Python.

Only sample data may run on a set clock, so that on-time and late are honest on any day of the year. The
database refuses an offset for real data.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import misconfigured

_SQL = Queries(Path(__file__).with_name("installation.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """sample: pages, receipts and pushes must say "dữ liệu mẫu". epoch: grows with every restore."""

    sample: bool
    epoch: int
    created_at: datetime
    chain_seed: bytes

    @property
    def name(self) -> str:
        """Tells this installation from any other; restored or moved it keeps it. Says nothing of the seed."""
        return hashlib.sha256(b"installation:" + self.chain_seed).hexdigest()[:16]

    @property
    def cursor_key(self) -> bytes:
        """Signs the cursors of lists. Says nothing of the seed."""
        return hashlib.sha256(b"cursors:" + self.chain_seed).digest()

    def mark(self, text: str) -> str:
        """Stands in an act for what no act spells out (an address of mail, the digest of a secret): the same for the
        same text. Keyed, so that who reads the audit log alone can't try out whose address it is.
        """
        key = hashlib.sha256(b"marks:" + self.chain_seed).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def hub_now(conn: Connection) -> datetime:
    """Now, by the hub's clock (aware, UTC)."""
    return certain(conn, datetime, _SQL.now)


def installation(conn: Connection) -> Installation:
    """What this installation is. Raises Misconfigured before the first migration."""
    try:
        row = conn.cursor(row_factory=class_row(Installation)).execute(_SQL.installation).fetchone()
    except psycopg.errors.UndefinedTable as exc:
        raise misconfigured("database_empty") from exc
    if row is None:
        raise misconfigured("installation_lost")
    return row


def epoch_began(conn: Connection) -> datetime | None:
    """When this hub was restored the last time, by its own clock; None for one that never was."""
    return value(conn, datetime, _SQL.epoch_began)


def become_sample(conn: Connection) -> None:
    """Make a still empty log one of sample data. Raises Misconfigured once anything is recorded."""
    try:
        conn.execute(_SQL.become_sample)
    except psycopg.errors.CheckViolation as exc:
        raise misconfigured("log_holds_real_data") from exc


def set_clock(conn: Connection, instant: datetime) -> None:
    """Let the hub's clock run on from `instant` (aware). Raises Misconfigured unless this is sample data."""
    try:
        conn.execute(_SQL.set_clock, {"instant": instant})
    except psycopg.errors.CheckViolation as exc:
        raise misconfigured("clock_of_samples_alone") from exc
