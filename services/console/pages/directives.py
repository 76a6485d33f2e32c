"""The register of directives: what was issued, where it was posted and shared; a unit enters its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong import events
from lienthong.contents import CHANNELS, PLACES
from lienthong.refusals import refused
from lienthong.units.names import fold
from services.console import acting, claiming
from services.console.asking import Answer
from services.console.entering import spelling
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages.standing import names_of
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

SCOPE = "content:submit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """Where a directive was posted or shared. place: a code of PLACES or CHANNELS."""

    place: str
    day: date
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Directive:
    """As it was registered last. directive: its code with the unit."""

    unit: str
    name: str
    directive: str
    number: str
    title: str
    issuer: str
    issued: date
    programmes: tuple[str, ...]
    posted: tuple[Posting, ...]
    shared: tuple[Posting, ...]
    revision: int

    @property
    def path(self) -> str:
        return f"/directives/{segment(self.unit)}/{segment(self.directive)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Directives:
    """directives: the filtered ones, the newest first. units: those that the person registers for, code and name.
    programmes: of the province's plans.
    """

    directives: tuple[Directive, ...]
    text: str | None
    programme: str | None
    since: str | None
    until: str | None
    programmes: tuple[str, ...]
    units: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneDirective:
    """directive: the one of the address. own: the person registers for its unit. programmes: of the province."""

    directive: Directive
    own: bool
    programmes: tuple[str, ...]


async def gather_list(visit: Visit) -> Directives:
    since, until = visit.filter("from"), visit.filter("until")
    answer, names, plans = await visit.hub.all(
        _directives(
            visit,
            issuedFrom=spelling.day_asked("from", since),
            issuedTo=spelling.day_asked("until", until),
            programme=visit.filter("programme"),
        ),
        names_of_units(visit),
        visit.hub.get("/v1/plans"),
    )
    directives = [_directive(body, names) for body in reversed(answer["directives"])]
    needle = fold(visit.filter("q") or "")
    matching = tuple(
        directive
        for directive in directives
        if needle in fold(f"{directive.number} {directive.title} {directive.issuer}")
    )
    return Directives(
        directives=matching,
        text=visit.filter("q"),
        programme=visit.filter("programme"),
        since=since,
        until=until,
        programmes=programmes_of(plans),
        units=tuple((code, names.get(code, code)) for code in visit.person.own_units),
    )


async def gather(visit: Visit) -> OneDirective:
    unit, code = visit.path["unit"], visit.path["directive"]
    answer, names, plans = await visit.hub.all(
        _directives(visit, unit=unit), names_of_units(visit), visit.hub.get("/v1/plans")
    )
    directives = (_directive(body, names) for body in answer["directives"])
    directive = next((directive for directive in directives if segment(directive.directive) == code), None)
    if directive is None:
        raise refused("directive_unknown", unit=unit, directive=code)
    return OneDirective(
        directive=directive, own=directive.unit in visit.person.own_units, programmes=programmes_of(plans)
    )


async def names_of_units(visit: Visit) -> Mapping[str, str]:
    """Full names by code of the province's units; anybody may know them."""
    children = await visit.hub.get(f"/v1/units/{visit.person.province}/children")
    return names_of(children)


def programmes_of(plans: Answer) -> tuple[str, ...]:
    """Codes of the programmes that the province's plans carry out."""
    return tuple(sorted({plan["programme"] for plan in plans["plans"]}))


async def _directives(visit: Visit, **query: str | None) -> Answer:
    """All pages of /v1/directives as one."""
    return await visit.hub.every("/v1/directives", "directives", query)


def _directive(body: Answer, names: Mapping[str, str]) -> Directive:
    return Directive(
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        directive=body["directive"],
        number=body["number"],
        title=body["title"],
        issuer=body["issuer"],
        issued=date.fromisoformat(body["issued"]),
        programmes=tuple(body["programmes"]),
        posted=tuple(_posting(posting, "place") for posting in body["posted"]),
        shared=tuple(_posting(posting, "channel") for posting in body["shared"]),
        revision=body["revision"],
    )


def _posting(body: Mapping[str, Any], name: str) -> Posting:
    return Posting(place=body[name], day=date.fromisoformat(body["day"]), url=body.get("url") or "")


def list_tables(data: Directives, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="directives",
            title=t("directives.title"),
            empty=t("directives.none"),
            columns=(
                Column(name="number", title=t("directives.number"), heading=True),
                Column(name="title", title=t("directives.what")),
                Column(name="issuer", title=t("directives.issuer")),
                Column(name="issued", title=t("directives.issued"), kind="when"),
                Column(name="programmes", title=t("column.programme"), kind="code"),
                Column(name="posted", title=t("directives.posted")),
                Column(name="shared", title=t("directives.shared")),
                Column(name="unit", title=t("column.unit")),
            ),
            rows=tuple(
                row(
                    Cell(value=directive.number, href=directive.path),
                    directive.title,
                    directive.issuer,
                    directive.issued,
                    ", ".join(directive.programmes),
                    _postings_text(directive.posted, "place", visit),
                    _postings_text(directive.shared, "channel", visit),
                    Cell(value=directive.name, href=f"/units/{directive.unit}"),
                )
                for directive in data.directives
            ),
        ),
    )


