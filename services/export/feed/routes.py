"""The feed over HTTP: /v1/feed/…"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from lienthong.errors import Rejected
from lienthong.events import NATION
from lienthong.postgres.pool import Pool
from lienthong.refusals import problem
from lienthong.shipped import schemas_folder
from lienthong.web.addresses import append_routes
from lienthong.web.etags import is_held, of_content
from lienthong.web.routes import Routes
from services.export.feed import reading
from services.export.formats import nation, tables
from services.export.formats.table import FORMATS, JSON, NDJSON, Format, accepted_format
from services.export.formats.written import Written
from services.export.readers import CODE, Code, Reader, question

InFormat = Annotated[str | None, Query(pattern=f"^({'|'.join(FORMATS)})$", description=", ".join(FORMATS))]

InNationalFormat = Annotated[
    str | None, Query(pattern=f"^({'|'.join(nation.OFFERED)})$", description=", ".join(nation.OFFERED))
]


_DATASET: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON.media: {"schema": {"$ref": "#/components/schemas/ReleaseDataset"}}}}
}
"""In JSON; services/hub/openapi.py adds schemas/platform/release-dataset.schema.json to the components."""


class PeriodThere(BaseModel):
    """A programme's period that can be read. provinces: how many have released, as its national document says;
    communes: how many that have a plan of their own. Withdrawn releases do not count."""

    programme: str
    period: str
    provinces: int
    communes: int
    releases: int


class Periods(BaseModel):
    """Newest period first."""

    periods: list[PeriodThere]


def router(pool: Pool) -> APIRouter:
    """What recipients read."""
    routes = Routes()
    append_routes(routes, (_list_routes(pool), _dataset_routes(pool), _sum_routes(pool), _national_routes(pool)))
    return routes


def _feed_routes() -> APIRouter:
    return Routes(prefix="/v1/feed", tags=["feed"])


def _list_routes(pool: Pool) -> APIRouter:
    routes = _feed_routes()

    @routes.get("/releases", summary="Danh sách bản phát hành, theo con trỏ", responses=_answer("feed-page"))
    def releases(
        *,
        request: Request,
        principal: Reader,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        programme: Annotated[str | None, Query(pattern=CODE)] = None,
        province: Annotated[str | None, Query(pattern="^[0-9]{2}$")] = None,
        format: Annotated[str | None, Query(pattern="^(json|ndjson)$")] = None,
    ) -> Response:
        asked_for = question(pool, principal, province, programme)
        parameters = {"limit": str(limit)} | _without_none(programme=programme, province=province, format=format)
        page = reading.feed_page(pool, asked_for, cursor=cursor, limit=limit, parameters=parameters)
        headers = {"ETag": page.etag, "Link": page.link_header, "Vary": "Accept"}
        if is_held(request, page.etag):
            return Response(status_code=304, headers=headers)
        if _wanted_format(request, format, (JSON, NDJSON)) is NDJSON:
            lines = b"".join(orjson.dumps(entry.body) + b"\n" for entry in page.entries)
            return Response(lines, media_type=NDJSON.content_type, headers=headers)
        return Response(orjson.dumps(page.body), media_type=JSON.content_type, headers=headers)

    return routes


def _dataset_routes(pool: Pool) -> APIRouter:
    routes = _feed_routes()
    building = threading.Lock()  # one heavy file at a time

    @routes.get(
        "/releases/{release:path}/dataset",
        summary="Toàn bộ số liệu của một bản phát hành",
        responses=_DATASET,
    )
    def dataset(
        *,
        request: Request,
        principal: Reader,
        release: Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]{1,100}/[0-9]{1,7}$")],
        format: InFormat = None,
        table: Annotated[str, Query(description="of the CSV", pattern=f"^({'|'.join(tables.BY_NAME)})$")] = "figures",
        bom: Annotated[bool, Query(description="CSV with a byte order mark, for spreadsheets")] = False,
    ) -> Response:
        row = reading.get_release(pool, release, question(pool, principal))
        kind = _wanted_format(request, format, FORMATS.values())
        etag = f'"{row.digest.removeprefix("sha256:")[:32]}-{kind.name}-{table}-{int(bom)}"'
        if is_held(request, etag):
            return Response(status_code=304, headers={"ETag": etag, "Vary": "Accept"})
        named = f'attachment; filename="{kind.file_name(release, table)}"'
        headers = {"ETag": etag, "Vary": "Accept"} | ({"Content-Disposition": named} if kind.saved else {})
        with building if kind.heavy else nullcontext():
            body = kind.write(Written(text=row.text, table=table, bom=bom))
        if isinstance(body, bytes):
            return Response(body, media_type=kind.content_type, headers=headers)
        return StreamingResponse(body, media_type=kind.content_type, headers=headers)

    return routes


def _sum_routes(pool: Pool) -> APIRouter:
    routes = _feed_routes()

    @routes.get("/periods", summary="Các chương trình và kỳ đã có bản phát hành")
    def periods(principal: Reader, programme: Annotated[str | None, Query(pattern=CODE)] = None) -> Periods:
        periods = reading.periods(pool, question(pool, principal, programme=programme))
        return Periods(periods=[PeriodThere(**asdict(period)) for period in periods])

    @routes.get("/digest", summary="Số đối soát các bản phát hành", responses=_answer("digest"))
    def digest(
        principal: Reader, province: Annotated[str | None, Query(pattern="^[0-9]{2}$")] = None
    ) -> dict[str, Any]:
        return reading.digest(pool, question(pool, principal, province))

    return routes


def _national_routes(pool: Pool) -> APIRouter:
    routes = _feed_routes()
    building = threading.Lock()  # one file at a time: the datasets of 34 provinces are read for it

    @routes.get(
        "/national/{programme}/{period}",
        summary="Tổng hợp cả nước từ bản phát hành mới nhất của các tỉnh",
        responses=_answer("national"),
    )
    def national(
        *,
        request: Request,
        principal: Reader,
        programme: Code,
        period: Code,
        format: InNationalFormat = None,
        table: Annotated[str, Query(description="of the CSV", pattern=f"^({'|'.join(nation.BY_NAME)})$")] = "figures",
    ) -> Response:
        if question(pool, principal).recipients != frozenset({NATION}):
            raise _national_only()
        document = reading.consolidation(pool, programme, period)
        kind = _wanted_format(request, format, [FORMATS[name] for name in nation.OFFERED])
        body = orjson.dumps(document)
        headers = {"ETag": of_content(body, kind.name, table), "Vary": "Accept"}
        if is_held(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if kind.saved:
            with building:
                whole = nation.Nation(document=document, heads=reading.release_heads(pool, document))
                body = nation.nation_file(whole, kind, table)
            headers["Content-Disposition"] = f'attachment; filename="{kind.file_name(whole.name, table)}"'
        return Response(body, media_type=kind.content_type, headers=headers)

    return routes


def _answer(name: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for the API's description: a schema of schemas/platform (those used here stand alone,
    without $ref)."""
    path = schemas_folder() / "platform" / f"{name}.schema.json"
    schema = {key: value for key, value in orjson.loads(path.read_bytes()).items() if not key.startswith("$")}
    return {200: {"content": {JSON.media: {"schema": schema}}}}


def _wanted_format(request: Request, named: str | None, offered: Iterable[Format]) -> Format:
    """The format that the address names; else what Accept asks for."""
    return FORMATS[named] if named is not None else accepted_format(request.headers.get("accept", ""), offered)


def _without_none(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _national_only() -> Rejected:
    return Rejected([problem("", "national_only")], status=403)
