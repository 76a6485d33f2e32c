"""Routes of portals that are read: /v1/portals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from lienthong.access.edits import Seen, version_of
from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.postgres.pool import Pool
from lienthong.web.authorization import authorize
from lienthong.web.etags import Editing, tag_version, tagged_answer
from lienthong.web.parameters import ClientId, OneLine, Programme, Unit, Whole
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, actor_with
from services.ingest.portals import acts, sources
from services.ingest.portals.sources import KnownItem, KnownPortal
from services.ingest.rights.acting import Actor

# Of the module: annotations are resolved by its names.
Operator = Annotated[Actor, Depends(actor_with(acts.SCOPE))]
Reading = Annotated[Principal, Depends(authorize(acts.SCOPE))]
Portal = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", examples=["langson"])]
_CAMEL = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Category(Body):
    """Một chuyên mục có nghĩa gì. / What a category of the portal means."""

    programmes: list[Programme] = Field(default=[], max_length=20)
    kind: str | None = Field(None, max_length=40)


class NewPortal(Body):
    """Cổng thông tin cần đọc. / A portal to read: its RSS or Atom feed, JSON Feed, or sitemap."""

    model_config = _CAMEL

    portal: str = Field(max_length=40, examples=["langson"])
    client: ClientId = Field(description="Gửi thay ứng dụng nào / in whose name", examples=["ld-20-bttdt"])
    unit: Unit
    url: str = Field(max_length=500, examples=["https://langson.gov.vn/rss"])
    reach: str = "public"
    kind: str = "news"
    language: str = Field("vi", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$")
    licence: OneLine = Field(min_length=1, examples=["CC-BY-4.0"])
    programmes: list[Programme] = Field(default=[], max_length=20)
    categories: dict[str, Category] = Field(default={}, max_length=sources.MOST_CATEGORIES)
    every_seconds: Whole = 900


class PortalOf(Wire):
    """Một cổng thông tin và lần đọc gần nhất. / A portal and how it was read last."""

    portal: str
    province: str
    client: str
    unit: str
    url: str
    reach: str
    kind: str
    language: str
    licence: str
    programmes: list[str]
    categories: dict[str, Category]
    every_seconds: int
    active: bool
    read_at: datetime | None
    outcome: str | None
    detail: str | None


class ItemOf(Wire):
    """Một mục đã đọc. / What was read, and what became of it. problems: codes of docs/errors.md."""

    item: str
    link: str
    title: str
    revision: int
    state: str
    problems: list[str]
    listed: bool
    seen_at: datetime


class Portals(Wire):
    """Các cổng thông tin trong phạm vi được xem. / Portals within sight."""

    portals: list[PortalOf]


class PortalWithItems(PortalOf):
    """Cùng với những gì đã đọc. / With what was read: refused first, then the newest."""

    items: list[ItemOf]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """Which portals are read, and what came of it."""
    routes = Routes(prefix="/v1/portals", tags=["operate"])

    @routes.get("", summary="Portals whose feed the hub reads")
    def portals(who: Reading) -> Portals:
        with pool.connection() as conn:
            portals = sources.list_portals(conn, sight(who, [acts.SCOPE]))
        return Portals(portals=[_portal(source) for source in portals])

    @routes.get("/{portal}", summary="A portal, and what was read of it", response_model=PortalWithItems)
    def portal(
        who: Reading,
        portal: Portal,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> PortalWithItems | Response:
        with pool.connection() as conn:
            source = sources.get_portal(conn, portal, sight(who, [acts.SCOPE]))
            read = sources.items_of(conn, portal, limit=limit)
        shown = PortalWithItems(**_portal(source).model_dump(), items=[_item(item) for item in read])
        return tagged_answer(request, response, version_of(source.editable_values), shown)

    return routes


def act_routes(office: Office) -> APIRouter:
    """Adding, pausing, resuming, removing."""
    routes = Routes(prefix="/v1/portals", tags=["operate"])

    @routes.post("", status_code=201, summary="Read a portal from now on")
    def add(wanted: NewPortal, by: Operator) -> PortalOf:
        with office.act(by) as act:
            added = acts.add(act, _source(wanted))
            source = sources.get_portal(act.tx, added.portal, by.sight_by(acts.SCOPE))
        return _portal(source)

    @routes.post("/{portal}/pause", summary="Do not read a portal for a while")
    def pause(portal: Portal, by: Operator, seen: Editing, response: Response) -> PortalOf:
        return set_active(portal, by, seen, response, active=False)

    @routes.post("/{portal}/resume", summary="Read it again, at once")
    def resume(portal: Portal, by: Operator, seen: Editing, response: Response) -> PortalOf:
        return set_active(portal, by, seen, response, active=True)

    @routes.delete("/{portal}", status_code=204, summary="Read a portal no more; what it submitted stays")
    def remove(portal: Portal, by: Operator, seen: Editing) -> None:
        with office.act(by) as act:
            acts.remove(act, portal, seen)

    def set_active(portal: str, by: Actor, seen: Seen, response: Response, *, active: bool) -> PortalOf:
        with office.act(by) as act:
            acts.set_active(act, portal, active=active, seen=seen)
            source = sources.get_portal(act.tx, portal, by.sight_by(acts.SCOPE))
        tag_version(response, version_of(source.editable_values))
        return _portal(source)

    return routes


def _source(wanted: NewPortal) -> KnownPortal:
    given = wanted.model_dump()
    categories = {name: category.model_dump(exclude_none=True) for name, category in wanted.categories.items()}
    return KnownPortal(**given | {"categories": categories, "province": ""})


def _portal(source: KnownPortal) -> PortalOf:
    return PortalOf.model_validate(source, from_attributes=True)


def _item(item: KnownItem) -> ItemOf:
    return ItemOf.model_validate(item, from_attributes=True)
