"""Routes of operators: rounds, extensions, sign-offs, plans, units, content approvals. Thin over `acts`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date as Day
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lienthong import units
from lienthong.access.roles import ALL_UNITS
from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.events import NATION
from lienthong.instants import wire
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import problem
from lienthong.web.authorization import authorize
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.act import Acts
from services.ingest.plans import checking
from services.ingest.rights.acting import Actor


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DocumentReference(_Wire):
    """The signed document an act rests on. number may be unknown yet."""

    number: str | None = Field(None, max_length=100, examples=["45/UBND-KGVX"])
    date: Day | None = None


class SpecialRound(_Wire):
    """An ad-hoc round (DX) or a review (SK, TK) to open."""

    plan: str = Field(examples=["P119-LS"])
    period: str = Field(examples=["2026-DX1"])
    first: Day
    last: Day = Field(description="Close of data (chốt số liệu), inclusive")
    deadline: AwareDatetime = Field(description="The first instant at which a report is late")
    reason: str = Field(min_length=3, max_length=1000)
    forms: list[str] | None = Field(None, description="Only these forms; all when absent")


class ExtensionRequest(_Wire):
    """A deadline to move (gia hạn), for one unit or for all."""

    until: AwareDatetime
    reason: str = Field(min_length=3, max_length=1000)
    document: DocumentReference
    unit: str | None = Field(None, max_length=35)
    obligation: str | None = Field(None, max_length=60)


class LockRequest(_Wire):
    """Locking a round."""

    reason: str = Field(min_length=3, max_length=1000)


class SignOff(_Wire):
    """A sign-off: the round's consolidation as it stands is released to these recipients."""

    recipients: list[str] = Field(["VN", "platform"], min_length=1, max_length=10)
    document: DocumentReference = DocumentReference(number=None)
    note: str = Field("", max_length=1000)


class ReleaseWithdrawal(_Wire):
    """Taking a release back."""

    reason: str = Field(min_length=3, max_length=2000)
    document: DocumentReference = DocumentReference(number=None)


class UnitsImport(_Wire):
    """Rows of the registry, as the columns of schemas/units/*.csv."""

    units: list[dict[str, Any]] = Field([], max_length=5000)
    relations: list[dict[str, Any]] = Field([], max_length=5000)
    aliases: list[dict[str, Any]] = Field([], max_length=5000)
    populations: list[dict[str, Any]] = Field([], max_length=5000)


class _Desk:
    """Where an act happens: one transaction on the definitions as they stand; consumers are woken after it."""

    def __init__(self, pool: Pool, current: Current, acts: Acts, nudge: Callable[[], None]) -> None:
        self._pool, self._current, self._nudge = pool, current, nudge
        self.acts = acts

    @contextmanager
    def act(self) -> Iterator[tuple[Connection, Definitions]]:
        with self._pool.connection() as conn:
            definitions = self._current.get(conn)
            with conn.transaction():
                yield conn, definitions
            self._nudge()


def router(pool: Pool, current: Current, acts: Acts, nudge: Callable[[], None]) -> APIRouter:
    """The operators' routes. nudge: wakes the log's consumers after a commit."""
    routes = APIRouter(prefix="/v1", tags=["operate"])
    desk = _Desk(pool, current, acts, nudge)
    for add in (_rounds, _releases, _definitions):
        add(routes, desk)
    return routes


