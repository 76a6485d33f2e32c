"""Destinations of pushes: adding, editing, pausing, a new signing key, removing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.errors import Transient
from lienthong.refusals import refused
from services.console import acting
from services.console.asking import Answer
from services.console.formats import instant
from services.console.frame import Frame
from services.console.page import Visit
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

KINDS = ("release", "content")
REACHES = ("public", "private", "loopback")
SCOPE = "operate:deliveries"
_TEXTS = ("name", "url", "reach", "mapping", "sender")
_NUMBERS = ("perMinute", "inFlight", "timeoutSeconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where releases and content are pushed to. address: the URL without what may be secret in it. reach: `public`,
    `private` or `loopback` networks. mapping: what it is sent as. sender: our name there. per_minute, in_flight:
    attempts at the most; timeout: seconds of one. paused: since when.
    """

    id: str
    name: str
    province: str
    url: str
    address: str
    reach: str
    kinds: tuple[str, ...]
    mapping: str
    sender: str
    per_minute: int
    in_flight: int
    timeout: float
    active: bool
    paused: datetime | None
    paused_reason: str | None

    @property
    def path(self) -> str:
        return f"/destinations/{segment(self.id)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Destinations:
    """In the order of the hub."""

    destinations: tuple[Destination, ...]
    kinds: tuple[str, ...] = KINDS
    reaches: tuple[str, ...] = REACHES


@dataclass(frozen=True, kw_only=True, slots=True)
class OneDestination:
    """One of them, with what waits (pending), was put aside (dead) and got through (delivered). oldest: seconds that
    the oldest has been waiting. version: of what is edited.
    """

    destination: Destination
    version: str
    pending: int
    dead: int
    delivered: int
    oldest: float
    kinds: tuple[str, ...] = KINDS
    reaches: tuple[str, ...] = REACHES


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How one kind compares: counts of ours and theirs, what is missing or different there, how many were put on their
    way again. unknown: what they hold and should not.
    """

    kind: str
    ours: int
    theirs: int
    equal: bool
    missing: int
    different: int
    resent: int
    unknown: tuple[str, ...]


async def gather_list(visit: Visit) -> Destinations:
    doing.require(visit, SCOPE)
    answer = await visit.hub.get("/v1/destinations")
    return Destinations(destinations=tuple(map(destination_of, answer["destinations"])))


async def gather(visit: Visit) -> OneDestination:
    doing.require(visit, SCOPE)
    answer, version = await visit.hub.with_version(f"/v1/destinations/{visit.path['destination']}")
    return OneDestination(
        version=version,
        destination=destination_of(answer),
        pending=answer["pending"],
        dead=answer["dead"],
        delivered=answer["delivered"],
        oldest=answer["oldestUndeliveredSeconds"],
    )


def destination_of(body: Answer) -> Destination:
    """From an answer of /v1/destinations."""
    return Destination(
        id=body["id"],
        name=body["name"],
        province=body["province"],
        url=body["url"],
        address=body["address"],
        reach=body["reach"],
        kinds=tuple(body["kinds"]),
        mapping=body["mapping"],
        sender=body["sender"],
        per_minute=body["perMinute"],
        in_flight=body["inFlight"],
        timeout=body["timeoutSeconds"],
        active=body["active"],
        paused=instant(body["pausedAt"]),
        paused_reason=body["pausedReason"],
    )


def tables(data: Destinations, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="destinations",
            title=t("destinations.title"),
            empty=t("destinations.none"),
            columns=(
                Column(name="id", title=t("column.code"), kind="code", heading=True),
                Column(name="name", title=t("destinations.name")),
                Column(name="province", title=t("column.province"), kind="code"),
                Column(name="address", title=t("destinations.address")),
                Column(name="kinds", title=t("destinations.kinds")),
                Column(name="state", title=t("column.state")),
            ),
            rows=tuple(
                row(
                    Cell(value=destination.id, href=destination.path),
                    destination.name,
                    destination.province,
                    destination.address,
                    ", ".join(t.name("kind", kind) for kind in destination.kinds),
                    _state(destination, visit),
                )
                for destination in data.destinations
            ),
        ),
    )


def _state(destination: Destination, visit: Visit) -> Cell:
    if destination.active:
        return Cell(value=visit.words("destinations.running"), tone="good")
    reason = visit.words.problem(destination.paused_reason) if destination.paused_reason else ""
    return Cell(value=visit.words("destinations.paused"), tone="warn", note=reason)


LIST = doing.operators_page(
    name="destinations", paths=("/destinations",), gather=gather_list, tables=tables, scope=SCOPE
)
PAGE = doing.operators_page(name="destination", paths=("/destinations/{destination}",), gather=gather, scope=SCOPE)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Adding one, and what is done to one."""
    return [doing.route(frame, LIST, add), doing.route(frame, PAGE, change)]


