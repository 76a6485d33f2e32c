"""Moving: from the embedded server to another one, by the commands an operator types."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from lienthong.backup.backup import back_up
from lienthong.backup.restore import restore
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.postgres.pool import connect
from tests.builders import command_line
from tests.builders.hub import a_hub
from tests.builders.living_hub import delta, follow, live, shown
from tests.conftest import MIGRATIONS, _temporary_database

FAST = {"fsync": "off", "full_page_writes": "off"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the servers' user may pass through."""
    path = Path(tempfile.mkdtemp(prefix="lienthong-move-"))
    path.chmod(0o755)
    yield path
    for name in ("old", "new"):
        EmbeddedServer(path / name).stop()
    shutil.rmtree(path)


@pytest.fixture
def archive(postgres: str, filled: str, folder: Path) -> Path:
    """The backup of a hub that has lived."""
    with _temporary_database(postgres, filled) as name:
        conninfo = make_conninfo(postgres, dbname=name)
        with a_hub(conninfo) as hub:
            live(hub)
        back_up(conninfo, folder / "first.zip")
    return folder / "first.zip"


def lienthong(*words: str, **variables: str) -> str:
    """What the command prints; fails the test when it fails."""
    done = command_line.lienthong(*words, **variables)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_a_hub_moves_from_the_embedded_server_to_another_and_shows_the_same(archive: Path, folder: Path) -> None:
    old, file = folder / "old", folder / "final.zip"
    with EmbeddedServer(old, settings=FAST) as conninfo:
        restore(conninfo, archive, MIGRATIONS)  # roles that this server has never seen are made with it
        before, cursor = shown(conninfo), delta(conninfo)
    lienthong("backup", str(file), "--final", LIENTHONG_DATA_DIR=str(old))
    assert "nguyên vẹn" in lienthong("backup", str(file), "--check")
    with EmbeddedServer(folder / "new", settings=FAST) as server:
        with connect(make_conninfo(server, dbname="postgres")) as conn:
            conn.execute("CREATE DATABASE hub TEMPLATE template0")
        elsewhere = make_conninfo(server, dbname="hub")
        lienthong("restore", str(file), "--move", DATABASE_URL=elsewhere)
        assert shown(elsewhere) == before
        assert follow(elsewhere, cursor) == []
        assert lienthong("migrate", DATABASE_URL=elsewhere)
        with connect(elsewhere) as conn:
            acts = conn.execute("SELECT act FROM ingest.audit WHERE province = 'VN'").fetchall()
        assert ("hub.moved",) in acts


def test_a_restore_says_what_is_lost_and_what_to_do(archive: Path, folder: Path) -> None:
    said = lienthong("restore", str(archive), LIENTHONG_DATA_DIR=str(folder / "old"))
    assert "Thế hệ dữ liệu mới" in said
    assert "410" in said
