"""What a portal's feed (RSS, Atom, JSON Feed) or sitemap says, as entries. Pure.

A feed is somebody else's text: entries that lack a title or a link are left out, texts lose their tags and control
characters, nothing in it is fetched or resolved.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

import feedparser
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from lienthong import instants
from lienthong.contracts import texts

MOST = 500  # entries of a feed that are read, the first of it
_TAG = re.compile(r"<[^>]*>")
_BLANK = re.compile(r"\s+")
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


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
class Read:
    """entries: in the order of the feed, each link once. left_out: entries without title or link, or beyond MOST."""

    entries: tuple[Entry, ...]
    left_out: int


def read(body: bytes) -> Read:
    """A feed or a sitemap. Raises NotAFeed."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head == b"{":
        found = list(_json_feed(body))
    elif head == b"<":
        found = list(_xml(body))
    else:
        raise NotAFeed("not_a_feed", "neither XML nor JSON")
    by_link = {entry.link: entry for entry in reversed(found[:MOST]) if entry is not None}
    kept = tuple(reversed(by_link.values()))
    return Read(entries=kept, left_out=sum(entry is None for entry in found[:MOST]) + max(0, len(found) - MOST))


def _xml(body: bytes) -> Iterable[Entry | None]:
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotAFeed("feed_unsafe", "a document type declaration, entities or external references") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotAFeed("feed_broken", str(error)) from error
    name = root.tag.rpartition("}")[2]
    if name == "sitemapindex":
        raise NotAFeed("sitemap_index", f"name one of: {', '.join(_locations(root)[:5])}")
    if name == "urlset":
        return [_of_sitemap(url) for url in root]
    if name in ("rss", "feed", "RDF"):
        return _of_feed(body)
    raise NotAFeed("not_a_feed", f"the root element is {name[:40]}")


def _locations(root: Element) -> list[str]:
    return [_line(one.text or "") for one in root.iter() if one.tag.rpartition("}")[2] == "loc"]


def _of_sitemap(url: Element) -> Entry | None:
    parts = {one.tag.rpartition("}")[2]: one.text or "" for one in url.iter()}
    link = _line(parts.get("loc", ""))
    if not link:
        return None
    return Entry(
        link=link,
        title=_line(url.findtext(f"{_NEWS}news/{_NEWS}title") or ""),
        published=_instant(url.findtext(f"{_NEWS}news/{_NEWS}publication_date") or parts.get("lastmod", "")),
        language=_line(parts.get("language", "")) or None,
        names=frozenset({link}),
    )


def _of_feed(body: bytes) -> Iterator[Entry | None]:
    told = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    language = told.feed.get("language")
    for one in told.entries:
        link, title = _line(one.get("link", "")), _plain(one.get("title", ""))
        links = {_line(str(each.get("href", ""))) for each in one.get("links", ())}
        yield _entry(
            link=link,
            title=title,
            summary=_plain(one.get("summary", "")),
            published=_parsed(one.get("published_parsed") or one.get("updated_parsed")),
            categories=tuple(_line(str(tag.get("term") or "")) for tag in one.get("tags", ())),
            language=one.get("language") or language,
            names=frozenset({_line(one.get("id", "")), link, *links} - {""}),
        )


def _json_feed(body: bytes) -> Iterator[Entry | None]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAFeed("feed_broken", "not JSON") from error
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(told.get("version")):
        raise NotAFeed("not_a_feed", "JSON, but no JSON Feed")
    for one in items:
        if not isinstance(one, dict):
            yield None
            continue
        link = _text(one, "url") or _text(one, "external_url")
        tags = one.get("tags")
        yield _entry(
            link=link,
            title=_plain(_text(one, "title")),
            summary=_plain(_text(one, "summary") or _text(one, "content_text")),
            published=_instant(_text(one, "date_published")),
            categories=tuple(_line(str(tag)) for tag in tags) if isinstance(tags, list) else (),
            language=_text(one, "language") or _text(told, "language") or None,
            names=frozenset({_text(one, "id"), link, _text(one, "external_url")} - {""}),
        )


def _entry(**given: Any) -> Entry | None:
    return Entry(**given) if given["link"] and given["title"] else None


def _text(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    return _line(found) if isinstance(found, str) else ""


def _plain(text: object) -> str:
    """Text without tags: RSS puts HTML into titles and summaries, once or twice escaped."""
    return _line(html.unescape(_TAG.sub(" ", html.unescape(str(text)))))


def _line(text: str) -> str:
    """One line in NFC, without control characters and halves of characters; empty where no text is so written."""
    kept = "".join(char for char in text if char.isprintable() or char.isspace())
    if texts.heaped(kept):
        return ""
    return _BLANK.sub(" ", unicodedata.normalize("NFC", kept)).strip()


def _parsed(given: Any) -> datetime | None:
    """feedparser's times are in UTC."""
    try:
        found = datetime.fromtimestamp(timegm(given), UTC) if given else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return found if found is not None and texts.in_bounds(found) else None


def _instant(text: str) -> datetime | None:
    """An instant, or a day (its beginning in UTC); None for what is neither."""
    stripped = text.strip()
    try:
        day = len(stripped) == len("2026-01-01")
        found = datetime.fromisoformat(stripped).replace(tzinfo=UTC) if day else instants.read(stripped)
    except (ValueError, OverflowError):
        return None
    return found if texts.in_bounds(found) else None


_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)


def title_of(page: bytes, content_type: str) -> str:
    """The title of an HTML page, for entries of a plain sitemap; empty where it has none."""
    found = _TITLE.search(page)
    if found is None:
        return ""
    named = _CHARSET.search(content_type.encode("ascii", "ignore")) or _CHARSET.search(page[:2048])
    try:
        text = found.group(1).decode(named.group(1).decode() if named else "utf-8", "replace")
    except LookupError:
        text = found.group(1).decode("utf-8", "replace")
    return _plain(text)
