"""Migrations: each once, in order, never edited, by several processes at once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from lienthong.errors import Misconfigured
from lienthong.postgres.migrate import CORE, migrate, pending_migrations
from lienthong.postgres.pool import Connection, connect
from tests.conftest import _temporary_database


def a_folder(tmp_path: Path, service: str, **files: str) -> Path:
    folder = tmp_path / service / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.removeprefix('_')}.sql").write_text(text)
    return folder


def test_migrations_apply_once_in_the_order_of_folders_and_names(empty_database: str, tmp_path: Path) -> None:
    later = a_folder(tmp_path, "later", _0001="CREATE TABLE b (a int REFERENCES a (id));")
    first = a_folder(tmp_path, "first", _0002="INSERT INTO a VALUES (1);", _0001="CREATE TABLE a (id int PRIMARY KEY);")
    assert pending_migrations(empty_database, (first, later)) == ("first/0001", "first/0002", "later/0001")
    assert migrate(empty_database, (first, later)) == ("first/0001", "first/0002", "later/0001")
    assert migrate(empty_database, (first, later)) == ()
    assert pending_migrations(empty_database, (first, later)) == ()


def test_processes_that_migrate_at_once_take_turns(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(empty_database), range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(list(CORE.glob("*.sql")))]


def test_an_edited_migration_is_refused_by_name(empty_database: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one", _0001="CREATE TABLE a ();")
    migrate(empty_database, (folder,))
    a_folder(tmp_path, "one", _0001="CREATE TABLE b ();")
    with pytest.raises(Misconfigured, match="one/0001"):
        migrate(empty_database, (folder,))


def test_a_failing_migration_changes_nothing_and_keeps_those_before_it(empty_database: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one", _0001="CREATE TABLE a ();", _0002="CREATE TABLE b (); SELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database, (folder,))
    assert pending_migrations(empty_database, (folder,)) == ("one/0002",)
    with connect(empty_database) as conn:
        assert conn.execute("SELECT to_regclass('a')::text, to_regclass('b')::text").fetchone() == ("a", None)


def test_a_migration_of_a_newer_version_is_left_in_peace(empty_database: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one", _0001="CREATE TABLE a ();", _0002="CREATE TABLE b ();")
    migrate(empty_database, (folder,))
    (folder / "0002.sql").unlink()
    assert migrate(empty_database, (folder,)) == ()


MADE_WHILE_OTHERS_WRITE = "-- Outside a transaction.\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_once ON a (i);"


def test_an_index_is_made_without_stopping_who_writes(empty_database: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one", _0001="CREATE TABLE a (i int);")
    migrate(empty_database, (folder,))
    a_folder(tmp_path, "one", _0002=MADE_WHILE_OTHERS_WRITE)
    with ThreadPoolExecutor(3) as threads, connect(empty_database) as writer, connect(empty_database) as watcher:
        with writer.transaction():
            writer.execute("INSERT INTO a VALUES (1)")
            at_once = [threads.submit(migrate, empty_database, (folder,)) for _ in range(3)]
            _until(lambda: watcher.execute("SELECT to_regclass('a_once') IS NOT NULL").fetchone() == (True,))
            watcher.execute("SET lock_timeout = '60s'; INSERT INTO a VALUES (2)")
        assert sorted(map(len, (one.result() for one in at_once))) == [0, 0, 1]
    assert pending_migrations(empty_database, (folder,)) == ()


def test_an_index_that_was_cut_off_is_made_anew(empty_database: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one", _0001="CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    migrate(empty_database, (folder,))
    a_folder(tmp_path, "one", _0002=MADE_WHILE_OTHERS_WRITE)
    with pytest.raises(psycopg.errors.UniqueViolation):  # stands for a process that ended: an invalid index is left
        migrate(empty_database, (folder,))
    with connect(empty_database) as conn:
        conn.execute("DELETE FROM a")
        assert migrate(empty_database, (folder,)) == ("one/0002",)
        valid = conn.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_once'::regclass").fetchone()
    assert valid == (True,)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.02)


@pytest.mark.parametrize(("role", "foreign"), [("ingest", "aggregate"), ("aggregate", "export"), ("export", "ingest")])
def test_a_service_reaches_its_own_schema_and_the_log_only(database: str, role: str, foreign: str) -> None:
    with connect(database) as owner:
        owner.execute(f"CREATE TABLE {role}.probe (id int)")
        owner.execute(f"CREATE TABLE {foreign}.probe (id int)")
    with connect(database, role=f"lienthong_{role}") as conn:
        conn.execute(f"INSERT INTO {role}.probe VALUES (1)")
        conn.execute("SELECT * FROM eventlog.events")
        for forbidden in (
            f"SELECT * FROM {foreign}.probe",
            "DELETE FROM eventlog.events",
            "UPDATE eventlog.installation SET epoch = 2",
            f"CREATE TABLE {role}.more (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(forbidden)


def test_a_service_logs_in_as_itself_and_can_become_nobody_else(database: str) -> None:
    with connect(database, role="lienthong_ingest") as conn:
        assert conn.execute("SELECT session_user, current_user").fetchone() == ("lienthong_ingest",) * 2
        for role in ("lienthong", "lienthong_export"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SET ROLE {role}")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM eventlog.events",
        "TRUNCATE eventlog.events",
        "UPDATE eventlog.events SET type = 'another'",
        "UPDATE eventlog.events SET link = seal",
        "UPDATE eventlog.events SET subject = 'another'",
        "DELETE FROM ingest.ledger",
        "TRUNCATE ingest.ledger",
        "UPDATE ingest.audit SET act = 'nothing'",
        "DELETE FROM ingest.audit",
        "TRUNCATE ingest.audit",
    ],
)
def test_nobody_changes_or_removes_what_has_a_receipt(conn: Connection, change: str) -> None:
    conn.execute("SELECT 1")
    conn.execute(
        "INSERT INTO eventlog.events (partition, position, recorded_at, time, type, source, id, seal, link, data)"
        " VALUES (1, 1, now(), now(), 't', '/s', 'i', sha256('s'), sha256('l'), '{}')"
    )
    conn.execute(
        "INSERT INTO ingest.ledger VALUES ('/s', 'i', 't', '01', 'u', 'r', 'f', 1, 'h', 's', 'l', 1, 1, now(), NULL,"
        " false, 'c', '[]')"
    )
    conn.execute("SELECT identity.record_act('01', 'a', 'x', 's', '{}', NULL)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(change)


@pytest.mark.parametrize("table", ["ledger", "slots", "plans", "rounds", "releases", "registry", "contents"])
def test_ingest_removes_nothing_of_what_it_keeps(database: str, table: str) -> None:
    with connect(database, role="lienthong_ingest") as conn:
        for words in ("DELETE FROM", "TRUNCATE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"{words} ingest.{table}")


def test_real_data_never_runs_on_a_set_clock(conn: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE eventlog.installation SET clock_offset = interval '1 day'")


@pytest.fixture
def plain_user(postgres: str, template: str) -> Iterator[str]:
    """A user without any right of its own. The roles exist already: the template made them."""
    name = f"plain_{uuid.uuid4().hex[:8]}"
    with connect(postgres) as conn:
        conn.execute(f"CREATE ROLE {name} LOGIN")
        conn.execute(f"GRANT {name} TO CURRENT_USER")  # who is no superuser could not give it a database
    yield name
    with connect(postgres) as conn:
        conn.execute(f"DROP ROLE {name}")


@contextmanager
def owned_by(server: str, user: str) -> Iterator[str]:
    with _temporary_database(server, None) as name:
        with connect(make_conninfo(server, dbname="postgres")) as conn:
            conn.execute(f"ALTER DATABASE {name} OWNER TO {user}")
        yield make_conninfo(server, dbname=name, user=user)


def test_a_user_without_rights_migrates_where_an_administrator_granted_the_roles(
    postgres: str, plain_user: str
) -> None:
    with connect(postgres) as conn:
        conn.execute(f"GRANT lienthong_ingest, lienthong_aggregate, lienthong_export TO {plain_user}")
    with owned_by(postgres, plain_user) as conninfo:
        migrate(conninfo)
        with connect(conninfo, role="lienthong_ingest") as conn:
            assert conn.execute("SELECT current_user").fetchone() == ("lienthong_ingest",)


def test_a_user_who_may_not_act_in_the_roles_is_told_so(postgres: str, plain_user: str) -> None:
    with owned_by(postgres, plain_user) as conninfo, pytest.raises(Misconfigured, match="postgres/0001"):
        migrate(conninfo)


def test_connecting_before_the_migration_says_what_to_do(empty_database: str) -> None:
    with pytest.raises(Misconfigured, match="lienthong migrate"):
        connect(empty_database, role="lienthong_nobody")
