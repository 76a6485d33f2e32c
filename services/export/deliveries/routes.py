"""Deliveries over HTTP: /v1/deliveries."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from lienthong.errors import Rejected
from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Pool
from lienthong.refusals import refused
from lienthong.samples import said
from lienthong.web import problems
from services.export.deliveries import queue
from services.export.deliveries.queue import Delivery
from services.export.readers import CODE, Code, Operator, ProvinceReader, own_province


def router(pool: Pool) -> APIRouter:
    routes = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

    @routes.get("", summary="Các lượt chuyển của tỉnh")
    def listed(
        *,
        principal: ProvinceReader,
        state: Annotated[str | None, Query(pattern=f"^({'|'.join(queue.STATES)})$")] = None,
        destination: Annotated[str | None, Query(pattern=CODE)] = None,
        before: Annotated[int, Query(ge=1, le=queue.NEWEST)] = queue.NEWEST,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        found = queue.listed(
            pool, province=own_province(principal), state=state, destination=destination, before=before, limit=limit
        )

        more = found[-1].number if len(found) == limit else None
        with pool.connection() as conn:
            sample = installation(conn).sample
        return {**said(sample), "deliveries": [_delivery(one) for one in found], "before": more}

    @routes.post("/{identifier}/retry", summary="Gửi lại một lượt chuyển đã bị loại", status_code=202)
    def retry(request: Request, principal: Operator, identifier: Code) -> dict[str, Any]:
        own = own_province(principal)
        found = queue.listed(pool, province=own, identifier=identifier, limit=1)
        if not found:
            raise problems.not_found("delivery_unknown")
        address = request.client.host if request.client else None
        if not queue.retry_one(pool, found[0], actor=principal.actor, address=address):
            raise _not_dead(found[0])
        return {"id": identifier, "state": "pending"}

    return routes


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id, "destination": one.destination, "province": one.province, "kind": one.kind,
        "subject": one.subject, "version": one.version, "withdraws": one.withdraws, "state": one.state,
        "attempts": [{"number": a.number, "startedAt": a.started_at, "finishedAt": a.finished_at,
                      "status": a.status, "outcome": a.outcome, "detail": a.detail} for a in one.attempts],
        "createdAt": one.created_at, "dueAt": one.due_at if one.state == "pending" else None,
        "settledAt": one.settled_at, "reason": one.reason,
    }  # fmt: skip


def _not_dead(delivery: Delivery) -> Rejected:
    return refused("delivery_not_dead", state=delivery.state)