def _rounds(routes: APIRouter, desk: _Desk) -> None:
    """Opening, extending, locking."""

    @routes.post("/rounds", status_code=201, summary="Open an ad-hoc round or a review")
    def open_round(
        wanted: SpecialRound, request: Request, who: Annotated[Principal, Depends(authorize("operate:rounds"))]
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            code = desk.acts.open_special(
                tx,
                definitions,
                actor_of(who, request),
                plan=wanted.plan,
                period=wanted.period,
                first=wanted.first,
                last=wanted.last,
                deadline=wanted.deadline,
                reason=wanted.reason,
                forms=wanted.forms,
            )
        return {"round": code}

    @routes.post("/rounds/{round_}/extensions", status_code=201, summary="Extend a deadline")
    def extend(
        round_: str,
        wanted: ExtensionRequest,
        request: Request,
        who: Annotated[Principal, Depends(authorize("operate:rounds"))],
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            code = desk.acts.extend(
                tx,
                definitions,
                actor_of(who, request),
                round_=round_,
                until=wanted.until,
                reason=wanted.reason,
                document=wanted.document.model_dump(mode="json"),
                unit=wanted.unit,
                obligation=wanted.obligation,
            )
        return {"round": round_, "obligation": code, "unit": wanted.unit, "until": wire(wanted.until)}

    @routes.post("/rounds/{round_}/lock", summary="Lock a round: no more reports")
    def lock(
        round_: str,
        wanted: LockRequest,
        request: Request,
        who: Annotated[Principal, Depends(authorize("operate:rounds"))],
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            desk.acts.lock(tx, definitions, actor_of(who, request), round_=round_, reason=wanted.reason)
        return {"round": round_, "state": "locked"}


def _releases(routes: APIRouter, desk: _Desk) -> None:
    """Signing off, withdrawing, approving content."""

    @routes.post("/rounds/{round_}/releases", status_code=202, summary="Sign a release off")
    def sign(
        round_: str,
        wanted: SignOff,
        request: Request,
        who: Annotated[Principal, Depends(authorize("operate:releases"))],
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            release, position = desk.acts.sign_release(
                tx,
                definitions,
                actor_of(who, request),
                round_=round_,
                recipients=wanted.recipients,
                document=wanted.document.model_dump(mode="json"),
                note=wanted.note,
            )
        return {"release": release, "position": position}

    @routes.post("/rounds/{round_}/releases/{version}/withdrawal", summary="Withdraw a release")
    def withdraw(
        round_: str,
        version: int,
        wanted: ReleaseWithdrawal,
        request: Request,
        who: Annotated[Principal, Depends(authorize("operate:releases"))],
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            desk.acts.withdraw_release(
                tx,
                definitions,
                actor_of(who, request),
                release=f"{round_}/{version}",
                reason=wanted.reason,
                document=wanted.document.model_dump(mode="json"),
            )
        return {"release": f"{round_}/{version}", "state": "withdrawn"}

    @routes.post("/content/{unit}/{item}/approval", summary="Approve a content item for publication")
    def approve(
        unit: str, item: str, request: Request, who: Annotated[Principal, Depends(authorize("content:approve"))]
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            _may_approve(who, unit, definitions, hub_now(tx))
            revision = desk.acts.approve_item(tx, definitions, actor_of(who, request), unit=unit, item=item)
        return {"unit": unit, "item": item, "revision": revision, "state": "approved"}


def _definitions(routes: APIRouter, desk: _Desk) -> None:
    """Plans and units."""

    @routes.post("/plans", summary="Check a plan, and publish it")
    def publish(
        document: Annotated[dict[str, Any], Body()],
        request: Request,
        who: Annotated[Principal, Depends(authorize("operate:plans"))],
        dry_run: Annotated[bool, Query(alias="dryRun")] = False,
    ) -> dict[str, Any]:
        with desk.act() as (tx, definitions):
            findings = checking.check_document(document, definitions)
            actor = actor_of(who, request)
            published = (
                checking.preview(document, definitions, actor, day_of(hub_now(tx)))
                if dry_run
                else desk.acts.publish_plan(tx, document, actor, definitions)
            )
        return {
            "plan": published.plan,
            "version": published.version,
            "published": not dry_run,
            "changes": [{"message_vi": change.vi, "message_en": change.en} for change in published.changes],
            "findings": findings,
        }

    @routes.post("/units", summary="Import units, relations, aliases and populations")
    def import_units(
        wanted: UnitsImport,
        request: Request,
        who: Annotated[Principal, Depends(authorize("operate:units"))],
        dry_run: Annotated[bool, Query(alias="dryRun")] = False,
    ) -> dict[str, Any]:
        tables = wanted.model_dump()
        rows = [row for table, values in tables.items() for row in units.rows_of(table, values)]  # type: ignore[arg-type]
        with desk.act() as (tx, definitions):
            if dry_run:
                found = units.import_rows(definitions.registry, rows)
            else:
                found = desk.acts.change_units(tx, definitions, actor_of(who, request), rows)
        return {
            "changes": [
                {"kind": c.kind, "table": c.table, "message_vi": c.message.vi, "message_en": c.message.en}
                for c in found.changes
            ],
            "imported": not dry_run,
        }


def actor_of(who: Principal, request: Request) -> Actor:
    """The client as the audit log and the acts see it. A client of the nation acts for every province."""
    return Actor(
        name=who.actor,
        province=None if who.province == NATION else who.province,
        address=request.client.host if request.client else None,
        units=frozenset() if ALL_UNITS in who.units else who.units,
    )


def _may_approve(who: Principal, unit: str, definitions: Definitions, now: datetime) -> None:
    """Only somebody of the publishing unit releases its content."""
    if not who.may_act_for(unit, province=definitions.province_of(unit, day_of(now)) or ""):
        raise Rejected(
            [
                problem(
                    "/unit",
                    "unit_not_yours_to_approve",
                    unit=unit,
                )
            ],
            status=403,
        )
