"""Entries of a portal become content items: what is new, what has changed, what concerns no programme. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lienthong import events
from lienthong.contracts import canonical
from lienthong.instants import wire
from services.ingest.claims.claim import Claim
from services.ingest.portals.entries import Entry
from services.ingest.portals.sources import KnownItem, KnownPortal

_TITLE, _SUMMARY = 500, 5000  # schemas/events/content.submitted.v1.json
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
_GONE: Final = "Trang gốc không còn trên cổng thông tin"


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedItem:
    """What is to be submitted of an item. digest: of its data but for the revision."""

    item: str
    link: str
    title: str
    digest: str
    revision: int
    state: str
    claim: Claim


def item_of(source: KnownPortal, entry: Entry) -> str:
    """The same for the same page, whatever else changes of it."""
    return f"{source.portal}:{hashlib.sha256(entry.link.encode()).hexdigest()[:24]}"


def programmes_served(source: KnownPortal, entry: Entry) -> tuple[str, ...]:
    """The programmes that an entry serves; none where it is about something else."""
    programmes = [*source.programmes]
    for category in entry.categories:
        programmes += source.categories.get(category.casefold(), {}).get("programmes", ())
    return tuple(dict.fromkeys(programmes))


def submission(source: KnownPortal, entry: Entry, earlier: KnownItem | None, *, now: datetime) -> WantedItem | None:
    """What to submit of an entry; None where it is known as it is, or serves no programme.

    earlier: what was submitted of it before. A time that the entry does not tell is when it was first read, and is not
    counted as a change.
    """
    programmes, item = programmes_served(source, entry), item_of(source, entry)
    if not programmes:
        return None
    data = _data(source, entry, item, programmes)
    body = data | ({} if entry.published is None else {"publishedAt": wire(entry.published)})
    digest = canonical.digest_of(body)
    if earlier is not None and earlier.digest == digest and earlier.state != "withdrawn":
        return None
    revision = 1 if earlier is None else earlier.revision + 1
    full = body | {"revision": revision, "publishedAt": body.get("publishedAt", wire(now.replace(microsecond=0)))}
    return WantedItem(
        item=item,
        link=entry.link,
        title=entry.title,
        digest=digest,
        revision=revision,
        state="submitted",
        claim=_claim(source, events.CONTENT_SUBMITTED, item, f"r{revision}", full),
    )


def withdrawal(source: KnownPortal, earlier: KnownItem) -> WantedItem:
    """What to submit of an item whose page is gone."""
    data = {"unit": source.unit, "item": earlier.item, "reason": _GONE}
    return WantedItem(
        item=earlier.item,
        link=earlier.link,
        title=earlier.title,
        digest=earlier.digest,
        revision=earlier.revision,
        state="withdrawn",
        claim=_claim(source, events.CONTENT_WITHDRAWAL, earlier.item, f"w{earlier.revision}", data),
    )


def _data(source: KnownPortal, entry: Entry, item: str, programmes: tuple[str, ...]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "unit": source.unit,
        "item": item,
        "kind": _kind(source, entry),
        "title": entry.title[:_TITLE],
        "link": entry.link,
        "language": _language(source, entry),
        "licence": source.licence,
        "programmes": list(programmes),
    }
    if entry.summary:
        data["summary"] = entry.summary[:_SUMMARY]
    return data


def _kind(source: KnownPortal, entry: Entry) -> str:
    named = [source.categories.get(category.casefold(), {}).get("kind") for category in entry.categories]
    return next((str(kind) for kind in named if kind), source.kind)


def _language(source: KnownPortal, entry: Entry) -> str:
    given = (entry.language or "").replace("_", "-")
    return given if _LANGUAGE.fullmatch(given) else source.language


def _claim(source: KnownPortal, type_: str, item: str, step: str, data: Mapping[str, Any]) -> Claim:
    return Claim(
        source=source.origin,
        id=f"{item}:{step}",
        type=type_,
        data=dict(data),
        body=canonical.write(data),
        subject=f"{source.unit}/{item}",
    )
