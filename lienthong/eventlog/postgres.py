"""The PostgreSQL engine of the event log: readers read the table, woken by LISTEN/NOTIFY.

A reader that sees a head sees every event below it: the head moved in the transaction that wrote them, and
the next writer could lock it only after that commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lienthong.eventlog.append import SQL, partitions_of
from lienthong.eventlog.port import Batch, HoleInLog, gapless
from lienthong.eventlog.rows import from_row
from lienthong.eventlog.session import EngineSubscription
from lienthong.eventlog.wakeup import wait_for_notification
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection, Pool


@dataclass(frozen=True, kw_only=True, slots=True)
class Lag:
    """What a consumer has yet to do in a partition: events, and the age in seconds of the oldest."""

    events: int
    seconds: float


class PostgresEventLog:
    """The EventLog over PostgreSQL. Thread-safe."""

    def __init__(self, pool: Pool, *, batch_events: int = 1000, batch_bytes: int = 16 * 1024 * 1024) -> None:
        """batch_events, batch_bytes: limits of one batch, and so of one consumer transaction."""
        self._pool = pool
        self._batch_events = batch_events
        self._batch_bytes = batch_bytes
        self._partitions: dict[str, int] | None = None

    @property
    def partitions(self) -> dict[str, int]:
        """Key → partition number. Read once; not a cached_property, whose lock (before Python 3.12) is held while it
        waits for a connection: those who have all of them would wait for the lock.
        """
        if self._partitions is None:
            with self._pool.connection() as conn:
                self._partitions = partitions_of(conn)
        return self._partitions

    def head(self, key: str) -> int:
        with self._pool.connection() as conn:
            row = conn.execute(SQL.head, {"key": key}).fetchone()
        if row is None:
            raise KeyError(f"{key!r} is no partition")
        position, _ = row
        return int(position)

    def heads(self) -> dict[str, int]:
        with self._pool.connection() as conn:
            return dict(conn.execute(SQL.heads))

    def read(self, key: str, after: int, limit: int = 1000) -> list[Recorded]:
        partitions = self.partitions  # before the connection: it may take one itself
        with self._pool.connection() as conn:
            events = _rows(conn, (key, partitions[key]), after, limit, self._batch_bytes)
        gapless(key, after, events)
        head = after if events else self.head(key)
        if head > after:
            raise HoleInLog(key, after + 1, head)
        return events

    def page(self, key: str, after: int, limit: int) -> list[Recorded]:
        """Like `read`, up to a hole; raises HoleInLog only before one."""
        partitions = self.partitions  # before the connection: it may take one itself
        with self._pool.connection() as conn:
            events = page(conn, (key, partitions[key]), after, limit, self._batch_bytes)
        if not events and (head := self.head(key)) > after:
            raise HoleInLog(key, after + 1, head)
        return events

    def find(self, event_type: str, subject: str) -> list[Recorded]:
        keys = {partition: key for key, partition in self.partitions.items()}
        with self._pool.connection() as conn:
            rows = conn.execute(SQL.of_subject, {"type": event_type, "subject": subject}, binary=True)
            return [from_row(keys[partition], partition, row) for partition, *row in rows]

    def of_types(self, key: str, types: Collection[str]) -> list[Recorded]:
        partition = self.partitions[key]
        with self._pool.connection() as conn:
            rows = conn.execute(SQL.of_types, {"partition": partition, "types": list(types)}, binary=True)
            return [from_row(key, number, row) for number, *row in rows]

    def at(self, key: str, positions: Collection[int]) -> list[Recorded]:
        partition = self.partitions[key]
        with self._pool.connection() as conn:
            rows = conn.execute(SQL.at, {"partition": partition, "positions": list(positions)}, binary=True)
            return [from_row(key, number, row) for number, *row in rows]

    def positions(self, consumer: str) -> dict[str, int]:
        """How far a consumer has come, for every key (0 where it never began)."""
        numbers = list(self.partitions.values())
        partitions = self.partitions  # before the connection: it may take one itself
        with self._pool.connection() as conn:
            stored = dict(conn.execute(SQL.stored_positions, {"consumer": consumer, "partitions": numbers}))
        return {key: stored.get(partition, 0) for key, partition in partitions.items()}

    def lag(self, consumer: str) -> dict[str, Lag]:
        """What a consumer has yet to do, by key."""
        with self._pool.connection() as conn:
            rows = conn.execute(SQL.lag, {"consumer": consumer})
            return {key: Lag(events=events, seconds=seconds) for key, events, seconds in rows}

    def subscribe(self, consumer: str, keys: Sequence[str] | None = None) -> PostgresSubscription:
        chosen = self.partitions if keys is None else {key: self.partitions[key] for key in keys}
        return PostgresSubscription(
            self._pool, consumer, chosen, batch_events=self._batch_events, batch_bytes=self._batch_bytes
        )


def page(conn: Connection, place: tuple[str, int], after: int, limit: int, max_bytes: int) -> list[Recorded]:
    """Consecutive events of a partition (key, number) after a position, up to a hole. Raises HoleInLog before one."""
    events = _rows(conn, place, after, limit, max_bytes)
    whole = [event for expected, event in enumerate(events, start=after + 1) if event.position == expected]
    if events and not whole:
        raise HoleInLog(place[0], after + 1, events[0].position)
    return whole


def _rows(conn: Connection, place: tuple[str, int], after: int, limit: int, max_bytes: int) -> list[Recorded]:
    key, partition = place
    parameters = {"partition": partition, "after": after, "limit": limit, "max_bytes": max_bytes}
    return [from_row(key, partition, row) for row in conn.execute(SQL.page, parameters, binary=True)]


class PostgresSubscription(EngineSubscription):
    """One worker's reading of the table, woken by LISTEN."""

    def __init__(
        self, pool: Pool, consumer: str, partitions: dict[str, int], *, batch_events: int, batch_bytes: int
    ) -> None:
        super().__init__(pool, consumer, partitions)
        self._limits = (batch_events, batch_bytes)
        self._cursors: dict[int, int] = {}  # by held partition: position of the last event delivered
        self._heads_seen: dict[int, int] = {}

    def _on_opening(self, conn: Connection) -> None:
        conn.execute(SQL.listen)

    def _listen(self, conn: Connection, timeout: float) -> None:
        if timeout > 0:
            wait_for_notification(conn, timeout)

    def _take(self, stored: Mapping[int, int], heads: Mapping[int, int]) -> None:
        self._cursors.update(stored)
        self._look(heads)

    def _look(self, heads: Mapping[int, int]) -> None:
        self._heads_seen = dict(heads)

    def _drop(self, partitions: Collection[int]) -> None:
        for partition in partitions:
            del self._cursors[partition]

    def _go_to(self, partition: int, position: int) -> None:
        self._cursors[partition] = position

    def _next_batch(self, conn: Connection) -> Batch | None:
        partition = self._pending_partition()
        if partition is None:
            self._look(self._heads(conn))
            partition = self._pending_partition()
        return None if partition is None else self._read(conn, partition)

    def _pending_partition(self) -> int | None:
        """The next held partition, in turns, that has events left."""
        return next((p for p in self._in_turn() if self._heads_seen.get(p, 0) > self._cursors[p]), None)

    def _read(self, conn: Connection, partition: int) -> Batch:
        self._had_turn(partition)
        key, after = self._keys[partition], self._cursors[partition]
        events = page(conn, (key, partition), after, *self._limits)
        if not events:
            raise HoleInLog(key, after + 1, self._heads_seen[partition])
        self._cursors[partition] = after + len(events)
        return Batch(key=key, partition=partition, after=after, events=tuple(events))
