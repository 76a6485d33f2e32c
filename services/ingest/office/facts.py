"""Facts as the acts of operators make them.

Whatever way an act came, its texts pass the strict reader here: what no consumer of the log could apply enters no fact.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from lienthong import events
from lienthong.contracts import texts
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
        data=orjson.dumps(texts.tree(data)).decode(),
    )


def salt() -> str:
    """For the data of a fact that holds what somebody said: a redaction erases it with the text, and then nobody can
    find the text by trying which one gives the seal.
    """
    return secrets.token_hex(16)
