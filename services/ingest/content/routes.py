"""Routes to content items."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from lienthong import samples
from lienthong.postgres.pool import Pool
from services.ingest.content import reading
from services.ingest.definitions.current import Current
from services.ingest.readers import Most, Reader


def router(pool: Pool, current: Current) -> APIRouter:
    """Content items as they stand."""
    routes = APIRouter(prefix="/v1", tags=["operate"])
    said = samples.said(current.sample)

    @routes.get("/content", summary="Content items and their state, for those who submit or approve them")
    def content(
        who: Reader,
        state: Literal["submitted", "approved", "withdrawn"] | None = None,
        unit: Annotated[str | None, Query(max_length=35)] = None,
        limit: Most = 200,
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            items = reading.listed(conn, current.get(conn), who, state=state, unit=unit, limit=limit)
        return said | {"items": items}

    return routes
