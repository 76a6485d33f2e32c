"""The register of directives: what was issued, where it was posted and shared. A unit's own acts: registering.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lienthong.refusals import refused
from lienthong.units.names import fold
from services.console.asking import Answer
from services.console.entering import spelling
from services.console.page import Page, Visit
from services.console.pages.standing import names_of
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, row

SCOPE = "content:submit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """Where a directive was posted or shared. place: a code of PLACES or CHANNELS of lienthong.contents."""

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
