"""Recorded events as Kafka messages: CloudEvents' Kafka binding, binary mode. Pure.

The attributes stand in headers (`ce_id`, `ce_source`, `ce_sequence` and so on), the data is the value, byte for
byte as the log keeps it. The key is the partition key. Besides the attributes of the HTTP form:

    ce_epoch                       the installation's epoch: what a hub wrote before it was restored from a
                                   backup is not mistaken for what it wrote after
    ce_part, ce_parts, ce_whole    only where the data exceeds the limit of a message: this is part 1, 2, … of
                                   so many; sha256 of the whole. All parts follow one another in one partition
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from lienthong import instants
from lienthong.events import JSON_TYPE, Event, Recorded
from lienthong.kafka.messages import Headers, OutgoingMessage, Received


class Unreadable(ValueError):
    """No event of ours, or not a whole one."""


def to_messages(recorded: Recorded, epoch: int, limit: int) -> Iterator[OutgoingMessage]:
    """One message, or as many parts as data of more than `limit` bytes needs."""
    value = recorded.event.data.encode()
    key = recorded.event.partition_key.encode()
    headers = _headers(recorded, epoch)
    if len(value) <= limit:
        yield OutgoingMessage(partition=recorded.partition, key=key, headers=headers, value=value)
        return
    whole = hashlib.sha256(value).hexdigest().encode()
    count = -(-len(value) // limit)
    for number in range(count):
        part: Headers = [("ce_part", str(number + 1).encode()), ("ce_parts", str(count).encode()), ("ce_whole", whole)]
        piece = value[number * limit : (number + 1) * limit]
        yield OutgoingMessage(partition=recorded.partition, key=key, headers=headers + part, value=piece)


def _headers(recorded: Recorded, epoch: int) -> Headers:
    event = recorded.event
    headers: Headers = [
        ("content-type", JSON_TYPE.encode()),
        ("ce_specversion", b"1.0"),
        ("ce_type", event.type.encode()),
        ("ce_source", event.source.encode()),
        ("ce_id", event.id.encode()),
        ("ce_time", _instant_bytes(event.time)),
        ("ce_partitionkey", event.partition_key.encode()),
        ("ce_sequence", str(recorded.position).encode()),
        ("ce_partition", str(recorded.partition).encode()),
        ("ce_recordedtime", _instant_bytes(recorded.recorded_at)),
        ("ce_seal", recorded.seal.hex().encode()),
        ("ce_link", recorded.link.hex().encode()),
        ("ce_epoch", str(epoch).encode()),
    ]
    optional = (
        ("ce_subject", event.subject),
        ("ce_correlationid", event.correlation_id),
        ("ce_causationid", event.causation_id),
        ("ce_traceparent", event.traceparent),
    )
    headers += [(name, value.encode()) for name, value in optional if value is not None]
    return headers


class Assembler:
    """Puts the parts of large events together again, for the partitions of one reader.

    At most one unfinished event is kept for each partition: parts follow one another, and where two relays
    wrote the same event at once, the last whole sequence counts.
    """

    def __init__(self) -> None:
        self._parts: dict[int, tuple[bytes, list[bytes]]] = {}

    def add(self, received: Received) -> Recorded | None:
        """The event that this message completes; None while parts are missing. Raises Unreadable."""
        if "ce_parts" not in received.headers:
            self._parts.pop(received.partition, None)
            return from_message(received, received.value)
        value = self._join(received)
        return None if value is None else from_message(received, value)

    def forget(self, partition: int) -> None:
        """Another worker reads this partition now."""
        self._parts.pop(partition, None)

    def _join(self, received: Received) -> bytes | None:
        try:
            number, count = int(received.headers["ce_part"]), int(received.headers["ce_parts"])
            whole = received.headers["ce_whole"]
        except (KeyError, ValueError) as exc:
            raise Unreadable(f"the part names neither its number nor its whole: {exc}") from exc
        current_whole, pieces = self._parts.pop(received.partition, (whole, []))
        if number == 1:
            current_whole, pieces = whole, []
        if current_whole != whole or number != len(pieces) + 1:
            raise Unreadable(f"part {number} of {count} does not continue what was read before")
        pieces.append(received.value)
        if number < count:
            self._parts[received.partition] = (whole, pieces)
            return None
        value = b"".join(pieces)
        if hashlib.sha256(value).hexdigest().encode() != whole:
            raise Unreadable(f"the {count} parts do not give the whole that they name")
        return value


def epoch_of(received: Received) -> int:
    """The epoch of the hub that wrote it. Raises Unreadable."""
    return int(_digits(received.headers, "ce_epoch"))


def from_message(received: Received, value: bytes) -> Recorded:
    """The event with its place. Raises Unreadable where an attribute is missing or malformed."""
    headers = received.headers
    try:
        event = Event(
            type=headers["ce_type"].decode(),
            source=headers["ce_source"].decode(),
            id=headers["ce_id"].decode(),
            time=_instant(headers["ce_time"]),
            partition_key=headers["ce_partitionkey"].decode(),
            data=value.decode(),
            subject=_optional(headers, "ce_subject"),
            correlation_id=_optional(headers, "ce_correlationid"),
            causation_id=_optional(headers, "ce_causationid"),
            traceparent=_optional(headers, "ce_traceparent"),
        )
        return Recorded(
            event=event,
            partition=int(headers["ce_partition"]),
            position=int(headers["ce_sequence"]),
            recorded_at=_instant(headers["ce_recordedtime"]),
            seal=bytes.fromhex(headers["ce_seal"].decode()),
            link=bytes.fromhex(headers["ce_link"].decode()),
        )
    except KeyError as exc:
        raise Unreadable(f"the header {exc} is missing") from exc
    except ValueError as exc:
        raise Unreadable(f"a header or the data is malformed: {exc}") from exc


def _digits(headers: dict[str, bytes], name: str) -> bytes:
    value = headers.get(name, b"")
    if not value.isdigit():
        raise Unreadable(f"the header {name} is missing or no number")
    return value


def _optional(headers: dict[str, bytes], name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode()


def _instant_bytes(instant: datetime) -> bytes:
    return instants.wire(instant).encode()


def _instant(text: bytes) -> datetime:
    return instants.read(text.decode())
