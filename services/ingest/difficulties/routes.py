"""Routes to difficulties that were raised."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Pool
from lienthong.web.lists import Cursor, Most, listing, page
from services.ingest import bodies
from services.ingest.definitions.current import Current
from services.ingest.difficulties import reading
from services.ingest.readers import Reader
from services.ingest.rights import seeing


def router(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """What stands in the way of the caller's units, or of those of its province."""
    routes = APIRouter(prefix="/v1", tags=["submit"])
    said = samples.said(current.sample)

    @routes.get(
        "/difficulties",
        summary="Difficulties raised: the caller's own, or the province's",
        description="Khó khăn, vướng mắc đã nêu. / Oldest first; `delta` reads on later.",
        responses={200: {"model": bodies.Difficulties}},
        response_model=None,
    )
    def difficulties(who: Reader, response: Response, cursor: Cursor = None, limit: Most = 200) -> dict[str, Any]:
        with pool.connection() as conn:
            asked = listing(conn, "/v1/difficulties", whose=seeing.mark(who), cursor=cursor, limit=limit, grows=True)
            units = seeing.told_of(who, current.get(conn), hub_now(conn))
            found = reading.raised(conn, log, who, units=units, after=asked.begin(0), limit=limit + 1)
        return said | page(response, asked, "difficulties", found, lambda one: int(one["position"]))

    return routes
