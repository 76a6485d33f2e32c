"""A worker's sign of life: an advisory lock on a database session of its own, named in each of its claims.

The lock goes with the session, so the claims of a killed worker are free within a second and not only when their
lease runs out, which has to be longer than the slowest answer of a receiver. A worker whose session alone was lost
may find that its claim was given to another: then a message is sent twice, and stored once by the receiver.
"""

from __future__ import annotations

import random
import threading

import psycopg
import structlog

from lienthong.errors import Transient
from lienthong.outage import Outage
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.pool import Connection, Pool
from services.export.deliveries import SQL
from services.export.store import PUSHERS_SPACE

_LOOK_SECONDS = 1.0  # between two looks for the claims of the dead

log = structlog.get_logger(__name__)


class Presence:
    """One worker's. `take` it before anything is claimed under `seat`, then `keep` it in a thread of its own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._conn: Connection | None = None
        self.seat = random.randrange(1, 2**31)

    def take(self) -> None:
        """Hold the seat. Raises Transient."""
        conn = self._pool.dedicated_connection()
        try:
            with driver_errors_translated():
                # Waits where the server has not noticed yet that our last session is gone.
                conn.execute(SQL.take_seat, {"space": PUSHERS_SPACE, "seat": self.seat})
        except BaseException:
            conn.close()
            raise
        self._conn = conn

    def keep(self, halt: threading.Event) -> None:
        """Free the claims of workers that are gone, again and again; take the seat anew when the session breaks."""
        outage = Outage("presence_retries", "presence_goes_on")
        while not halt.is_set():
            try:
                self._look()
            except (Transient, psycopg.Error) as error:
                outage.failed(type(error).__name__, "its session broke")
                self.leave()
            else:
                outage.worked()
            halt.wait(_LOOK_SECONDS)

    def leave(self) -> None:
        """Give the seat up, once nothing is claimed under it any more."""
        if self._conn is not None:
            self._conn.close()
        self._conn = None

    def _look(self) -> None:
        if self._conn is None:
            self.take()
        assert self._conn is not None  # take() raises otherwise
        with driver_errors_translated():
            freed = free_lost(self._conn)
        if freed:
            log.info("lost_claims_freed", deliveries=freed)


def free_lost(conn: Connection) -> int:
    """Free the claims whose workers hold their seats no longer. Returns how many."""
    return conn.execute(SQL.free_lost, {"space": PUSHERS_SPACE}).rowcount
