"""Deliveries to destinations: what got through, what waits, what was put aside, with every attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.refusals import refused
from services.console.formats import instant
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

STATES = ("pending", "dead", "delivered", "superseded")
TONES: dict[str, Tone] = {"pending": "info", "dead": "bad", "delivered": "good", "superseded": "plain"}
_PAGE = 500  # as many as the overview counts


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """outcome: `http_200` and the like; detail: what the receiver said."""

    number: int
    started: datetime
    status: int | None
    outcome: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One push. kind: `release` or `content`; due: when it is tried next; reason: why it was put aside."""

    id: str
    destination: str
    kind: str
    subject: str
    version: int | None
    withdraws: bool
    state: str
    created: datetime
    due: datetime | None
    settled: datetime | None
    reason: str | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliveries:
    """deliveries: newest first, at most 500 on the page, all of them for a file; older: the cursor of the next page,
    None at the end. state, destination: the filters.
    """

    deliveries: tuple[Delivery, ...]
    older: str | None
    state: str | None
    destination: str | None


async def gather(visit: Visit) -> Deliveries:
    filters = {name: visit.filter(name) for name in ("state", "destination")}
    answer = await visit.list_of("/v1/deliveries", "deliveries", at_once=_PAGE, **filters)
    return Deliveries(
        deliveries=tuple(_delivery(delivery) for delivery in answer["deliveries"]),
        older=_cursor(answer["links"]),
        state=visit.filter("state"),
        destination=visit.filter("destination"),
    )


def _cursor(links: Mapping[str, str]) -> str | None:
    """Of the link to what is older."""
    return parse_qs(urlsplit(links["next"]).query)["cursor"][0] if "next" in links else None


def _delivery(body: Mapping[str, Any]) -> Delivery:
    return Delivery(
        id=body["id"],
        destination=body["destination"],
        kind=body["kind"],
        subject=body["subject"],
        version=body["version"],
        withdraws=body["withdraws"],
        state=body["state"],
        created=datetime.fromisoformat(body["createdAt"]),
        due=instant(body["dueAt"]),
        settled=instant(body["settledAt"]),
        reason=body["reason"],
        attempts=tuple(_attempt(attempt) for attempt in body["attempts"]),
    )


def _attempt(body: Mapping[str, Any]) -> Attempt:
    return Attempt(
        number=body["number"],
        started=datetime.fromisoformat(body["startedAt"]),
        status=body["status"],
        outcome=body["outcome"] or "",
        detail=body["detail"] or "",
    )


def tables(data: Deliveries, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="deliveries",
            title=t("deliveries.title"),
            empty=t("deliveries.none"),
            columns=(
                Column(name="subject", title=t("deliveries.subject"), heading=True),
                Column(name="kind", title=t("deliveries.kind")),
                Column(name="destination", title=t("deliveries.destination"), kind="code"),
                Column(name="state", title=t("column.state")),
                Column(name="created", title=t("deliveries.created"), kind="when"),
                Column(name="settled", title=t("deliveries.settled"), kind="when"),
                Column(name="attempts", title=t("deliveries.attempts"), kind="number"),
                Column(name="last", title=t("deliveries.last")),
            ),
            rows=tuple(_row(delivery, visit) for delivery in data.deliveries),
        ),
    )


def _row(delivery: Delivery, visit: Visit) -> tuple[Cell, ...]:
    t = visit.words
    subject = delivery.subject if delivery.version is None else f"{delivery.subject}/{delivery.version}"
    link = f"/releases/{subject}" if delivery.kind == "release" and delivery.version is not None else None
    last = delivery.attempts[-1] if delivery.attempts else None
    outcome = delivery.reason or ("" if last is None else last.outcome)
    return row(
        Cell(value=subject, href=link),
        t.name("kind", f"{delivery.kind}{'_withdrawn' if delivery.withdraws else ''}"),
        delivery.destination,
        Cell(value=t.name("delivery", delivery.state), tone=TONES.get(delivery.state, "plain")),
        delivery.created,
        delivery.settled if delivery.due is None else delivery.due,
        len(delivery.attempts),
        Cell(value=t.problem(outcome) if outcome else "", note="" if delivery.reason or last is None else last.detail),
    )


PAGE = Page(
    name="deliveries",
    paths=("/deliveries",),
    gather=gather,
    tables=tables,
    menu=True,
    scope="read:province",
    filters=frozenset({"state", "destination", "cursor"}),
)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """Sending again what was put aside: those chosen, each an act of its own; what one refuses stops the rest."""
    return [doing.route(frame, PAGE, retry)]


async def retry(visit: Visit, form: FormData) -> Outcome:
    """The deliveries ticked."""
    deliveries = [str(delivery) for delivery in form.getlist("delivery")]
    if not deliveries:
        raise refused("nothing_chosen", "/delivery")
    for delivery in deliveries:
        await visit.hub.send("POST", f"/v1/deliveries/{segment(delivery)}/retry")
    return Outcome(to="/deliveries?state=pending")
