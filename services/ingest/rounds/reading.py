"""Rounds as an operator decides on them: deadlines as they stand and for whom, who owes, who is late or missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from psycopg.rows import dict_row

from lienthong.instants import wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.rounds.round import OpenRound, RoundDeadline
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.releases import reading as releases
from services.ingest.rights.requiring import no_round, sees_all
from services.ingest.rounds import obligations
from services.ingest.rounds.acts import SQL
from services.ingest.rounds.lines import Line, counts_by_form, counts_of

STATES = ("open", "overdue", "released", "locked")


def list_rounds(conn: Connection, rounds: Iterable[str], now: datetime) -> list[dict[str, Any]]:
    """These rounds, by close of data: state, the units' deadline, how many reports are owed, came in, came late."""
    whole = [round_ for code in rounds if (round_ := whole_round(conn, code)) is not None]
    lines = obligations.of_rounds(conn, whole, now)
    standing = {
        release.round for release in releases.releases_of(conn, [each.code for each in whole]) if release.stands
    }
    rows = [
        _row(each, [line for line in lines if line["round"] == each.code], each.code in standing, now) for each in whole
    ]
    return sorted(rows, key=lambda row: (row["close"], row["round"]))


def describe_round(conn: Connection, definitions: Definitions, code: str, now: datetime) -> dict[str, Any]:
    """One round with everything: deadlines, extensions, releases, and what each unit owes. Raises Rejected (404)."""
    round_ = whole_round(conn, code)
    if round_ is None:
        raise no_round(code, definitions, sees_all)
    lines = obligations.of_rounds(conn, [round_], now)
    signed = releases.releases_of(conn, [code])
    named = {unit: _name(definitions, unit) for units in round_.obliged.values() for unit in units}
    return _row(round_, lines, any(release.stands for release in signed), now) | {
        "title": definitions.plan_of(round_).title.vi,
        "first": round_.period.first.isoformat(),
        "last": round_.period.last.isoformat(),
        "openedAt": wire_or_none(round_.opened_at),
        "issuer": round_.root,
        "deadlines": [_deadline(round_, deadline) for deadline in round_.deadlines],
        "extensions": _extensions(conn, code),
        "forms": counts_by_form(round_.obliged, lines),
        "releases": [releases.body(release) for release in signed],
        "owed": [{**line, "name": named.get(line["unit"])} for line in lines],
    }


def state_of(round_: OpenRound, released: bool, now: datetime) -> str:
    """locked, released (a release stands), overdue (every general deadline of the units has passed) or open."""
    if round_.locked:
        return "locked"
    if released:
        return "released"
    due = [round_.due(deadline) for deadline in round_.deadlines if deadline.sender == "units"]
    return "overdue" if due and all(at is not None and at <= now for at in due) else "open"


def _row(round_: OpenRound, lines: Sequence[Line], released: bool, now: datetime) -> dict[str, Any]:
    due = sorted(
        {wire(at) for deadline in round_.deadlines if deadline.sender == "units" and (at := round_.due(deadline))}
    )
    return {
        "round": round_.code,
        "plan": round_.plan,
        "province": round_.province,
        "close": round_.period.last.isoformat(),
        "due": due,
        "state": state_of(round_, released, now),
        **counts_of(lines),
    }


def _deadline(round_: OpenRound, deadline: RoundDeadline) -> dict[str, Any]:
    """deadline: as it stands for all; original: before any extension; extendedFor: units that have a later one."""
    return {
        "obligation": deadline.obligation,
        "from": deadline.sender,
        "to": list(deadline.to),
        "via": deadline.via,
        "deadline": wire_or_none(round_.due(deadline)),
        "original": wire_or_none(deadline.at),
        "extendedFor": sorted({e.unit for e in round_.extensions if e.unit and e.obligation == deadline.obligation}),
    }


def _extensions(conn: Connection, code: str) -> list[dict[str, Any]]:
    rows = conn.cursor(row_factory=dict_row).execute(SQL.extensions_in_full, {"round": code})
    return [
        {
            "obligation": row["obligation"],
            "unit": row["unit"],
            "until": wire(row["until"]),
            "original": wire_or_none(row["original"]),
            "reason": row["reason"],
            "document": orjson.loads(row["document"]),
            "by": row["granted_by"],
            "at": wire(row["granted_at"]),
        }
        for row in rows
    ]


def _name(definitions: Definitions, unit: str) -> str | None:
    history = definitions.registry.history(unit)
    return history[-1].full_name if history else None
