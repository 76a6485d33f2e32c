"""Opening, extending and locking rounds; what a change of units does to those that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from lienthong import events
from lienthong.eventlog.port import Appender
from lienthong.events import Event
from lienthong.instants import wire, wire_or_none
from lienthong.postgres.answers import column
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound, from_data, with_dormant
from lienthong.units import Registry
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.act import Act
from services.ingest.office.facts import fact
from services.ingest.rights.acting import Actor
from services.ingest.rounds import rules

SQL = Queries(Path(__file__).with_name("queries.sql"))

SCOPE = "operate:rounds"
THE_CALENDAR = Actor(name="hub")
"""Who opens the planned rounds: nobody, their day has come."""


def open_due(appender: Appender, tx: Connection, definitions: Definitions, now: datetime) -> list[str]:
    """Open every planned round whose close of data has passed. Safe to call from several processes."""
    due = [
        (plan, period)
        for plan in definitions.plans.values()
        for period in definitions.schedule(plan)
        if opening.opens_at(period) <= now and opening.code_of(plan, period) not in definitions.rounds
    ]
    if not due:
        return []
    act = Act(tx=tx, definitions=definitions, actor=THE_CALENDAR, appender=appender)
    act.change()
    data = [opening.opening(plan, period, definitions.registry) for plan, period in due]
    return [each["round"] for each in data if _put_round(act, each, now)]


def open_special(
    act: Act,
    *,
    plan: str,
    period: str,
    first: date,
    last: date,
    deadline: datetime,
    reason: str,
    forms: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    figures: Sequence[str] | None = None,
) -> str:
    """Open an ad-hoc round (đột xuất) or a review (sơ kết, tổng kết), for all units and figures of the plan or some of
    them.

    Returns the round's code.
    """
    definition = act.plan(plan, SCOPE)
    now = act.change()
    span, kind = opening.special_period(period, first, last)
    rules.of_special_round(definition, span, act.definitions, deadline=deadline, forms=forms, now=now)
    rules.of_chosen_figures(definition, forms, figures)
    data = opening.opening(
        definition,
        span,
        act.definitions.registry,
        kind=kind,
        until=deadline,
        forms=forms,
        units=units,
        figures=figures,
        reason=reason,
    )
    rules.of_chosen_units(data, units)
    act.record(
        "round.opened",
        data["round"],
        province=data["province"],
        issuer=data["root"],
        details={"reason": reason, "deadline": wire(deadline)},
    )
    _put_round(act, data, now)
    return str(data["round"])


def extend(
    act: Act,
    *,
    round_: str,
    until: datetime,
    reason: str,
    document: Mapping[str, Any],
    unit: str | None = None,
    obligation: str | None = None,
) -> str:
    """Move the deadline of a round (gia hạn), for one unit or for all. Returns the obligation's code."""
    extended = act.round(round_, SCOPE)
    now = act.change()
    rules.still_taking_reports(extended)
    code, original = rules.obligation(extended, obligation)
    rules.of_extension(extended, original=original, until=until, unit=unit, now=now)
    row = {
        "round": round_,
        "obligation": code,
        "unit": unit,
        "until": until,
        "original": original,
        "reason": reason,
        "document": orjson.dumps(document).decode(),
        "by": act.actor.name,
    }
    act.tx.execute(SQL.put_extension, row | {"at": now})
    data = row | {"until": wire(until), "original": wire_or_none(original), "document": dict(document)}
    act.record("round.extended", round_, province=extended.province, issuer=extended.root, details=data)
    name = f"{round_}/{code}/{unit or 'all'}/{wire(now)}"
    act.append(fact(events.ROUND_EXTENDED, name, round_, extended.province, now, data))
    return code


