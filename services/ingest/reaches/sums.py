"""Sums of reach. Pure.

Counts of a channel are cumulative, so that of each channel the latest day counts alone; channels are added. Reach of
two channels may be of the same person: a sum says how often an item was met, not how many people met it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.instants import wire


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """An item on a channel at the end of a day. interactions None: the channel does not tell."""

    unit: str
    item: str
    channel: str
    day: date
    reach: int
    interactions: int | None
    changed_at: datetime

    def wire_body(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "day": self.day.isoformat(),
            "reach": self.reach,
            "interactions": self.interactions,
            "changedAt": wire(self.changed_at),
        }


def latest_by_channel(history: Iterable[Count]) -> list[Count]:
    """Of each channel the latest day, whatever the order they came in."""
    counts: dict[str, Count] = {}
    for count in history:
        newest = counts.get(count.channel)
        if newest is None or newest.day < count.day:
            counts[count.channel] = count
    return [counts[channel] for channel in sorted(counts)]


def sums_of(counts: Iterable[Count]) -> dict[str, Any]:
    """reach and interactions over items and channels; null where nothing was counted."""
    held = list(counts)
    return {"reach": _sum(count.reach for count in held), "interactions": _sum(count.interactions for count in held)}


def by_channel(counts: Sequence[Count]) -> list[dict[str, Any]]:
    """The same for each channel."""
    channels = sorted({count.channel for count in counts})
    return [{"channel": each, **sums_of(count for count in counts if count.channel == each)} for each in channels]


def _sum(numbers: Iterable[int | None]) -> int | None:
    given = [number for number in numbers if number is not None]
    return sum(given) if given else None
