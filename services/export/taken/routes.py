"""What the platform shows, for portals: JSON Feed and Atom. Open to everyone, as it is on the platform: the readers of
portals hold no tokens, and nothing stands in it that is not published already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from psycopg.rows import class_row
from starlette.responses import Response

from lienthong import samples
from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Pool
from lienthong.refusals import refused
from lienthong.web.etags import is_held, of_content
from lienthong.web.parameters import Programme, Province
from lienthong.web.routes import Routes
from services.export import store
from services.export.taken import SQL, feeds
from services.export.taken.feeds import Shown

Most = Annotated[int, Query(ge=1, le=200, description="Số mục nhiều nhất / items, at most")]
_CACHED = "public, max-age=60"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """One way of writing the feed."""

    name: str
    media: str
    write: Callable[..., bytes]
    summary: str


_KINDS = (
    _Kind(
        name="json",
        media=feeds.JSON_FEED,
        write=feeds.json_feed,
        summary="Sản phẩm trên nền tảng, dạng JSON Feed / what the platform shows, as JSON Feed",
    ),
    _Kind(
        name="atom",
        media=feeds.ATOM,
        write=feeds.atom,
        summary="Sản phẩm trên nền tảng, dạng Atom / what the platform shows, as Atom",
    ),
)


def router(pool: Pool, address: str) -> APIRouter:
    """address: of the hub, for the links in the feeds."""
    routes = Routes(prefix="/v1/portal", tags=["portal"])
    for kind in _KINDS:
        _feed_route(routes, pool, address, kind)
    return routes


def _feed_route(routes: APIRouter, pool: Pool, address: str, kind: _Kind) -> None:
    content: dict[int | str, dict[str, Any]] = {200: {"content": {kind.media: {"schema": {"type": "string"}}}}}

    @routes.get(
        f"/{{province}}/feed.{kind.name}",
        summary=kind.summary,
        operation_id=f"portal_feed_{kind.name}",
        response_class=Response,
        responses=content,
    )
    def feed(request: Request, province: Province, programme: Programme | None = None, limit: Most = 50) -> Response:
        items, sample = _items(pool, province, programme, limit)
        query = f"?{request.url.query}" if request.url.query else ""
        notice = samples.SAMPLE_NOTICE if sample else None
        body = kind.write(items, address=f"{address}{request.url.path}{query}", notice=notice)
        headers = {"ETag": of_content(body), "Cache-Control": _CACHED}
        if is_held(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind.media, headers=headers)


def _items(pool: Pool, province: str, programme: str | None, limit: int) -> tuple[Sequence[Shown], bool]:
    with pool.connection() as conn:
        if conn.execute(SQL.province_takes, {"province": province}).fetchone() is None:
            raise refused("portal_feed_unknown", province=province)
        parameters = {"province": province, "programme": programme, "limit": limit}
        shown = conn.cursor(row_factory=class_row(Shown)).execute(SQL.shown, parameters).fetchall()
        if not shown:
            store.explain_nothing(conn, programme)
        return shown, installation(conn).sample
