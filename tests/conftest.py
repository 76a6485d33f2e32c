"""Fixtures with a real PostgreSQL: one server for the run, one migrated template, one clone for each test.

LIENTHONG_TEST_DATABASE_URL names a server to use (a user that may create databases); without it the embedded
server starts in a temporary folder. It runs without fsync: tests that kill the server start their own.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from lienthong.embedded.kafka.node import SHORT_LIVED
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.postgres.migrate import migrate
from lienthong.postgres.pool import Connection, Pool, connect
from services.hub import roster

gc.disable()  # until everything is collected
pytest_plugins = ("tests.longest_first",)

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = roster.folders()
MEMORY = Path("/dev/shm")


# A machine that does other things too makes inputs slowly and runs examples slowly: neither is a fault.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pytest_configure() -> None:
    """Temporary folders of the run, and of what it starts, are in memory where there is room for them.

    Most of a test with a database is the making of its clone, and most of that was the disk. What is killed with -9
    loses nothing of a folder in memory either. TMPDIR says where they shall be instead. Brokers live for seconds.
    """
    os.environ.setdefault("JDK_JAVA_OPTIONS", SHORT_LIVED)
    settings.load_profile("shared machine")
    if "TMPDIR" not in os.environ and _fit(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_collection_finish() -> None:
    """What the collection made stays to the end: the collector need not go through it at every turn.

    It did so for a tenth of the processor time of a test, and for a fifth of that of the collection itself.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def _fit(folder: Path) -> bool:
    """Whether a run has room there (a container's has 64 MB) and may start programs from it."""
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return False
    return not os.statvfs(folder).f_flag & os.ST_NOEXEC and shutil.disk_usage(folder).free > 6 * 2**30


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The conninfo of a server where databases may be created."""
    given = os.environ.get("LIENTHONG_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # A run ended by `timeout` or the CI stops its server too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="lienthong-test-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user, who has to pass through
        speed = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "autovacuum": "off"}
        with EmbeddedServer(Path(folder), settings=speed) as conninfo:
            yield conninfo


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """Name of a database with every migration applied; nobody may be connected while it is cloned."""
    with _temporary_database(postgres, None) as name:
        migrate(make_conninfo(postgres, dbname=name), MIGRATIONS)
        yield name


@pytest.fixture
def database(postgres: str, template: str) -> Iterator[str]:
    """The conninfo of a fresh migrated database, dropped after the test."""
    with _temporary_database(postgres, template) as name:
        yield make_conninfo(postgres, dbname=name)


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """The conninfo of a database without any migration."""
    with _temporary_database(postgres, None) as name:
        yield make_conninfo(postgres, dbname=name)


@pytest.fixture
def pool(database: str) -> Iterator[Pool]:
    """Connections to the fresh database, acting as its owner."""
    with Pool(database, max_size=20) as opened:
        yield opened


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    """One connection in autocommit to the fresh database, acting as its owner."""
    with connect(database) as opened:
        yield opened


@pytest.fixture
def appender(conn: Connection) -> PostgresAppender:
    """Appends to the fresh database's log."""
    return PostgresAppender(partitions_of(conn))


class _temporary_database:
    """Makes a database (from a template) and drops it, with whoever is still connected to it."""

    def __init__(self, server: str, template: str | None) -> None:
        self._server = server
        self._template = template or "template0"
        self.name = f"test_{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> str:
        # FILE_COPY forces two checkpoints, which cost nothing without fsync; WAL_LOG writes all of it twice.
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", self.name, self._template)
        return self.name

    def __exit__(self, *_: object) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(make_conninfo(self._server, dbname="postgres"), autocommit=True) as conn:
            conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
