"""Routes to reports as they were accepted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from lienthong import samples, separated
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Line, OneLine, Unit
from lienthong.web.routes import Routes
from services.ingest import bodies
from services.ingest.claims.receipts import place_of
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, DocumentReference, Receipt, actor_with
from services.ingest.readers import Reader
from services.ingest.reports import reading, redaction, statement, statement_rows
from services.ingest.reports.bodies import Redacted, RoundGrades, Statement
from services.ingest.rights.acting import Actor

# Of the module: annotations are resolved by its names.
Year = Annotated[int, Query(ge=2000, le=2999)]
InFormat = Annotated[Literal["json", "csv", "csv-vn"], Query()]
Operator = Annotated[Actor, Depends(actor_with(redaction.SCOPE))]
Pointer = Annotated[
    OneLine, Field(max_length=200, description="JSON Pointer vào nội dung sự kiện / into the event's data")
]


class RedactionRequest(Body):
    """Text to remove, each by its place in the event (`/report/narrative/results`, `/data/text`, `/reason`)."""

    pointers: list[Pointer] = Field(min_length=1, max_length=200, examples=[["/report/narrative/results"]])
    reason: str = Field(min_length=3, max_length=2000)
    document: DocumentReference = DocumentReference(number=None)


def read_routes(pool: Pool, log: EventLog, current: Current) -> APIRouter:
    """A report with its revisions, a unit's statement, the grades of a round: for those who may see the units."""
    routes = Routes(prefix="/v1", tags=["submit"])
    _report_route(routes, pool, log, current)
    _statement_route(routes, pool, current)
    _quality_route(routes, pool, current)
    return routes


def _report_route(routes: APIRouter, pool: Pool, log: EventLog, current: Current) -> None:
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/reports/{id_:path}",
        summary="A report: state, receipt, all revisions",
        description="Theo mã sự kiện hoặc số biên nhận. / By the id of an event or a receipt’s number.",
        **gives(bodies.Report),
    )
    def report(id_: Line, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return sample_mark | reading.report(conn, log, current.get(conn), who, id_)


def _statement_route(routes: APIRouter, pool: Pool, current: Current) -> None:
    sample_mark = samples.sample_mark(current.sample)

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
            return sample_mark | {"now": wire(now)} | document
        body = statement_rows.statement_csv(document, sample=current.sample, vietnamese=format == "csv-vn")
        named = {"Content-Disposition": f'attachment; filename="statement_{unit}_{year}.csv"'}
        return Response(body, media_type=separated.MEDIA, headers=named)


def _quality_route(routes: APIRouter, pool: Pool, current: Current) -> None:
    sample_mark = samples.sample_mark(current.sample)

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
        return sample_mark | {"now": wire(now), "round": round, "units": units}


def act_routes(office: Office) -> APIRouter:
    """Removing free text of what was accepted, or said of it."""
    routes = Routes(prefix="/v1", tags=["operate"])

    @routes.post(
        "/receipts/{receipt}/redaction",
        status_code=201,
        summary="Remove free text from what was accepted, and leave its place",
        description="Xóa nội dung chữ (ví dụ dữ liệu cá nhân); số liệu, biên nhận vẫn giữ. / Figures and receipt stay. "
        "`receipt`: of a report, an item, a difficulty, or of what was said of one (a return, an answer).",
        responses={201: {"model": Redacted}},
        response_model=None,
    )
    def redact(receipt: Receipt, wanted: RedactionRequest, by: Operator) -> dict[str, Any]:
        province, position = place_of(receipt)
        with office.act(by) as act:
            redaction.redact(
                act,
                province=province,
                position=position,
                pointers=wanted.pointers,
                reason=wanted.reason,
                document=wanted.document.model_dump(mode="json"),
            )
        return {"receipt": receipt, "pointers": wanted.pointers}

    return routes
