"""Texts of portals as plain lines, and their times. Pure.

Each function takes time linear in its text, whatever stands in it: a page of 140 kB that opened its title 20,000 times
once took two minutes, and every other portal waited.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lienthong import instants
from lienthong.contracts import texts

_TAG = re.compile(r"<[^<>]*>")  # without `<` inside: each opening one would be sought to the end of the text
_BLANK = re.compile(r"\s+")
_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_LONGEST_TIME = 64
_NO_PAGES = ("idna", "punycode", "undefined")  # codecs of Python that no page is in; the first two take quadratic time


def plain(text: str) -> str:
    """Text without tags: RSS puts HTML into titles and summaries, once or twice escaped."""
    return line(html.unescape(_TAG.sub(" ", html.unescape(text))))


def line(text: str) -> str:
    """One line in NFC, without control characters and halves of characters; empty where no text is so written."""
    kept = "".join(char for char in text if char.isprintable() or char.isspace())
    if texts.has_heaped_marks(kept):
        return ""
    return _BLANK.sub(" ", unicodedata.normalize("NFC", kept)).strip()


def instant(text: str) -> datetime | None:
    """An instant as RSS, Atom or a sitemap write it, or a day (its beginning in UTC); None for what is neither."""
    stripped = text.strip()
    if not stripped or len(stripped) > _LONGEST_TIME:
        return None
    try:
        moment = _with_offset(stripped)
        return moment if texts.in_bounds(moment) else None
    except (ValueError, OverflowError):
        return None


def _with_offset(text: str) -> datetime:
    """What names no offset is in UTC."""
    written = datetime.fromisoformat(text) if text[:1].isdecimal() and "-" in text else parsedate_to_datetime(text)
    return instants.read((written if written.tzinfo else written.replace(tzinfo=UTC)).isoformat())


def title_of(page: bytes, content_type: str) -> str:
    """The title of an HTML page, for entries of a plain sitemap; empty where it has none."""
    title = _between_title_tags(page)
    named = _CHARSET.search(content_type.encode("ascii", "ignore")) or _CHARSET.search(page[:2048])
    charset = named.group(1).decode().lower() if named else "utf-8"
    try:
        text = title.decode("utf-8" if charset in _NO_PAGES else charset, "replace")
    except (LookupError, UnicodeError):
        text = title.decode("utf-8", "replace")
    return plain(text)


def _between_title_tags(page: bytes) -> bytes:
    small = page.lower()
    opened = small.find(b">", small.find(b"<title")) + 1 if b"<title" in small else 0
    closed = small.find(b"</title", opened)
    return page[opened:closed] if opened and closed > 0 else b""