async def add(visit: Visit, form: FormData) -> Outcome:
    """A destination; its signing key is shown once."""
    body = {"id": doing.text(form, "id"), "province": doing.text(form, "province"), **changes_in(form)}
    answer = (await visit.hub.send("POST", "/v1/destinations", body)).json()
    return Outcome(result={"id": answer["id"], "secret": answer["secret"], "queued": answer["queued"]})


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `edit`, `pause`, `resume`, `rotate` (the new key is shown once), `remove` (its code typed once more)."""
    code = visit.path["destination"]
    path = f"/v1/destinations/{code}"
    do = acting.button(form, "edit", "pause", "resume", "rotate", "remove", "compare", "send_again")
    if do in ("compare", "send_again"):
        return await reconcile(visit, path, resend=do == "send_again")
    if do == "rotate":
        days = doing.number(form, "overlapDays")
        answer = (
            await visit.hub.send("POST", f"{path}/rotate", {"overlapDays": days}, version=doing.version(form))
        ).json()
        return Outcome(result={"id": answer["id"], "secret": answer["secret"], "until": answer["formerSignsUntil"]})
    if do == "remove":
        doing.confirm(form, "again", code)
        await visit.hub.send("DELETE", path, version=doing.version(form))
        return Outcome(to=LIST.paths[0])
    if do == "edit":
        await visit.hub.send("PATCH", path, changes_in(form), version=doing.version(form))
    else:
        body = {"reason": doing.text(form, "reason")} if do == "pause" else None
        await visit.hub.send("POST", f"{path}/{do}", body)
    return Outcome(to=f"/destinations/{code}")


async def reconcile(visit: Visit, path: str, *, resend: bool) -> Outcome:
    """What the destination holds against what it should hold. One that does not answer is told so on the page."""
    try:
        answer = (await visit.hub.send("POST", f"{path}/reconciliation", {"resend": resend})).json()
    except Transient as error:
        raise refused("destination_silent", "/act") from error
    return Outcome(result={"compared": tuple(_comparison(kind) for kind in answer["kinds"])})


def _comparison(body: Mapping[str, Any]) -> Comparison:
    return Comparison(
        kind=body["kind"],
        ours=body["ours"],
        theirs=body["theirs"],
        equal=body["equal"],
        missing=body["missing"],
        different=body["different"],
        resent=body["resent"],
        unknown=tuple(f"{release['id']}/{release['version']}" for release in body["unknown"]),
    )


def changes_in(form: FormData) -> dict[str, Any]:
    """What the form says; what it leaves empty is left to the route."""
    texts: Mapping[str, Any] = {name: doing.text(form, name) for name in _TEXTS}
    numbers: Mapping[str, Any] = {name: doing.number(form, name) for name in _NUMBERS}
    kinds = [str(kind) for kind in form.getlist("kinds")]
    changes = {name: value for name, value in {**texts, **numbers}.items() if value != ""}
    return changes | ({"kinds": kinds} if kinds else {})
