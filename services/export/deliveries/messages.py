"""The messages that deliveries carry, as they are kept: by their key, and what is in force of a province."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from lienthong.postgres.pool import Connection
from services.export.deliveries import SQL
from services.export.mapping import Message
from services.export.store import KeptMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageKey:
    """What names a message."""

    kind: str
    subject: str
    version: int
    withdraws: bool

    @property
    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("kind", "subject", "version", "withdraws")}


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageInForce(MessageKey):
    """The message in force for a subject: what a destination should hold."""

    digest: str
    type: str


def in_force(conn: Connection, province: str, kind: str) -> list[MessageInForce]:
    """What a destination of a province should hold of a kind."""
    rows = conn.cursor(row_factory=class_row(MessageInForce))
    return rows.execute(SQL.in_force, {"province": province, "kind": kind}).fetchall()


def kept_message(conn: Connection, key: MessageKey) -> KeptMessage:
    """A message as it stands in the table."""
    row = find_message(conn, key)
    assert row is not None  # a foreign key
    return row


def find_message(conn: Connection, key: MessageKey) -> KeptMessage | None:
    """The same; None for one that somebody removed behind the hub."""
    return conn.cursor(row_factory=class_row(KeptMessage)).execute(SQL.message, key.row).fetchone()


def message(conn: Connection, key: MessageKey) -> Message:
    """The same as it goes out."""
    return kept_message(conn, key).message
