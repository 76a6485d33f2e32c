"""Deliveries over HTTP: /v1/deliveries."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from lienthong.access.sight import Sight
from lienthong.cursors import NEWEST, Listing
from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Connection, Pool
from lienthong.samples import sample_mark
from lienthong.web.answers import writes
from lienthong.web.lists import Cursor, listing, page
from lienthong.web.routes import Routes
from services.export.deliveries import acts, bodies, destinations
from services.export.deliveries.listing import STATES, Delivery, get_delivery, list_deliveries
from services.export.readers import CODE, PROVINCE, Code, Operator, OperatorSight, actor, narrow

PATH = "/v1/deliveries"


def router(pool: Pool) -> APIRouter:
    """What was pushed, and what has to be pushed again."""
    routes = Routes(prefix=PATH, tags=["deliveries"])

    @routes.get("", summary="Các lượt chuyển trong phạm vi được xem, mới nhất trước", **writes(bodies.Deliveries))
    def list_all(
        *,
        seen: OperatorSight,
        state: Annotated[str | None, Query(pattern=f"^({'|'.join(STATES)})$")] = None,
        destination: Annotated[str | None, Query(pattern=CODE)] = None,
        province: Annotated[str | None, Query(pattern=PROVINCE)] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        response: Response,
    ) -> dict[str, Any]:
        sight = narrow(pool, seen, province)
        if destination is not None and seen.issuers is None:
            destinations.get_with_queue(pool, destination, sight)
        given = {"state": state, "destination": destination, "province": province}
        with pool.connection() as conn:
            question, sample = _question(conn, sight, given, cursor, limit)
            before = question.begin(NEWEST)
        deliveries = list_deliveries(pool, sight, state=state, destination=destination, before=before, limit=limit + 1)
        if destination is not None and not deliveries and seen.issuers is not None:
            raise destinations.destination_unknown(
                destination
            )  # who is bound to units knows those alone that these push to
        shown = page(response, question, "deliveries", deliveries, lambda delivery: delivery.number)
        return sample_mark(sample) | shown | {"deliveries": [body(delivery) for delivery in shown["deliveries"]]}

    @routes.get("/{identifier}", summary="Một lượt chuyển, với mọi lần thử", **writes(bodies.DeliveryOf))
    def one_delivery(seen: OperatorSight, identifier: Code) -> dict[str, Any]:
        return body(get_delivery(pool, identifier, seen))

    @routes.post("/{identifier}/retry", summary="Gửi lại một lượt chuyển đã dừng", **writes(bodies.Retried, 202))
    def retry(request: Request, principal: Operator, identifier: Code) -> dict[str, Any]:
        acts.retry(pool, identifier, actor(request, principal))
        return {"id": identifier, "state": "pending"}

    return routes


def _question(
    conn: Connection, seen: Sight, given: dict[str, str | None], cursor: str | None, limit: int
) -> tuple[Listing, bool]:
    """The question with its cursor, and whether the installation holds sample data."""
    whose = f"{seen.province or '*'}/{'+'.join(sorted(seen.issuers or ()))}"
    question = listing(conn, PATH, whose=whose, cursor=cursor, limit=limit, asked=given)
    return question, installation(conn).sample


def body(delivery: Delivery) -> dict[str, Any]:
    """A delivery as it goes out."""
    return {
        "id": delivery.id,
        "destination": delivery.destination,
        "province": delivery.province,
        "kind": delivery.kind,
        "subject": delivery.subject,
        "version": delivery.version,
        "withdraws": delivery.withdraws,
        "state": delivery.state,
        "attempts": [
            {
                "number": a.number,
                "startedAt": a.started_at,
                "finishedAt": a.finished_at,
                "status": a.status,
                "outcome": a.outcome,
                "detail": a.detail,
            }
            for a in delivery.attempts
        ],
        "createdAt": delivery.created_at,
        "dueAt": delivery.due_at if delivery.state == "pending" else None,
        "settledAt": delivery.settled_at,
        "reason": delivery.reason,
    }
