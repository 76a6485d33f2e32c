"""The route of the register of directives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from lienthong import samples
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Links, Most, listing, page
from lienthong.web.parameters import Day, Programme
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.bodies import Answer
from services.ingest.definitions.current import Current
from services.ingest.directives import reading
from services.ingest.directives.reading import DirectiveFilter
from services.ingest.readers import Reader, UnitCode
from services.ingest.rights import seeing

OfProgramme = Annotated[Programme | None, Query()]
From = Annotated[Day | None, Query(alias="issuedFrom", description="Ban hành từ ngày / issued on this day or later")]
To = Annotated[Day | None, Query(alias="issuedTo", description="Ban hành đến ngày / issued on this day or earlier")]


class Posted(Wire):
    """Nơi và ngày đăng. / Where it was posted, and when."""

    place: str
    day: date
    url: str


class Shared(Wire):
    """Kênh và ngày chia sẻ. / On which channel it was shared, and when."""

    channel: str
    day: date
    url: str | None = None


class DirectiveBody(Wire):
    """Một văn bản chỉ đạo. / A directive as it was registered last."""

    unit: str
    directive: str
    revision: int
    number: str
    title: str
    issuer: str
    issued: date
    programmes: list[str]
    posted: list[Posted]
    shared: list[Shared]
    changed_at: datetime = Field(description="Đăng ký gần nhất lúc / registered last at")


class Directives(Answer):
    directives: list[DirectiveBody]
    links: Links


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """The register."""
    routes = Routes(prefix="/v1", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/directives",
        summary="Register of directive documents: issued, posted, shared",
        description="Văn bản chỉ đạo của các đơn vị, theo ngày ban hành. / By their day of issue.",
        **gives(Directives),
    )
    def directives(
        who: Reader,
        response: Response,
        unit: UnitCode = None,
        programme: OfProgramme = None,
        issued_from: From = None,
        issued_to: To = None,
        cursor: Cursor = None,
        limit: Most = 200,
    ) -> dict[str, Any]:
        wanted = DirectiveFilter(unit=unit, programme=programme, issued_from=issued_from, issued_to=issued_to)
        with pool.connection() as conn:
            paging = listing(
                conn, "/v1/directives", whose=seeing.mark(who), asked=wanted.words(), cursor=cursor, limit=limit
            )
            after = paging.begin_after()
            bodies = reading.list_directives(conn, current.get(conn), who, wanted, after=after, limit=limit + 1)
        return sample_mark | page(response, paging, "directives", bodies, reading.place)

    return routes
