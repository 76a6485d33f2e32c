"""Where a task of a plan (nhiệm vụ) stands, and how many stand where. Pure.

What a unit says is *not begun*, *in hand* or *done*; that a task is overdue nobody says: it follows from its date. A
task of which nobody said anything is *not reported*, which is not the same as not begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lienthong import events
from lienthong.calendar import day_of
from lienthong.programmes import Plan, Task

NOT_REPORTED, NOT_BEGUN, IN_HAND, DONE, OVERDUE = "not_reported", "not_begun", "in_hand", "done", "overdue"
STATES: Final = (NOT_REPORTED, NOT_BEGUN, IN_HAND, DONE, OVERDUE)
"""Each task stands in exactly one of these, so that the counts of a plan add up to its tasks."""

EACH_LEAD: Final = "each_lead"
"""`done_when` of a task that is done only when each of its leads has said so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskReport:
    """One report on a task. as_of: the day for which it holds; of a done task, the day it was done. by: the client or
    person who sent it. place: province and position (`20-17`).
    """

    task: str
    unit: str
    status: str
    note: str
    as_of: date
    position: int
    at: datetime
    by: str
    place: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskState:
    """What holds of a task. status: None, nobody said anything. statements: the reports that it follows from, in the
    order they came in. day: on which it was done, of one that is.
    """

    status: str | None = None
    statements: tuple[TaskReport, ...] = ()
    day: date | None = None

    @property
    def latest(self) -> TaskReport | None:
        return _latest(self.statements)


def said_in(kind: str, data: Mapping[str, Any], *, key: str, position: int, at: datetime) -> TaskReport:
    """What a fact about a task says. kind: task.accepted or task.recorded; key: of its partition."""
    by_unit = kind == events.TASK_ACCEPTED
    body = data["data"] if by_unit else data
    day = body.get("asOf")
    return TaskReport(
        task=body["task"],
        unit=body["unit"],
        status=body["status"],
        note=body.get("note") or "",
        as_of=day_of(at) if day is None else date.fromisoformat(day),
        position=position,
        at=at,
        by=data["client"] if by_unit else data["by"],
        place=f"{key}-{position}",
    )


def state_of(task: Task, leads: Sequence[str], task_reports: Collection[TaskReport]) -> TaskState:
    """What holds of what was said of a task: that of the latest day; of one day, what came last. In whatever order
    older statements come in, they change nothing.

    Where the plan asks each lead (`done_when`), each lead's own statement counts, and what the plan's issuer says
    counts for every lead. The task is then done on the day that the last of them was; begun when one of them began.
    """
    if task.done_when == EACH_LEAD:
        whole = [task_report for task_report in task_reports if task_report.unit not in leads]
        each = [
            _latest([*(task_report for task_report in task_reports if task_report.unit == lead), *whole])
            for lead in leads
        ]
    else:
        each = [_latest(task_reports)]
    counted = sorted(
        {task_report.position: task_report for task_report in each if task_report is not None}.values(),
        key=lambda task_report: task_report.position,
    )
    status = _status_of_all([None if task_report is None else task_report.status for task_report in each])
    return TaskState(
        status=status,
        statements=tuple(counted),
        day=max(task_report.as_of for task_report in counted) if status == DONE else None,
    )


def _latest(task_reports: Iterable[TaskReport]) -> TaskReport | None:
    return max(task_reports, key=lambda task_report: (task_report.as_of, task_report.position), default=None)


def _status_of_all(statuses: Collection[str | None]) -> str | None:
    """Where a task stands of which each lead said one of these."""
    if set(statuses) <= {None}:
        return None
    if set(statuses) == {DONE}:
        return DONE
    return IN_HAND if {IN_HAND, DONE} & set(statuses) else NOT_BEGUN


def state(task: Task, holds: TaskState, today: date) -> str:
    """One of STATES. The due date is the last day on which it is in time."""
    if holds.status == DONE:
        return DONE
    if task.due is not None and today > task.due:
        return OVERDUE
    return holds.status or NOT_REPORTED


def done_late(task: Task, holds: TaskState) -> bool:
    """Whether it was done after its date."""
    return holds.day is not None and task.due is not None and holds.day > task.due


def leads(plan: Plan, task: Task, exists: Callable[[str], bool]) -> tuple[str, ...]:
    """The units that lead a task (chủ trì). exists: whether a code is that of a unit. A task of which no lead is a unit
    is its issuer's.
    """
    return tuple(dict.fromkeys(unit for unit in units_of(plan, task.lead) if exists(unit))) or (plan.issued_by,)


def units_of(plan: Plan, names: Iterable[str]) -> Iterable[str]:
    """Those that the plan names by code, or by a name for which it says the unit under its responsibilities; any other
    name as it stands.
    """
    named = {
        str(responsibility.get("agency")): str(responsibility["unit"])
        for responsibility in plan.responsibilities
        if responsibility.get("unit")
    }
    return (named.get(name, name) for name in names)


def consolidated(tasks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How many tasks stand where, all and by lead; a task with two leads counts for each of them. tasks: as they are
    told, with `state`, `doneLate` and `leads`.
    """
    bodies = list(tasks)
    units = sorted({unit for body in bodies for unit in body["leads"]})
    by_lead = [{"unit": unit, **_counts(body for body in bodies if unit in body["leads"])} for unit in units]
    return {**_counts(bodies), "leads": by_lead}


def _counts(tasks: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    bodies = list(tasks)
    states = Counter(body["state"] for body in bodies)
    return {
        "total": len(bodies),
        "notReported": states[NOT_REPORTED],
        "notBegun": states[NOT_BEGUN],
        "inHand": states[IN_HAND],
        "done": states[DONE],
        "overdue": states[OVERDUE],
        "doneLate": sum(bool(body["doneLate"]) for body in bodies),
    }
