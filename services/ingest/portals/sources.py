"""Portals that are read: who is read, in whose name, how its categories are understood, how the last turn went."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from psycopg.rows import class_row

from lienthong.access.sight import Sight
from lienthong.contents import KINDS
from lienthong.contracts.pointers import pointer_of
from lienthong.errors import Problem, Rejected
from lienthong.postgres.pool import Connection
from lienthong.pushes import addresses
from lienthong.pushes.addresses import Address
from lienthong.refusals import problem, refused
from services.ingest.claims.serving import unserved_problems
from services.ingest.definitions.snapshot import Definitions
from services.ingest.portals import SQL

MOST_CATEGORIES = 200
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPortal:
    """A portal. client: in whose name its items are submitted; unit: whose they are. origin: the client's source.

    kind, language, licence: of items that do not say otherwise. programmes: what every item serves. categories: by
    category in lower case {"programmes": […], "kind": …}, what an item of it serves and is besides. etag, modified: of
    the last answer. outcome: of the last turn, `ok` or why not.
    """

    portal: str
    province: str
    client: str
    unit: str
    url: str
    reach: str = "public"
    kind: str = "news"
    language: str = "vi"
    licence: str
    programmes: Sequence[str] = ()
    categories: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    every_seconds: int = 900
    active: bool = True
    read_at: datetime | None = None
    outcome: str | None = None
    detail: str | None = None
    etag: str | None = None
    modified: str | None = None
    origin: str = ""

    @property
    def editable_values(self) -> dict[str, Any]:
        """What is edited of it."""
        categories = {name: dict(category) for name, category in self.categories.items()}
        return {"portal": self.portal, "url": self.url, "active": self.active, "categories": categories}


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownItem:
    """An item that was read before. state: submitted, refused or withdrawn; problems: codes of a refusal.

    listed: whether the portal's feed still has it.
    """

    item: str
    link: str
    title: str
    digest: str
    revision: int
    state: str
    problems: Sequence[str] = ()
    listed: bool = True
    seen_at: datetime


def list_portals(conn: Connection, sight: Sight) -> list[KnownPortal]:
    """Those within sight: a province's; of one bound to units those of the units."""
    parameters = {"province": sight.province, "units": sight.listed}
    return conn.cursor(row_factory=class_row(KnownPortal)).execute(SQL.portals, parameters).fetchall()


def get_portal(conn: Connection, portal: str, sight: Sight) -> KnownPortal:
    """One within sight. Raises Rejected (404)."""
    source = next((source for source in list_portals(conn, sight) if source.portal == portal), None)
    if source is None:
        raise refused("portal_unknown", portal=portal)
    return source


def items_of(conn: Connection, portal: str, *, limit: int) -> list[KnownItem]:
    """What was read of it, refused first, then the newest."""
    rows = conn.cursor(row_factory=class_row(KnownItem))
    return rows.execute(SQL.portal_items, {"portal": portal, "limit": limit}).fetchall()


def target(url: str, reach: str) -> tuple[Address, str]:
    """Where to ask, and for what: path and query. Raises Rejected for what the hub may not ask."""
    try:
        parts = urlsplit(url)
        rest = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
        base = url[: url.index(parts.netloc) + len(parts.netloc)] if parts.netloc else url
    except ValueError:
        raise refused("url_malformed", "/url") from None
    return addresses.read(base, reach), rest + (f"?{query}" if query else "")


def check_portal(source: KnownPortal, definitions: Definitions) -> KnownPortal:
    """The portal as it is kept. Raises Rejected with every problem."""
    problems = list(_problems(source, definitions))
    try:
        target(source.url, source.reach)
    except Rejected as error:
        problems = [*error.problems, *problems]
    if len(source.url) > addresses.LONGEST or not source.url.isprintable():
        problems.append(problem("/url", "url_malformed"))
    if problems:
        raise Rejected(problems)
    return source


def _problems(source: KnownPortal, definitions: Definitions) -> Iterator[Problem]:
    if not _CODE.fullmatch(source.portal):
        yield problem("/portal", "portal_code_malformed")
    kinds = [source.kind, *(str(category.get("kind", source.kind)) for category in source.categories.values())]
    for kind in dict.fromkeys(kinds):
        if kind not in KINDS:
            yield problem("/kind", "content_kind_unknown", kind=kind[:40], known=", ".join(KINDS))
    named = {"/programmes": source.programmes} | {
        pointer_of(["categories", name, "programmes"]): category.get("programmes", ())
        for name, category in source.categories.items()
    }
    for at, codes in named.items():
        yield from unserved_problems([code[:40] for code in codes], definitions, at=at)
    if not any(named.values()):
        yield problem("/programmes", "portal_serves_nothing")
    if not 60 <= source.every_seconds <= 604_800 and source.reach != "loopback":
        yield problem("/everySeconds", "portal_pause", low=60, high=604_800)
    if len(source.categories) > MOST_CATEGORIES:
        yield problem("/categories", "portal_categories", limit=MOST_CATEGORIES)
