"""Connections: the settings every process relies on, errors by what to do, and coming back after an outage."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured, Transient
from lienthong.postgres import answers, unanswered
from lienthong.postgres import pool as pool_module
from lienthong.postgres.failures import driver_errors_translated, meaning_of
from lienthong.postgres.pool import Connection, Pool, connect


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


def test_as_many_as_there_are_connections_may_each_ask_for_a_second(database: str) -> None:
    """A route reads the log within its transaction: eight readers of a report held all eight, and each waited."""
    with Pool(database, max_size=3, timeout=10.0) as pool, ThreadPoolExecutor(6) as threads:

        def read(_: int) -> int:
            with pool.transaction() as tx, pool.connection() as conn:
                tx.execute("SELECT pg_sleep(0.05)")
                return answers.certain(conn, int, "SELECT 1")

        assert sum(threads.map(read, range(12))) == 12


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
                both_hold_one.wait(60)
                tx.execute("SELECT FROM t WHERE a = %s FOR UPDATE", (second,))
        except Transient as exc:
            return exc.code
        return "committed"

    with ThreadPoolExecutor(2) as threads:
        outcomes = {future.result(60) for future in (threads.submit(lock, 1, 2), threads.submit(lock, 2, 1))}
    assert outcomes == {"committed", "database_conflict"}


def test_no_free_connection_in_time_may_be_tried_again(database: str) -> None:
    with (
        Pool(database, max_size=1, timeout=0.1) as pool,
        _first_of(pool),
        pytest.raises(Transient) as raised,
        pool.connection(),
    ):
        pytest.fail("there was no second connection to be had")
    assert raised.value.code == "database_busy"


def _first_of(pool: Pool) -> AbstractContextManager[Connection]:
    """A connection of a pool that has made one: it may take longer than there is patience for."""
    pool.wait()
    return pool.connection()


def test_a_lost_connection_may_be_tried_again(conn: Connection, database: str) -> None:
    with pytest.raises(Transient) as raised, driver_errors_translated(), connect(database) as victim:
        conn.execute("SELECT pg_terminate_backend(%s)", (victim.info.backend_pid,))
        victim.execute("SELECT 1")
    assert raised.value.code == "database_away"


@contextmanager
def _stopped(process: int) -> Iterator[None]:
    """What serves one connection says nothing for a while, as on a machine whose disk hangs."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for a statement under way nor before the next, and what comes after is served by another connection."""
    monkeypatch.setattr(unanswered, "MARGIN", 0.2)
    monkeypatch.setattr(pool_module, "LOOK", 0.2)
    with Pool(database, statement_timeout_ms=300, max_size=1) as pool:
        with pytest.raises(Transient) as raised, pool.connection() as conn, _stopped(conn.info.backend_pid):
            conn.execute("SELECT 1")
        assert (raised.value.code, conn.closed) == ("database_away", True)
        silent = _serving(pool)
        with _stopped(silent):
            with pytest.raises(Transient) as raised, pool.connection():
                pytest.fail("it was given out unasked")
            assert raised.value.code == "database_away"
            assert _serving(pool) != silent
        _serving(pool)


