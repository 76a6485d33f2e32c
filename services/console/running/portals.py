"""Portals whose feed the hub reads: adding one, what was read of it, pausing, reading it again, removing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.contents import KINDS
from lienthong.refusals import refused
from services.console import acting
from services.console.asking import Answer
from services.console.formats import instant
from services.console.frame import Frame
from services.console.page import Visit
from services.console.running import doing, overseen
from services.console.running.doing import Outcome
from services.console.running.overseen import UnitChoices
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

SCOPE = "operate:clients"
SHOWN = 200  # items of a portal's page, refused first
_TEXTS = ("portal", "client", "unit", "url", "kind", "language", "licence")
_PROGRAMME = re.compile(r"P[0-9]{1,5}")
_TONES: dict[str, Tone] = {"submitted": "good", "refused": "bad", "withdrawn": "plain"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Portal:
    """A portal. client: in whose name its items come; unit: whose they are; every: minutes between two turns. read:
    when the last turn was; outcome: `ok` or why not; None before the first. categories: what an item of each serves.
    """

    portal: str
    client: str
    unit: str
    name: str
    url: str
    kind: str
    language: str
    licence: str
    programmes: tuple[str, ...]
    categories: Mapping[str, Mapping[str, Any]]
    every: int
    active: bool
    read: datetime | None
    outcome: str | None
    detail: str | None

    @property
    def path(self) -> str:
        return f"/portals/{segment(self.portal)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PortalItem:
    """What was read. problems: codes of why it was refused; listed: whether the portal still has it."""

    title: str
    link: str
    revision: int
    state: str
    problems: tuple[str, ...]
    listed: bool
    seen: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Portals:
    """portals: by code. known: the units to pick from. kinds: of items, as the plans name them."""

    portals: tuple[Portal, ...]
    known: UnitChoices
    kinds: tuple[str, ...] = tuple(KINDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnePortal:
    """A portal with what was read of it: refused first, then the newest, 200 at the most. version: of the portal."""

    portal: Portal
    version: str
    items: tuple[PortalItem, ...]


async def gather_list(visit: Visit) -> Portals:
    doing.require(visit, SCOPE)
    answer = await visit.hub.get("/v1/portals")
    names = await _names(visit, answer["portals"])
    return Portals(
        portals=tuple(portal_of(portal, names) for portal in answer["portals"]),
        known=await overseen.choices(visit, SCOPE),
    )


async def gather(visit: Visit) -> OnePortal:
    doing.require(visit, SCOPE)
    answer, version = await visit.hub.with_version(f"/v1/portals/{visit.path['portal']}", limit=SHOWN)
    names = await _names(visit, [answer])
    return OnePortal(portal=portal_of(answer, names), version=version, items=tuple(map(_item, answer["items"])))


async def _names(visit: Visit, portals: Sequence[Answer]) -> Mapping[str, str]:
    codes = sorted({portal["unit"] for portal in portals})
    units = await visit.hub.all(*(visit.hub.get(f"/v1/units/{code}") for code in codes))
    return {unit["code"]: unit["full_name"] for unit in units}


def portal_of(body: Answer, names: Mapping[str, str]) -> Portal:
    """From an answer of /v1/portals."""
    return Portal(
        portal=body["portal"],
        client=body["client"],
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        url=body["url"],
        kind=body["kind"],
        language=body["language"],
        licence=body["licence"],
        programmes=tuple(body["programmes"]),
        categories=body["categories"],
        every=body["everySeconds"] // 60,
        active=body["active"],
        read=instant(body["readAt"]),
        outcome=body["outcome"],
        detail=body["detail"],
    )


def _item(body: Mapping[str, Any]) -> PortalItem:
    return PortalItem(
        title=body["title"],
        link=body["link"],
        revision=body["revision"],
        state=body["state"],
        problems=tuple(body["problems"]),
        listed=body["listed"],
        seen=datetime.fromisoformat(body["seenAt"]),
    )


def list_tables(data: Portals, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="portals",
            title=t("portals.title"),
            empty=t("portals.none"),
            columns=(
                Column(name="portal", title=t("column.code"), kind="code", heading=True),
                Column(name="unit", title=t("column.unit")),
                Column(name="url", title=t("portals.url")),
                Column(name="read", title=t("portals.read"), kind="when"),
                Column(name="outcome", title=t("portals.outcome")),
                Column(name="state", title=t("column.state")),
            ),
            rows=tuple(
                row(
                    Cell(value=portal.portal, href=portal.path),
                    portal.name,
                    portal.url,
                    portal.read,
                    outcome(portal, visit),
                    Cell(
                        value=t("portals.active") if portal.active else t("destinations.paused"),
                        tone="good" if portal.active else "warn",
                    ),
                )
                for portal in data.portals
            ),
        ),
    )


def outcome(portal: Portal, visit: Visit) -> Cell:
    """How the last turn went."""
    if portal.outcome is None:
        return Cell(value=visit.words("portals.never"))
    good = portal.outcome == "ok"
    return Cell(
        value=visit.words("portals.good") if good else visit.words.problem(portal.outcome),
        tone="good" if good else "bad",
        note=portal.detail or "",
    )


def tables(data: OnePortal, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="entries",
            title=t("portals.items"),
            empty=t("portals.no_items"),
            columns=(
                Column(name="title", title=t("content.what"), heading=True),
                Column(name="seen", title=t("portals.seen"), kind="when"),
                Column(name="revision", title=t("content.revision"), kind="number"),
                Column(name="state", title=t("column.state")),
                Column(name="problems", title=t("running.reason")),
            ),
            rows=tuple(
                row(
                    Cell(value=item.title or item.link, note="" if item.listed else t("portals.unlisted")),
                    item.seen,
                    item.revision,
                    Cell(value=t.name("portal_item", item.state), tone=_TONES.get(item.state, "plain")),
                    "; ".join(t.problem(code) for code in item.problems) or None,
                )
                for item in data.items
            ),
        ),
    )


LIST = doing.operators_page(name="portals", paths=("/portals",), gather=gather_list, tables=list_tables, scope=SCOPE)
PAGE = doing.operators_page(name="portal", paths=("/portals/{portal}",), gather=gather, tables=tables, scope=SCOPE)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Adding one, and what is done to one."""
    return [doing.route(frame, LIST, add), doing.route(frame, PAGE, change)]


