"""Routes of reach: of one item, of all that serves a programme."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from lienthong import samples
from lienthong.postgres.pool import Pool
from lienthong.web.answers import gives
from lienthong.web.parameters import Day, Line, Programme, Unit
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.bodies import Answer
from services.ingest.definitions.current import Current
from services.ingest.reaches import reading
from services.ingest.readers import Reader

AsOf = Annotated[Day | None, Query(description="Tính đến hết ngày / to the end of this day; absent: the latest")]


class ReachCounts(Wire):
    """Lượt tiếp cận và tương tác, lũy kế. / Cumulative; null: nobody told."""

    reach: int | None
    interactions: int | None


class OnDay(Wire):
    """Một kênh đến hết một ngày. / A channel at the end of a day."""

    channel: str
    day: date
    reach: int
    interactions: int | None
    changed_at: datetime


class OfChannel(ReachCounts):
    """Một kênh. / A channel, over items."""

    channel: str


class OfKind(Wire):
    """Một loại sản phẩm. / A kind of item."""

    kind: str
    items: int


class ItemReach(Answer):
    """Mức độ tiếp cận của một sản phẩm. / Reach of an item: a sum over the latest day of each channel."""

    unit: str
    item: str
    reach: int | None
    interactions: int | None
    channels: list[OnDay] = Field(description="Số mới nhất của từng kênh / the latest of each channel")
    history: list[OnDay]


class ProgrammeReach(Answer):
    """Sản phẩm phục vụ một chương trình và mức độ tiếp cận. / Items that serve a programme, and their reach."""

    programme: str
    on: date | None
    items: int = Field(description="Đã duyệt; hoạt động chung tính một lần / approved; a joint one counts once")
    kinds: list[OfKind]
    reach: int | None
    interactions: int | None
    channels: list[OfChannel]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What the caller's units reached, or those of its province."""
    routes = Routes(prefix="/v1", tags=["operate"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/content/{unit}/{item}/reach", summary="Reach of a content item by channel and day", **gives(ItemReach)
    )
    def of_item(unit: Unit, item: Line, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return sample_mark | reading.of_item(conn, current.get(conn), who, unit, item)

    @routes.get(
        "/reach/{programme}",
        summary="Content items that serve a programme, counted once each, and their reach",
        **gives(ProgrammeReach),
    )
    def of_programme(programme: Programme, who: Reader, on: AsOf = None) -> dict[str, Any]:
        with pool.connection() as conn:
            return sample_mark | reading.of_programme(conn, current.get(conn), who, programme, on)

    return routes
