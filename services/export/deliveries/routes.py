"""Deliveries over HTTP: /v1/deliveries."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from lienthong.access.sight import Sight
from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Pool
from lienthong.samples import said
from services.export import store
from services.export.deliveries import acts, bodies, destinations, queue
from services.export.deliveries.queue import NEWEST, Delivery
from services.export.readers import CODE, PROVINCE, Code, Operator, OperatorSight, actor, narrowed

PATH = "/v1/deliveries"


def router(pool: Pool) -> APIRouter:
    """What was pushed, and what has to be pushed again."""
    routes = APIRouter(prefix=PATH, tags=["deliveries"])

    @routes.get(
        "",
        response_model=bodies.Deliveries,
        response_model_exclude_unset=True,
        summary="Các lượt chuyển trong phạm vi được xem, mới nhất trước",
    )
    def listed(
        *,
        seen: OperatorSight,
        state: Annotated[str | None, Query(pattern=f"^({'|'.join(queue.STATES)})$")] = None,
        destination: Annotated[str | None, Query(pattern=CODE)] = None,
        province: Annotated[str | None, Query(pattern=PROVINCE)] = None,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        asked = {"state": state, "destination": destination, "province": province}
        if destination is not None and seen.issuers is None:
            destinations.shown(pool, destination, narrowed(seen, province))
        return _page(pool, narrowed(seen, province), asked, cursor, limit)

    @routes.get(
        "/{identifier}",
        response_model=bodies.DeliveryOf,
        response_model_exclude_unset=True,
        summary="Một lượt chuyển, với mọi lần thử",
    )
    def shown(seen: OperatorSight, identifier: Code) -> dict[str, Any]:
        return body(queue.shown(pool, identifier, seen))

    @routes.post(
        "/{identifier}/retry",
        response_model=bodies.Retried,
        response_model_exclude_unset=True,
        summary="Gửi lại một lượt chuyển đã bị loại",
        status_code=202,
    )
    def retry(request: Request, principal: Operator, identifier: Code) -> dict[str, Any]:
        acts.retry(pool, identifier, actor(request, principal))
        return {"id": identifier, "state": "pending"}

    return routes


def _page(pool: Pool, seen: Sight, asked: dict[str, str | None], cursor: str | None, limit: int) -> dict[str, Any]:
    """One page, newest first; the links carry the filters on."""
    given = {name: value for name, value in asked.items() if value is not None}
    question = f"deliveries/{seen.province or '*'}/{'+'.join(sorted(seen.issuers or ()))}/{sorted(given.items())}"
    with pool.connection() as conn:
        cursor_of = store.cursors(conn, PATH, head=NEWEST)
        before = cursor_of.read(cursor, question) if cursor else NEWEST
        sample = installation(conn).sample
    found = queue.listed(
        pool, seen, state=asked["state"], destination=asked["destination"], before=before, limit=limit + 1
    )
    more = len(found) > limit
    repeated = given | {"limit": str(limit)}
    links = {"self": cursor_of.link(repeated, before if cursor else None, question)}
    if more:
        links["next"] = cursor_of.link(repeated, found[limit - 1].number, question)
    return {**said(sample), "deliveries": [body(one) for one in found[:limit]], "links": links}


def body(one: Delivery) -> dict[str, Any]:
    """A delivery as it goes out."""
    return {
        "id": one.id,
        "destination": one.destination,
        "province": one.province,
        "kind": one.kind,
        "subject": one.subject,
        "version": one.version,
        "withdraws": one.withdraws,
        "state": one.state,
        "attempts": [
            {
                "number": a.number,
                "startedAt": a.started_at,
                "finishedAt": a.finished_at,
                "status": a.status,
                "outcome": a.outcome,
                "detail": a.detail,
            }
            for a in one.attempts
        ],
        "createdAt": one.created_at,
        "dueAt": one.due_at if one.state == "pending" else None,
        "settledAt": one.settled_at,
        "reason": one.reason,
    }