async def add(visit: Visit, form: FormData) -> Outcome:
    """Read a portal from now on."""
    texts = {name: value for name in _TEXTS if (value := doing.text(form, name))}
    minutes = doing.number(form, "everySeconds")
    body = {
        **texts,
        "programmes": doing.words(form, "programmes"),
        "categories": categories(doing.text(form, "categories")),
        "everySeconds": minutes * 60 if isinstance(minutes, int) else minutes,
    }
    answer = (await visit.hub.send("POST", "/v1/portals", body)).json()
    return Outcome(to=f"/portals/{segment(answer['portal'])}")


def categories(text: str) -> dict[str, dict[str, Any]]:
    """`Chuyển đổi số: P119 P438 video`, a line for each category. Raises Rejected for a line without a colon.

    What is no code of a programme is the kind of its items; the route says whether there is such a kind.
    """
    by_name: dict[str, dict[str, Any]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, meaning = line.rpartition(":")
        if not colon or not name.strip():
            raise refused("category_line", "/categories", line=line[:100])
        codes = meaning.replace(",", " ").split()
        kinds = [word for word in codes if not _PROGRAMME.fullmatch(word)]
        served = {"programmes": [word for word in codes if _PROGRAMME.fullmatch(word)]}
        by_name[name.strip()] = served | ({"kind": " ".join(kinds)} if kinds else {})
    return by_name


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `pause`, `resume` (read at once, what was refused is tried again), `remove` (its code typed once more)."""
    code = visit.path["portal"]
    path, do = f"/v1/portals/{code}", acting.button(form, "pause", "resume", "remove")
    if do == "remove":
        doing.confirm(form, "again", code)
        await visit.hub.send("DELETE", path, version=doing.version(form))
        return Outcome(to=LIST.paths[0])
    await visit.hub.send("POST", f"{path}/{do}", version=doing.version(form))
    return Outcome(to=f"/portals/{code}")
