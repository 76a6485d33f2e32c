"""What senders and operators can ask ingest: reports with their revisions, what a unit owes, refusals. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import orjson

from lienthong import events
from lienthong.access.roles import ALL_UNITS
from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Connection
from lienthong.rounds import opening
from lienthong.rounds.opening import OpenRound
from lienthong.units import Registry
from lienthong.web.problems import not_found
from services.ingest.claims import ledger as store
from services.ingest.definitions.snapshot import Definitions

SQL = store.SQL
PAGE = 200


def report(conn: Connection, log: EventLog, definitions: Definitions, principal: Principal, id_: str) -> dict[str, Any]:
    """A report by receipt number (`20-17`) or by the event id of one of the client's sources.

    Gives its state, and every accepted revision and withdrawal with receipt and content, oldest first.
    """
    row = _ledger_row(conn, principal, id_)
    now = store.now_and_version(conn)[0]
    if row is None or not _may_read(principal, definitions, row[6], row[5], now):
        raise not_found("report_unknown", id=id_)
    if row[7] is None:
        return {"state": "accepted", "receipt": store.receipt(row, definitions.sample)}
    history = conn.execute(SQL.ledger_of_report, {"round": row[7], "form": row[8], "unit": row[6]}).fetchall()
    last = history[-1]
    return {
        "round": row[7],
        "form": row[8],
        "unit": row[6],
        "revision": last[9],
        "state": "withdrawn" if last[2] == events.REPORT_WITHDRAWAL else "reported",
        "revisions": [
            {"receipt": store.receipt(one, definitions.sample), "content": _content(log, one)} for one in history
        ],
    }


def obligations(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    unit: str | None,
    round_: str | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """What the client's units (or one of them) owe: open rounds with state, deadline and what is missing.

    state: `missing`, `reported`, `withdrawn`; overdue: the deadline has passed; planned rounds tell when they open.
    """
    units = units_of(principal, definitions, now) if unit is None else {unit}
    province = None if unit is None else definitions.province_of(unit, day_of(now))
    if unit is not None and not _may_read(principal, definitions, unit, province, now):
        raise not_found(
            "unit_unknown",
            unit=unit,
        )
    chosen = _rounds_asked(conn, definitions, round_)
    states = {
        (r, f, u): (revision, withdrawn, late, received)
        for r, f, u, revision, withdrawn, late, received in conn.execute(
            SQL.slots_of_units, {"units": sorted(units), "rounds": [r.code for r in chosen]}
        )
    }
    return [
        _owed(found, form, one, states.get((found.code, form, one)), now)
        for found in chosen
        for form, owing in sorted(found.obliged.items())
        for one in sorted(owing & units)
    ]


def _rounds_asked(conn: Connection, definitions: Definitions, code: str | None) -> list[OpenRound]:
    """All open rounds in order, or the one asked for by name, which may be locked."""
    if code is None:
        return [r for _, r in sorted(definitions.rounds.items()) if not r.locked]
    found = store.whole_round(conn, code)
    return [] if found is None else [found]


def planned(definitions: Definitions, principal: Principal, now: datetime) -> list[dict[str, Any]]:
    """The next round of each plan of the client's province: when it opens."""
    found = []
    for plan in definitions.plans.values():
        if definitions.province_of(plan.issued_by, day_of(now)) != principal.province:
            continue
        ahead = [p for p in opening.scheduled(plan, definitions.registry) if opening.opens_at(p) > now]
        if ahead:
            found.append(
                {
                    "round": opening.code_of(plan, ahead[0]),
                    "state": "planned",
                    "opens": opening.opens_at(ahead[0]).isoformat(),
                }
            )
    return found


def refusals(conn: Connection, principal: Principal, before: int | None) -> list[dict[str, Any]]:
    """Why submissions were refused, newest first: the province's for who reads it, else the client's own."""
    whole = "read:province" in principal.scopes
    rows = conn.execute(
        SQL.refusals_of,
        {
            "province": principal.province,
            "client": None if whole else principal.client_id,
            "before": before,
            "units": _only(principal) if whole else None,
            "limit": PAGE,
        },
    )
    return [
        {
            "refusal": number,
            "at": at.isoformat(),
            "client": by,
            "source": source,
            "id": id_,
            "unit": unit,
            "round": round_,
            "errors": orjson.loads(errors),
        }
        for number, at, by, source, id_, unit, round_, errors in rows
    ]


def difficulties(conn: Connection, log: EventLog, principal: Principal, after: int) -> list[dict[str, Any]]:
    """Difficulties raised (khó khăn, vướng mắc) in a province, oldest first, after a position."""
    province = principal.province
    rows = conn.execute(
        SQL.ledger_of_type,
        {
            "province": province,
            "type": events.DIFFICULTY_RAISED,
            "after": after,
            "units": _only(principal),
            "limit": PAGE,
        },
    )
    return [
        {
            "receipt": f"{province}-{position}",
            "position": position,
            "unit": unit,
            "receivedAt": received.isoformat(),
            "difficulty": log.read(province, position - 1, 1)[0].event.content(),
        }
        for unit, position, received in rows
    ]


