"""Content items that units sent: what waits for release to the platform, releasing many at once, what was released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData
from starlette.routing import Route

from lienthong.refusals import refused
from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.pages.standing import names_of
from services.console.running import doing
from services.console.running.doing import Outcome
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row

SCOPE = "content:approve"
STATES = ("submitted", "approved", "withdrawn")
_TONES: dict[str, Tone] = {"submitted": "info", "approved": "good", "withdrawn": "plain"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentItem:
    """A content item. changed: when it came, was released or withdrawn; link: where it stands. reach,
    interactions: over channels, None where nobody told."""

    unit: str
    name: str
    item: str
    revision: int
    state: str
    kind: str
    title: str
    link: str
    programmes: tuple[str, ...]
    changed: datetime
    reach: int | None = None
    interactions: int | None = None

    @property
    def key(self) -> str:
        """Of a tick: what somebody sees there he releases. No code holds a `|`."""
        return f"{self.unit}|{self.item}|{self.revision}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """items: of the state chosen, by unit as a Vietnamese dictionary has it, the longest waiting first."""

    items: tuple[ContentItem, ...]
    state: str


async def gather(visit: Visit) -> Content:
    state = visit.filter("state") or STATES[0]
    answer, children = await visit.hub.all(
        items_in(visit, state), visit.hub.get(f"/v1/units/{visit.person.province}/children")
    )
    return build(answer["items"], names_of(children), state=state)


async def items_in(visit: Visit, state: str) -> Answer:
    """All pages of /v1/content in one state."""
    return await visit.hub.every("/v1/content", "items", {"state": state})


def build(items: Iterable[Answer], names: Mapping[str, str], *, state: str) -> Content:
    """Pure. items: of /v1/content."""
    content_items = [_item(item, names) for item in items]
    return Content(
        items=tuple(sorted(content_items, key=lambda item: (sort_key(item.name), item.changed))), state=state
    )


def _item(body: Answer, names: Mapping[str, str]) -> ContentItem:
    content = body["content"]
    return ContentItem(
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        item=body["item"],
        revision=body["revision"],
        state=body["state"],
        kind=content.get("kind", ""),
        title=content.get("title", ""),
        link=content.get("link", ""),
        programmes=tuple(content.get("programmes", ())),
        changed=datetime.fromisoformat(body["changedAt"]),
        reach=body["reach"],
        interactions=body["interactions"],
    )


def tables(data: Content, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="content",
            title=t("content.title"),
            empty=t("content.none"),
            columns=(
                Column(name="title", title=t("content.what"), heading=True),
                Column(name="kind", title=t("content.kind")),
                Column(name="unit", title=t("column.unit")),
                Column(name="programmes", title=t("column.programme"), kind="code"),
                Column(name="revision", title=t("content.revision"), kind="number"),
                Column(name="changed", title=t("content.changed"), kind="when"),
                Column(name="state", title=t("column.state")),
                Column(name="reach", title=t("content.reach"), kind="number"),
                Column(name="interactions", title=t("content.interactions"), kind="number"),
                Column(name="link", title=t("content.link")),
            ),
            rows=tuple(
                row(
                    item.title,
                    t.name("content_kind", item.kind),
                    Cell(value=item.name, href=f"/units/{item.unit}"),
                    ", ".join(item.programmes),
                    item.revision,
                    item.changed,
                    Cell(value=t.name("content_state", item.state), tone=_TONES.get(item.state, "plain")),
                    item.reach,
                    item.interactions,
                    _link(item.link, t("content.open")),
                )
                for item in data.items
            ),
        ),
    )


def _link(link: str, short: str) -> Cell:
    """An address to open, in a word: the files hold it whole. Nothing but a web page is opened."""
    web = link.startswith(("https://", "http://"))
    return Cell(value=link, href=link, short=short) if web else Cell(value=link)


PAGE = Page(
    name="content",
    paths=("/content",),
    gather=gather,
    tables=tables,
    filters=frozenset({"state"}),
    menu=True,
    scope=SCOPE,
)


# ---------------------------------------------------------------- the act


def routes(frame: Frame) -> list[Route]:
    """Releasing the chosen items."""
    return [doing.route(frame, PAGE, approve)]


async def approve(visit: Visit, form: FormData) -> Outcome:
    """Each chosen item is an act of its own. The first that is refused is told; those before it are released."""
    keys = [key for key in map(str, form.getlist("item")) if key.count("|") == 2]
    if not keys:
        raise refused("nothing_chosen", "/item")
    for key in keys:
        unit, item, revision = map(segment, key.split("|"))
        await visit.hub.send("POST", f"/v1/content/{unit}/{item}/approval?revision={revision}")
    return Outcome(to=PAGE.paths[0])
