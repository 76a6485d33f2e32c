"""The tables of submitting by Kafka. SQL is in queries.sql."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("queries.sql"))

RECEIPTS, REFUSALS = "receipts", "refusals"


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """How far a client's topic was judged. next_offset: of the first record that is not judged yet."""

    client: str
    topic: str
    topic_id: str
    next_offset: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldClient:
    """A client's row, locked. receipts, refusals: positions of the last ones in the outbox. now: the hub's clock."""

    topic_id: str
    next_offset: int
    receipts: int
    refusals: int
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """A receipt or refusal that goes back. source, id: of the accepted event, for receipts. code: first reason."""

    client: str
    stream: str
    position: int
    at: datetime
    topic_id: str
    offset: int
    source: str | None
    id: str | None
    data: str
    code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A client's place after a transaction, and how many receipts and refusals it wrote."""

    before: int
    topic_id: str
    next_offset: int
    receipts: int = 0
    refusals: int = 0


def inboxes(conn: Connection) -> list[Inbox]:
    """Every client that submits by Kafka."""
    return [_inbox(row) for row in conn.execute(SQL.inboxes)]


def inbox(conn: Connection, client: str) -> Inbox | None:
    """One client's place."""
    row = conn.execute(SQL.inbox, {"client": client}).fetchone()
    return None if row is None else _inbox(row)


def clock_offset(conn: Connection) -> timedelta:
    """What the hub's clock adds to the true time."""
    return certain(conn, timedelta, SQL.clock_offset)


def lock(tx: Connection, clients: Iterable[str]) -> dict[str, HeldClient]:
    """Hold these clients' rows until the transaction ends."""
    rows = tx.execute(SQL.lock_inboxes, {"clients": sorted(clients)})
    return {
        client: HeldClient(topic_id=topic_id, next_offset=offset, receipts=receipts, refusals=refusals, now=now)
        for client, topic_id, offset, receipts, refusals, now in rows
    }


def move(tx: Connection, moves: Mapping[str, Move]) -> int:
    """Move places by compare-and-set; how many were where they were thought to be."""
    return tx.execute(
        SQL.advance_inboxes,
        {
            "clients": list(moves),
            "before": [m.before for m in moves.values()],
            "topic_ids": [m.topic_id for m in moves.values()],
            "next": [m.next_offset for m in moves.values()],
            "receipts": [m.receipts for m in moves.values()],
            "refusals": [m.refusals for m in moves.values()],
        },
    ).rowcount


def put_out(tx: Connection, rows: Iterable[Outgoing]) -> None:
    """Write receipts and refusals to the outbox."""
    with tx.cursor() as cursor, cursor.copy(SQL.copy_outbox) as copy:
        for row in rows:
            copy.write_row(
                (
                    row.client,
                    row.stream,
                    row.position,
                    row.at,
                    row.topic_id,
                    row.offset,
                    row.source,
                    row.id,
                    row.code,
                    row.data,
                )
            )


def latest_refusals(conn: Connection, client: str | None, limit: int) -> list[tuple[Any, ...]]:
    """(client, offset, at, data) of refusals, newest first."""
    return conn.execute(SQL.refused, {"client": client, "limit": limit}).fetchall()


def _inbox(row: tuple[Any, ...]) -> Inbox:
    client, topic, topic_id, next_offset = row
    return Inbox(client=client, topic=topic, topic_id=topic_id, next_offset=next_offset)
