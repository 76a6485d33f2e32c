"""Migrations: each once, in order, never edited, by several processes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from lienthong.errors import Misconfigured
from lienthong.postgres.migrate import CORE, migrate, pending
from lienthong.postgres.pool import Connection, connect


def a_folder(tmp_path: Path, service: str, **files: str) -> Path:
    folder = tmp_path / service / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.removeprefix('_')}.sql").write_text(text)
    return folder


def test_migrations_apply_once_in_the_order_of_folders_and_names(empty_database: str, tmp_path: Path) -> None:
    later = a_folder(tmp_path, "later", _0001="CREATE TABLE b (a int REFERENCES a (id));")
    first = a_folder(tmp_path, "first", _0002="INSERT INTO a VALUES (1);", _0001="CREATE TABLE a (id int PRIMARY KEY);")
    assert pending(empty_database, (first, later)) == ("first/0001", "first/0002", "later/0001")
    assert migrate(empty_database, (first, later)) == ("first/0001", "first/0002", "later/0001")
    assert migrate(empty_database, (first, later)) == ()
    assert pending(empty_database, (first, later)) == ()


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
    assert pending(empty_database, (folder,)) == ("one/0002",)
    with connect(empty_database) as conn:
        assert conn.execute("SELECT to_regclass('a')::text, to_regclass('b')::text").fetchone() == ("a", None)


def test_a_migration_of_a_newer_version_is_left_in_peace(empty_database: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "one", _0001="CREATE TABLE a ();", _0002="CREATE TABLE b ();")
    migrate(empty_database, (folder,))
    (folder / "0002.sql").unlink()
    assert migrate(empty_database, (folder,)) == ()


@pytest.mark.parametrize(("role", "foreign"), [("ingest", "aggregate"), ("aggregate", "export"), ("export", "ingest")])
def test_a_service_reaches_its_own_schema_and_the_log_only(database: str, role: str, foreign: str) -> None:
    with connect(database) as owner:
        owner.execute(f"CREATE TABLE {role}.probe (id int)")
        owner.execute(f"CREATE TABLE {foreign}.probe (id int)")
    with connect(database, role=f"lienthong_{role}") as conn:
        conn.execute(f"INSERT INTO {role}.probe VALUES (1)")  # noqa: S608
        conn.execute("SELECT * FROM eventlog.events")
        for forbidden in (
            f"SELECT * FROM {foreign}.probe",  # noqa: S608
            "DELETE FROM eventlog.events",
            "UPDATE eventlog.installation SET epoch = 2",
            f"CREATE TABLE {role}.more (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(forbidden)


def test_real_data_never_runs_on_a_set_clock(conn: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE eventlog.installation SET clock_offset = interval '1 day'")
