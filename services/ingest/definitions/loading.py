"""Reading the definitions from ingest's tables, as one consistent set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from lienthong.contracts.schemas import Contracts
from lienthong.forms.schema import derive, same_form
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Plan, parse_published
from lienthong.rounds import opening
from lienthong.rounds.opening import OpeningSpan
from lienthong.rounds.round import Extension, OpenRound, from_data
from lienthong.units import Registry
from services.ingest.definitions.snapshot import Definitions

SQL = Queries(Path(__file__).with_name("queries.sql"))


def now_and_version(tx: Connection) -> tuple[datetime, int]:
    """The hub's clock and the version of the definitions."""
    row = tx.execute(SQL.now_and_version).fetchone()
    assert row is not None, "the migration writes the row"
    now, version = row
    return now, version


def load_definitions(
    conn: Connection, *, sample: bool, epoch: int, contracts: Contracts, before: Definitions | None = None
) -> Definitions:
    """All definitions as one consistent set (one statement after the other under one snapshot).

    before: what this process knew of the same database; a published version of a plan never changes, so none is read
    twice.
    """
    plan_versions = {} if before is None else before.older
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        version = now_and_version(conn)[1]
        registry = load_registry(conn)
        rows = conn.execute(SQL.plans, {"known": [f"{plan}/{number}" for plan, number in plan_versions]}).fetchall()
        older = {
            (plan, number): plan_versions[plan, number] if document is None else _plan(document, number)
            for plan, number, document, _, _ in rows
        }
        open_rounds = _load_rounds(conn)
    newest = {plan: older[(plan, number)] for plan, number in sorted(older)}
    spans = {
        plan: OpeningSpan(first=first, last=last) for plan, _, _, first, last in rows
    }  # in order: of the newest version
    forms = {(form.code, form.version): (plan, form) for plan in older.values() for form in plan.forms}
    for plan, form in forms.values():
        if (plan.code, plan.version) in plan_versions:
            continue
        contracts.add(derive(plan, form), same=same_form)
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
        spans=spans,
        next_opening=_next_opening(newest.values(), registry, spans, open_rounds),
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
    body, opened_at, locked = row
    return from_data(orjson.loads(body), extensions=granted, opened_at=opened_at, locked=locked)


def load_registry(conn: Connection) -> Registry:
    """The registry of units as it stands."""
    return _registry(frozenset(conn.execute(SQL.registry_rows)))


@lru_cache(maxsize=2)
def _registry(bodies: frozenset[tuple[str, str]]) -> Registry:
    """Of rows (kind, body). Most acts change no unit, and reading 3,500 of them takes longer than any act."""
    rows: dict[str, list[dict[str, Any]]] = {"units": [], "relations": [], "aliases": [], "populations": []}
    for kind, body in sorted(bodies):
        rows[kind].append(orjson.loads(body))
    return Registry.from_rows(**rows)


def _plan(document: str, version: int) -> Plan:
    body = orjson.loads(document)
    body["plan"]["version"] = version
    return parse_published(body)


def _load_rounds(conn: Connection) -> dict[str, OpenRound]:
    granted: dict[str, list[Extension]] = {}
    for round_, obligation, unit, until in conn.execute(SQL.extensions):
        granted.setdefault(round_, []).append(Extension(obligation=obligation, unit=unit, until=until))
    rounds = {}
    for code, body, opened, locked in conn.execute(SQL.rounds):
        extensions = () if locked else tuple(granted.get(code, ()))
        round_ = from_data(orjson.loads(body), extensions=extensions, locked=locked, opened_at=opened)
        rounds[code] = (
            replace(round_, data={}, assumptions=()) if locked else round_
        )  # ten years of rounds, asked for one by one
    return rounds


def _next_opening(
    plans: Iterable[Plan], registry: Registry, spans: Mapping[str, OpeningSpan], open_rounds: Mapping[str, OpenRound]
) -> datetime | None:
    """The earliest instant at which a planned round that isn't open yet opens."""
    waiting = [
        opening.opens_at(period)
        for plan in plans
        for period in opening.scheduled(plan, registry, spans[plan.code])
        if opening.code_of(plan, period) not in open_rounds
    ]
    return min(waiting, default=None)
