"""The seal that an event must bear, from its data. Pure.

A fact made of a sender's claim is sealed by the claim's salted content hash, any other by its whole content. When a
text is redacted its event loses text and salt: then the seal can't be recomputed, and the act (`text.redacted`) tells
the hash of what remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lienthong import events
from lienthong.contracts import canonical
from lienthong.events import Event, seal_of

CLAIMS: Final[Mapping[str, tuple[str, str]]] = {row.fact: (claim, row.member) for claim, row in events.ACCEPTED.items()}
"""Of a fact: the type of the claim that it was made of, and the member of its data that holds the claim."""


def seal(event: Event, data: Any) -> bytes:
    """What the seal must be. data: the event's, read strictly. Raises LookupError or ValueError where it lacks what a
    claim must have.
    """
    if not of_claim(event, data):
        return seal_of(event)
    kind, member = CLAIMS[event.type]
    return canonical.content_hash(bytes.fromhex(data["salt"]), kind, canonical.write(data[member]))


def of_claim(event: Event, data: Any) -> bool:
    """Whether a sender's claim stands in it, under the content hash that its receipt tells."""
    return event.type in CLAIMS and isinstance(data, dict) and "contentHash" in data


def sealed_member(event: Event, data: Any) -> str:
    """The member of the data that the seal is over; `data` for all of it."""
    return CLAIMS[event.type][1] if of_claim(event, data) else "data"


def is_erased(data: Any) -> bool:
    """Whether a text was redacted from it: the salt is gone, so that nobody can guess the text from the hash."""
    return isinstance(data, dict) and isinstance(data.get("salt"), str) and not data["salt"].strip("0")


def hash_of_remains(data: Any) -> str:
    """`sha256:…` over what a redaction leaves of an event's data."""
    return canonical.digest_of(data)
