"""Routes to reports as they were accepted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from lienthong import samples, separated
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Line, Unit
from services.ingest import bodies
from services.ingest.definitions.current import Current
from services.ingest.readers import Reader
from services.ingest.reports import reading, statement, statement_rows
from services.ingest.reports.bodies import RoundGrades, Statement

# Of the module: annotations are resolved by its names.
Year = Annotated[int, Query(ge=2000, le=2999)]
InFormat = Annotated[Literal["json", "csv", "csv-vn"], Query()]


def router(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """A report with its revisions, for those who may see its unit."""
    routes = APIRouter(prefix="/v1", tags=["submit"])
    said = samples.said(current.sample)

    @routes.get(
        "/reports/{id_:path}",
        summary="A report: state, receipt, all revisions",
        description="Theo mã sự kiện hoặc số biên nhận. / By the id of an event or a receipt’s number.",
        **gives(bodies.Report),
    )
    def report(id_: Line, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return said | reading.report(conn, log, current.get(conn), who, id_)

    @routes.get(
        "/units/{unit}/statement",
        summary="What a unit owed and delivered in a year (bảng kê báo cáo)",
        description="`csv`: cho phần mềm / for programs; `csv-vn`: cho Excel tiếng Việt / for a spreadsheet.",
        responses={200: {"model": Statement, "content": {"text/csv": {"schema": {"type": "string"}}}}},
        response_model=None,
    )
    def of_year(unit: Unit, who: Reader, year: Year, format: InFormat = "json") -> dict[str, Any] | Response:
        with pool.connection() as conn:
            now = hub_now(conn)
            document = statement.statement(conn, current.get(conn), who, unit=unit, year=year, now=now)
        if format == "json":
            return said | {"now": wire(now)} | document
        body = statement_rows.written(document, sample=current.sample, vietnamese=format == "csv-vn")
        named = {"Content-Disposition": f'attachment; filename="statement_{unit}_{year}.csv"'}
        return Response(body, media_type=separated.MEDIA, headers=named)

    @routes.get(
        "/rounds/{round}/quality",
        summary="The quality grade of each unit of a round, with the arithmetic (chất lượng báo cáo)",
        description="Các đơn vị mà tài khoản thấy. / The units that the caller sees.",
        **gives(RoundGrades),
    )
    def of_round(round: Code, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            now = hub_now(conn)
            units = statement.grades(conn, current.get(conn), who, round_=round, now=now)
        return said | {"now": wire(now), "round": round, "units": units}

    return routes
