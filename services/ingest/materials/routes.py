"""Routes of shared materials: searching, counting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from lienthong import samples
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Links, Most, listing, page
from lienthong.web.parameters import Line, Programme
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.bodies import Answer
from services.ingest.definitions.current import Current
from services.ingest.materials import reading
from services.ingest.materials.reading import MaterialFilter
from services.ingest.readers import Reader, UnitCode
from services.ingest.rights import seeing

Kind = Literal["document", "data", "image", "video", "handbook", "presentation", "other"]
OfProgramme = Annotated[Programme | None, Query()]
OfKind = Annotated[Kind | None, Query()]
Q = Annotated[Line | None, Query(description="Các từ cần tìm, không cần dấu / words to find, marks not needed")]


class Material(Wire):
    """Một tư liệu dùng chung. / A shared material. visibleTo null: all of the province."""

    unit: str
    material: str
    revision: int
    kind: Kind
    title: str
    subject: str
    summary: str | None
    link: str
    programmes: list[str]
    visible_to: list[str] | None
    changed_at: datetime


class Materials(Answer):
    materials: list[Material]
    links: Links


class OneKind(Wire):
    kind: Kind
    materials: int


class OneSubject(Wire):
    subject: str
    materials: int


class MaterialCounts(Answer):
    """Số tư liệu được xem. / How many the caller may see."""

    programme: str | None
    materials: int
    kinds: list[OneKind]
    subjects: list[OneSubject]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What agencies share with the caller."""
    routes = Routes(prefix="/v1/materials", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "",
        summary="Materials that agencies share: search by words, kind, programme",
        description="Tư liệu dùng chung mà đơn vị được xem. / Those that the caller may see.",
        **gives(Materials),
    )
    def materials(
        who: Reader,
        response: Response,
        q: Q = None,
        unit: UnitCode = None,
        programme: OfProgramme = None,
        kind: OfKind = None,
        cursor: Cursor = None,
        limit: Most = 200,
    ) -> dict[str, Any]:
        words = {"q": q, "unit": unit, "programme": programme, "kind": kind}
        wanted = MaterialFilter(q=q, unit=unit, programme=programme, kind=kind)
        with pool.connection() as conn:
            paging = listing(conn, "/v1/materials", whose=seeing.mark(who), asked=words, cursor=cursor, limit=limit)
            after = paging.begin_after()
            bodies = reading.list_materials(conn, current.get(conn), who, wanted, after=after, limit=limit + 1)
        return sample_mark | page(response, paging, "materials", bodies, reading.place)

    @routes.get(
        "/counts", summary="How many materials the caller may see, by kind and subject", **gives(MaterialCounts)
    )
    def counts(who: Reader, programme: OfProgramme = None) -> dict[str, Any]:
        with pool.connection() as conn:
            return sample_mark | reading.counts(conn, current.get(conn), who, programme)

    return routes
