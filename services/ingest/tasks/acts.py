"""What an operator or a drafter records of a task in the name of the unit that issued its plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from lienthong import events
from lienthong.calendar import day_of
from lienthong.errors import Rejected
from lienthong.instants import wire
from lienthong.refusals import refused
from services.ingest.claims.receipts import number_of
from services.ingest.office.act import Act
from services.ingest.office.facts import fact, salt
from services.ingest.tasks.checks import task_of, task_problems, unknown_task

SCOPES = ("operate:rounds", "release:draft")
"""One of these: who runs the plan's rounds, or who draws its report together."""


def record(
    act: Act, *, plan: str, task: str, status: str, unit: str | None = None, note: str = "", as_of: date | None = None
) -> str:
    """Record how far a task is, for a unit that leads it or (None) for the plan's issuer. Returns where it stands in
    the log.

    Raises Rejected (404) for a plan or a task that is not the actor's, (422) with everything that is wrong else.
    """
    carried = act.plan(plan, _scope(act, plan))
    if task_of(carried, task) is None:
        raise refused("task_unknown", **unknown_task(carried, task))
    now, province = act.now(), act.province_of(carried.issued_by)
    data: dict[str, Any] = {
        "unit": unit or carried.issued_by,
        "plan": plan,
        "task": task,
        "status": status,
        "note": note,
        "asOf": (as_of or day_of(now)).isoformat(),
    }
    wrong = task_problems(data, act.definitions, day_of(now))
    if wrong:
        raise Rejected(wrong)
    subject = f"{plan}/{task}"
    act.record("task.recorded", subject, province=province, issuer=carried.issued_by, details={"status": status})
    body = {**data, "by": act.actor.name, "salt": salt()}
    [recorded] = act.append(fact(events.TASK_RECORDED, f"{subject}/{wire(now)}", subject, province, now, body))
    return number_of(province, recorded.position)


def _scope(act: Act, plan: str) -> str:
    """The right by which the plan is within the actor's sight; where none is, one that it holds."""
    who, definition = act.actor.principal, act.definitions.plans.get(plan)
    held = [scope for scope in SCOPES if who is not None and scope in who.scopes]
    if definition is not None:
        place = {"province": act.province_of(definition.issued_by), "issuer": definition.issued_by}
        held.sort(key=lambda scope: not act.actor.sight_by(scope).covers(**place))
    return held[0] if held else SCOPES[0]
