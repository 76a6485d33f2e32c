"""What a portal's feed (RSS, Atom, JSON Feed) or sitemap says, as entries. Pure.

A feed is somebody else's text: entries that lack a title or a link are left out, texts lose their tags and control
characters, nothing in it is fetched or resolved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from services.ingest.portals.wording import instant, line, plain

_T = TypeVar("_T")
MOST = 500  # entries of a feed that are read, the first of it
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class NotAFeed(Exception):
    """The text is neither a feed nor a sitemap. code: stable name of what is wrong."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry. names: its own id and its links, by which it is recognized. title: empty in a plain sitemap."""

    link: str
    title: str = ""
    summary: str = ""
    published: datetime | None = None
    categories: tuple[str, ...] = ()
    language: str | None = None
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadFeed:
    """entries: in the order of the feed, each link once. left_out: entries without title or link, or beyond MOST."""

    entries: tuple[Entry, ...]
    left_out: int


def read_feed(body: bytes) -> ReadFeed:
    """A feed or a sitemap. Raises NotAFeed."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head == b"{":
        return _json_feed(body)
    if head == b"<":
        return _xml(body)
    raise NotAFeed("not_a_feed", "neither XML nor JSON")


def _first_entries(given: Sequence[_T], entry_of: Callable[[_T], Entry | None]) -> ReadFeed:
    """The first entries, each link once."""
    entries = [entry_of(entry) for entry in given[:MOST]]
    by_link = {entry.link: entry for entry in reversed(entries) if entry is not None}
    kept = tuple(reversed(by_link.values()))
    return ReadFeed(entries=kept, left_out=entries.count(None) + max(0, len(given) - MOST))


def _xml(body: bytes) -> ReadFeed:
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotAFeed("feed_unsafe", "a document type declaration, entities or external references") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotAFeed("feed_broken", str(error)) from error
    name = _name(root)
    if name == "sitemapindex":
        raise NotAFeed("sitemap_index", f"name one of: {', '.join(_locations(root)[:5])}")
    if name == "urlset":
        return _first_entries(list(root), _of_sitemap)
    if name in ("rss", "feed", "RDF"):
        return _of_feed(root)
    raise NotAFeed("not_a_feed", f"the root element is {name[:40]}")


def _name(element: Element) -> str:
    """Its name without the namespace: RSS has had four of them and none."""
    return str(element.tag).rpartition("}")[2]


def _locations(root: Element) -> list[str]:
    return [line(element.text or "") for element in root.iter() if _name(element) == "loc"]


def _of_sitemap(url: Element) -> Entry | None:
    parts = {_name(element): element.text or "" for element in url.iter()}
    link = line(parts.get("loc", ""))
    if not link:
        return None
    return Entry(
        link=link,
        title=line(url.findtext(f"{_NEWS}news/{_NEWS}title") or ""),
        published=instant(url.findtext(f"{_NEWS}news/{_NEWS}publication_date") or parts.get("lastmod", "")),
        language=line(parts.get("language", "")) or None,
        names=frozenset({link}),
    )


def _of_feed(root: Element) -> ReadFeed:
    """RSS of any version, or Atom."""
    channel = next((element for element in root if _name(element) == "channel"), root)
    language = root.get(_LANG) or channel.get(_LANG) or _words(_parts(channel), "language")
    holder = root if _name(root) == "RDF" else channel
    listed = [element for element in holder if _name(element) in ("item", "entry")]
    return _first_entries(listed, lambda element: _of_item(element, language))


def _of_item(item: Element, language: str) -> Entry | None:
    parts = _parts(item)
    guid = _words(parts, "guid", "id")
    links = [line(element.get("href") or element.text or "") for element in parts.get("link", ())]
    return _entry(
        link=_address(parts) or (guid if _is_permanent(parts) else ""),
        title=_words(parts, "title"),
        summary=_words(parts, "description", "summary", "encoded", "content"),
        published=instant(_words(parts, "pubDate", "published", "date", "updated")),
        categories=tuple(line(element.get("term") or element.text or "") for element in parts.get("category", ())),
        language=item.get(_LANG) or _words(parts, "language") or language,
        names=frozenset({guid, *links} - {""}),
    )


def _parts(element: Element) -> dict[str, list[Element]]:
    parts: dict[str, list[Element]] = {}
    for child in element:
        parts.setdefault(_name(child), []).append(child)
    return parts


def _words(parts: Mapping[str, Iterable[Element]], *names: str) -> str:
    """What the first of these parts that says something says."""
    texts = (plain("".join(element.itertext())) for name in names for element in parts.get(name, ()))
    return next((text for text in texts if text), "")


def _address(parts: Mapping[str, Iterable[Element]]) -> str:
    """RSS writes it as text; Atom as attribute, beside links to other things."""
    texts = [line(element.text or "") for element in parts.get("link", ()) if element.get("href") is None]
    texts += [
        line(element.get("href", ""))
        for element in parts.get("link", ())
        if element.get("rel", "alternate") == "alternate"
    ]
    return next((link for link in texts if link), "")


def _is_permanent(parts: Mapping[str, Iterable[Element]]) -> bool:
    return any(element.get("isPermaLink", "true") == "true" for element in parts.get("guid", ()))


def _json_feed(body: bytes) -> ReadFeed:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAFeed("feed_broken", "not JSON") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in _text(document, "version"):
        raise NotAFeed("not_a_feed", "JSON, but no JSON Feed")
    return _first_entries(items, lambda item: _of_json(item, _text(document, "language")))


def _of_json(item: Any, language: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    link = _text(item, "url") or _text(item, "external_url")
    tags = item.get("tags")
    return _entry(
        link=link,
        title=plain(_text(item, "title")),
        summary=plain(_text(item, "summary") or _text(item, "content_text")),
        published=instant(_text(item, "date_published")),
        categories=tuple(line(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        language=_text(item, "language") or language or None,
        names=frozenset({_text(item, "id"), link, _text(item, "external_url")} - {""}),
    )


def _entry(**given: Any) -> Entry | None:
    return Entry(**given) if given["link"] and given["title"] else None


def _text(body: Mapping[str, Any], name: str) -> str:
    text = body.get(name)
    return line(text) if isinstance(text, str) else ""
