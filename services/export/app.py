"""Export over HTTP: the Ministry's feed (/v1/feed/…) and a province's deliveries (/v1/deliveries)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from lienthong.access.tokens import Principal, Verifier
from lienthong.errors import Rejected
from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Pool
from lienthong.refusals import problem, refused
from lienthong.samples import said
from lienthong.settings import Settings
from lienthong.shipped import schemas_folder
from lienthong.web import problems
from lienthong.web.authorization import authorize
from services.export.deliveries import queue
from services.export.deliveries.queue import Delivery
from services.export.feed import reading
from services.export.feed.cursors import Question
from services.export.formats import tables
from services.export.formats import text as files

ROLE = "lienthong_export"

_JSON = "application/json"
_NDJSON = "application/x-ndjson"
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RECIPIENT = {"platform": "platform"}
_BY_ACCEPT = {_JSON: "json", _NDJSON: "ndjson", "text/csv": "csv", _XLSX: "xlsx"}

_CODE = r"^[A-Za-z0-9._-]{1,80}$"  # whatever else a sender writes is refused here and never reaches a query
Code = Annotated[str, Path(pattern=_CODE)]
Reader = Annotated[Principal, Depends(authorize("feed:read"))]
ProvinceReader = Annotated[Principal, Depends(authorize("read:province"))]
Operator = Annotated[Principal, Depends(authorize("operate:deliveries"))]
Format = Annotated[str | None, Query(pattern="^(json|ndjson|csv|xlsx)$", description="json, ndjson, csv, xlsx")]


def app(settings: Settings, pool: Pool, verifier: Verifier) -> FastAPI:
    """The ASGI app of export. pool: acts as lienthong_export."""
    made = FastAPI(title="Liên Thông: chuyển và cung cấp số liệu", openapi_url=None, docs_url=None, redoc_url=None)
    made.state.verifier = verifier
    problems.install(made)
    for routes in (_listing(pool), _datasets(pool), _sums(pool)):
        made.include_router(routes, prefix="/v1/feed", tags=["feed"])
    made.include_router(_deliveries(pool))
    return made


def _listing(pool: Pool) -> APIRouter:
    routes = APIRouter()

    @routes.get("/releases", summary="Danh sách bản phát hành, theo con trỏ", responses=_answer("feed-page"))
    def releases(
        *,
        request: Request,
        principal: Reader,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        programme: Annotated[str | None, Query(pattern=_CODE)] = None,
        province: Annotated[str | None, Query(pattern="^[0-9]{2}$")] = None,
        format: Annotated[str | None, Query(pattern="^(json|ndjson)$")] = None,
    ) -> Response:
        question = _question(principal, province, programme)
        asked = {"limit": str(limit)} | _given(programme=programme, province=province, format=format)
        page = reading.feed_page(pool, question, cursor=cursor, limit=limit, asked=asked)
        headers = {"ETag": page.etag, "Link": page.link_header, "Vary": "Accept"}
        if _unchanged(request, page.etag):
            return Response(status_code=304, headers=headers)
        if (format or _wanted(request, ("json", "ndjson"))) == "ndjson":
            lines = b"".join(orjson.dumps(entry.body) + b"\n" for entry in page.entries)
            return Response(lines, media_type=_NDJSON, headers=headers)
        return Response(orjson.dumps(page.body), media_type=_JSON, headers=headers)

    return routes


def _datasets(pool: Pool) -> APIRouter:
    routes = APIRouter()
    building = threading.Lock()  # one workbook at a time: that of 200 communes with 60 figures takes 50 MB

    @routes.get("/releases/{release:path}/dataset", summary="Toàn bộ số liệu của một bản phát hành")
    def dataset(
        *,
        request: Request,
        principal: Reader,
        release: Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]{1,100}/[0-9]{1,7}$")],
        format: Format = None,
        table: Annotated[str, Query(description="of the CSV", pattern=f"^({'|'.join(tables.BY_NAME)})$")] = "figures",
        bom: Annotated[bool, Query(description="CSV with a byte order mark, for spreadsheets")] = False,
    ) -> Response:
        found = reading.dataset(pool, release, _question(principal))
        kind = format or _wanted(request, ("json", "ndjson", "csv", "xlsx"))
        etag = f'"{found.digest.removeprefix("sha256:")[:32]}-{kind}-{table}-{int(bom)}"'
        if _unchanged(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        return _file(found, kind, table=table, bom=bom, headers={"ETag": etag, "Vary": "Accept"}, building=building)

    return routes


def _sums(pool: Pool) -> APIRouter:
    routes = APIRouter()

    @routes.get("/digest", summary="Số đối soát các bản phát hành", responses=_answer("digest"))
    def digest(
        principal: Reader, province: Annotated[str | None, Query(pattern="^[0-9]{2}$")] = None
    ) -> dict[str, Any]:
        return reading.digest(pool, _question(principal, province))

    @routes.get(
        "/national/{programme}/{period}",
        summary="Tổng hợp cả nước từ bản phát hành mới nhất của các tỉnh",
        responses=_answer("national"),
    )
    def national(request: Request, principal: Reader, programme: Code, period: Code) -> Response:
        if _question(principal).recipient != "VN":
            raise _national_only()
        body = orjson.dumps(reading.consolidation(pool, programme, period))
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if _unchanged(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        return Response(body, media_type=_JSON, headers={"ETag": etag})

    return routes


def _deliveries(pool: Pool) -> APIRouter:
    routes = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

    @routes.get("", summary="Các lượt chuyển của tỉnh")
    def listed(
        *,
        principal: ProvinceReader,
        state: Annotated[str | None, Query(pattern=f"^({'|'.join(queue.STATES)})$")] = None,
        destination: Annotated[str | None, Query(pattern=_CODE)] = None,
        before: Annotated[int, Query(ge=1, le=queue.NEWEST)] = queue.NEWEST,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        found = queue.listed(pool, province=_own(principal), state=state, destination=destination, before=before,
                                  limit=limit)  # fmt: skip
        more = found[-1].number if len(found) == limit else None
        with pool.connection() as conn:
            sample = installation(conn).sample
        return {**said(sample), "deliveries": [_delivery(one) for one in found], "before": more}

    @routes.post("/{identifier}/retry", summary="Gửi lại một lượt chuyển đã bị loại", status_code=202)
    def retry(request: Request, principal: Operator, identifier: Code) -> dict[str, Any]:
        own = _own(principal)
        found = queue.listed(pool, province=own, identifier=identifier, limit=1)
        if not found:
            raise problems.not_found("delivery_unknown")
        address = request.client.host if request.client else None
        if not queue.retry_one(pool, found[0], actor=principal.actor, address=address):
            raise _not_dead(found[0])
        return {"id": identifier, "state": "pending"}

    return routes


def _answer(name: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for the API's description: a schema of schemas/platform (those used here stand alone,
    without $ref)."""
    path = schemas_folder() / "platform" / f"{name}.schema.json"
    schema = {key: value for key, value in orjson.loads(path.read_bytes()).items() if not key.startswith("$")}
    return {200: {"content": {_JSON: {"schema": schema}}}}


