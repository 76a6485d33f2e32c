"""The table of mappings: how a message is written for a destination. A new one is a row here and a module.

`platform` is the contract with the communication platform (mapping.py, docs/platform-contract.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.export.mapping import Message, Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """What is sent. target: behind the destination's address. digest: which the answer has to name; None: any 2xx."""

    target: str
    media_type: str
    body: bytes
    digest: str | None


Writer = Callable[[Message, Sender], Parcel]


def _platform(message: Message, sender: Sender) -> Parcel:
    return Parcel(
        target="/v1/messages", media_type="application/json", body=message.body(sender), digest=message.digest
    )


MAPPINGS: Mapping[str, Writer] = {
    "platform": _platform,
}

PLATFORM_ONLY = frozenset({"platform"})
"""Those that have a form for content items too, and that can be reconciled."""
