"""What is asked of a report on a task of a plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from lienthong import tasks as rules
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.errors import Problem
from lienthong.programmes import Plan, Task
from lienthong.refusals import known_codes, problem
from services.ingest.claims.claim import Claim
from services.ingest.claims.verdicts import Checked, Earlier
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights import reporting
from services.ingest.rights.claiming import UnitClaim


def check(claim: Claim, principal: Principal, definitions: Definitions, now: datetime, earlier: Earlier) -> Checked:
    """A report on a task: by a unit that leads it, or by the one that issued the plan."""
    claimed = UnitClaim.of(claim, principal, definitions, now, scope="report:submit")
    data = claimed.data
    more = reporting.plan_problems(data, principal, definitions, now)
    if not (claimed.problems or more):
        more = task_problems(data, definitions, day_of(now))
    return claimed.verdict(more, about=(str(data.get("plan")), str(data.get("task"))))


def task_problems(data: Mapping[str, Any], definitions: Definitions, today: date) -> list[Problem]:
    """What is wrong with task, unit and day of a report whose plan is known to be the sender's."""
    plan = definitions.plans[data["plan"]]
    task = task_of(plan, data["task"])
    if task is None:
        return [problem("/data/task", "task_unknown", **unknown_task(plan, data["task"]))]
    problems = []
    leads = leads_of(definitions, plan, task, today)
    if data["unit"] not in (*leads, plan.issued_by):
        problems.append(
            problem("/data/unit", "task_not_led", unit=data["unit"], task=task.code, leads=", ".join(leads))
        )
    day = data.get("asOf")
    if day is not None and date.fromisoformat(day) > today:
        problems.append(problem("/data/asOf", "task_day_ahead", day=day, today=today.isoformat()))
    return problems


def task_of(plan: Plan, code: str) -> Task | None:
    return next((task for task in plan.tasks if task.code == code), None)


def unknown_task(plan: Plan, code: str) -> dict[str, Any]:
    """What is told of a task that a plan has not."""
    return {"task": code, "plan": plan.code, "known": known_codes(task.code for task in plan.tasks)}


def leads_of(definitions: Definitions, plan: Plan, task: Task, today: date) -> tuple[str, ...]:
    """The units that lead a task on a day."""
    return rules.leads(plan, task, lambda code: definitions.registry.exists(code, on=today))
