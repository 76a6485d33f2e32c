"""Routes to reports as they were accepted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web.parameters import Line, Unit
from services.ingest import bodies
from services.ingest.definitions.current import Current
from services.ingest.readers import Reader
from services.ingest.reports import reading, statement
from services.ingest.reports.bodies import Statement


def router(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """A report with its revisions, for those who may see its unit."""
    routes = APIRouter(prefix="/v1", tags=["submit"])
    said = samples.said(current.sample)

    @routes.get(
        "/reports/{id_:path}",
        summary="A report: state, receipt, all revisions",
        description="Theo mã sự kiện hoặc số biên nhận. / By the id of an event or a receipt’s number.",
        responses={200: {"model": bodies.Report}},
        response_model=None,
    )
    def report(id_: Line, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | reading.report(conn, log, current.get(conn), who, id_)

    @routes.get(
        "/units/{unit}/statement",
        summary="What a unit owed and delivered in a year (bảng kê báo cáo)",
        responses={200: {"model": Statement}},
        response_model=None,
    )
    def of_year(unit: Unit, who: Reader, year: Annotated[int, Query(ge=2000, le=2999)]) -> dict[str, Any]:
        with pool.connection() as conn:
            now = hub_now(conn)
            found = statement.statement(conn, current.get(conn), who, unit=unit, year=year, now=now)
        return said | {"now": wire(now)} | found

    return routes
