"""Routes of rounds: opening, extending, excusing, locking, and what a caller's units owe."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from lienthong import samples
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Pool
from lienthong.web import parameters
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Day, Instant, Truth, Unit
from lienthong.web.routes import Routes
from lienthong.web.wire import Wire
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, DocumentReference, actor_with
from services.ingest.readers import Reader, RoundCode, UnitCode
from services.ingest.rights.acting import Actor
from services.ingest.rounds import acts, obligations
from services.ingest.rounds.bodies import Obligations
from services.ingest.rounds.lines import OWED

Operator = Annotated[Actor, Depends(actor_with(acts.SCOPE))]  # of the module: annotations are resolved by its names


Recipient = Annotated[
    parameters.Unit | None,
    Query(description="Những gì các đơn vị phải gửi đến đơn vị này / what units owe to this unit of the caller's"),
]


class SpecialRound(Body):
    """An ad-hoc round (DX) or a review (SK, TK) to open."""

    plan: Code = Field(examples=["P119-LS"])
    period: Code = Field(examples=["2026-DX1"])
    first: Day
    last: Day = Field(description="Close of data (chốt số liệu), inclusive")
    deadline: Instant = Field(description="The first instant at which a report is late")
    reason: str = Field(min_length=3, max_length=1000)
    forms: list[Code] | None = Field(
        None, min_length=1, max_length=100, description="Only these forms; all when absent"
    )
    units: list[Unit] | None = Field(
        None, min_length=1, max_length=1000, description="Only these units; all that the plan obliges when absent"
    )
    figures: list[Code] | None = Field(
        None, min_length=1, max_length=500, description="Only these figures; all of the forms when absent"
    )


class ExtensionRequest(Body):
    """A deadline to move (gia hạn), for one unit or for all."""

    until: Instant
    reason: str = Field(min_length=3, max_length=1000)
    document: DocumentReference
    unit: Unit | None = None
    obligation: Code | None = None


class Dormancy(Body):
    """A unit that is dormant in a round, or no longer."""

    unit: Unit
    reason: str = Field(min_length=3, max_length=1000)
    document: DocumentReference = DocumentReference(number=None)
    dormant: Truth = Field(True, description="false: the unit owes again what it was excused from")


class LockRequest(Body):
    """Locking a round."""

    reason: str = Field(min_length=3, max_length=1000)


class RoundOpened(Wire):
    round: str = Field(examples=["P119-LS.2026-DX1"])


class Extended(Wire):
    """Hạn mới. / The deadline as it stands now."""

    round: str
    obligation: str
    unit: str | None = Field(description="null: mọi đơn vị / for all units")
    until: datetime


class Excused(Wire):
    """Đơn vị ngừng hoạt động, hoặc hoạt động lại. / A unit excused from a round, or owing again."""

    round: str
    unit: str
    forms: list[str]
    dormant: bool


class Locked(Wire):
    round: str
    state: Literal["locked"]


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """What the units of a caller owe."""
    routes = Routes(prefix="/v1", tags=["submit"])
    sample_mark = samples.sample_mark(current.sample)

    @routes.get(
        "/obligations",
        summary="What this client's units owe, by when, what is missing",
        description="Nghĩa vụ báo cáo: gửi gì, hạn nào, còn thiếu gì. / Of open rounds, or of one round by its code.",
        **gives(Obligations),
    )
    def list_obligations(
        who: Reader, unit: UnitCode = None, round: RoundCode = None, to: Recipient = None
    ) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
            now = hub_now(conn)
            lines = obligations.owed_lines(conn, definitions, who, unit=unit, round_=round, to=to, now=now)
            ahead = obligations.planned_rounds(definitions, who, now)
        missing = sum(1 for line in lines if line["state"] in OWED)
        return sample_mark | {"now": wire(now), "missing": missing, "obligations": lines, "planned": ahead}

    return routes


def act_routes(office: Office) -> APIRouter:
    """Opening, extending, excusing, locking."""
    routes = Routes(prefix="/v1/rounds", tags=["operate"])
    _opening_route(routes, office)
    _extension_route(routes, office)
    _dormancy_route(routes, office)
    _lock_route(routes, office)
    return routes


def _opening_route(routes: APIRouter, office: Office) -> None:
    @routes.post("", summary="Open an ad-hoc round or a review", **gives(RoundOpened, 201))
    def open_round(wanted: SpecialRound, by: Operator) -> dict[str, Any]:
        with office.act(by, changes=True) as act:
            code = acts.open_special(
                act,
                plan=wanted.plan,
                period=wanted.period,
                first=wanted.first,
                last=wanted.last,
                deadline=wanted.deadline,
                reason=wanted.reason,
                forms=wanted.forms,
                units=wanted.units,
                figures=wanted.figures,
            )
        return {"round": code}


def _extension_route(routes: APIRouter, office: Office) -> None:
    @routes.post("/{round}/extensions", summary="Extend a deadline", **gives(Extended, 201))
    def extend(round: Code, wanted: ExtensionRequest, by: Operator) -> dict[str, Any]:
        with office.act(by, changes=True) as act:
            code = acts.extend(
                act,
                round_=round,
                until=wanted.until,
                reason=wanted.reason,
                document=wanted.document.model_dump(mode="json"),
                unit=wanted.unit,
                obligation=wanted.obligation,
            )
        return {"round": round, "obligation": code, "unit": wanted.unit, "until": wire(wanted.until)}


def _dormancy_route(routes: APIRouter, office: Office) -> None:
    @routes.post("/{round}/dormant", summary="Excuse a dormant unit from a round, or end that", **gives(Excused, 201))
    def excuse(round: Code, wanted: Dormancy, by: Operator) -> dict[str, Any]:
        with office.act(by, changes=True) as act:
            forms = acts.excuse(
                act,
                round_=round,
                unit=wanted.unit,
                reason=wanted.reason,
                document=wanted.document.model_dump(mode="json"),
                dormant=wanted.dormant,
            )
        return {"round": round, "unit": wanted.unit, "forms": forms, "dormant": wanted.dormant}


def _lock_route(routes: APIRouter, office: Office) -> None:
    @routes.post("/{round}/lock", summary="Lock a round: no more reports", **gives(Locked))
    def lock(round: Code, wanted: LockRequest, by: Operator) -> dict[str, Any]:
        with office.act(by, changes=True) as act:
            acts.lock(act, round_=round, reason=wanted.reason)
        return {"round": round, "state": "locked"}
