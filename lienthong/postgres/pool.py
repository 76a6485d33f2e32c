"""Connections to PostgreSQL, with the session settings every process relies on.

Connections are in autocommit; a transaction is always explicit (`with pool.transaction() as tx`).
What driver errors mean for the hub: `failures`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from lienthong.errors import Misconfigured, Transient
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.unanswered import LOOK, Unanswered, Waiting, patience

Connection = psycopg.Connection[tuple[Any, ...]]

# A transaction that waits on its client this long is ended by the server: it may hold the head of a
# partition, and everybody behind it waits. No step of ours between two statements takes a second.
IDLE_IN_TRANSACTION_MS = 30_000

OWN_LOGINS = "lienthong.logins=service"
"""In the options of a conninfo: each service logs in under its own role (with PGPASSFILE, certificates or trust)."""


def conninfo_for(
    conninfo: str,
    *,
    role: str | None = None,
    application_name: str = "lienthong",
    statement_timeout_ms: int = 0,
    lock_timeout_ms: int = 0,
) -> str:
    """The conninfo with the session settings of the hub added.

    role: acted in from the first statement on. Where the conninfo says that services log in themselves (OWN_LOGINS in
    its options, as the embedded server's does) the session is that role's own and can become no other; else the login
    role must be a member of it.
    statement_timeout_ms, lock_timeout_ms: 0 means no limit (workers, migrations).
    """
    options = _options(statement_timeout_ms, lock_timeout_ms)
    login: dict[str, str] = {}
    if OWN_LOGINS in str(conninfo_to_dict(conninfo).get("options", "")):
        name, _, value = OWN_LOGINS.partition("=")
        options[name] = value
        login = {} if role is None else {"user": role}
    elif role is not None:
        options["role"] = role
    return make_conninfo(
        conninfo,
        **login,
        application_name=application_name,
        options=" ".join(f"-c {name}={value}" for name, value in options.items()),
        connect_timeout="10",
        keepalives_idle="30",
        keepalives_interval="10",
        keepalives_count="3",
    )


def _options(statement_timeout_ms: int, lock_timeout_ms: int) -> dict[str, str]:
    return {
        "timezone": "UTC",
        "synchronous_commit": "on",  # a receipt is durable before it is sent, whatever the server's default
        "statement_timeout": str(statement_timeout_ms),
        "lock_timeout": str(lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "default_transaction_isolation": "read\\ committed",  # compare-and-set and the heads rely on it
        "jit": "off",  # every query here is short; compiling one costs more than running it
        "client_encoding": "UTF8",
    }


def connect(
    conninfo: str,
    role: str | None = None,
    application_name: str = "lienthong",
    statement_timeout_ms: int = 0,
    lock_timeout_ms: int = 0,
) -> Connection:
    """One connection in autocommit, for a process that keeps it. Raises Transient or Misconfigured."""
    with driver_errors_translated():
        conn = Waiting.connect(
            conninfo_for(
                conninfo,
                role=role,
                application_name=application_name,
                statement_timeout_ms=statement_timeout_ms,
                lock_timeout_ms=lock_timeout_ms,
            ),
            autocommit=True,
        )
    conn.patience = patience(statement_timeout_ms)
    return conn


_HELD: ContextVar[frozenset[int]] = ContextVar(
    "pools that this flow of control has a connection of", default=frozenset()
)


class Pool:
    """A few connections shared by the threads of one process, replaced when they break.

    Who has one and asks for a second (a route that reads the log within its transaction) always gets it: one is kept
    for those. Else as many requests as there are connections would each hold one and wait for another, and nobody
    would be served until they give up. None may ask for a third.
    """

    # What a call of ours may raise for the server's part.
    refusals = (Transient, Misconfigured)

    def __init__(
        self,
        conninfo: str,
        *,
        role: str | None = None,
        application_name: str = "lienthong",
        statement_timeout_ms: int = 0,
        lock_timeout_ms: int = 0,
        min_size: int = 1,
        max_size: int = 8,
        timeout: float = 5.0,
    ) -> None:
        """timeout: seconds to wait for a free connection before raising Transient."""
        self.conninfo = conninfo_for(
            conninfo,
            role=role,
            application_name=application_name,
            statement_timeout_ms=statement_timeout_ms,
            lock_timeout_ms=lock_timeout_ms,
        )
        self._timeout, self._max_size = timeout, max_size
        self._away = False
        self._places = threading.BoundedSemaphore(max(1, max_size - 1))
        self._patient_for = patience(statement_timeout_ms)
        self._pool: ConnectionPool[Waiting] = ConnectionPool(
            self.conninfo,
            connection_class=Waiting,
            kwargs={"autocommit": True},
            configure=self._made_patient,
            min_size=min_size,
            max_size=max_size,
            timeout=timeout,
            # Attempts get rarer (1 s, 2 s, 4 s …) until given up; after that each caller tries at once. So a
            # short limit is what brings a pool back quickly after an outage of hours.
            reconnect_timeout=2.0,
            reconnect_failed=self._went_away,
            name=application_name,
            open=True,
        )

    def _made_patient(self, conn: Waiting) -> None:
        conn.patience = self._patient_for

    def _went_away(self, _: object) -> None:
        self._away = True

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit. Raises Transient when none is to be had."""
        with driver_errors_translated(), self._place():
            conn = self._living_connection()
            try:
                with conn:
                    yield conn
            finally:
                self._pool.putconn(conn)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Leave to take a connection, waited for by who has none yet."""
        if id(self) in _HELD.get():
            yield
            return
        if not self._places.acquire(timeout=self._patience()):
            raise self._none("every connection but the last is taken")
        _HELD.set(_HELD.get() | {id(self)})
        try:
            yield
        finally:
            # Not by a token: a generator that answers in pieces may end in another context than it began in.
            _HELD.set(_HELD.get() - {id(self)})
            self._places.release()

    def _none(self, why: str) -> psycopg.OperationalError:
        """Why no connection was to be had: all are taken, or the server gives none."""
        return psycopg.OperationalError("the server gives no connection") if self._away else PoolTimeout(why)

    def _patience(self) -> float:
        """Seconds; an outage is told soon."""
        return min(self._timeout, 1.0) if self._away else self._timeout

    def _living_connection(self) -> Waiting:
        """A connection that answers. One that does not for a while is the last that is tried.

        The pool's own check waits one, two, four seconds after each broken connection it meets: when a restart has
        broken them all, that was ten seconds in which nobody was served. Here a broken one is given back at once, for
        which the pool makes a new one, and there are no more of them than the pool is large.
        """
        deadline = time.monotonic() + self._patience()
        for _ in range(self._max_size + 1):
            try:
                conn = self._pool.getconn(timeout=max(0.01, deadline - time.monotonic()))
            except PoolTimeout as error:
                raise self._none(str(error)) from error
            try:
                self._look(conn)
            except Unanswered:
                self._away = True
                self._pool.putconn(conn)
                raise
            except psycopg.OperationalError:
                self._pool.putconn(conn)
                continue
            except BaseException:
                self._pool.putconn(conn)
                raise
            self._away = False
            return conn
        raise psycopg.OperationalError("every connection was broken")

    def _look(self, conn: Waiting) -> None:
        if self._patient_for is None:
            ConnectionPool.check_connection(conn)
            return
        with conn.shorter_patience(LOOK):
            ConnectionPool.check_connection(conn)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: commits at the end of the block, rolls back on any exception.

        Transient raised from here may mean that the commit did take place and only its answer was lost.
        Whoever repeats must be idempotent: by event id, or by compare-and-set on a position.
        """
        with self.connection() as conn, conn.transaction():
            yield conn

    def dedicated_connection(self) -> Connection:
        """A connection of the caller's own, outside the pool, with the same settings. Close it after use."""
        with driver_errors_translated():
            return psycopg.connect(self.conninfo, autocommit=True)

    def wait(self, timeout: float = 30.0) -> None:
        """Block until the first connection stands. Raises Transient after `timeout` seconds."""
        self.dedicated_connection().close()  # says at once what is misconfigured; the pool would only wait
        with driver_errors_translated():
            self._pool.wait(timeout=timeout)

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
