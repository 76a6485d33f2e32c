"""How far a plan's tasks (nhiệm vụ) are, as a release tells it: straight from the log, at the cut. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, cast

from lienthong import events
from lienthong import tasks as rules
from lienthong.events import Recorded
from lienthong.instants import wire
from lienthong.programmes import Plan, Task
from lienthong.releases import Dataset
from lienthong.releases.offices import TaskSaid, TaskTold
from lienthong.tasks import TaskReport
from services.aggregate.bodies import say
from services.aggregate.difficulties import with_texts_then

FACTS: Final = (events.TASK_ACCEPTED, events.TASK_RECORDED, events.TEXT_REDACTED)
"""The types of facts that the tasks of a release are made of."""

SINCE: Final = 6
"""Since these rules a dataset tells how far the plan's tasks are, and what the hub computed itself."""

_NOTES: Final = frozenset({"/data/note", "/note"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _TaskReports:
    """What was said of a plan's tasks up to the cut. removed: positions of those whose note is gone."""

    by_task: dict[str, list[TaskReport]] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)


def day_of_tasks(before: Dataset | None, signed: date) -> date:
    """The day that a release tells of: that of its sign-off; of a later version that of the first, so that a correction
    of the figures calls no task overdue that was not.
    """
    day = None if before is None else before.get("tasksAsOf")
    return signed if day is None else date.fromisoformat(day)


def leads_of(plan: Plan) -> Collection[str]:
    """Every code or name that may be that of a lead."""
    return {unit for task in plan.tasks for unit in rules.units_of(plan, task.lead)} | {plan.issued_by}


def tasks(plan: Plan, facts: Iterable[Recorded], *, cut: int, day: date, names: Mapping[str, str]) -> list[TaskTold]:
    """Each task of the plan, in the plan's order. facts: of FACTS, in order. names: of the leads that are units on the
    day.
    """
    heard = _task_reports(plan, facts, cut, day)
    return [_task_told(plan, task, heard, day, names) for task in plan.tasks]


def _task_reports(plan: Plan, facts: Iterable[Recorded], cut: int, day: date) -> _TaskReports:
    heard = _TaskReports()
    for fact in facts:
        event = fact.event
        if event.type == events.TEXT_REDACTED:
            data = event.content()
            if not _NOTES.isdisjoint(data["pointers"]):
                heard.removed.add(data["target"]["position"])
        elif fact.position <= cut and (event.subject or "").startswith(f"{plan.code}/"):
            task_report = rules.said_in(
                event.type, event.content(), key=event.partition_key, position=fact.position, at=event.time
            )
            if task_report.as_of <= day:
                heard.by_task.setdefault(task_report.task, []).append(task_report)
    return heard


def _task_told(plan: Plan, task: Task, heard: _TaskReports, day: date, names: Mapping[str, str]) -> TaskTold:
    leads = rules.leads(plan, task, names.__contains__)
    holds = rules.state_of(task, leads, heard.by_task.get(task.code, ()))
    return {
        "task": task.code,
        "title": say(task.title),
        "lead": list(task.lead),
        "leads": [{"code": code, "name": names.get(code)} for code in leads],
        "partners": list(task.partners),
        "result": task.result,
        "due": None if task.due is None else task.due.isoformat(),
        "dueText": task.due_text,
        "state": rules.state(task, holds, day),
        "doneLate": rules.done_late(task, holds),
        "said": [_task_said(task_report, heard.removed) for task_report in holds.statements],
    }


def _task_said(task_report: TaskReport, removed: Collection[int]) -> TaskSaid:
    """Who pressed the button stays in the hub; the unit is named."""
    body: TaskSaid = {
        "receipt": task_report.place,
        "unit": task_report.unit,
        "status": task_report.status,
        "note": task_report.note,
        "asOf": task_report.as_of.isoformat(),
        "at": wire(task_report.at),
    }
    if task_report.position in removed:
        body["redacted"] = True
    return body


def as_told_then(dataset: Dataset, original: Dataset) -> Dataset:
    """A recomputed dataset with the notes that were redacted since as the release was made with them."""
    then = {task_report["receipt"]: task_report for task in original.get("tasks", ()) for task_report in task["said"]}
    if not then or "tasks" not in dataset:
        return dataset
    return {**dataset, "tasks": [_with_notes_then(task, then) for task in dataset["tasks"]]}


def _with_notes_then(task: TaskTold, then: Mapping[str, TaskSaid]) -> TaskTold:
    task_reports = [
        with_texts_then(task_report, then[task_report["receipt"]], ("note",))
        if task_report["receipt"] in then
        else task_report
        for task_report in task["said"]
    ]
    return cast(TaskTold, {**task, "said": task_reports})
