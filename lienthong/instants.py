"""One spelling of an instant wherever it leaves the hub: RFC 3339 in UTC, `2026-12-15T09:30:00.123456Z`.

Receipts, facts, datasets, feeds, pushes and answers all use it, so two texts of one instant are equal. The fraction is
left out where it is zero, and cut nowhere: PostgreSQL keeps microseconds, and what is compared must be what was kept.
Days, and what people read, are Vietnam's (lienthong/calendar.py).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=1024)  # the same instants again and again: of a request, of a deadline
def wire(instant: datetime) -> str:
    """The text of an aware instant. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} lacks its offset from UTC")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def wire_or_none(instant: datetime | None) -> str | None:
    """The same for an instant that may be missing."""
    return None if instant is None else wire(instant)


def read(text: str) -> datetime:
    """The instant of a text, whatever its offset, in UTC. Raises ValueError where the offset is missing."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} lacks its offset from UTC")
    return instant.astimezone(UTC)


def read_or_none(text: str | None) -> datetime | None:
    """The same for a text that may be missing."""
    return None if text is None else read(text)
