"""The ledger: what was accepted, a row each, and the latest revision of each report. SQL is in queries.sql."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.claims.verdicts import Key, Slot
from services.ingest.definitions import loading

SQL = Queries(Path(__file__).with_name("queries.sql"))

EventId = tuple[str, str]
"""(source, id)."""


@dataclass(kw_only=True, slots=True)
class LedgerRow:
    """One accepted claim, as it stands in the ledger. Times aware; hashes 32 bytes. warnings: the queries that its
    checks raised, explanations: what it says of queries; both JSON.

    Not frozen: link, partition and position are set when the heads are held; a copy of each row would cost more
    than its hash.
    """

    source: str
    id: str
    type: str
    province: str
    unit: str
    round: str | None
    form: str | None
    revision: int | None
    content_hash: bytes
    salt: bytes
    link: bytes
    partition: int
    position: int
    received_at: datetime
    deadline: datetime | None
    late: bool
    client: str
    warnings: str
    explanations: str = "[]"


def row_of(columns: Sequence[Any]) -> LedgerRow:
    """A row from its columns in LedgerRow's order, for queries that join it to something else."""
    return LedgerRow(**dict(zip((f.name for f in fields(LedgerRow)), columns, strict=True)))


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerView:
    """What a transaction begins with: the hub's clock, the definitions' version, what the ledger holds."""

    now: datetime
    version: int
    rows: Sequence[LedgerRow]
    slots: dict[Key, Slot]


def look_up(tx: Connection, ids: Set[EventId], keys: Set[Key], begin: Callable[[], object]) -> LedgerView:
    """Begin, read the clock, lock these ids and reports, read what is known of them: in one trip to the database.

    begin: opens the transaction, if that has not been done. Each statement sees what was committed before it began,
    so what is read after the locks is what they protect.
    """
    names = [f"id:{source}\n{id_}" for source, id_ in ids] + [name_of(key) for key in keys]
    sources, named = _columns(ids, 2)
    rounds, forms, units = _columns(keys, 3)
    with tx.pipeline():
        begin()
        clock = tx.execute(loading.SQL.now_and_version)
        lock(tx, names)
        cursor = tx.cursor(row_factory=class_row(LedgerRow))
        cursor.execute(SQL.known_ids, {"sources": sources, "ids": named})
        slots = tx.execute(SQL.slots_of, {"rounds": rounds, "forms": forms, "units": units})
    now, version = clock.fetchone() or (None, None)
    assert now is not None, "the migration writes the row"
    return LedgerView(
        now=now,
        version=version,
        rows=cursor.fetchall(),
        slots={
            (r, f, u): Slot(revision=revision, withdrawn=withdrawn, first_received_at=first)
            for r, f, u, revision, withdrawn, first in slots
        },
    )


def _columns(rows: Set[tuple[str, ...]], count: int) -> list[list[str]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


def name_of(key: Key) -> str:
    """By what a report is locked."""
    return "report:" + "\n".join(key)


def lock(tx: Connection, names: Iterable[str]) -> None:
    """Hold the locks of these names until the transaction ends; sorted, so that nobody waits in a circle."""
    keys = sorted({_lock_key(name) for name in names})
    if keys:
        tx.execute(SQL.lock_keys, {"keys": keys})


def put_slots(tx: Connection, rows: Mapping[Key, LedgerRow], slots: Mapping[Key, Slot]) -> None:
    """The reports' new latest revisions."""
    ordered = sorted(rows)
    tx.execute(
        SQL.put_slots,
        {
            "rounds": [key[0] for key in ordered],
            "forms": [key[1] for key in ordered],
            "units": [key[2] for key in ordered],
            "revisions": [rows[key].revision for key in ordered],
            "withdrawn": [slots[key].withdrawn for key in ordered],
            "late": [rows[key].late for key in ordered],
            "received": [rows[key].received_at for key in ordered],
            "first": [slots[key].first_received_at for key in ordered],
            "nil": [slots[key].nil for key in ordered],
        },
    )


LEDGER_TYPES = (
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "int4",
    "bytea",
    "bytea",
    "bytea",
    "int4",
    "int8",
    "timestamptz",
    "timestamptz",
    "bool",
    "text",
    "text",
    "text",
)


def add_to_ledger(tx: Connection, rows: Iterable[LedgerRow]) -> None:
    """New rows of the ledger."""
    with tx.cursor() as cursor, cursor.copy(SQL.copy_ledger) as copy:
        copy.set_types(LEDGER_TYPES)
        for r in rows:
            copy.write_row(
                (
                    r.source,
                    r.id,
                    r.type,
                    r.province,
                    r.unit,
                    r.round,
                    r.form,
                    r.revision,
                    r.content_hash,
                    r.salt,
                    r.link,
                    r.partition,
                    r.position,
                    r.received_at,
                    r.deadline,
                    r.late,
                    r.client,
                    r.warnings,
                    r.explanations,
                )
            )


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
