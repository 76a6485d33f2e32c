"""Routes of content items: what waits, approving."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from lienthong import samples
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.lists import Cursor, Links, Most, listing, page
from lienthong.web.parameters import Line, Unit
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.bodies import Answer
from services.ingest.content import acts, reading
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import actor_with
from services.ingest.reaches.reading import with_reach
from services.ingest.readers import Reader, UnitCode
from services.ingest.rights import seeing
from services.ingest.rights.acting import Actor

# Of the module: annotations are resolved by its names.
Approver = Annotated[Actor, Depends(actor_with(acts.SCOPE))]
_SEEN = "Bản đã xem; nếu bản khác đang chờ thì không duyệt. / What was looked at: 409 where another waits."
SeenRevision = Annotated[int | None, Query(ge=1, le=2_000_000_000, description=_SEEN)]


class ContentItem(Wire):
    """Một sản phẩm truyền thông đã gửi. / A content item as it stands."""

    unit: str
    item: str
    revision: int
    state: Literal["submitted", "approved", "withdrawn"]
    changed_at: datetime
    reach: int | None = Field(description="Lượt tiếp cận, lũy kế, cộng các kênh / cumulative, over channels")
    interactions: int | None
    content: dict[str, Any] = Field(description="Nội dung gửi gần nhất / what was submitted last: ContentSubmittedData")


class ContentItems(Answer):
    items: list[ContentItem]
    links: Links


class Approved(Wire):
    unit: str
    item: str
    revision: int
    state: Literal["approved"]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """Items and their state."""
    routes = Routes(prefix="/v1/content", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "", summary="Content items and their state, for those who submit or approve them", **gives(ContentItems)
    )
    def content(
        who: Reader,
        response: Response,
        state: Literal["submitted", "approved", "withdrawn"] | None = None,
        unit: UnitCode = None,
        cursor: Cursor = None,
        limit: Most = 200,
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            words = {"state": state, "unit": unit}
            paging = listing(
                conn, "/v1/content", whose=seeing.mark(who), asked=words, cursor=cursor, limit=limit, grows=True
            )
            items = reading.list_items(
                conn, current.get(conn), who, state=state, unit=unit, after=paging.begin_after(), limit=limit + 1
            )
            items = with_reach(conn, items)
        return sample_mark | page(response, paging, "items", items, reading.place)

    return routes


def act_routes(office: Office) -> APIRouter:
    """Approving."""
    routes = Routes(prefix="/v1/content", tags=["operate"])

    @routes.post("/{unit}/{item}/approval", summary="Approve a content item for publication", **gives(Approved))
    def approve(unit: Unit, item: Line, by: Approver, revision: SeenRevision = None) -> dict[str, Any]:
        with office.act(by) as act:
            approved = acts.approve(act, unit=unit, item=item, seen=revision)
        return {"unit": unit, "item": item, "revision": approved, "state": "approved"}

    return routes