def _postings_text(postings: Iterable[Posting], family: str, visit: Visit) -> str | None:
    """ "Zalo 15/10/2026; Facebook 16/10/2026"."""
    texts = (f"{visit.words.name(family, posting.place)} {visit.formats.day(posting.day)}" for posting in postings)
    return "; ".join(texts) or None


def tables(data: OneDirective, visit: Visit) -> Sequence[Table]:
    """Where it is: a row for each place and channel."""
    t, directive = visit.words, data.directive
    postings = [("place", posting) for posting in directive.posted] + [
        ("channel", posting) for posting in directive.shared
    ]
    return (
        Table(
            name="places",
            title=t("directives.places"),
            empty=t("directives.nowhere"),
            columns=(
                Column(name="place", title=t("directives.place"), heading=True),
                Column(name="way", title=t("directives.way")),
                Column(name="day", title=t("directives.day"), kind="when"),
                Column(name="url", title=t("content.link")),
            ),
            rows=tuple(
                row(
                    t.name(family, posting.place),
                    t("directives.posted") if family == "place" else t("directives.shared"),
                    posting.day,
                    Cell(value=posting.url, href=posting.url) if posting.url else None,
                )
                for family, posting in postings
            ),
        ),
    )


LIST = Page(
    name="directives",
    paths=("/directives",),
    gather=gather_list,
    tables=list_tables,
    filters=frozenset({"q", "programme", "from", "until"}),
    menu=True,
)
PAGE = Page(
    name="directive", paths=("/directives/{unit}/{directive}",), gather=gather, tables=tables, under="directives"
)


# ---------------------------------------------------------------- the acts


def routes(frame: Frame) -> list[Route]:
    """Registering one, and what is said of one later."""
    return [doing.route(frame, LIST, add), doing.route(frame, PAGE, change)]


async def add(visit: Visit, form: FormData) -> Outcome:
    """A new one; its code is made of year and number."""
    issued = spelling.day_sent(doing.text(form, "issued")) or ""
    code = claiming.code_of(issued[:4], doing.text(form, "number"))
    body = {"unit": doing.text(form, "unit"), "directive": code, **event_data(form)}
    await _register(visit, body)
    return Outcome(to=f"/directives/{segment(body['unit'])}/{segment(code)}")


async def change(visit: Visit, form: FormData) -> Outcome:
    """do: `save`, `remove` (taken off the register: its number typed once more)."""
    directive = (await gather(visit)).directive
    key = {"unit": directive.unit, "directive": directive.directive}
    if acting.button(form, "save", "remove") == "save":
        await _register(visit, {**key, **event_data(form)})
        return Outcome(to=directive.path)
    doing.confirm(form, "again", segment(directive.number))
    body = {
        "number": directive.number,
        "title": directive.title,
        "issuer": directive.issuer,
        "issued": directive.issued.isoformat(),
    }
    await _register(visit, {**key, **body, "programmes": list(directive.programmes), "withdrawn": True})
    return Outcome(to=LIST.paths[0])


async def _register(visit: Visit, body: Mapping[str, Any]) -> None:
    await claiming.submit(visit, events.DIRECTIVE_REGISTERED, body, field=lambda pointer: field_of(pointer, body))


def event_data(form: FormData) -> dict[str, Any]:
    """The directive as the event has it. What can't be read goes as it was typed, and the hub says what it takes."""
    return {
        "number": doing.text(form, "number"),
        "title": doing.text(form, "title"),
        "issuer": doing.text(form, "issuer"),
        "issued": spelling.day_sent(doing.text(form, "issued")),
        "programmes": doing.words(form, "programmes"),
        "posted": _places(form, "posted", "place", PLACES),
        "shared": _places(form, "shared", "channel", CHANNELS),
    }


def _places(form: FormData, member: str, name: str, codes: Iterable[str]) -> list[dict[str, str]]:
    """Those of the form's rows in which something stands."""
    places = []
    for code in codes:
        day, url = doing.text(form, f"{member}-{code}-day"), doing.text(form, f"{member}-{code}-url")
        if day or url:
            places.append(
                {name: code, "day": spelling.day_sent(day) or "", **({"url": url} if url or member == "posted" else {})}
            )
    return places


def field_of(pointer: str, body: Mapping[str, Any]) -> str:
    """The form's field that a problem of the event is about. Pure."""
    _, data, member, *rest = [*pointer.split("/"), "", "", ""]
    if data != "data":
        return "act"
    if member in ("posted", "shared") and rest[0].isdecimal():
        place = body[member][int(rest[0])]
        return f"{member}-{place.get('place') or place['channel']}-{rest[1] if rest[1] == 'url' else 'day'}"
    return "number" if member == "directive" else member or "act"