def ledger(conn: Connection, principal: Principal, sample: bool, after: int, limit: int) -> list[dict[str, Any]]:
    """The province's receipts in order of position, for reconciliation."""
    rows = conn.execute(
        SQL.ledger_page, {"province": principal.province, "units": _only(principal), "after": after, "limit": limit}
    )
    return [store.receipt(row, sample) for row in rows]


def items(
    conn: Connection, definitions: Definitions, principal: Principal, *, state: str | None, unit: str | None, limit: int
) -> list[dict[str, Any]]:
    """Content items of the client's units, the longest waiting first; of its whole province for who reads it."""
    today = day_of(hub_now(conn))
    chosen = _readable(principal, definitions, today)
    if unit is not None:
        chosen &= {unit}
    rows = conn.execute(SQL.items_of, {"units": sorted(chosen), "state": state, "limit": limit})
    return [
        {
            "unit": of,
            "item": item,
            "revision": revision,
            "state": now,
            "changedAt": changed.isoformat(),
            "content": orjson.loads(body),
        }
        for of, item, revision, now, body, changed in rows
    ]


def units_of(principal: Principal, definitions: Definitions, now: datetime) -> set[str]:
    """The units a client stands for, with those whose duties passed to them."""
    own = set(principal.units - {ALL_UNITS})
    if ALL_UNITS in principal.units:
        own |= set(_below(definitions.registry, principal.province, day_of(now)))
    owing = {unit for found in definitions.rounds.values() for units in found.obliged.values() for unit in units}
    gone = {unit for unit in owing if not definitions.registry.exists(unit, on=day_of(now))}
    inherited = {unit for unit in gone if not own.isdisjoint(definitions.successors(unit, day_of(now)))}
    return own | inherited


def _only(principal: Principal) -> list[str] | None:
    """The units to which a reader of its province is bound; None for who reads all of it."""
    return None if principal.governs(principal.province) else sorted(principal.units)


def _readable(principal: Principal, definitions: Definitions, today: date) -> set[str]:
    if ALL_UNITS in principal.units or principal.may_read_province(principal.province):
        return set(_below(definitions.registry, principal.province, today))
    return set(principal.units | (principal.reach("read:province") or frozenset()))


def _below(registry: Registry, code: str, day: date) -> Iterator[str]:
    """The unit and everything under it on a day."""
    yield code
    for child in registry.children(code, on=day):
        yield from _below(registry, child.code, day)


def _owed(
    found: OpenRound, form: str, unit: str, state: tuple[int, bool, bool, datetime] | None, now: datetime
) -> dict[str, Any]:
    deadline = found.deadline_of(form, unit)
    obligation, original = found.deadlines.get(form, (None, None))
    line: dict[str, Any] = {
        "round": found.code,
        "plan": found.plan,
        "form": form,
        "formVersion": found.form_versions[form],
        "unit": unit,
        "obligation": obligation,
        "period": dict(found.data["period"]),
        "deadline": None if deadline is None else deadline.isoformat(),
        "originalDeadline": None if original is None else original.isoformat(),
        "locked": found.locked,
        "schema": f"/v1/schemas/forms/{form}/{found.form_versions[form]}",
    }
    if state is None:
        return line | {"state": "missing", "overdue": deadline is not None and now >= deadline, "nextRevision": 1}
    revision, withdrawn, late, received = state
    return line | {
        "state": "withdrawn" if withdrawn else "reported",
        "revision": revision,
        "late": late,
        "receivedAt": received.isoformat(),
        "nextRevision": revision + 1,
        "overdue": withdrawn and deadline is not None and now >= deadline,
    }


def _content(log: EventLog, row: tuple[Any, ...]) -> Any:
    """The report as accepted, from the log (null once its text was redacted and archived)."""
    [recorded] = log.read(row[5], row[11] - 1, 1)
    body = recorded.event.content()
    return body.get("report", body.get("data"))


def _ledger_row(conn: Connection, principal: Principal, id_: str) -> tuple[Any, ...] | None:
    province, _, position = id_.partition("-")
    if len(province) == 2 and position.isdecimal() and position.isascii() and len(position) < 19:
        found = conn.execute(SQL.ledger_by_receipt, {"key": province, "position": int(position)}).fetchone()
        if found is not None:
            return found
    return conn.execute(SQL.ledger_by_id, {"id": id_, "sources": sorted(principal.sources)}).fetchone()


def _may_read(principal: Principal, definitions: Definitions, unit: str, province: str | None, now: datetime) -> bool:
    return principal.may_read_unit(
        unit, province=province or "", successors=lambda one: definitions.successors(one, day_of(now))
    )
