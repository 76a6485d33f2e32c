"""The contract of the event log, for both engines.

**Position.** A whole number per partition, from 1, without holes, given in commit order by the appending
PostgreSQL transaction. It travels in the event and is the same on every engine; it is never a Kafka offset.
"At position n" means that the events up to and including n are in. A consumer's stored position is the last
event whose effect is committed.

**Appending** always takes place in PostgreSQL, in the caller's transaction (`Appender`): an event is in the
log exactly if that transaction commits. The partition's head is locked last, several in ascending order;
after `lock_heads` do nothing slow, everybody else who writes to that partition waits.

**Order and delivery.** Within a partition: in position order, each event at least once, until the consumer's
position passes it. Across partitions: no order. After a crash or a lost lease events come again from the
stored position; because results and position are one transaction (`consumer.run`), their effect is once.

**Holes.** A reader that would have to step over a position raises HoleInLog: data was lost or the engine is
broken, and continuing would make wrong figures. The consumer stops in that partition, and there alone.

**Sharing.** Several workers of one consumer share the partitions. A lease says who reads a partition now and
is a matter of economy only; exactness comes from compare-and-set on the stored position.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from lienthong.errors import HubError, Transient
from lienthong.events import Event, Recorded
from lienthong.postgres.pool import Connection


class LogDamaged(HubError):
    """A partition can't be read on: only that one stops. position: the one that would be next.

    No act sets this aside; the log or the consumers have to be restored.
    """

    code = "log_damaged"

    def __init__(self, message: str, key: str, position: int) -> None:
        super().__init__(message)
        self.key, self.position = key, position


class HoleInLog(LogDamaged):
    """A position is missing: stop, and restore the log. Nothing after the hole may be processed."""

    code = "hole_in_log"

    def __init__(self, key: str, expected: int, found: int) -> None:
        super().__init__(
            f"partition {key}: position {expected} is missing (the next is {found}); the log is damaged, or"
            " was restored without this part. Nothing was processed: restore eventlog.events, then start",
            key,
            expected,
        )
        self.expected, self.next_position = expected, found


class AheadOfLog(LogDamaged):
    """A consumer stands after the end of the log: the log was restored without it."""

    code = "ahead_of_log"

    def __init__(self, key: str, consumer: str, position: int, head: int) -> None:
        super().__init__(
            f"consumer {consumer} stands at {position} in partition {key}, but the log ends at {head}: it was restored"
            " without its consumers. Rebuild them with `lienthong replay`",
            key,
            position + 1,
        )


class Superseded(Transient):
    """Another worker advanced this partition meanwhile: roll back, forget, read again from its position."""

    code = "superseded"


class Conflict(HubError):
    """The id is already in the log with other content. Nothing was appended."""

    code = "event_id_conflict"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a claimed partition stands: the first position to use, and the chain before it."""

    key: str
    partition: int
    first: int
    chain: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedHeads:
    """Locked heads. now: the hub's clock under the locks, the `recorded_at` of what is written; never before that of
    what stands there.
    """

    places: Mapping[str, Place]
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Consecutive events of one partition: positions after + 1 … last."""

    key: str
    partition: int
    after: int
    events: tuple[Recorded, ...]

    @property
    def last(self) -> int:
        return self.after + len(self.events)

    def without(self, positions: Collection[int]) -> Batch:
        """What a handler is given: the batch but for the facts that were set aside. Its `last` means nothing."""
        if not positions:
            return self
        return replace(self, events=tuple(event for event in self.events if event.position not in positions))

    def singly(self) -> Iterator[Batch]:
        """Each event as a batch of its own."""
        for place, event in enumerate(self.events):
            yield replace(self, after=self.after + place, events=(event,))

    def beyond(self, position: int) -> Batch:
        """The batch without what is at or below `position` (redelivered). Raises HoleInLog on a gap."""
        if position < self.after:
            raise HoleInLog(self.key, position + 1, self.after + 1)
        return replace(self, after=min(position, self.last), events=self.events[position - self.after :])


def gapless(key: str, after: int, events: Sequence[Recorded]) -> None:
    """Raises HoleInLog unless the positions are after + 1, after + 2, …"""
    for expected, recorded in enumerate(events, start=after + 1):
        if recorded.position != expected:
            raise HoleInLog(key, expected, recorded.position)


class Subscription(Protocol):
    """One worker's reading of the log for one consumer. Used by one thread.

    Several processes may subscribe under one consumer name; they share the partitions.
    """

    @property
    def consumer(self) -> str: ...

    def poll(self, timeout: float) -> Batch | None:
        """The next batch of any held partition, or None after `timeout` seconds without one.

        The first batch of a partition starts at the consumer's stored position or before (redelivery); the
        following ones continue where the last ended. Returning from the next call of poll, the previous batch
        counts as handed over; what commits it is the consumer's position, not this call. Raises HoleInLog;
        Transient when the engine is away (calling again may succeed).
        """

    def rewind(self, key: str) -> None:
        """The last batch of this partition had no effect: deliver again from the stored position."""

    def hold(self, key: str, seconds: float) -> None:
        """Deliver nothing of this partition for so long; the others go on."""

    def held(self) -> frozenset[str]:
        """Keys of the partitions this worker reads now."""

    def close(self) -> None:
        """Give everything back, so that other workers take over at once."""


class EventLog(Protocol):
    """Reading the log. Thread-safe."""

    def head(self, key: str) -> int:
        """Position of the partition's last event, 0 if there is none. Raises KeyError on an unknown key."""

    def heads(self) -> dict[str, int]:
        """The same for all partitions."""

    def read(self, key: str, after: int, limit: int = 1000) -> list[Recorded]:
        """Up to `limit` events after that position (fewer if they are large), in order. Raises HoleInLog."""

    def find(self, event_type: str, subject: str) -> list[Recorded]:
        """Facts of one type about one subject. Not for `report.accepted` and `report.withdrawn`."""

    def of_types(self, key: str, types: Collection[str]) -> list[Recorded]:
        """All facts of some rare types in a partition, in order. Not for `report.accepted` and `report.withdrawn`."""

    def at(self, key: str, positions: Collection[int]) -> list[Recorded]:
        """The events at some positions of a partition, in order."""

    def subscribe(self, consumer: str, keys: Sequence[str] | None = None) -> Subscription:
        """Start reading as a worker of `consumer`, in some partitions or (None) all. Close it after use."""


class Appender(Protocol):
    """Writing to the log, always inside the caller's PostgreSQL transaction."""

    def lock_heads(self, tx: Connection, counts: Mapping[str, int]) -> LockedHeads:
        """Lock the heads of these partitions (key → number of events to come; for the check in `write`)."""

    def write(self, tx: Connection, heads: LockedHeads, recorded: Sequence[Recorded]) -> None:
        """Write events at the claimed places and move the heads.

        Positions must continue each place without holes and links must continue its chain (ValueError).
        Locked heads may be left unused.
        """

    def append(self, tx: Connection, events: Sequence[Event]) -> list[Recorded]:
        """Lock the heads, seal and write in one step. An id already recorded with the same content is not written
        again: its first record is returned in its place. With other content: Conflict, nothing is written.
        """
