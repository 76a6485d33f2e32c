"""Routes to difficulties that were raised."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from lienthong import samples
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Pool
from services.ingest.difficulties import reading
from services.ingest.readers import Position, ProvinceReader


def router(pool: Pool, log: EventLog, sample: bool) -> APIRouter:
    """What stands in the way of the units of a province."""
    routes = APIRouter(prefix="/v1", tags=["operate"])
    said = samples.said(sample)

    @routes.get("/difficulties", summary="Difficulties raised in the province")
    def difficulties(who: ProvinceReader, after: Position = 0) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | {"difficulties": reading.raised(conn, log, who, after)}

    return routes
