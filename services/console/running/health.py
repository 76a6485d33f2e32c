"""How the hub stands, for who runs it, and the way to everything an operator does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lienthong.errors import Transient
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.running import doing
from services.console.running.destinations import destination_of
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

SCOPE = "operate:deliveries"
DESKS: tuple[tuple[str, str], ...] = (
    ("clients", "operate:clients"),
    ("people", "operate:people"),
    ("single-person", "operate:people"),
    ("registry", "operate:units"),
    ("borders", "operate:units"),
    ("contacts", "operate:units"),
    ("publishing", "operate:plans"),
    ("opening", "operate:rounds"),
    ("destinations", "operate:deliveries"),
    ("deliveries", "operate:deliveries"),
    ("portals", "operate:clients"),
    ("audit", "read:audit"),
)
"""Where an operator acts, and the right that opens it; each stands at the address of its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationQueue:
    """A destination with what waits (pending), was put aside (dead) and got through. oldest: seconds."""

    id: str
    name: str
    active: bool
    pending: int
    dead: int
    delivered: int
    oldest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A consumer that stands before a fact which it can't apply."""

    consumer: str
    partition: str
    position: int
    code: str
    reason: str
    since: datetime
    tries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Aside:
    """A fact that was set aside, by whom and why."""

    partition: str
    position: int
    consumers: tuple[str, ...]
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """ready: whether the hub takes requests. behind: accepted events that the figures do not have yet; None for who
    sees no rounds. stopped, aside: None for who may not see them. desks: names of pages that this person may open.
    """

    ready: bool
    behind: int | None
    destinations: tuple[DestinationQueue, ...]
    stopped: tuple[Stop, ...] | None
    aside: tuple[Aside, ...] | None
    desks: tuple[str, ...]

    @property
    def dead(self) -> int:
        return sum(destination.dead for destination in self.destinations)

    @property
    def pending(self) -> int:
        return sum(destination.pending for destination in self.destinations)


async def gather(visit: Visit) -> Health:
    doing.require(visit, SCOPE)
    hub, person = visit.hub, visit.person
    answer = await hub.get("/v1/destinations")
    whole = await hub.all(
        *(hub.get(f"/v1/destinations/{segment(destination['id'])}") for destination in answer["destinations"])
    )
    facts = await hub.get("/v1/facts/stopped") if person.may("operate:facts") else None
    rounds = await hub.get("/v1/rounds") if person.may("read:province") else None
    return Health(
        ready=await _is_ready(visit),
        behind=None if rounds is None else rounds["behind"],
        destinations=tuple(_queue(body) for body in whole),
        stopped=None if facts is None else tuple(_stop(stop) for stop in facts["stopped"]),
        aside=None if facts is None else tuple(_aside(fact) for fact in facts["aside"]),
        desks=tuple(name for name, scope in DESKS if person.may(scope)),
    )


async def _is_ready(visit: Visit) -> bool:
    try:
        return bool((await visit.hub.get("/readyz"))["ready"])
    except Transient:
        return False


def _queue(body: Answer) -> DestinationQueue:
    destination = destination_of(body)
    return DestinationQueue(
        id=destination.id,
        name=destination.name,
        active=destination.active,
        pending=body["pending"],
        dead=body["dead"],
        delivered=body["delivered"],
        oldest=body["oldestUndeliveredSeconds"],
    )


def _stop(body: Mapping[str, Any]) -> Stop:
    return Stop(
        consumer=body["consumer"],
        partition=body["partition"],
        position=body["position"],
        code=body["code"],
        reason=body["reason"],
        since=datetime.fromisoformat(body["since"]),
        tries=body["tries"],
    )


def _aside(body: Mapping[str, Any]) -> Aside:
    return Aside(
        partition=body["partition"],
        position=body["position"],
        consumers=tuple(body["consumers"]),
        at=datetime.fromisoformat(body["at"]),
        by=body["by"],
        reason=body["reason"],
    )


def tables(data: Health, visit: Visit) -> Sequence[Table]:
    return _destinations(data, visit), _stopped_table(data, visit), _aside_table(data, visit)


def _destinations(data: Health, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="destinations",
        title=t("running.destinations"),
        empty=t("destinations.none"),
        columns=(
            Column(name="id", title=t("deliveries.destination"), heading=True),
            Column(name="state", title=t("column.state")),
            Column(name="pending", title=t("running.pending"), kind="number"),
            Column(name="dead", title=t("running.dead"), kind="number"),
            Column(name="delivered", title=t("running.delivered"), kind="number"),
            Column(name="oldest", title=t("running.oldest"), kind="number"),
        ),
        rows=tuple(_row(destination, visit) for destination in data.destinations),
    )


def _stopped_table(data: Health, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="stopped",
        title=t("running.stopped"),
        empty=t("running.none_stopped"),
        columns=(
            Column(name="consumer", title=t("running.consumer"), heading=True),
            Column(name="place", title=t("running.place"), kind="code"),
            Column(name="reason", title=t("running.reason")),
            Column(name="since", title=t("running.since"), kind="when"),
            Column(name="tries", title=t("deliveries.attempts"), kind="number"),
        ),
        rows=tuple(
            row(
                stop.consumer,
                f"{stop.partition}/{stop.position}",
                f"{stop.code}: {stop.reason}",
                stop.since,
                stop.tries,
            )
            for stop in data.stopped or ()
        ),
    )


def _aside_table(data: Health, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="aside",
        title=t("running.aside"),
        empty=t("running.none_aside"),
        columns=(
            Column(name="place", title=t("running.place"), kind="code", heading=True),
            Column(name="consumers", title=t("running.consumer")),
            Column(name="reason", title=t("running.reason")),
            Column(name="by", title=t("audit.actor")),
            Column(name="at", title=t("audit.at"), kind="when"),
        ),
        rows=tuple(
            row(f"{aside.partition}/{aside.position}", ", ".join(aside.consumers), aside.reason, aside.by, aside.at)
            for aside in data.aside or ()
        ),
    )


def _row(queue: DestinationQueue, visit: Visit) -> tuple[Cell, ...]:
    t, code = visit.words, segment(queue.id)
    running = Cell(value=t("destinations.running"), tone="good")
    return row(
        Cell(value=queue.name, href=f"/destinations/{code}"),
        running if queue.active else Cell(value=t("destinations.paused"), tone="warn"),
        Cell(value=queue.pending, href=f"/deliveries?state=pending&destination={code}"),
        Cell(value=queue.dead, href=f"/deliveries?state=dead&destination={code}"),
        queue.delivered,
        round(queue.oldest / 60) if queue.pending else None,
    )


PAGE = Page(name="running", paths=("/running",), gather=gather, tables=tables, menu=True, scope=SCOPE, national=None)
