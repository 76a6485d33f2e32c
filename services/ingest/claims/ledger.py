"""Ingest's own tables: reading and writing the ledger and the definitions. SQL is in queries.sql."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from lienthong.contracts.schemas import Contracts
from lienthong.forms.schema import derive
from lienthong.postgres.pool import Connection, Pool
from lienthong.postgres.sql import Queries
from lienthong.programmes import Plan, parse_published
from lienthong.retention import PAGE
from lienthong.rounds import opening
from lienthong.rounds.opening import Extension, OpenRound
from lienthong.samples import said
from lienthong.units import Registry
from services.ingest.claims.acceptance import Entry, Key, Slot
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.facts import wire

SQL = Queries(Path(__file__).with_name("queries.sql"))

EventId = tuple[str, str]
"""(source, id)."""


@dataclass(kw_only=True, slots=True)
class LedgerRow:
    """One accepted claim, as it goes into the ledger. Times aware; hashes 32 bytes.

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a transaction begins with: the hub's clock, the definitions' version, what the ledger holds."""

    now: datetime
    version: int
    ids: dict[EventId, Entry]
    slots: dict[Key, Slot]


def look_up(
    tx: Connection, ids: Sequence[EventId], keys: Sequence[Key], sample: bool, begin: Callable[[], object]
) -> Found:
    """Begin, read the clock, lock these ids and reports, read what is known of them: in one trip to the database.

    begin: opens the transaction, if that has not been done. Each statement sees what was committed before it began,
    so what is read after the locks is what they protect.
    """
    names = [f"id:{source}\n{id_}" for source, id_ in ids] + ["report:" + "\n".join(key) for key in keys]
    rounds_, forms, units = (list(column) for column in zip(*keys, strict=True)) if keys else ([], [], [])
    with tx.pipeline():
        begin()
        clock = tx.execute(SQL.now_and_version)
        lock(tx, names)
        known = tx.execute(SQL.known_ids, {"sources": [s for s, _ in ids], "ids": [i for _, i in ids]})
        current = tx.execute(SQL.slots_of, {"rounds": rounds_, "forms": forms, "units": units})
    row = clock.fetchone()
    assert row is not None, "the migration writes the row"
    return Found(
        now=row[0], version=row[1], ids={(one[0], one[1]): entry_of(one, sample) for one in known},
        slots={(r, f, u): Slot(revision=revision, withdrawn=withdrawn) for r, f, u, revision, withdrawn in current},
    )  # fmt: skip


def lock(tx: Connection, names: Iterable[str]) -> None:
    """Hold the locks of these names until the transaction ends; sorted, so that nobody waits in a circle."""
    keys = sorted({_lock_key(name) for name in names})
    if keys:
        tx.execute(SQL.lock_keys, {"keys": keys})


def now_and_version(tx: Connection) -> tuple[datetime, int]:
    """The hub's clock and the version of the definitions."""
    row = tx.execute(SQL.now_and_version).fetchone()
    assert row is not None, "the migration writes the row"
    return row[0], row[1]


def entry_of(row: Sequence[Any], sample: bool) -> Entry:
    """A ledger row (columns as in `known_ids`) with its receipt."""
    return Entry(type=row[2], content_hash=row[3], salt=row[4], receipt=receipt(row, sample))


def receipt(row: Sequence[Any], sample: bool) -> dict[str, Any]:
    """What the sender gets, and gets again for the same event: made of the ledger alone.

    receipt: `<province>-<position>`. contentHash: hex over salt, type and canonical data
    (lienthong.canonical). link: the chain's value. late: by the time of receipt against `deadline` (exclusive).
    """
    (
        source,
        id_,
        type_,
        content_hash,
        salt,
        province,
        unit,
        round_,
        form,
        revision,
        link,
        position,
        received,
        deadline,
        late,
        warnings,
    ) = row
    found: dict[str, Any] = {
        "receipt": f"{province}-{position}",
        "source": source,
        "id": id_,
        "type": type_,
        "unit": unit,
        "contentHash": f"sha256:{content_hash.hex()}",
        "salt": salt.hex(),
        "link": link.hex(),
        "partition": province,
        "position": position,
        "receivedAt": wire(received),
        "late": late,
        "deadline": None if deadline is None else wire(deadline),
        "warnings": [] if warnings == "[]" else orjson.loads(warnings),
    }
    if round_ is not None:
        found |= {"round": round_, "form": form, "revision": revision}
    return found | said(sample) if sample else found


def latest_values(tx: Connection, keys: Sequence[Key]) -> dict[Key, tuple[str, list[int | None]]]:
    """Form version and packed values of these reports' latest revisions; withdrawn ones are absent."""
    rounds_, forms, units = (list(column) for column in zip(*keys, strict=True))
    rows = tx.execute(SQL.latest_reports, {"rounds": rounds_, "forms": forms, "units": units})
    found = {}
    for round_, form, unit, data in rows:
        body = orjson.loads(data)
        found[(round_, form, unit)] = (body["formVersion"], body["values"])
    return found


