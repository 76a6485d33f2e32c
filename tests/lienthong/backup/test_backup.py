"""A backup is the hub at one moment; a restored hub is that hub, proved, in a new epoch."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from lienthong.backup import archive
from lienthong.backup.backup import back_up, reopen
from lienthong.backup.restore import begin_epoch, restore
from lienthong.errors import Misconfigured, Rejected, Transient, Unprocessable
from lienthong.eventlog import installation
from lienthong.eventlog.append import partitions_of
from lienthong.postgres.pool import Connection, connect
from tests.builders.hub import Hub, a_hub, a_report
from tests.builders.living_hub import UNITS, consume, delta, follow, live, shown, sign
from tests.builders.tampering import tampering
from tests.conftest import MIGRATIONS, _temporary_database


@pytest.fixture(scope="module")
def past(postgres: str, filled: str) -> Iterator[str]:
    """Name of a database whose hub has lived."""
    with _temporary_database(postgres, filled) as name:
        with a_hub(make_conninfo(postgres, dbname=name)) as hub:
            live(hub)
        yield name


@pytest.fixture
def lived(postgres: str, past: str) -> Iterator[Hub]:
    with _temporary_database(postgres, past) as name, a_hub(make_conninfo(postgres, dbname=name)) as hub:
        yield hub


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.zip"


@pytest.fixture
def restored(lived: Hub, file: Path, empty_database: str) -> str:
    back_up(lived.conninfo, file)
    restore(empty_database, file, MIGRATIONS)
    return empty_database


def test_a_restored_hub_shows_the_same_receipts_rollups_releases_and_feed(lived: Hub, restored: str) -> None:
    before = shown(lived.conninfo)
    assert len(before["receipts"]) == 5
    assert len(before["feed"]) == 1
    assert shown(restored) == before


def test_a_report_sent_again_to_the_restored_hub_gets_its_old_receipt(lived: Hub, restored: str) -> None:
    again = a_report(lived, unit=UNITS[2])
    [first] = lived.send(again)
    with a_hub(restored) as other:
        [second] = other.send(again)
    assert (second.verdict, second.receipt) == ("repeated", first.receipt)


def test_the_restored_hub_goes_on_without_holes_and_rolls_up_what_comes(restored: str) -> None:
    with a_hub(restored) as other:
        [outcome] = other.send(a_report(other, unit="06004"))
        assert outcome.verdict == "accepted"
        consume(restored)
        assert sign(other) == "P119-LS.2026/2"
        consume(restored)
    assert [entry["version"] for entry in shown(restored)["feed"]] == [1, 2]


def test_what_came_after_the_backup_is_not_there_and_may_be_submitted_again(
    lived: Hub, file: Path, empty_database: str
) -> None:
    back_up(lived.conninfo, file)
    lost = a_report(lived, unit="06004")
    [before] = lived.send(lost)
    restore(empty_database, file, MIGRATIONS)
    with a_hub(empty_database) as other:
        [after] = other.send(lost)
    assert (before.verdict, after.verdict) == ("accepted", "accepted")


def test_a_cursor_of_the_lost_future_is_gone_after_a_restore(lived: Hub, file: Path, empty_database: str) -> None:
    back_up(lived.conninfo, file)
    cursor = delta(lived.conninfo)
    restore(empty_database, file, MIGRATIONS)
    with pytest.raises(Rejected) as refused:
        follow(empty_database, cursor)
    assert (refused.value.status, refused.value.problems[0].code) == (410, "cursor_of_another_past")


def test_two_restorations_of_one_backup_never_share_an_epoch(
    lived: Hub, file: Path, empty_database: str, database: str
) -> None:
    back_up(lived.conninfo, file)
    first = restore(empty_database, file, MIGRATIONS).epoch
    with connect(empty_database) as conn:
        began, now = installation.epoch_began(conn), installation.hub_now(conn)
    assert began is not None and abs(now - began) < timedelta(hours=1), "what was due before is not sent by itself"
    with connect(database) as conn:
        conn.execute("SELECT pg_sleep(1.1)")
    _emptied(database)
    second = restore(database, file, MIGRATIONS).epoch
    assert 1 < first < second


def test_a_final_backup_closes_the_hub_and_a_move_keeps_its_epoch_and_cursors(
    lived: Hub, file: Path, empty_database: str
) -> None:
    cursor, before = delta(lived.conninfo), shown(lived.conninfo)
    _leave(lived)
    back_up(lived.conninfo, file, final=True)
    moved = restore(empty_database, file, MIGRATIONS, moving=True)
    assert moved.epoch == 1
    assert follow(empty_database, cursor) == []
    assert shown(empty_database) == before
    with a_hub(lived.conninfo) as old, pytest.raises(Misconfigured, match="goes on at its new place"):
        old.send(a_report(old, unit="06004"))
    with a_hub(empty_database) as new:
        assert new.send(a_report(new, unit="06004"))[0].verdict == "accepted"


def test_a_move_that_did_not_take_place_is_undone(lived: Hub, file: Path) -> None:
    _leave(lived)
    back_up(lived.conninfo, file, final=True)
    reopen(lived.conninfo)
    with a_hub(lived.conninfo) as again:
        assert again.send(a_report(again, unit="06004"))[0].verdict == "accepted"


def test_a_final_backup_of_a_running_hub_is_refused_and_leaves_it_open(lived: Hub, file: Path) -> None:
    with pytest.raises(Misconfigured, match="still runs"):
        back_up(lived.conninfo, file, final=True)
    assert not file.exists()
    assert lived.send(a_report(lived, unit="06004"))[0].verdict == "accepted"


def test_an_ordinary_backup_can_not_be_moved(lived: Hub, file: Path, empty_database: str) -> None:
    back_up(lived.conninfo, file)
    with pytest.raises(Misconfigured, match="without --move"):
        restore(empty_database, file, MIGRATIONS, moving=True)


def test_a_backup_under_writes_is_one_moment(lived: Hub, file: Path, empty_database: str) -> None:
    """Ledger, log and heads fit together although reports kept coming while it was made."""
    stop = threading.Event()

    def submit() -> None:
        revision = 3
        while not stop.is_set():
            lived.send(a_report(lived, unit=UNITS[0], revision=revision))
            revision += 1

    writer = threading.Thread(target=submit)
    writer.start()
    try:
        made = back_up(lived.conninfo, file)
    finally:
        stop.set()
        writer.join()
    restore(empty_database, file, MIGRATIONS)
    with connect(empty_database) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM ingest.ledger), (SELECT count(*) FROM eventlog.events"
            " WHERE type IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1')),"
            " (SELECT sum(position) FROM eventlog.heads), (SELECT count(*) FROM eventlog.events)"
        ).fetchone()
    assert row is not None
    assert row[0] == row[1]
    assert row[2] == row[3] == made.events


def test_only_an_empty_database_is_restored_into(lived: Hub, file: Path, database: str) -> None:
    back_up(lived.conninfo, file)
    with pytest.raises(Misconfigured, match="empty one"):
        restore(database, file, MIGRATIONS)


def test_a_backup_never_overwrites_another(lived: Hub, file: Path) -> None:
    back_up(lived.conninfo, file)
    with pytest.raises(Misconfigured, match="never overwrites"):
        back_up(lived.conninfo, file)


def test_the_file_is_for_its_owner_alone(lived: Hub, file: Path) -> None:
    back_up(lived.conninfo, file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_database_without_a_hub_is_not_backed_up(empty_database: str, file: Path) -> None:
    with pytest.raises(Misconfigured, match="no hub"):
        back_up(empty_database, file)
    assert not file.exists()


@pytest.mark.parametrize("damage", ["byte", "table", "manifest", "cut"])
def test_a_damaged_backup_is_refused_and_leaves_the_database_empty(
    lived: Hub, file: Path, empty_database: str, damage: str
) -> None:
    back_up(lived.conninfo, file)
    _damage(file, damage)
    with pytest.raises(Unprocessable, match="damaged"):
        archive.check(file)
    with pytest.raises(Unprocessable, match="damaged"):
        restore(empty_database, file, MIGRATIONS)
    with connect(empty_database) as conn:
        assert conn.execute("SELECT to_regclass('eventlog.events')").fetchone() == (None,)


def test_a_restore_that_is_killed_leaves_an_empty_database_and_can_be_repeated(
    lived: Hub, file: Path, empty_database: str
) -> None:
    back_up(lived.conninfo, file)

    def kill(what: str, _: int, __: int) -> None:
        if what == "ingest.ledger":
            with connect(empty_database) as conn:
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(Transient):
        restore(empty_database, file, MIGRATIONS, progress=kill)
    restore(empty_database, file, MIGRATIONS)
    assert shown(empty_database) == shown(lived.conninfo)


def test_a_backup_that_is_interrupted_leaves_no_file(lived: Hub, file: Path) -> None:
    def interrupt(what: str, _: int, __: int) -> None:
        if what == "ingest.ledger":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(lived.conninfo, file, progress=interrupt)
    assert list(file.parent.iterdir()) == []


def test_an_interrupted_final_backup_leaves_the_hub_open(lived: Hub, file: Path) -> None:
    def interrupt(what: str, _: int, __: int) -> None:
        raise KeyboardInterrupt

    _leave(lived)
    with pytest.raises(KeyboardInterrupt):
        back_up(lived.conninfo, file, final=True, progress=interrupt)
    with a_hub(lived.conninfo) as again:
        assert again.send(a_report(again, unit="06004"))[0].verdict == "accepted"


def number_of(conn: Connection) -> int:
    """Of the partition that lived."""
    return partitions_of(conn)["20"]


def test_a_log_that_was_tampered_with_is_told_instead_of_backed_up(lived: Hub, file: Path) -> None:
    with connect(lived.conninfo) as conn, tampering(conn):
        conn.execute(
            "UPDATE eventlog.events SET seal = sha256('x') WHERE position = 3 AND partition = %s", [number_of(conn)]
        )
    with pytest.raises(Unprocessable, match="position 3"):
        back_up(lived.conninfo, file)
    assert not file.exists()


def test_a_backup_of_a_newer_version_is_refused(lived: Hub, file: Path, empty_database: str) -> None:
    back_up(lived.conninfo, file)
    with pytest.raises(Misconfigured, match="newer version"):
        restore(empty_database, file, MIGRATIONS[:-1])


def test_an_older_backup_is_restored_and_migrated(lived: Hub, file: Path, empty_database: str, tmp_path: Path) -> None:
    back_up(lived.conninfo, file)
    folder = tmp_path / "later" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001.more.sql").write_text("ALTER TABLE ingest.ledger ADD COLUMN remark text;", "utf-8")
    done = restore(empty_database, file, (*MIGRATIONS, folder))
    assert done.migrated == ("later/0001.more",)
    with connect(empty_database) as conn:
        assert conn.execute("SELECT count(remark), count(*) FROM ingest.ledger").fetchone() == (0, 5)


def test_identities_go_on_after_the_highest(lived: Hub, file: Path, empty_database: str) -> None:
    lived.send(a_report(lived, unit="99999"))
    back_up(lived.conninfo, file)
    restore(empty_database, file, MIGRATIONS)
    with a_hub(empty_database) as other:
        other.send(a_report(other, unit="99998"))
    with connect(empty_database) as conn:
        assert conn.execute("SELECT array_agg(refusal ORDER BY refusal) FROM ingest.refusals").fetchone() == ([1, 2],)


def test_a_consumer_beyond_the_head_is_put_back_and_told(lived: Hub, file: Path, empty_database: str) -> None:
    with connect(lived.conninfo) as conn:
        number = number_of(conn)
        head = conn.execute("SELECT position FROM eventlog.heads WHERE partition = %s", [number]).fetchone()
        conn.execute(
            "INSERT INTO eventlog.positions (consumer, partition, position) VALUES ('console', %s, 5000)", [number]
        )
    assert head is not None
    back_up(lived.conninfo, file)
    assert restore(empty_database, file, MIGRATIONS).reset == (("console", "20", head[0]),)


def test_a_hub_recovered_by_other_means_begins_a_new_epoch(lived: Hub) -> None:
    cursor = delta(lived.conninfo)
    with pytest.raises(Misconfigured, match="still runs"):
        begin_epoch(lived.conninfo)
    _leave(lived)
    done = begin_epoch(lived.conninfo)
    assert done.before < done.epoch
    with pytest.raises(Rejected):
        follow(lived.conninfo, cursor)


def test_guards_work_again_after_a_restore(restored: str) -> None:
    with connect(restored) as conn:
        with pytest.raises(psycopg.Error, match="append-only"):
            conn.execute("DELETE FROM ingest.audit")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            conn.execute("INSERT INTO eventlog.positions (consumer, partition) VALUES ('x', 999)")
        assert installation.installation(conn).sample


def _damage(file: Path, how: str) -> None:
    if how == "cut":
        file.write_bytes(file.read_bytes()[:-200])
        return
    with zipfile.ZipFile(file) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    if how == "byte":
        entries["data/ingest.ledger.copy"] = entries["data/ingest.ledger.copy"].replace(b"05977", b"05976", 1)
    elif how == "table":
        del entries["data/ingest.ledger.copy"]
    else:
        body = json.loads(entries["manifest.json"])
        del body["heads"]
        entries["manifest.json"] = json.dumps(body).encode()
    with zipfile.ZipFile(file, "w") as new:
        for name, content in entries.items():
            new.writestr(name, content)


def _emptied(conninfo: str) -> None:
    """Take a migrated hub out of a database."""
    with connect(conninfo) as conn:
        conn.execute("DROP SCHEMA eventlog, ingest, aggregate, export, identity, console CASCADE")
        conn.execute("DROP TABLE public.lienthong_migrations")


def _leave(hub: Hub) -> None:
    """The old hub is stopped: nobody is connected any more."""
    hub.committer.stop()
    hub.desk.conn.close()
    hub.conn.close()


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.glob("*.part"))
