"""Facts as the acts of operators make them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from lienthong import events
from lienthong.events import Event


def fact(kind: str, name: str, subject: str, province: str, now: datetime, data: Mapping[str, Any]) -> Event:
    """A fact of the hub. name: what tells it from others of its kind; province: the partition it stands in."""
    short = kind.removeprefix(events.PREFIX)
    return Event(
        type=kind,
        source="/hub",
        id=f"{short}/{name}",
        time=now,
        partition_key=province,
        subject=subject,
        data=orjson.dumps(data).decode(),
    )
