"""Sharing the partitions of one consumer among its workers, by session advisory locks.

A lease belongs to a database session and ends with it: a killed worker's partitions are free at once. Each
worker also holds a seat; from the number of seats everybody knows the fair share, takes free partitions up to
it and gives back what is over. Leases decide who does the work. They do not make results exact: a paused
worker may still believe in a lease that its broken session lost. Compare-and-set does.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection

from lienthong.eventlog.append import SQL
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection

_FIRST_SEAT = 1_000_000  # above every partition number: seats and partitions share one lock space


class Leases:
    """The leases of one worker, on one session. Not thread-safe."""

    def __init__(self, conn: Connection, consumer: str, partitions: Collection[int]) -> None:
        """partitions: those this worker may take."""
        self._conn = conn
        self._wanted = tuple(partitions)
        self._space = _space(consumer)
        # Only workers that may take the same partitions share them: others' seats would leave some unread.
        self._seats = _space(f"{consumer} {sorted(partitions)}")
        self.held: set[int] = set()
        conn.execute(SQL.join_members, {"space": self._seats, "first": _FIRST_SEAT})

    def balance(self) -> tuple[set[int], set[int]]:
        """Move towards the fair share. Returns the partitions taken and those given back."""
        share = -(-len(self._wanted) // max(1, self._members()))
        surplus = set(sorted(self.held)[share:])
        for partition in surplus:
            self._conn.execute(SQL.release_lease, {"space": self._space, "partition": partition})
        self.held -= surplus
        taken = self._take(share - len(self.held)) - surplus
        self.held |= taken
        return taken, surplus

    def _members(self) -> int:
        # pg_locks shows the space without a sign; the lock functions take it with one.
        parameters = {"space_oid": self._seats % (1 << 32), "first": _FIRST_SEAT}
        return certain(self._conn, int, SQL.count_members, parameters)

    def _take(self, room: int) -> set[int]:
        free = [partition for partition in self._wanted if partition not in self.held]
        if room <= 0 or not free:
            return set()
        rows = self._conn.execute(SQL.take_leases, {"space": self._space, "partitions": free, "limit": room})
        return {partition for (partition,) in rows}


def _space(name: str) -> int:
    """A number of 32 bits with sign for a name: the first key of the advisory locks."""
    number = zlib.crc32(name.encode())
    return number - (1 << 32) if number >= 1 << 31 else number
