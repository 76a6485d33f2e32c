"""What units owe: open rounds with state, deadline and what is missing, and the rounds that come next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.instants import wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import seeing

SQL = Queries(Path(__file__).with_name("queries.sql"))


def obligations(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    unit: str | None,
    round_: str | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """What the caller's units (those of its province for who reads it, or one unit) owe: open rounds with state,
    deadline and what is missing.

    state: `missing`, `reported`, `withdrawn`; overdue: the deadline has passed; planned rounds tell when they open.
    """
    units = seeing.units_of(principal, definitions, now) if unit is None else {unit}
    province = None if unit is None else definitions.province_of(unit, day_of(now))
    if unit is not None and not seeing.may_read(principal, definitions, unit, province, now):
        raise refused("unit_unknown", unit=unit)
    chosen = _rounds_asked(conn, definitions, round_)
    if unit is None and principal.may_read_province(principal.province):
        own = [found for found in chosen if found.province == principal.province]
        units = units.union(*(owing for found in own for owing in found.obliged.values()))
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


def lines_of(
    conn: Connection,
    definitions: Definitions,
    rounds: list[str],
    unit: str,
    delivered: set[tuple[str, str]],
    now: datetime,
) -> list[dict[str, Any]]:
    """What one unit owes, or has delivered unasked, in these rounds (locked ones too). delivered: (round, form)."""
    found = [one for code in rounds for one in _rounds_asked(conn, definitions, code)]
    states = {
        (r, f): (revision, withdrawn, late, received)
        for r, f, _, revision, withdrawn, late, received in conn.execute(
            SQL.slots_of_units, {"units": [unit], "rounds": rounds}
        )
    }
    return [
        _owed(one, form, unit, states.get((one.code, form)), now) | {"obliged": unit in owing}
        for one in found
        for form, owing in sorted(one.obliged.items())
        if unit in owing or (one.code, form) in delivered
    ]


def _rounds_asked(conn: Connection, definitions: Definitions, code: str | None) -> list[OpenRound]:
    """All open rounds in order, or the one asked for by name, which may be locked."""
    if code is None:
        return [r for _, r in sorted(definitions.rounds.items()) if not r.locked]
    found = whole_round(conn, code)
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
                    "opens": wire(opening.opens_at(ahead[0])),
                }
            )
    return found


def _owed(
    found: OpenRound, form: str, unit: str, state: tuple[int, bool, bool, datetime] | None, now: datetime
) -> dict[str, Any]:
    deadline = found.deadline_of(form, unit)
    duty = found.duty(form)
    line: dict[str, Any] = {
        "round": found.code,
        "plan": found.plan,
        "form": form,
        "formVersion": found.form_versions[form],
        "unit": unit,
        "obligation": None if duty is None else duty.obligation,
        "period": dict(found.data["period"]),
        "deadline": None if deadline is None else wire(deadline),
        "originalDeadline": None if duty is None else wire_or_none(duty.at),
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
        "receivedAt": wire(received),
        "nextRevision": revision + 1,
        "overdue": withdrawn and deadline is not None and now >= deadline,
    }