def excuse(
    act: Act, *, round_: str, unit: str, reason: str, document: Mapping[str, Any], dormant: bool = True
) -> list[str]:
    """Record that a unit is dormant in a round: it owes nothing there, is not missing, and is in no denominator.

    dormant: False ends it, and the unit owes again what it would have owed. Returns the forms. Raises Rejected where
    the unit has a standing report: what it said is not taken away by an operator.
    """
    open_round = act.round(round_, SCOPE)
    now = act.change()
    rules.still_taking_reports(open_round)
    standing = column(act.tx, str, SQL.standing_of_unit, {"round": round_, "unit": unit})
    forms = rules.of_dormancy(open_round, unit=unit, dormant=dormant, standing=standing)
    data = {
        "round": round_,
        "unit": unit,
        "forms": forms,
        "dormant": dormant,
        "reason": reason,
        "document": dict(document),
        "by": act.actor.name,
    }
    body = with_dormant(open_round.data, data)
    body["obliged"] = obliged = _obliged_by(act, from_data(body))
    act.tx.execute(SQL.set_round_body, {"round": round_, "body": orjson.dumps(body).decode()})
    act.record("round.dormant", round_, province=open_round.province, issuer=open_round.root, details=data)
    changed = {form: [unit] for form in forms}
    name = f"{round_}/{unit}/{wire(now)}"
    moved = {
        "round": round_,
        "obliged": obliged,
        "added": {} if dormant else changed,
        "gone": changed if dormant else {},
        "reason": "dormant",
    }
    act.append(
        fact(events.ROUND_DORMANT, name, round_, open_round.province, now, data),
        fact(events.ROUND_OBLIGED_CHANGED, f"{round_}/{wire(now)}", round_, open_round.province, now, moved),
    )
    return forms


def _obliged_by(act: Act, round_: OpenRound) -> dict[str, list[str]]:
    """Who owes what in a round, by the registry as it stands."""
    plan, registry = act.definitions.plan_of(round_), act.definitions.registry
    obliged = {
        form: opening.obliged_of(round_, plan, definition, registry)
        for form in round_.form_versions
        if (definition := plan.form(form)) is not None
    }
    return {form: units for form, units in obliged.items() if units}


def lock(act: Act, *, round_: str, reason: str) -> None:
    """No more reports for the round. Raises Rejected when it is locked already."""
    locked = act.round(round_, SCOPE)
    now = act.change()
    rules.of_lock(act.tx.execute(SQL.lock_round, {"round": round_, "at": now}).rowcount)
    data = {"round": round_, "by": act.actor.name, "reason": reason}
    act.record("round.locked", round_, province=locked.province, issuer=locked.root, details={"reason": reason})
    act.append(fact(events.ROUND_LOCKED, round_, round_, locked.province, now, data))


def follow_units(act: Act, registry: Registry, now: datetime) -> list[Event]:
    """Open rounds whose obliged units change by the new registry: the rows are changed, the events returned."""
    changes = (_obliged_change_event(act, round_, registry, now) for round_ in act.definitions.rounds.values())
    return [change for change in changes if change is not None]


def _obliged_change_event(act: Act, round_: OpenRound, registry: Registry, now: datetime) -> Event | None:
    if round_.locked:
        return None
    change = opening.obliged_change(round_, act.definitions.plan_of(round_), registry)
    if change is None:
        return None
    body = {**round_.data, "obliged": change.obliged}
    act.tx.execute(SQL.set_round_body, {"round": round_.code, "body": orjson.dumps(body).decode()})
    data = {
        "round": round_.code,
        "obliged": change.obliged,
        "added": change.added,
        "gone": change.gone,
        "reason": "units changed",
    }
    name = f"{round_.code}/{wire(now)}"
    return fact(events.ROUND_OBLIGED_CHANGED, name, round_.code, round_.province, now, data)


def _put_round(act: Act, data: Mapping[str, Any], now: datetime) -> bool:
    """Whether it was opened here, and not meanwhile by another process."""
    row = {
        "round": data["round"],
        "plan": data["plan"],
        "plan_version": data["planVersion"],
        "province": data["province"],
        "body": orjson.dumps(data).decode(),
        "at": now,
    }
    if act.tx.execute(SQL.put_round, row).rowcount == 0:
        return False
    act.append(fact(events.ROUND_OPENED, data["round"], data["round"], data["province"], now, data))
    return True
