"""The tasks that a unit leads, and the form by which it says how far each is. A reporter sends the unit's own events;
who draws a plan's report together or runs its rounds records by the act's route.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import events
from lienthong.contracts import canonical
from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem
from services.console.asking import Answer
from services.console.entering import spelling
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages import tasks as tasks_of
from services.console.pages.tasks import Tasks
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.sessions import Person
from services.console.tables import Table

FIELDS = ("status", "as_of", "note", "seen")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitTasks:
    """may: the person may report on them. receipts: of the report that holds, by PLAN/TASK; what was never reported is
    absent.
    """

    unit: str
    name: str
    tasks: Tasks
    receipts: Mapping[str, str]
    may: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskEntry:
    """One task of which something was chosen. fields: the names of its fields, by what stands in them."""

    plan: str
    task: str
    status: str
    as_of: str
    note: str
    seen: str

    def field(self, name: str) -> str:
        return field(name, self.plan, self.task)


def field(name: str, plan: str, task: str) -> str:
    """A field of one task: by its code, so that a plan that changes meanwhile moves nobody's answer to another task."""
    return f"{name}.{plan}.{task}"


async def gather(visit: Visit) -> UnitTasks:
    code = visit.path["unit"]
    body, document = await visit.hub.all(visit.hub.get(f"/v1/units/{code}"), visit.hub.get("/v1/tasks", unit=code))
    return build(body, document, visit.person)


def build(body: Answer, tasks: Answer, person: Person) -> UnitTasks:
    """Pure. body: /v1/units/{unit}; tasks: /v1/tasks of it."""
    code = body["code"]
    return UnitTasks(
        unit=code,
        name=body["full_name"],
        tasks=tasks_of.build(tasks),
        receipts={
            f"{task['plan']}/{task['task']}": task["latest"]["receipt"] for task in tasks["tasks"] if task["latest"]
        },
        may=own(person, code) or records(person),
    )


def own(person: Person, unit: str) -> bool:
    """Whether the person reports for the unit itself."""
    return person.may("report:submit") and unit in person.own_units


def records(person: Person) -> bool:
    """Whether the person records for units of the plans that it draws together or runs; the route says of which."""
    return person.may("operate:rounds") or person.may("release:draft")


def tables(data: UnitTasks, visit: Visit) -> Sequence[Table]:
    return (tasks_of.table(data.tasks, visit),)


PAGE = Page(name="unit_tasks", paths=("/units/{unit}/tasks",), gather=gather, tables=tables, under="units")


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """To the page's own address."""
    return [doing.route(frame, PAGE, act)]


async def act(visit: Visit, form: FormData) -> Outcome:
    """Everything that was chosen, or nothing of it where something is wrong."""
    data = await gather(visit)
    entries = list(task_entries(data, form))
    if not entries:
        raise Rejected([problem("", "nothing_chosen")])
    send = _submit if own(visit.person, data.unit) else _record
    await send(visit, data.unit, entries)
    return Outcome(to=f"/units/{data.unit}/tasks")


def task_entries(data: UnitTasks, form: FormData) -> Iterator[TaskEntry]:
    """The tasks of the form with a state chosen. Raises Rejected for a day or note without one, and for what is no day.
    Pure.
    """
    wrong: list[Problem] = []
    for task in data.tasks.tasks:
        status, as_of, note, seen = (doing.text(form, field(name, task.plan, task.code)) for name in FIELDS)
        entry = TaskEntry(plan=task.plan, task=task.code, status=status, as_of=as_of, note=note, seen=seen)
        if not status and (as_of or note):
            wrong.append(problem(f"/{entry.field('status')}", "task_status_missing", task=task.code))
        day = spelling.day(as_of)
        if as_of and day is None:
            wrong.append(problem(f"/{entry.field('as_of')}", "task_day_unreadable", day=as_of))
        elif status:
            yield replace(entry, as_of="" if day is None else day.isoformat(), note=note.replace("\r\n", "\n"))
    if wrong:
        raise Rejected(wrong)


async def _submit(visit: Visit, unit: str, entries: Sequence[TaskEntry]) -> None:
    """As the unit's own events: each is tried first, so that all that is wrong is said at once and nothing is sent."""
    pairs = [(task, event(visit.person, unit, task)) for task in entries]
    wrong: list[Problem] = []
    for entry, body in pairs:
        try:
            await visit.hub.submit(body, dry_run=True)
        except Rejected as error:
            wrong += _at_fields(entry, error)
    if wrong:
        raise Rejected(wrong)
    for _, body in pairs:
        await visit.hub.submit(body, dry_run=False)


async def _record(visit: Visit, unit: str, entries: Sequence[TaskEntry]) -> None:
    for entry in entries:
        body = {"unit": unit, "status": entry.status, "note": entry.note, "asOf": entry.as_of or None}
        try:
            await visit.hub.send("POST", f"/v1/plans/{entry.plan}/tasks/{entry.task}/reports", body)
        except Rejected as error:
            if not error.problems:
                raise
            raise Rejected(_at_fields(entry, error), status=error.status) from error


def event(person: Person, unit: str, entry: TaskEntry) -> bytes:
    """Its id is of its content and of what stood before: pressed twice it is the same event."""
    data: dict[str, Any] = {"unit": unit, "plan": entry.plan, "task": entry.task, "status": entry.status}
    data |= {"note": entry.note} if entry.note else {}
    data |= {"asOf": entry.as_of} if entry.as_of else {}
    digest = hashlib.sha256(canonical.write({**data, "seen": entry.seen})).hexdigest()[:20]
    return canonical.write(
        {
            "specversion": "1.0",
            "type": events.TASK_REPORTED,
            "source": person.source,
            "id": f"{entry.plan}.{entry.task}.{unit}.{digest}",
            "data": data,
        }
    )


_PLACES = {"asOf": "as_of", "status": "status", "note": "note"}


def _at_fields(entry: TaskEntry, error: Rejected) -> list[Problem]:
    """A refusal's problems at the fields of the task."""
    return [
        replace(fault, pointer=f"/{entry.field(_PLACES.get(fault.pointer.rpartition('/')[2], 'status'))}")
        for fault in error.problems
    ]
