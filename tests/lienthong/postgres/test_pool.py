"""Connections: the settings every process relies on, errors by what to do, and coming back after an outage."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured, Transient
from lienthong.postgres.pool import Connection, Pool, connect, translated


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="lienthong-pool-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "hub")
        yield server
        server.stop(timeout=5)


def test_every_session_is_durable_in_utc_and_read_committed(pool: Pool) -> None:
    with pool.connection() as conn:
        found = [
            conn.execute(f"SHOW {name}").fetchone()
            for name in ("synchronous_commit", "timezone", "transaction_isolation", "jit")
        ]
    assert found == [("on",), ("UTC",), ("read committed",), ("off",)]


def test_a_transaction_rolls_back_on_any_exception(pool: Pool) -> None:
    with pool.connection() as conn:
        conn.execute("CREATE TABLE t (a int)")
    with pytest.raises(RuntimeError), pool.transaction() as tx:
        tx.execute("INSERT INTO t VALUES (1)")
        raise RuntimeError
    with pool.connection() as conn:
        assert conn.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_constraint_stays_the_callers_matter(pool: Pool) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), pool.transaction() as tx:
        tx.execute("UPDATE eventlog.installation SET epoch = 0")


def test_a_statement_over_its_limit_may_be_tried_again(database: str) -> None:
    with (
        Pool(database, statement_timeout_ms=100) as pool,
        pytest.raises(Transient) as raised,
        pool.connection() as conn,
    ):
        conn.execute("SELECT pg_sleep(5)")
    assert raised.value.code == "database_timeout"


def test_a_deadlock_may_be_tried_again(pool: Pool) -> None:
    with pool.connection() as conn:
        conn.execute("CREATE TABLE t AS SELECT generate_series(1, 2) AS a")
    both_hold_one = threading.Barrier(2)

    def lock(first: int, second: int) -> str:
        try:
            with pool.transaction() as tx:
                tx.execute("SET LOCAL deadlock_timeout = '50ms'")
                tx.execute("SELECT FROM t WHERE a = %s FOR UPDATE", (first,))
                both_hold_one.wait(10)
                tx.execute("SELECT FROM t WHERE a = %s FOR UPDATE", (second,))
        except Transient as exc:
            return exc.code
        return "committed"

    with ThreadPoolExecutor(2) as threads:
        outcomes = {future.result(10) for future in (threads.submit(lock, 1, 2), threads.submit(lock, 2, 1))}
    assert outcomes == {"committed", "database_conflict"}


def test_no_free_connection_in_time_may_be_tried_again(database: str) -> None:
    with (
        Pool(database, max_size=1, timeout=0.1) as pool,
        pool.connection(),
        pytest.raises(Transient) as raised,
        pool.connection(),
    ):
        pytest.fail("there was no second connection to be had")
    assert raised.value.code == "database_busy"


def test_a_lost_connection_may_be_tried_again(conn: Connection, database: str) -> None:
    with pytest.raises(Transient) as raised, translated(), connect(database) as victim:
        conn.execute("SELECT pg_terminate_backend(%s)", (victim.info.backend_pid,))
        victim.execute("SELECT 1")
    assert raised.value.code == "database_away"


def test_a_missing_right_is_the_operators_matter(database: str) -> None:
    with (
        Pool(database, role="lienthong_export") as pool,
        pytest.raises(Misconfigured),
        pool.connection() as conn,
    ):
        conn.execute("CREATE TABLE export.t ()")


@pytest.mark.parametrize("wrong", ["dbname=no_such_database", "user=no_such_user"])
def test_waiting_for_a_pool_that_can_never_connect_ends_at_once(database: str, wrong: str) -> None:
    started = time.monotonic()
    with Pool(f"{database} {wrong}") as pool, pytest.raises(Misconfigured):
        pool.wait()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("outage", [0.0, 4.0], ids=["restarted at once", "away for four seconds"])
def test_a_pool_serves_again_soon_after_the_server_came_back(own_server: EmbeddedServer, outage: float) -> None:
    with Pool(own_server.start(), max_size=4, timeout=2.0) as pool, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: _answers(pool, 5), range(8)))
        pid = own_server.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)  # its children end as soon as they notice
        until = time.monotonic() + outage
        while time.monotonic() < until:
            away = not _answers(pool, 0.5)
        assert outage == 0 or away
        own_server.start()
        back = time.monotonic()
        assert all(threads.map(lambda _: _answers(pool, 10), range(4)))
        assert time.monotonic() - back < 5


def _answers(pool: Pool, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with pool.connection() as conn:
                return conn.execute("SELECT 1").fetchone() == (1,)
        except Transient:
            if time.monotonic() > deadline:
                return False