def _file(
    found: reading.Dataset, kind: str, *, table: str, bom: bool, headers: dict[str, str], building: threading.Lock
) -> Response:
    name = found.release.replace("/", "_")
    if kind == "json":
        return Response(found.text.encode(), media_type=_JSON, headers=headers)
    if kind == "ndjson":
        return StreamingResponse(files.as_ndjson(found.body), media_type=_NDJSON, headers=headers)
    headers = headers | {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        body = found.body
        return Response(files.as_csv(tables.BY_NAME[table](body), body, bom=bom), media_type=_CSV, headers=headers)
    from services.export.formats import xlsx as workbook  # noqa: PLC0415 (6 MB of a process that may never be asked for one)

    with building:
        return Response(workbook.as_xlsx(found.body), media_type=_XLSX, headers=headers)


def _own(principal: Principal) -> str | None:
    """The province whose things alone the caller sees; None for the Ministry and the hub."""
    return None if principal.province == "VN" else principal.province


def _question(principal: Principal, province: str | None = None, programme: str | None = None) -> Question:
    """What the caller asks for, within what it may see: a province its own; the platform and the Ministry what
    names them as recipient. Raises Rejected (403) for another's province.
    """
    own = _own(principal)
    if own is not None and province not in (None, own):
        raise Rejected([problem("", "province_not_allowed", province=province)], status=403)  # fmt: skip
    if own is not None:
        return Question(province=own, programme=programme, recipient=None)
    return Question(province=province, programme=programme, recipient=_RECIPIENT.get(principal.role, "VN"))


def _wanted(request: Request, offered: Iterable[str]) -> str:
    """The format of the first media type of Accept that we have; JSON otherwise."""
    for part in request.headers.get("accept", "").split(","):
        kind = _BY_ACCEPT.get(part.split(";")[0].strip())
        if kind in tuple(offered):
            return kind
    return "json"


def _unchanged(request: Request, etag: str) -> bool:
    """Weak comparison (RFC 9110 §13.1.2), as If-None-Match asks for."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in known or "*" in known


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


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


def _national_only() -> Rejected:
    return Rejected([problem("", "national_only")], status=403)  # fmt: skip
