"""Waking consumers after a commit, and waiting to be woken.

NOTIFY inside a writing transaction takes a lock of the whole database through its commit, which would put
all appenders in one row. So it is sent after the commit, by a thread of its own: what was committed while the
last one was under way is told with the next. A lost notification costs a consumer its safety poll of one
second, never an event.
"""

from __future__ import annotations

import threading

import psycopg

from lienthong.eventlog.append import SQL
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.pool import Connection, Pool


def notify(conn: Connection) -> None:
    """Tell consumers now, on a connection in autocommit: for single acts of a person."""
    with driver_errors_translated():
        conn.execute(SQL.notify)


class Notifier:
    """Tells consumers without making the appender wait: `nudge()` after each commit, `close()` at the end."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._nudged = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="lienthong-notifier", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Something was committed. Never blocks, never fails."""
        self._nudged.set()

    def close(self) -> None:
        """Send what is due and end the thread."""
        self._closing = True
        self._nudged.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        conn: Connection | None = None
        last = False
        while not last:
            self._nudged.wait()
            self._nudged.clear()
            last = self._closing  # read before sending: what was nudged until now is still told
            conn = self._send(conn)
        if conn is not None:
            conn.close()

    def _send(self, conn: Connection | None) -> Connection | None:
        """Returns the connection to use next time: none after a failure, which the safety poll makes good."""
        try:
            conn = conn or self._pool.dedicated_connection()
            conn.execute(SQL.notify)
        except (psycopg.Error, *self._pool.refusals):
            if conn is not None:
                conn.close()
            return None
        return conn


def wait_for_notification(conn: Connection, timeout: float) -> None:
    """Return at the first notification, or after `timeout` seconds. The connection must LISTEN already."""
    for _ in conn.notifies(timeout=timeout, stop_after=1):
        pass
