"""Routes of facts that somebody behind the log can't apply."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.eventlog import stops
from lienthong.eventlog.stops import Aside, Stop
from lienthong.postgres.pool import Pool
from lienthong.web.authorization import authorize
from lienthong.web.routes import Routes
from services.ingest.aside import acts
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, DocumentReference, actor_with
from services.ingest.rights.acting import Actor

# Of the module: annotations are resolved by its names.
Operator = Annotated[Actor, Depends(actor_with(acts.SCOPE))]
Reading = Annotated[Principal, Depends(authorize(acts.SCOPE))]
Partition = Annotated[str, Path(pattern=r"^([0-9]{2}|VN)$", examples=["20"])]
Position = Annotated[int, Path(ge=1, le=2**63 - 1)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StopOf(_Answer):
    """A consumer that stands before a fact. type: null where the log itself is damaged: nothing can be set aside."""

    consumer: str
    partition: str
    position: int
    type: str | None
    code: str
    reason: str
    since: datetime
    tries: int


class AsideOf(_Answer):
    """A fact that was set aside: for these consumers, by whom and why."""

    partition: str
    position: int
    consumers: list[str]
    at: datetime
    by: str
    reason: str


class Facts(_Answer):
    stopped: list[StopOf]
    aside: list[AsideOf]


class Setting(Body):
    """Why a fact is left out."""

    reason: str = Field(min_length=3, max_length=2000)
    document: DocumentReference = DocumentReference(number=None)


class SettingAside(_Answer):
    """recorded: the position of the act in the same partition."""

    partition: str
    position: int
    consumers: list[str]
    recorded: int


def read_routes(pool: Pool) -> APIRouter:
    """Who stands where, and what was set aside."""
    routes = Routes(prefix="/v1/facts", tags=["operate"])

    @routes.get("/stopped", summary="Facts that somebody behind the log can't apply, and those set aside")
    def stopped_facts(who: Reading) -> Facts:
        over = sight(who, [acts.SCOPE])
        with pool.connection() as conn:
            keys = [key for key in stops.partitions(conn) if over.covers_whole(key)]
            stopped = [stop for stop in stops.stops(conn) if stop.key in keys]
            aside = [fact for key in keys for fact in stops.asides(conn, key)]
        return Facts(stopped=[_stop_body(stop) for stop in stopped], aside=[_aside_body(fact) for fact in aside])

    return routes


def act_routes(office: Office) -> APIRouter:
    """Setting aside."""
    routes = Routes(prefix="/v1/facts", tags=["operate"])

    @routes.post("/{partition}/{position}/set-aside", status_code=201, summary="Set a fact aside")
    def set_aside(partition: Partition, position: Position, wanted: Setting, by: Operator) -> SettingAside:
        with office.act(by) as act:
            done = acts.set_aside(
                act,
                partition=partition,
                position=position,
                reason=wanted.reason,
                document=wanted.document.model_dump(mode="json"),
            )
        return SettingAside(
            partition=done.partition, position=done.position, consumers=list(done.consumers), recorded=done.recorded
        )

    return routes


def _stop_body(stop: Stop) -> StopOf:
    return StopOf.model_validate(acts.body_of(stop))


def _aside_body(aside: Aside) -> AsideOf:
    return AsideOf(
        partition=aside.key,
        position=aside.position,
        consumers=list(aside.consumers),
        at=aside.at,
        by=aside.by,
        reason=aside.reason,
    )
