"""How a plan's computed figures are counted. Pure: the same items and directives in any order give the same count.

A joint activity counts once, on the day of its first item, so that periods add up. A document that two units
registered is one document, posted and shared wherever either of them says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from lienthong.calendar import add_working_days, day_of
from lienthong.contents import SOCIAL
from lienthong.instants import read
from lienthong.periods import Period
from lienthong.programmes import Computed


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An approved content item. once: what a joint activity is known by, else its own name. day: published, here."""

    unit: str
    once: str
    kind: str
    link: str
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Directive:
    """A directive. posted: (place, day); shared: channels."""

    number: str
    issued: date
    posted: frozenset[tuple[str, date]] = frozenset()
    shared: frozenset[str] = frozenset()


def item_of(unit: str, item: str, body: Mapping[str, Any]) -> Item | None:
    """An item as it was submitted; None once a redaction took its day of publication away."""
    if not body["publishedAt"]:
        return None
    return Item(
        unit=unit,
        once=body.get("jointEvent") or f"{unit}/{item}",
        kind=body["kind"],
        link=body["link"],
        day=day_of(read(body["publishedAt"])),
    )


def directive_of(body: Mapping[str, Any]) -> Directive:
    """A directive as it was registered."""
    return Directive(
        number=body["number"],
        issued=date.fromisoformat(body["issued"]),
        posted=frozenset((each["place"], date.fromisoformat(each["day"])) for each in body.get("posted", ())),
        shared=frozenset(each["channel"] for each in body.get("shared", ())),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Countable:
    """All that there is to count of one programme under one root."""

    items: Sequence[Item] = field(default=())
    directives: Sequence[Directive] = field(default=())


def count(rule: Computed, countable: Countable, period: Period) -> int:
    """The figure of a period by the plan's rule."""
    if rule.source == "content":
        days = _first_days(item for item in countable.items if _counts(rule, item))
        return sum(period.first <= day <= period.last for day in days.values())
    issued = (
        directive for directive in merged(countable.directives) if period.first <= directive.issued <= period.last
    )
    return sum(_meets(rule, directive) for directive in issued)


def merged(directives: Iterable[Directive]) -> list[Directive]:
    """Each document once, by its number and day of issue."""
    by_document: dict[tuple[str, date], Directive] = {}
    for directive in directives:
        key = ("".join(directive.number.split()).casefold(), directive.issued)
        earlier = by_document.get(key)
        by_document[key] = directive if earlier is None else _union(earlier, directive)
    return list(by_document.values())


def _union(directive: Directive, other: Directive) -> Directive:
    return Directive(
        number=directive.number,
        issued=directive.issued,
        posted=directive.posted | other.posted,
        shared=directive.shared | other.shared,
    )


def _first_days(items: Iterable[Item]) -> Mapping[str, date]:
    days: dict[str, date] = {}
    for item in items:
        days[item.once] = min(item.day, days.get(item.once, item.day))
    return days


def _counts(rule: Computed, item: Item) -> bool:
    return (
        (not rule.kinds or item.kind in rule.kinds)
        and (not rule.units or item.unit in rule.units)
        and (not rule.sites or _host(item.link) in rule.sites)
    )


def _host(link: str) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.")


def _meets(rule: Computed, directive: Directive) -> bool:
    last = None if rule.within_working_days is None else add_working_days(directive.issued, rule.within_working_days)
    posted = {place for place, day in directive.posted if last is None or day <= last}
    shared = directive.shared | ({"social"} if directive.shared & SOCIAL else set())
    return posted.issuperset(rule.posted) and shared.issuperset(rule.shared)
