"""Where a task of a plan stands, and how many stand where. Pure.

What a unit says is *not begun*, *in hand* or *done*; that a task is overdue nobody says: it follows from its date. A
task of which nobody said anything is *not reported*, which is not the same as not begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lienthong.programmes import Plan, Task
from lienthong.units import Registry

NOT_REPORTED, NOT_BEGUN, IN_HAND, DONE, OVERDUE = "not_reported", "not_begun", "in_hand", "done", "overdue"
STATES: Final = (NOT_REPORTED, NOT_BEGUN, IN_HAND, DONE, OVERDUE)
"""Each task stands in exactly one of these, so that the counts of a plan add up to its tasks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
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


def standing(said: Iterable[Said]) -> Said | None:
    """What holds of what was said of a task: that of the latest day; of one day, what came last. In whatever order
    older statements come in, they change nothing.
    """
    return max(said, key=lambda one: (one.as_of, one.position), default=None)


def state(task: Task, said: Said | None, today: date) -> str:
    """One of STATES. The due date is the last day on which it is in time."""
    if said is not None and said.status == DONE:
        return DONE
    if task.due is not None and today > task.due:
        return OVERDUE
    return NOT_REPORTED if said is None else said.status


def done_late(task: Task, said: Said | None) -> bool:
    """Whether it was done after its date."""
    return said is not None and said.status == DONE and task.due is not None and said.as_of > task.due


def leads(plan: Plan, task: Task, registry: Registry, today: date) -> tuple[str, ...]:
    """The units that lead a task (chủ trì): those that the plan names by code, or by a name for which it says the unit
    under its responsibilities. A task of which no lead is a unit of the registry is its issuer's.
    """
    named = {
        str(responsibility.get("agency")): str(responsibility["unit"])
        for responsibility in plan.responsibilities
        if responsibility.get("unit")
    }
    found = [named.get(lead, lead) for lead in task.lead]
    return tuple(dict.fromkeys(unit for unit in found if registry.exists(unit, on=today))) or (plan.issued_by,)


def consolidated(tasks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How many tasks stand where, all and by lead; a task with two leads counts for each of them. tasks: as they are
    told, with `state`, `doneLate` and `leads`.
    """
    told = list(tasks)
    units = sorted({unit for one in told for unit in one["leads"]})
    by_lead = [{"unit": unit, **_counted(one for one in told if unit in one["leads"])} for unit in units]
    return {**_counted(told), "leads": by_lead}


def _counted(tasks: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    told = list(tasks)
    states = Counter(one["state"] for one in told)
    return {
        "total": len(told),
        "notReported": states[NOT_REPORTED],
        "notBegun": states[NOT_BEGUN],
        "inHand": states[IN_HAND],
        "done": states[DONE],
        "overdue": states[OVERDUE],
        "doneLate": sum(bool(one["doneLate"]) for one in told),
    }
