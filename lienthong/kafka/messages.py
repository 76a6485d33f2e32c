"""What goes to Kafka and comes from it, whatever it carries: the log's events, or what clients submit. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingMessage:
    """What is sent: to this partition of a topic."""

    partition: int
    key: bytes
    headers: Headers
    value: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """What was read, and where. An offset is a place in this topic of this cluster, never a position.

    appended_ms: when the broker wrote it, in milliseconds of the Unix epoch; None where the topic keeps the
    sender's time. headers: those that have a value, by name. repeated: names that stood more than once.
    """

    topic: str
    partition: int
    offset: int
    headers: dict[str, bytes]
    value: bytes = field(repr=False)
    appended_ms: int | None = None
    repeated: frozenset[str] = frozenset()
