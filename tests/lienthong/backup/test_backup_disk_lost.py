"""A lost disk costs what docs/operating.md says: with a WAL archive what was not archived yet, with a synchronous
standby nothing that was acknowledged. PostgreSQL's own means, with the settings of that page.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lienthong.backup.restore import begin_epoch
from lienthong.embedded.postgres.binaries import Account, account_for_server, binaries_for
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.events import ROUND_LOCKED, Event
from lienthong.postgres.migrate import migrate
from lienthong.postgres.pool import connect
from tests.conftest import MIGRATIONS


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="lienthong-lost-"))
    path.chmod(0o777)  # the server may run as another user, who keeps its archive and copies in here
    yield path
    EmbeddedServer(path / "hub").stop()
    shutil.rmtree(path)


def test_with_a_wal_archive_only_what_was_not_archived_is_lost(folder: Path) -> None:
    archive = folder / "archive"
    archive.mkdir()
    archive.chmod(0o777)
    keep = f"test ! -f {archive}/%f && cp %p {archive}/%f.part && sync {archive}/%f.part"
    server = _hub(folder, archive_mode="on", archive_command=f"{keep} && mv {archive}/%f.part {archive}/%f")
    conninfo = server.start()
    append(conninfo, 100)
    copied(conninfo, folder / "copy", "--checkpoint=fast", "--wal-method=stream")
    append(conninfo, 100)
    with connect(conninfo) as conn:
        row = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    eventually((archive / row[0]).exists)
    append(conninfo, 10)
    kill(server)
    with (folder / "copy" / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_action = 'promote'\n")
    owned(folder / "copy" / "recovery.signal")
    with started(folder, "copy", "-carchive_mode=off") as recovered:
        eventually(lambda: not in_recovery(recovered))
        assert events(recovered) == 200
        done = begin_epoch(recovered)
        assert done.epoch > done.before
        append(recovered, 5)
        assert events(recovered) == 205


def test_with_a_synchronous_standby_nothing_acknowledged_is_lost(folder: Path) -> None:
    server = _hub(folder)
    conninfo = server.start()
    append(conninfo, 20)
    copied(conninfo, folder / "copy", "--checkpoint=fast", "--write-recovery-conf", "--slot=s1", "--create-slot")
    with (folder / "copy" / "postgresql.auto.conf").open("a") as settings:
        primary = conninfo_to_dict(conninfo)
        settings.write(f"primary_conninfo = 'host={primary['host']} user={primary['user']} application_name=s1'\n")
    with started(folder, "copy") as standby:
        with connect(conninfo) as conn:
            conn.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (s1)'")
            conn.execute("SELECT pg_reload_conf()")
            eventually(lambda: conn.execute("SELECT sync_state FROM pg_stat_replication").fetchone() == ("quorum",))
        append(conninfo, 200)
        kill(server)
        with connect(standby) as conn:
            conn.execute("SELECT pg_promote()")
        assert events(standby) == 220
        append(standby, 5)


def _hub(folder: Path, **settings: str) -> EmbeddedServer:
    server = EmbeddedServer(folder / "hub", settings={"wal_level": "replica", **settings})
    migrate(server.start(), MIGRATIONS)
    return server


def append(conninfo: str, count: int) -> None:
    """Facts, one acknowledged commit each."""
    with connect(conninfo) as conn:
        appender = PostgresAppender(partitions_of(conn))
        first = events(conninfo) + 1
        for number in range(first, first + count):
            with conn.transaction():
                appender.append(
                    conn,
                    [
                        Event(
                            type=ROUND_LOCKED,
                            source="/test",
                            id=str(number),
                            partition_key="20",
                            time=datetime.now(UTC),
                            data="{}",
                        )
                    ],
                )


def events(conninfo: str) -> int:
    with connect(conninfo) as conn:
        row = conn.execute("SELECT count(*), max(position) FROM eventlog.events").fetchone()
    assert row is not None
    assert row[0] == (row[1] or 0)
    return int(row[0])


def in_recovery(conninfo: str) -> bool:
    with connect(conninfo) as conn:
        return conn.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)


def copied(conninfo: str, target: Path, *options: str) -> None:
    """A base backup, made by the user that the server runs as."""
    account, source = account_for_server(), conninfo_to_dict(conninfo)
    program = str(binaries_for(account) / "pg_basebackup")
    command = [program, "-h", str(source["host"]), "-U", str(source["user"]), "-D", str(target), *options]
    subprocess.run(command, check=True, cwd="/", capture_output=True, **account.popen)


def owned(path: Path) -> None:
    """An empty file that belongs to the server's user."""
    path.touch()
    account_for_server().own(path)


def kill(server: EmbeddedServer) -> None:
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@contextmanager
def started(folder: Path, name: str, *options: str) -> Iterator[str]:
    """A plain server on a copied folder; its conninfo."""
    account: Account = account_for_server()
    sockets = folder / f"{name}-run"
    sockets.mkdir()
    sockets.chmod(0o777)
    programs = binaries_for(account)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(programs / "postgres"),
                "-D",
                str(folder / name),
                f"-cunix_socket_directories={sockets}",
                "-clisten_addresses=",
                *options,
            ],
            cwd="/",
            stdout=log,
            stderr=log,
            **account.popen,
        )
    try:
        ready = [str(programs / "pg_isready"), "-q", "-h", str(sockets)]
        eventually(lambda: subprocess.run(ready, check=False, cwd="/").returncode == 0)
        yield make_conninfo(host=str(sockets), user="lienthong", dbname="lienthong")
    finally:
        process.terminate()
        process.wait(30)


def eventually(condition: Callable[[], bool], timeout: float = 60.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)
