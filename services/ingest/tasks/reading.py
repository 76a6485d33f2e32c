"""The tasks of the plans that a reader sees, where each stands, and how many stand where. Reads only: what was said of
a task is read from the log, so that any order of what came in gives what a recomputation gives.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from lienthong import tasks as rules
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.events import NATION
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Plan, Task
from lienthong.tasks import TaskReport, said_in
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.redacted import Redactions, redactions
from services.ingest.rights import requiring, seeing
from services.ingest.tasks.checks import leads_of

SQL = Queries(Path(__file__).with_name("queries.sql"))

Led = tuple[Plan, Task, tuple[str, ...]]
"""A task of a plan, and the units that lead it."""


def tasks(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    plan: str | None,
    unit: str | None,
    now: datetime,
) -> dict[str, Any]:
    """The tasks that the caller sees: those of its province for who reads that, else those that its units lead, take
    part in, or issued; and for each plan how many of these stand where.

    unit: those that it leads alone. Raises Rejected (404) for a plan or a unit that is not within its sight.
    """
    requiring.require_plan(plan, principal, definitions, day_of(now))
    seen = _seen_tasks(definitions, principal, plan, unit, now)
    if not seen:
        requiring.require_unit(unit, definitions, principal.province, now)
    reports = said_of(conn, seen)
    removed = redactions(conn, {task_report.place for each in reports.values() for task_report in each})
    bodies = [_task_body(bodies, reports.get(_subject(bodies), []), removed, day_of(now)) for bodies in seen]
    plans = dict.fromkeys(body["plan"] for body in bodies)
    counts = [{"plan": code, **rules.consolidated(t for t in bodies if t["plan"] == code)} for code in plans]
    for line in (*bodies, *(lead for count in counts for lead in count["leads"])):
        _name(line, definitions, day_of(now))
    return {"tasks": bodies, "consolidated": counts}


def _name(line: dict[str, Any], definitions: Definitions, today: date) -> None:
    """Say the leads by name too: of a task all, of a line of the counts its own."""
    codes = line["leads"] if "task" in line else [line["unit"]]
    pairs = [(code, definitions.registry.get(code, today)) for code in codes]
    line["leadNames"] = [code if unit is None else unit.full_name for code, unit in pairs]


def said_of(conn: Connection, led: Sequence[Led]) -> dict[str, list[TaskReport]]:
    """What was said of these tasks, by subject, in the order it came in."""
    by_subject: dict[str, list[TaskReport]] = {}
    wanted = {"subjects": [_subject(task) for task in led]}
    for subject, key, position, at, kind, data in conn.execute(SQL.said_of, wanted):
        fact = said_in(kind, orjson.loads(data), key=key, position=position, at=at)
        by_subject.setdefault(subject, []).append(fact)
    return by_subject


def _subject(led: Led) -> str:
    plan, task, _ = led
    return f"{plan.code}/{task.code}"


def _seen_tasks(
    definitions: Definitions, principal: Principal, plan: str | None, unit: str | None, now: datetime
) -> list[Led]:
    """The Ministry and the platform see releases alone."""
    if principal.province == NATION:
        return []
    today, units = day_of(now), seeing.told_of(principal, definitions, now)
    plans = [
        published
        for code, published in sorted(definitions.plans.items())
        if plan in (None, code) and definitions.province_of(published.issued_by, today) == principal.province
    ]
    led = [(each, task, leads_of(definitions, each, task, today)) for each in plans for task in each.tasks]
    return [each for each in led if (unit is None or unit in each[2]) and _is_of_units(each, units)]


def _is_of_units(led: Led, units: Collection[str] | None) -> bool:
    """Whether it is of one of the units; None: all are seen."""
    plan, task, leads = led
    return units is None or not {*leads, *rules.units_of(plan, task.partners), plan.issued_by}.isdisjoint(units)


def _task_body(led: Led, reports: Sequence[TaskReport], removed: Redactions, today: date) -> dict[str, Any]:
    plan, task, leads = led
    holds = rules.state_of(task, leads, reports)
    latest = holds.latest
    return {
        "plan": plan.code,
        "task": task.code,
        "title": {"vi": task.title.vi, "en": task.title.en},
        "lead": list(task.lead),
        "leads": list(leads),
        "partners": list(task.partners),
        "result": task.result,
        "due": None if task.due is None else task.due.isoformat(),
        "dueText": task.due_text,
        "state": rules.state(task, holds, today),
        "doneLate": rules.done_late(task, holds),
        "reports": len(reports),
        "latest": None if latest is None else _report(latest, removed),
    }


def _report(report: TaskReport, removed: Redactions) -> dict[str, Any]:
    return {
        "receipt": report.place,
        "unit": report.unit,
        "status": report.status,
        "note": report.note,
        "asOf": report.as_of.isoformat(),
        "at": wire(report.at),
        "by": report.by,
        "redactions": list(removed.get(report.place, ())),
    }
