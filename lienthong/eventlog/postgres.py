"""The PostgreSQL engine of the event log: readers read the table, woken by LISTEN/NOTIFY.

A reader that sees a head sees every event below it: the head moved in the transaction that wrote them, and
the next writer could lock it only after that commit.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import psycopg

from lienthong.errors import Misconfigured
from lienthong.eventlog.append import SQL, partitions_of
from lienthong.eventlog.leases import Leases
from lienthong.eventlog.port import Batch, HoleInLog, gapless
from lienthong.eventlog.rows import from_row
from lienthong.eventlog.wakeup import wait_for_notification
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection, Pool, translated

# A notification may get lost with a connection; then this is how late a consumer hears of an event. Also how
# often workers look for partitions to share.
SAFETY_POLL_SECONDS = 1.0


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

    @cached_property
    def partitions(self) -> dict[str, int]:
        """Key → partition number."""
        with self._pool.connection() as conn:
            return partitions_of(conn)

    def head(self, key: str) -> int:
        with self._pool.connection() as conn:
            row = conn.execute(SQL.head, {"key": key}).fetchone()
        if row is None:
            raise KeyError(f"{key!r} is no partition")
        return int(row[0])

    def heads(self) -> dict[str, int]:
        with self._pool.connection() as conn:
            return dict(conn.execute(SQL.heads))

    def read(self, key: str, after: int, limit: int = 1000) -> list[Recorded]:
        with self._pool.connection() as conn:
            events = page(conn, (key, self.partitions[key]), after, limit, self._batch_bytes)
        head = after if events else self.head(key)
        if head > after:
            raise HoleInLog(key, after + 1, head)
        return events

    def find(self, event_type: str, subject: str) -> list[Recorded]:
        keys = {partition: key for key, partition in self.partitions.items()}
        with self._pool.connection() as conn:
            rows = conn.execute(SQL.of_subject, {"type": event_type, "subject": subject}, binary=True)
            return [from_row(keys[row[0]], row[0], row[1:]) for row in rows]

    def positions(self, consumer: str) -> dict[str, int]:
        """How far a consumer has come, for every key (0 where it never began)."""
        numbers = list(self.partitions.values())
        with self._pool.connection() as conn:
            stored = dict(conn.execute(SQL.stored_positions, {"consumer": consumer, "partitions": numbers}))
        return {key: stored.get(partition, 0) for key, partition in self.partitions.items()}

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
    """Consecutive events of a partition (key, number) after a position. Raises HoleInLog."""
    key, partition = place
    asked = {"partition": partition, "after": after, "limit": limit, "max_bytes": max_bytes}
    events = [from_row(key, partition, row) for row in conn.execute(SQL.page, asked, binary=True)]
    gapless(key, after, events)
    return events


class PostgresSubscription:
    """One worker's reading, on a session of its own that holds its leases. Used by one thread."""

    def __init__(
        self,
        pool: Pool,
        consumer: str,
        partitions: dict[str, int],
        *,
        batch_events: int,
        batch_bytes: int,
    ) -> None:
        self._pool = pool
        self._consumer = consumer
        self._partitions = partitions
        self._keys = {partition: key for key, partition in partitions.items()}
        self._limits = (batch_events, batch_bytes)
        self._conn: Connection | None = None
        self._leases: Leases | None = None
        self._balance_at = 0.0
        self._cursors: dict[int, int] = {}  # by held partition: position of the last event delivered
        self._heads: dict[int, int] = {}
        self._turn: deque[int] = deque()

    @property
    def consumer(self) -> str:
        return self._consumer

    def held(self) -> frozenset[str]:
        return frozenset(self._keys[partition] for partition in self._cursors)

    def poll(self, timeout: float) -> Batch | None:
        deadline = time.monotonic() + timeout
        try:
            with translated():
                return self._poll(deadline)
        except (psycopg.Error, *self._pool.refusals):
            self._drop_session()
            raise

    def rewind(self, key: str) -> None:
        partition = self._partitions[key]
        if partition not in self._cursors:
            return
        try:
            with translated():
                self._cursors |= self._stored([partition])
        except (psycopg.Error, *self._pool.refusals):
            self._drop_session()  # the new session begins at the stored positions

    def close(self) -> None:
        self._drop_session()

    def _poll(self, deadline: float) -> Batch | None:
        while True:
            conn = self._session()
            if time.monotonic() >= self._balance_at:
                self._balance()
            batch = self._next_batch(conn)
            remaining = deadline - time.monotonic()
            if batch is not None or remaining <= 0:
                return batch
            wait_for_notification(conn, min(remaining, max(0.01, self._balance_at - time.monotonic())))

    def _session(self) -> Connection:
        if self._conn is None:
            self._conn = self._pool.dedicated()
            self._conn.execute(SQL.listen)
            self._leases = Leases(self._conn, self._consumer, self._keys)
            self._balance_at = 0.0
        return self._conn

    def _drop_session(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._conn = self._leases = None
        self._cursors, self._heads = {}, {}
        self._turn.clear()

    def _balance(self) -> None:
        assert self._leases is not None  # made with the session
        taken, given_back = self._leases.balance()
        for partition in given_back:
            del self._cursors[partition]
            self._turn.remove(partition)
        if taken:
            self._begin(sorted(taken))
        self._balance_at = time.monotonic() + SAFETY_POLL_SECONDS

    def _begin(self, partitions: list[int]) -> None:
        assert self._conn is not None
        stored = self._stored(partitions)
        self._look(self._conn)
        for partition, position in stored.items():
            if position > self._heads[partition]:
                raise Misconfigured(
                    f"consumer {self._consumer} stands at {position} in partition {self._keys[partition]},"
                    f" but the log ends at {self._heads[partition]}: it was restored without its consumers."
                    " Rebuild them with `lienthong replay`"
                )
        self._cursors |= stored
        self._turn.extend(stored)

    def _stored(self, partitions: list[int]) -> dict[int, int]:
        assert self._conn is not None
        asked = {"consumer": self._consumer, "partitions": partitions}
        stored: dict[int, int] = dict(self._conn.execute(SQL.stored_positions, asked))
        return {partition: stored.get(partition, 0) for partition in partitions}

    def _look(self, conn: Connection) -> None:
        rows = conn.execute(SQL.heads)
        self._heads = {self._partitions[key]: position for key, position in rows if key in self._partitions}

    def _next_batch(self, conn: Connection) -> Batch | None:
        partition = self._pending()
        if partition is None:
            self._look(conn)
            partition = self._pending()
        if partition is None:
            return None
        key, after = self._keys[partition], self._cursors[partition]
        events = page(conn, (key, partition), after, *self._limits)
        if not events:
            raise HoleInLog(key, after + 1, self._heads[partition])
        self._cursors[partition] = after + len(events)
        return Batch(key=key, partition=partition, after=after, events=tuple(events))

    def _pending(self) -> int | None:
        """The next held partition, in turns, that has events left."""
        for _ in range(len(self._turn)):
            partition = self._turn[0]
            self._turn.rotate(-1)
            if self._heads.get(partition, 0) > self._cursors[partition]:
                return partition
        return None
