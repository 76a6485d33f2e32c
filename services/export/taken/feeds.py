"""JSON Feed 1.1 (jsonfeed.org/version/1.1) and Atom (RFC 4287) of what the platform shows. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import orjson

from lienthong.instants import wire

JSON_FEED = "application/feed+json"
ATOM = "application/atom+xml"
_ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
TITLE = "Sản phẩm truyền thông trên nền tảng truyền thông số quốc gia"
_EPOCH = datetime(2025, 7, 1, tzinfo=UTC)  # `updated` of a feed that has nothing yet; RFC 4287 asks for one


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An item as it stands in the tables. urn: its id here. data: as in content-item.schema.json.

    taken_at: when this version was taken.
    """

    urn: str
    id: str
    sender: str
    version: int
    data: Mapping[str, Any]
    published_at: datetime
    taken_at: datetime


def json_feed(items: Sequence[Shown], *, address: str, notice: str | None) -> bytes:
    """address: where the feed itself is. notice: what is said of sample data."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE if notice is None else f"{TITLE} ({notice})",
        "feed_url": address,
        "language": "vi",
        "items": [_json_item(item) for item in items],
    }
    return orjson.dumps(feed)


def atom(items: Sequence[Shown], *, address: str, notice: str | None) -> bytes:
    """The same as Atom."""
    feed = ElementTree.Element("feed", {"xmlns": _ATOM_NAMESPACE, "xml:lang": "vi"})
    _child(feed, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, address)}")
    _child(feed, "title", TITLE if notice is None else f"{TITLE} ({notice})")
    _child(feed, "updated", wire(max((item.taken_at for item in items), default=_EPOCH)))
    ElementTree.SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": address})
    for item in items:
        _atom_entry(feed, item)
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _json_item(item: Shown) -> dict[str, Any]:
    data = item.data
    body = {
        "id": item.urn,
        "url": data["url"],
        "title": data["title"],
        "content_text": data.get("summary") or data["title"],
        "date_published": wire(item.published_at),
        "date_modified": wire(item.taken_at),
        "authors": [{"name": _publisher(item)}],
        "tags": list(data["programmes"]),
        "language": data["language"],
        "_lienthong": {
            "kind": data["kind"],
            "licence": data["licence"],
            "version": item.version,
            "sender": item.sender,
            "item": item.id,
        },
    }
    return body | ({"summary": data["summary"]} if data.get("summary") else {})


def _atom_entry(feed: ElementTree.Element, item: Shown) -> None:
    data = item.data
    entry = ElementTree.SubElement(feed, "entry", {"xml:lang": str(data["language"])})
    _child(entry, "id", item.urn)
    _child(entry, "title", data["title"])
    _child(entry, "published", wire(item.published_at))
    _child(entry, "updated", wire(item.taken_at))
    ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": str(data["url"])})
    _child(ElementTree.SubElement(entry, "author"), "name", _publisher(item))
    _child(entry, "summary", data.get("summary") or data["title"])
    _child(entry, "rights", data["licence"])
    for programme in data["programmes"]:
        ElementTree.SubElement(entry, "category", {"term": str(programme)})
    ElementTree.SubElement(entry, "category", {"scheme": "urn:lienthong:kind", "term": str(data["kind"])})


def _publisher(item: Shown) -> str:
    publisher = item.data["publisher"]
    return str(publisher.get("name") or publisher["unit"])


def _child(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _of_xml(text)


def _of_xml(text: str) -> str:
    """XML 1.0 has no sign for some characters, and none may make the feed unreadable."""
    return "".join(char if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff") else " " for char in text)
