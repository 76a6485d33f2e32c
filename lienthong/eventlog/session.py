"""One worker's database session: its leases, the partitions it holds, and whose turn it is. The same on both engines.

What an engine adds: how it reads a held partition (`_next_batch`), how it waits (`_listen`), and what it keeps of one
(`_take`, `_drop`). Used by one thread.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Mapping

import psycopg

from lienthong.eventlog.append import SQL
from lienthong.eventlog.leases import Leases
from lienthong.eventlog.port import AheadOfLog, Batch
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.pool import Connection, Pool

# A notification may get lost with a connection; then this is how late a consumer hears of an event. Also how
# often workers look for partitions to share.
SAFETY_POLL_SECONDS = 1.0


class EngineSubscription(ABC):
    """The Subscription of an engine, but for what it reads."""

    def __init__(self, pool: Pool, consumer: str, partitions: Mapping[str, int]) -> None:
        """partitions: key → number, of those this worker may hold."""
        self._pool = pool
        self._consumer = consumer
        self._partitions = dict(partitions)
        self._keys = {partition: key for key, partition in partitions.items()}
        self._conn: Connection | None = None
        self._leases: Leases | None = None
        self._balance_at = 0.0
        self._turn: deque[int] = deque()  # the partitions held, in the order of their turns
        self._holds: dict[int, float] = {}  # until when nothing of a partition is delivered
        self._ahead: dict[int, AheadOfLog] = {}

    @property
    def consumer(self) -> str:
        return self._consumer

    def held(self) -> frozenset[str]:
        return frozenset(self._keys[partition] for partition in tuple(self._turn))

    def poll(self, timeout: float) -> Batch | None:
        deadline = time.monotonic() + timeout
        try:
            with driver_errors_translated():
                return self._poll(deadline)
        except (psycopg.Error, *self._pool.refusals):
            self._drop_session()
            raise

    def rewind(self, key: str) -> None:
        partition = self._partitions[key]
        if partition not in self._turn:
            return
        try:
            with driver_errors_translated():
                self._begin_again(partition)
        except (psycopg.Error, *self._pool.refusals):
            self._drop_session()  # the new session begins at the stored positions

    def hold(self, key: str, seconds: float) -> None:
        self._holds[self._partitions[key]] = time.monotonic() + seconds

    def close(self) -> None:
        self._drop_session()

    # -- what an engine knows ----------------------------------------------------------------------------

    @abstractmethod
    def _on_opening(self, conn: Connection) -> None:
        """A new session began."""

    @abstractmethod
    def _listen(self, conn: Connection, timeout: float) -> None:
        """Wait for news, at most so long; with 0 take what there is."""

    @abstractmethod
    def _take(self, stored: Mapping[int, int], heads: Mapping[int, int]) -> None:
        """These partitions are held from now on, at these stored positions."""

    @abstractmethod
    def _look(self, heads: Mapping[int, int]) -> None:
        """The regular look: where the table's partitions stand."""

    @abstractmethod
    def _drop(self, partitions: Collection[int]) -> None:
        """These are not held any more."""

    @abstractmethod
    def _go_to(self, partition: int, position: int) -> None:
        """Deliver again what comes after the position."""

    @abstractmethod
    def _next_batch(self, conn: Connection) -> Batch | None:
        """The next batch of the partitions that `_in_turn` names. Raises HoleInLog."""

    # -- the session and its leases ------------------------------------------------------------------------

    def _poll(self, deadline: float) -> Batch | None:
        while True:
            conn = self._session()
            if time.monotonic() >= self._balance_at:
                self._balance(conn)
            self._listen(conn, 0.0)
            batch = self._next_batch(conn)
            remaining = deadline - time.monotonic()
            if batch is not None or remaining <= 0:
                return batch
            self._listen(conn, min(remaining, max(0.01, self._wake_at() - time.monotonic())))

    def _wake_at(self) -> float:
        return min([self._balance_at, *(until for part, until in self._holds.items() if part in self._turn)])

    def _in_turn(self) -> list[int]:
        """The partitions to look at now, the one whose turn it is first. Raises AheadOfLog."""
        now = time.monotonic()
        self._holds = {partition: until for partition, until in self._holds.items() if until > now}
        partitions = [partition for partition in self._turn if partition not in self._holds]
        for partition in partitions:
            if partition in self._ahead:
                raise self._ahead[partition]
        return partitions

    def _had_turn(self, partition: int) -> None:
        """Others come first the next time."""
        self._turn.remove(partition)
        self._turn.append(partition)

    def _session(self) -> Connection:
        if self._conn is None:
            self._conn = self._pool.dedicated_connection()
            self._on_opening(self._conn)
            self._leases = Leases(self._conn, self._consumer, self._keys)
            self._balance_at = 0.0
        return self._conn

    def _drop_session(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._conn = self._leases = None
        self._forget(tuple(self._turn))

    def _balance(self, conn: Connection) -> None:
        assert self._leases is not None  # made with the session
        taken, given_back = self._leases.balance()
        self._forget(given_back)
        heads = self._heads(conn)
        self._look(heads)
        if taken:
            self._begin(sorted(taken), heads)
        self._balance_at = time.monotonic() + SAFETY_POLL_SECONDS

    def _begin(self, partitions: list[int], heads: Mapping[int, int]) -> None:
        stored = self._stored_positions(partitions)
        self._check(stored, heads)
        self._take(stored, heads)
        self._turn.extend(stored)

    def _begin_again(self, partition: int) -> None:
        stored = self._stored_positions([partition])
        if self._ahead.pop(partition, None) is not None:
            self._check(stored, self._heads(self._session()))
        self._go_to(partition, stored[partition])

    def _check(self, stored: Mapping[int, int], heads: Mapping[int, int]) -> None:
        for partition, position in stored.items():
            if position > heads[partition]:
                self._ahead[partition] = AheadOfLog(self._keys[partition], self._consumer, position, heads[partition])

    def _forget(self, partitions: Collection[int]) -> None:
        dropped = [partition for partition in partitions if partition in self._turn]
        for partition in dropped:
            self._turn.remove(partition)
            self._ahead.pop(partition, None)
        if dropped:
            self._drop(dropped)

    def _stored_positions(self, partitions: list[int]) -> dict[int, int]:
        assert self._conn is not None
        parameters = {"consumer": self._consumer, "partitions": partitions}
        stored: dict[int, int] = dict(self._conn.execute(SQL.stored_positions, parameters))
        return {partition: stored.get(partition, 0) for partition in partitions}

    def _heads(self, conn: Connection) -> dict[int, int]:
        rows = conn.execute(SQL.heads)
        return {self._partitions[key]: position for key, position in rows if key in self._partitions}
