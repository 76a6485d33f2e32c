"""Routes to reports as they were accepted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from lienthong import samples
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Pool
from services.ingest.definitions.current import Current
from services.ingest.readers import Reader
from services.ingest.reports import reading


def router(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """A report with its revisions, for those who may see its unit."""
    routes = APIRouter(prefix="/v1", tags=["submit"])
    said = samples.said(current.sample)

    @routes.get("/reports/{id_:path}", summary="A report: state, receipt, all revisions")
    def report(id_: str, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | reading.report(conn, log, current.get(conn), who, id_)

    return routes
