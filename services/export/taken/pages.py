"""A page of what a destination shows (schemas/platform/published-page.schema.json), read with suspicion. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeGuard

from lienthong import instants
from lienthong.contracts import texts
from lienthong.contracts.schemas import Contracts

ITEM = "https://lienthong.vn/schemas/platform/content-item.schema.json"
MOST = 2**62


class NotOfContract(Exception):
    """The answer is no page of the contract."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenItem:
    """One item as it is shown now. number: of its last change. data, published_at: None where it was withdrawn."""

    number: int
    sender: str
    id: str
    version: int
    data: Mapping[str, Any] | None = None
    published_at: datetime | None = None

    @property
    def urn(self) -> str:
        """Its id in the hub's own feeds: the same for all its versions."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.sender}/{self.id}')}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenPage:
    """items: those to keep, in order of number. after: where the next page begins. left_out: items that keep no schema.

    anew: the destination has fewer numbers than were read: it began anew.
    """

    items: tuple[TakenItem, ...]
    after: int
    more: bool
    left_out: int
    anew: bool


def read_page(body: Mapping[str, Any], contracts: Contracts, *, after: int, own: str) -> TakenPage:
    """after: what was asked. own: our name there: what we sent is left out, so that nothing goes round in a circle.

    One item that keeps no schema is left out and counted; a page that does not go on is refused, for it would be
    asked again for ever. Raises NotOfContract.
    """
    listed, more = body.get("items"), body.get("more")
    if not isinstance(listed, list) or not isinstance(more, bool):
        raise NotOfContract("items, more")
    next_, head = _require_number(body, "next"), _require_number(body, "head")
    if head < after:
        return TakenPage(items=(), after=0, more=True, left_out=0, anew=True)
    if next_ < after or (more and next_ == after):
        raise NotOfContract("the list does not go on")
    taken = [_read_item(item, contracts) for item in listed]
    kept = [item for item in taken if item is not None]
    return TakenPage(
        items=tuple(item for item in kept if item.sender != own and after < item.number <= next_),
        after=next_,
        more=more,
        left_out=len(taken) - len(kept),
        anew=False,
    )


def _require_number(body: Mapping[str, Any], name: str) -> int:
    number = body.get(name)
    if not _number(number):
        raise NotOfContract(name)
    return number


def _read_item(item: Any, contracts: Contracts) -> TakenItem | None:
    if not isinstance(item, dict) or any(_faults(item)):
        return None
    named = TakenItem(number=item["number"], sender=item["sender"], id=item["id"], version=item["version"])
    if item["state"] == "withdrawn":
        return named
    data = item.get("data")
    at = _instant(data["publishedAt"]) if contracts.is_valid(ITEM, data) and isinstance(data, dict) else None
    return None if at is None else replace(named, data=data, published_at=at)


def _instant(text: str) -> datetime | None:
    """None for what RFC 3339 allows and nobody can compute with: leap seconds, the year 1."""
    try:
        moment = instants.read(text)
    except (ValueError, OverflowError):
        return None
    return moment if texts.in_bounds(moment) else None


def _faults(body: Mapping[str, Any]) -> Iterator[bool]:
    yield body.get("state") not in ("published", "withdrawn")
    yield not _number(body.get("number"))
    yield not _number(body.get("version")) or not 1 <= body["version"] <= 1_000_000
    yield from (not _text(body.get(name), most) for name, most in (("sender", 64), ("id", 200)))


def _number(given: Any) -> TypeGuard[int]:
    return type(given) is int and 0 <= given <= MOST


def _text(given: Any, most: int) -> bool:
    return isinstance(given, str) and 1 <= len(given) <= most and given.isprintable()