def _serving(pool: Pool) -> int:
    """The process that answers, once there is one."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with pool.connection() as conn:
                return answers.certain(conn, int, "SELECT pg_backend_pid()")
        except Transient:
            assert time.monotonic() < deadline


def test_a_worker_waits_as_long_as_it_takes(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanswered, "MARGIN", 0.0)
    with Pool(database) as pool, pool.connection() as conn:
        silent = conn.info.backend_pid
        with ThreadPoolExecutor(1) as threads, _stopped(silent):
            asked = threads.submit(answers.certain, conn, int, "SELECT 1")
            with pytest.raises(TimeoutError):
                asked.result(0.3)
            os.kill(silent, signal.SIGCONT)
            assert asked.result(60) == 1


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
        pool.wait(timeout=120)
    assert time.monotonic() - started < 60  # a pool by itself asks again for the two minutes


@pytest.mark.parametrize("outage", [0.0, 4.0], ids=["restarted at once", "away for four seconds"])
def test_a_pool_serves_again_soon_after_the_server_came_back(own_server: EmbeddedServer, outage: float) -> None:
    with Pool(own_server.start(), max_size=4, timeout=2.0) as pool, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: _answers(pool, 60), range(8)))
        pid = own_server.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)  # its children end as soon as they notice
        until = time.monotonic() + outage
        while outage and (_answers(pool, 0.5) or time.monotonic() < until):
            pass
        own_server.start()
        assert all(threads.map(lambda _: _answers(pool, 60), range(4)))  # the driver's own pauses grow to minutes


def _answers(pool: Pool, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with pool.connection() as conn:
                return conn.execute("SELECT 1").fetchone() == (1,)
        except Transient:
            if time.monotonic() > deadline:
                return False


def _wait_for(pool: Pool, statement: str) -> str:
    """The code with which a statement fails."""
    with pytest.raises(Transient) as raised, pool.transaction() as tx:
        tx.execute(statement)
    return raised.value.code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "database_full"),
        ("53200", "database_full"),
        ("25006", "database_read_only"),
        ("55P03", "database_locked"),
        ("57014", "database_timeout"),
        ("57P01", "database_away"),
        ("57P03", "database_away"),
        ("53300", "database_busy"),
        ("58030", "database_away"),
    ],
)
def test_an_error_of_the_database_is_told_by_its_class(pool: Pool, state: str, code: str) -> None:
    assert _wait_for(pool, f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$") == code


def test_a_database_that_takes_no_writes_says_so_until_it_does(pool: Pool) -> None:
    with pool.connection() as conn:
        conn.execute("CREATE TABLE t (a int)")
        name = conn.info.dbname
        conn.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with Pool(pool.conninfo) as later:
        assert _wait_for(later, "INSERT INTO t VALUES (1)") == "database_read_only"
    with pool.connection() as conn:
        conn.execute("SET default_transaction_read_only = off")
        conn.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with Pool(pool.conninfo) as later, later.transaction() as tx:
        tx.execute("INSERT INTO t VALUES (1)")


def test_a_lock_is_not_waited_for_without_end(pool: Pool, database: str) -> None:
    with pool.transaction() as holder, Pool(database, lock_timeout_ms=100) as other:
        holder.execute("LOCK TABLE eventlog.installation")
        assert _wait_for(other, "LOCK TABLE eventlog.installation") == "database_locked"


def test_a_transaction_that_pauses_is_ended_and_the_pool_goes_on(pool: Pool) -> None:
    with pytest.raises(Transient) as raised, pool.transaction() as tx:
        tx.execute("SET idle_in_transaction_session_timeout = '50ms'")
        until = time.monotonic() + 60
        while time.monotonic() < until and tx.pgconn.status == psycopg.pq.ConnStatus.OK:
            time.sleep(0.2)  # the server's own clock runs; nothing here can be waited on
            tx.execute("SELECT 1")
    assert raised.value.code in ("database_paused", "database_away")
    assert _answers(pool, 60)


def test_who_asks_first_after_all_sessions_are_gone_is_served_at_once(pool: Pool, conn: Connection) -> None:
    """It was five to ten seconds, and then an error. A machine may be slow once; the driver's pauses came each time."""
    assert any(_served_after_all_are_gone(pool, conn) < 4.5 for _ in range(5))


def _served_after_all_are_gone(pool: Pool, conn: Connection) -> float:
    """Seconds."""
    all_hold = threading.Barrier(8)

    def hold(_: int) -> None:
        with pool.connection() as held:
            held.execute("SELECT 1")
            all_hold.wait(60)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(hold, range(8)))
    conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
    began = time.monotonic()
    with pool.connection() as again:
        assert again.execute("SELECT 1").fetchone() == (1,)
    return time.monotonic() - began


def test_an_outage_is_told_soon_to_those_who_come_later(own_server: EmbeddedServer) -> None:
    with Pool(own_server.start(), max_size=2, timeout=4.0) as pool:
        assert _answers(pool, 60)
        own_server.stop(timeout=5)
        until = time.monotonic() + 60
        quick = False
        while not quick and time.monotonic() < until:
            began = time.monotonic()
            with pytest.raises(Transient) as raised, pool.connection():
                pass
            quick = time.monotonic() - began < 1.5
        assert quick
        assert raised.value.code == "database_away"  # not busy: nobody holds what it waits for
        own_server.start()
        assert _answers(pool, 60)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("could not write init file: No space left on device", "database_full"),
        ("sorry, too many clients already", "database_busy"),
        ("the database system is starting up", "database_away"),
    ],
)
def test_a_session_that_can_not_begin_is_told_by_its_class_too(said: str, code: str) -> None:
    """What a server says to who connects carries no state."""
    refused = psycopg.OperationalError(f'connection failed: connection to server on socket "x" failed: FATAL:  {said}')
    meaning = meaning_of(refused)
    assert meaning is not None and meaning.code == code


def test_an_option_that_libpq_refuses_is_the_operators_to_mend_and_no_outage() -> None:
    meaning = meaning_of(psycopg.OperationalError('connection is bad: invalid port number: "s3cret"'))
    assert meaning is not None and meaning.code == "database_url_unusable" and "s3cret" not in str(meaning)
    away = psycopg.OperationalError('connection is bad: connection to server on socket "/x" failed: No such file')
    assert meaning_of(away).code == "database_away"  # type: ignore[union-attr]
