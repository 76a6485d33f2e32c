"""Destinations over HTTP: /v1/destinations. A secret is shown once, to whoever made it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.access.edits import version_of
from lienthong.postgres.pool import Pool
from lienthong.pushes import addresses, signing
from lienthong.web.answers import writes
from lienthong.web.etags import Editing, tag_version, tagged_answer
from lienthong.web.parameters import Number, Truth, Whole
from lienthong.web.routes import Routes
from services.export.deliveries import acts, bodies, destinations
from services.export.deliveries.destinations import Destination, DestinationQueue, Taking
from services.export.deliveries.reconciling import Comparison
from services.export.deliveries.wire import Wire
from services.export.readers import PROVINCE, Code, Operator, OperatorSight, actor, narrow

_NAMED = 50  # of what a destination should not hold
_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, alias_generator=None)
_PER_MINUTE = Field(alias="perMinute", description="Số lần thử nhiều nhất trong một phút / most attempts a minute")
_IN_FLIGHT = Field(alias="inFlight", description="Số lần thử cùng lúc nhiều nhất / most attempts at once")
_TAKES = "Lấy về những gì nơi nhận đã đăng, cho cổng thông tin của tỉnh / take what it has published, for portals"
_TIMEOUT = Field(alias="timeoutSeconds", description="Thời hạn của cả một lần thử / for one whole attempt")


class NewDestination(BaseModel):
    """A destination to add. sender: our name there; by default `province-<province>`."""

    model_config = _STRICT

    id: str
    name: str | None = None
    province: str
    url: str
    reach: str = "public"
    kinds: tuple[str, ...] | None = None
    mapping: str = "platform"
    sender: str | None = None
    per_minute: Annotated[Whole, _PER_MINUTE] = 600
    in_flight: Annotated[Whole, _IN_FLIGHT] = 2
    timeout_seconds: Annotated[Number, _TIMEOUT] = 20.0
    takes: Truth = Field(default=False, description=_TAKES)
    secret: str | None = Field(default=None, max_length=200, description="whsec_…; bỏ trống: tạo mới / left out: made")


class DestinationChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = _STRICT

    name: str | None = None
    url: str | None = None
    reach: str | None = None
    kinds: tuple[str, ...] | None = None
    mapping: str | None = None
    sender: str | None = None
    per_minute: Annotated[Whole | None, _PER_MINUTE] = None
    in_flight: Annotated[Whole | None, _IN_FLIGHT] = None
    timeout_seconds: Annotated[Number | None, _TIMEOUT] = None
    takes: Truth | None = Field(default=None, description=_TAKES)


class PauseRequest(BaseModel):
    """Why it is paused, for those who look at it later."""

    model_config = _STRICT

    reason: str = Field(default="", max_length=200)


class Rotation(BaseModel):
    """secret: left out, one is made. overlapDays: how long the old one signs besides."""

    model_config = _STRICT

    secret: str | None = Field(default=None, max_length=200)
    overlap_days: Whole = Field(default=acts.OVERLAP.days, ge=0, le=acts.LONGEST_OVERLAP.days, alias="overlapDays")


class Reconciliation(BaseModel):
    """resend: whether what is missing or different there is sent again; otherwise it is only told."""

    model_config = _STRICT

    resend: Truth = False


def router(pool: Pool, reaches: tuple[str, ...]) -> APIRouter:
    """Who is pushed to. reaches: which an operator may give over HTTP."""
    routes = Routes(prefix="/v1/destinations", tags=["destinations"])
    _read_routes(routes, pool)
    _change_routes(routes, pool, reaches)
    _pause_routes(routes, pool, reaches)
    _rotation_route(routes, pool, reaches)
    _reconciliation_route(routes, pool, reaches)
    return routes


def _read_routes(routes: APIRouter, pool: Pool) -> None:
    @routes.get("", summary="Các nơi nhận trong phạm vi được xem", **writes(bodies.Destinations))
    def list_all(
        seen: OperatorSight, province: Annotated[str | None, Query(pattern=PROVINCE)] = None
    ) -> dict[str, Any]:
        visible = destinations.list_destinations(pool, narrow(pool, seen, province))
        return {"destinations": [body(destination) for destination in visible], "links": {"self": "/v1/destinations"}}

    @routes.get("/{identifier}", summary="Một nơi nhận, với số lượt đang chờ", **writes(bodies.DestinationWaiting))
    def one_destination(
        seen: OperatorSight, identifier: Code, request: Request, response: Response
    ) -> dict[str, Any] | Response:
        waiting = destinations.get_with_queue(pool, identifier, seen)
        return tagged_answer(request, response, version_of(waiting.destination.editable_values), with_waiting(waiting))


def _change_routes(routes: APIRouter, pool: Pool, reaches: tuple[str, ...]) -> None:
    @routes.post("", summary="Thêm nơi nhận; khóa ký chỉ hiển thị một lần", **writes(bodies.DestinationAdded, 201))
    def add(request: Request, principal: Operator, given: NewDestination) -> dict[str, Any]:
        secret = given.secret or signing.new_secret()
        destination = destination_of(given, secret)
        count = acts.add(pool, destination, actor(request, principal, reaches))
        return body(destinations.check_destination(destination)) | {"secret": secret, "queued": count}

    @routes.patch("/{identifier}", summary="Sửa nơi nhận", **writes(bodies.DestinationOf))
    def edit(
        request: Request,
        principal: Operator,
        identifier: Code,
        given: DestinationChange,
        seen: Editing,
        response: Response,
    ) -> dict[str, Any]:
        changes = given.model_dump(exclude_none=True)
        after = acts.edit(pool, identifier, changes, actor(request, principal, reaches), seen)
        tag_version(response, version_of(after.editable_values))
        return body(after)

    @routes.delete("/{identifier}", summary="Bỏ nơi nhận; nhật ký chuyển vẫn giữ", **writes(bodies.DestinationRemoved))
    def remove(request: Request, principal: Operator, identifier: Code, seen: Editing) -> dict[str, Any]:
        count = acts.remove(pool, identifier, actor(request, principal, reaches), seen)
        return {"id": identifier, "removed": True, "noLongerWaiting": count}


def _pause_routes(routes: APIRouter, pool: Pool, reaches: tuple[str, ...]) -> None:
    @routes.post("/{identifier}/pause", summary="Tạm dừng chuyển tới nơi nhận", **writes(bodies.DestinationWaiting))
    def pause(
        request: Request, principal: Operator, identifier: Code, given: PauseRequest | None = None
    ) -> dict[str, Any]:
        who = actor(request, principal, reaches)
        acts.pause(pool, identifier, who, reason=given.reason if given else "")
        return with_waiting(destinations.get_with_queue(pool, identifier, who.sight))

    @routes.post("/{identifier}/resume", summary="Chuyển tiếp tới nơi nhận", **writes(bodies.DestinationWaiting))
    def resume(request: Request, principal: Operator, identifier: Code) -> dict[str, Any]:
        who = actor(request, principal, reaches)
        acts.resume(pool, identifier, who)
        return with_waiting(destinations.get_with_queue(pool, identifier, who.sight))


def _rotation_route(routes: APIRouter, pool: Pool, reaches: tuple[str, ...]) -> None:
    @routes.post(
        "/{identifier}/rotate",
        summary="Đổi khóa ký; khóa cũ còn ký song song trong thời gian chuyển tiếp",
        **writes(bodies.SecretRotated),
    )
    def rotate(
        request: Request, principal: Operator, identifier: Code, seen: Editing, given: Rotation | None = None
    ) -> dict[str, Any]:
        wanted = given or Rotation()
        secret, until = acts.rotate(
            pool,
            identifier,
            actor(request, principal, reaches),
            secret=wanted.secret,
            overlap=timedelta(days=wanted.overlap_days),
            seen=seen,
        )
        return {"id": identifier, "secret": secret, "formerSignsUntil": until}


def _reconciliation_route(routes: APIRouter, pool: Pool, reaches: tuple[str, ...]) -> None:
    @routes.post(
        "/{identifier}/reconciliation",
        summary="Đối soát với nơi nhận; gửi lại phần thiếu, phần khác",
        **writes(bodies.Reconciled),
    )
    def reconcile(
        request: Request, principal: Operator, identifier: Code, given: Reconciliation | None = None
    ) -> dict[str, Any]:
        wanted = given or Reconciliation()
        compared = acts.reconcile(pool, Wire(), identifier, actor(request, principal, reaches), resend=wanted.resend)
        return {"id": identifier, "kinds": [comparison_body(comparison) for comparison in compared]}


def destination_of(given: NewDestination, secret: str) -> Destination:
    """What was asked for, with its defaults."""
    usual = destinations.KINDS if given.mapping == "platform" else ("release",)
    return Destination(
        id=given.id,
        name=given.name or given.id,
        province=given.province,
        url=given.url,
        reach=given.reach,
        kinds=usual if given.kinds is None else given.kinds,
        mapping=given.mapping,
        sender=given.sender or f"province-{given.province}",
        per_minute=given.per_minute,
        in_flight=given.in_flight,
        timeout_seconds=given.timeout_seconds,
        takes=given.takes,
        secret=secret,
    )


def body(comparison: Destination) -> dict[str, Any]:
    """A destination as it goes out: without its secrets."""
    return {
        "id": comparison.id,
        "name": comparison.name,
        "province": comparison.province,
        "url": comparison.url,
        "address": addresses.for_people(comparison.url),
        "reach": comparison.reach,
        "kinds": list(comparison.kinds),
        "mapping": comparison.mapping,
        "sender": comparison.sender,
        "perMinute": comparison.per_minute,
        "inFlight": comparison.in_flight,
        "timeoutSeconds": comparison.timeout_seconds,
        "takes": comparison.takes,
        "active": comparison.active,
        "pausedAt": comparison.paused_at,
        "pausedReason": comparison.paused_reason,
    }


def comparison_body(comparison: Comparison) -> dict[str, Any]:
    """How one kind compares. unknown: what the destination holds and should not; nothing is done about it."""
    difference = comparison.difference
    return {
        "kind": comparison.kind,
        "ours": comparison.ours,
        "theirs": comparison.theirs,
        "equal": comparison.equal,
        "missing": len(difference.missing),
        "different": len(difference.different),
        "resent": len(comparison.resent),
        "unknown": [{"id": held.id, "version": held.version} for held in difference.unknown[:_NAMED]],
    }


def with_waiting(waiting: DestinationQueue) -> dict[str, Any]:
    """The same with what waits for it."""
    return body(waiting.destination) | {
        "pending": waiting.pending,
        "dead": waiting.dead,
        "delivered": waiting.delivered,
        "oldestUndeliveredSeconds": round(waiting.oldest_seconds, 1),
        "taking": None if waiting.taking is None else _taking_body(waiting.taking),
    }


def _taking_body(taking: Taking) -> dict[str, Any]:
    return {
        "after": taking.after,
        "askedAt": taking.asked_at,
        "outcome": taking.outcome,
        "detail": taking.detail,
        "leftOut": taking.left_out,
        "items": taking.items,
    }