def put_slots(tx: Connection, rows: Mapping[Key, LedgerRow], withdrawn: Mapping[Key, bool]) -> None:
    """The reports' new latest revisions."""
    ordered = sorted(rows)
    tx.execute(
        SQL.put_slots,
        {
            "rounds": [key[0] for key in ordered],
            "forms": [key[1] for key in ordered],
            "units": [key[2] for key in ordered],
            "revisions": [rows[key].revision for key in ordered],
            "withdrawn": [withdrawn[key] for key in ordered],
            "late": [rows[key].late for key in ordered],
            "received": [rows[key].received_at for key in ordered],
        },
    )


LEDGER_TYPES = (
    "text", "text", "text", "text", "text", "text", "text", "int4", "bytea", "bytea", "bytea", "int4", "int8",
    "timestamptz", "timestamptz", "bool", "text", "text",
)  # fmt: skip


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
                )
            )


def add_refusals(tx: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Refusals: (at, client, province, source, id, unit, round, errors as JSON)."""
    with tx.cursor() as cursor, cursor.copy(SQL.copy_refusals) as copy:
        for row in rows:
            copy.write_row(row)


def forget_refusals(pool: Pool, days: int) -> int:
    """Remove a page of the refusals that are older than so many days. Returns how many."""
    with pool.transaction() as tx:
        return tx.execute(SQL.forget_refusals, {"days": days, "limit": PAGE}).rowcount


def load_definitions(conn: Connection, *, sample: bool, epoch: int, contracts: Contracts) -> Definitions:
    """All definitions as one consistent set (one statement after the other under one snapshot)."""
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        version = now_and_version(conn)[1]
        registry = load_registry(conn)
        older = {(plan, number): _plan(document, number) for plan, number, document in conn.execute(SQL.plans)}
        open_rounds = _load_rounds(conn)
    newest = {plan: older[(plan, number)] for plan, number in sorted(older)}
    forms = {(form.code, form.version): (plan, form) for plan in older.values() for form in plan.forms}
    for plan, form in forms.values():
        contracts.add(derive(plan, form))
    return Definitions(
        version=version,
        registry=registry,
        plans=newest,
        older=older,
        rounds=open_rounds,
        contracts=contracts,
        forms={key: form for key, (_, form) in forms.items()},
        sample=sample,
        epoch=epoch,
        next_opening=_next_opening(newest.values(), registry, open_rounds),
    )


def whole_round(conn: Connection, code: str) -> OpenRound | None:
    """One round with its units, deadlines and extensions, also when it is locked (memory keeps less of those)."""
    row = conn.execute(SQL.whole_round, {"round": code}).fetchone()
    if row is None:
        return None
    granted = tuple(
        Extension(obligation=obligation, unit=unit, until=until)
        for obligation, unit, until in conn.execute(SQL.extensions_of, {"round": code})
    )
    return opening.from_data(orjson.loads(row[0]), extensions=granted, opened_at=row[1], locked=row[2])


def load_registry(conn: Connection) -> Registry:
    """The registry of units as it stands."""
    rows: dict[str, list[dict[str, Any]]] = {"units": [], "relations": [], "aliases": [], "populations": []}
    for kind, body in conn.execute(SQL.registry_rows):
        rows[kind].append(orjson.loads(body))
    return Registry.from_rows(**rows)


def digest(document: Mapping[str, Any]) -> str:
    """sha256 (hex) of a document with sorted keys."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plan(document: str, version: int) -> Plan:
    body = orjson.loads(document)
    body["plan"]["version"] = version
    return parse_published(body)


def _load_rounds(conn: Connection) -> dict[str, OpenRound]:
    granted: dict[str, list[Extension]] = {}
    for round_, obligation, unit, until in conn.execute(SQL.extensions):
        granted.setdefault(round_, []).append(Extension(obligation=obligation, unit=unit, until=until))
    found = {}
    for code, body, opened, locked in conn.execute(SQL.rounds):
        extensions = () if locked else tuple(granted.get(code, ()))
        round_ = opening.from_data(orjson.loads(body), extensions=extensions, locked=locked, opened_at=opened)
        found[code] = replace(round_, data={}) if locked else round_  # ten years of rounds, asked for one by one
    return found


def _next_opening(plans: Iterable[Plan], registry: Registry, open_rounds: Mapping[str, OpenRound]) -> datetime | None:
    """The earliest instant at which a planned round that isn't open yet opens."""
    waiting = [
        opening.opens_at(period)
        for plan in plans
        for period in opening.scheduled(plan, registry)
        if opening.code_of(plan, period) not in open_rounds
    ]
    return min(waiting, default=None)


def _lock_key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
