"""`lienthong portals`: portals whose feed the hub reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from lienthong.access.sight import Sight
from lienthong.contracts import texts
from lienthong.refusals import refused
from services.commands import listing
from services.commands.listing import AsJson
from services.commands.office import at_desk, known_province
from services.commands.terminal import Most, out
from services.ingest.portals import acts, sources
from services.ingest.portals.sources import KnownPortal

app = typer.Typer(no_args_is_help=True, help="Cổng thông tin được đọc / portals that are read.")
Portal = Annotated[str, typer.Argument(metavar="PORTAL", help="Mã cổng thông tin / the portal's id")]

_LARGEST = 64 * 1024  # bytes of a file of categories; 200 of them have some 10 kB
_LIST = (
    ("Mã", "portal"),
    ("Đơn vị", "unit"),
    ("Địa chỉ", "url"),
    ("Đang đọc", "active"),
    ("Đọc lúc", "readAt"),
    ("Kết quả", "outcome"),
)
_ITEMS = (("Mã sản phẩm", "item"), ("Tiêu đề", "title"), ("Trạng thái", "state"), ("Lý do", "problems"))
_FACTS = (
    "portal",
    "province",
    "client",
    "unit",
    "url",
    "reach",
    "kind",
    "language",
    "licence",
    "programmes",
    "everySeconds",
    "active",
    "readAt",
    "outcome",
    "detail",
)


@app.command()
def add(
    portal: Annotated[str, typer.Argument(help="Mã đặt cho cổng thông tin / an id for the portal")],
    url: Annotated[str, typer.Option(help="RSS, Atom, JSON Feed hoặc sitemap / or sitemap")],
    client: Annotated[str, typer.Option(help="Gửi thay ứng dụng nào / in whose name")],
    unit: Annotated[str, typer.Option(help="Đơn vị đăng / the publishing unit")],
    licence: Annotated[str, typer.Option(help="Giấy phép sử dụng / licence")],
    programme: Annotated[list[str] | None, typer.Option(help="Của mọi mục; lặp lại được / of all items")] = None,
    categories: Annotated[Path | None, typer.Option(help="Tệp YAML: chuyên mục → chương trình, loại")] = None,
    kind: Annotated[
        str, typer.Option(help="Loại của các mục, nếu chuyên mục không nói khác / kind of its items")
    ] = "news",
    language: Annotated[str, typer.Option(help="Ngôn ngữ của các mục / their language")] = "vi",
    reach: Annotated[str, typer.Option(help="public; private hoặc loopback khi cố ý / if meant")] = "public",
    every_seconds: Annotated[int, typer.Option(help="Bao nhiêu giây đọc một lần / seconds between two readings")] = 900,
) -> None:
    """Đọc một cổng thông tin. / Read a portal from now on; an approver releases what it brings."""
    with at_desk() as desk:
        wanted = KnownPortal(
            portal=portal,
            province="",
            client=client,
            unit=unit,
            url=url,
            licence=licence,
            kind=kind,
            language=language,
            reach=reach,
            programmes=tuple(programme or ()),
            every_seconds=every_seconds,
            categories=_categories(categories),
        )
        with desk.act() as act:
            acts.add(act, wanted)
    out.print(f"[green]✓[/] {portal}: sẽ được đọc / will be read; lienthong portals show {portal}", highlight=False)


@app.command("list")
def list_(province: Annotated[str | None, typer.Option(help="Mã tỉnh (2 số)")] = None, json: AsJson = False) -> None:
    """Các cổng thông tin được đọc. / Portals that are read."""
    with at_desk() as desk:
        whose = None if province is None else known_province(desk.conn, province)
        rows = [_body(source) for source in sources.list_portals(desk.conn, Sight(province=whose))]
    shown = rows if json else [row | {"outcome": listing.outcome(row["outcome"])} for row in rows]
    listing.show("Cổng thông tin / portals", _LIST, shown, as_json=json)


@app.command()
def show(portal: Portal, limit: Most = 50, json: AsJson = False) -> None:
    """Một cổng thông tin và những gì đã đọc. / A portal, and what was read of it."""
    with at_desk() as desk:
        body = _body(sources.get_portal(desk.conn, portal, Sight()))
        items = [_item(item) for item in sources.items_of(desk.conn, portal, limit=limit)]
    if json:
        listing.show("", (), [body | {"items": items}], as_json=True)
        return
    body["outcome"] = listing.outcome(body["outcome"])
    listing.facts(f"Cổng thông tin {portal}", [(name, body[name]) for name in _FACTS])
    listing.show("Đã đọc / read", _ITEMS, items, as_json=False)


@app.command()
def pause(portal: Portal) -> None:
    """Tạm ngừng đọc. / Do not read it for a while."""
    _set_active(portal, active=False)


@app.command()
def resume(portal: Portal) -> None:
    """Đọc lại ngay. / Read it again, at once."""
    _set_active(portal, active=True)


@app.command()
def remove(portal: Portal) -> None:
    """Không đọc nữa; những gì đã gửi vẫn còn. / Read it no more; what it submitted stays."""
    with at_desk() as desk, desk.act() as act:
        acts.remove(act, portal)
    out.print(f"[green]✓[/] {portal}")


def _set_active(portal: str, *, active: bool) -> None:
    with at_desk() as desk, desk.act() as act:
        acts.set_active(act, portal, active=active)
    out.print(f"[green]✓[/] {portal}")


def _categories(path: Path | None) -> dict[str, dict[str, Any]]:
    """`Chuyển đổi số: {programmes: [P119], kind: article}` by category. Raises Rejected."""
    if path is None:
        return {}
    try:
        categories = yaml.safe_load(texts.decoded(_read_small(path)))
    except (OSError, yaml.YAMLError, RecursionError) as error:
        raise refused("portal_categories_unread", path=str(path), why=type(error).__name__) from error
    if not isinstance(categories, dict) or not all(
        isinstance(name, str) and _is_category(category) for name, category in categories.items()
    ):
        raise refused("portal_categories_unread", path=str(path), why="{programmes: [P119], kind: news}")
    return categories


def _read_small(path: Path) -> bytes:
    """Its bytes. Raises Rejected for a file that can be no list of categories."""
    if path.stat().st_size > _LARGEST:
        raise refused("portal_categories_unread", path=str(path), why=f"> {_LARGEST} byte")
    return path.read_bytes()


def _is_category(category: object) -> bool:
    return (
        isinstance(category, dict)
        and category.keys() <= {"programmes", "kind"}
        and isinstance(category.get("kind", ""), str)
        and isinstance(category.get("programmes", []), list)
        and all(isinstance(code, str) for code in category.get("programmes", []))
    )


def _body(source: KnownPortal) -> dict[str, Any]:
    return {
        "portal": source.portal,
        "province": source.province,
        "client": source.client,
        "unit": source.unit,
        "url": source.url,
        "reach": source.reach,
        "kind": source.kind,
        "language": source.language,
        "licence": source.licence,
        "programmes": list(source.programmes),
        "categories": source.categories,
        "everySeconds": source.every_seconds,
        "active": source.active,
        "readAt": source.read_at,
        "outcome": source.outcome,
        "detail": source.detail,
    }


def _item(item: sources.KnownItem) -> dict[str, Any]:
    return {
        "item": item.item,
        "title": item.title,
        "link": item.link,
        "state": item.state,
        "revision": item.revision,
        "problems": list(item.problems),
        "listed": item.listed,
        "seenAt": item.seen_at,
    }
