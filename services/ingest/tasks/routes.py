"""Routes of tasks: which there are and where each stands; an operator's record of one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Day, Unit
from lienthong.web.routes import Routes
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, actor_with_one
from services.ingest.readers import Reader, UnitCode
from services.ingest.rights.acting import Actor
from services.ingest.tasks import acts, reading
from services.ingest.tasks.bodies import Status, TaskRecorded, Tasks

# Of the module: annotations are resolved by its names.
Operator = Annotated[Actor, Depends(actor_with_one(*acts.SCOPES))]
PlanCode = Annotated[Code | None, Query()]


class TaskRecord(Body):
    """How far a task is. unit: that leads it; the plan's issuer when absent. asOf: today when absent."""

    status: Status
    unit: Unit | None = None
    note: str = Field("", max_length=2000)
    as_of: Day | None = Field(None, alias="asOf")


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """Tasks of the province's plans, or of the caller's units."""
    routes = Routes(prefix="/v1", tags=["submit"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/tasks",
        summary="Tasks of the plans (nhiệm vụ): where each stands, consolidated by plan and lead",
        **gives(Tasks),
    )
    def tasks(who: Reader, plan: PlanCode = None, unit: UnitCode = None) -> dict[str, Any]:
        with pool.connection() as conn:
            now = hub_now(conn)
            tasks = reading.tasks(conn, current.get(conn), who, plan=plan, unit=unit, now=now)
        return sample_mark | {"now": wire(now)} | tasks

    return routes


def act_routes(office: Office) -> APIRouter:
    """Recording for the issuer of a plan."""
    routes = Routes(prefix="/v1/plans", tags=["operate"])

    @routes.post(
        "/{plan}/tasks/{task}/reports",
        summary="Record how far a task is",
        description="Cần quyền operate:rounds hoặc release:draft. / Needs operate:rounds or release:draft.",
        **gives(TaskRecorded),
    )
    def record(plan: Code, task: Code, wanted: TaskRecord, by: Operator) -> dict[str, Any]:
        with office.act(by) as act:
            receipt = acts.record(
                act,
                plan=plan,
                task=task,
                status=wanted.status,
                unit=wanted.unit,
                note=wanted.note,
                as_of=wanted.as_of,
            )
        return {"receipt": receipt, "plan": plan, "task": task, "status": wanted.status}

    return routes
