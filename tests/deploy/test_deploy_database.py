"""The hub on a server of somebody else: an owner without any right over the server is enough for everything."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lienthong.backup.backup import back_up
from lienthong.backup.restore import restore
from lienthong.embedded.postgres.binaries import account_for_server, binaries_for
from lienthong.postgres.migrate import migrate, pending_migrations
from lienthong.postgres.pool import connect
from services.hub import roster
from tests.builders.hub import Hub
from tests.builders.living_hub import live, shown
from tests.conftest import MIGRATIONS, ROOT

SCRIPT = ROOT / "deploy" / "postgres" / "roles.sh"


@pytest.fixture
def owned(postgres: str, tmp_path: Path) -> Iterator[str]:
    """A database that roles.sh made, as its owner sees it."""
    name, password = f"owned_{uuid.uuid4().hex[:8]}", tmp_path / "password"
    password.write_text('it\'s "quoted" $HOME `x` \\ ', "utf-8")
    server = conninfo_to_dict(postgres)
    text = os.environ["PATH"] + f":{binaries_for(account_for_server())}"
    environment = {
        "PATH": text,
        "PGHOST": str(server["host"]),
        "PGUSER": str(server["user"]),
        "PGPORT": str(server.get("port") or 5432),
        "LIENTHONG_DB_OWNER": name,
        "LIENTHONG_DB_NAME": name,
        "LIENTHONG_DB_PASSWORD_FILE": str(password),
    }
    for _ in range(2):  # it may be run again
        subprocess.run(["sh", str(SCRIPT)], env=environment, check=True, capture_output=True, text=True)
    yield make_conninfo(postgres, dbname=name, user=name, options="")  # services act in their roles, as on any server
    with psycopg.connect(make_conninfo(postgres, dbname="postgres"), autocommit=True) as conn:
        for statement in ("DROP DATABASE {} WITH (FORCE)", "DROP ROLE {}"):
            conn.execute(sql.SQL(statement).format(sql.Identifier(name)))


def test_the_owner_that_the_script_makes_has_no_right_over_the_server(owned: str) -> None:
    with connect(owned) as conn:
        rights = conn.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert rights == (False, False, False)


def test_such_an_owner_migrates_and_every_service_acts_in_its_role(owned: str) -> None:
    migrate(owned, MIGRATIONS)
    assert pending_migrations(owned, MIGRATIONS) == ()
    # These read no event: whose clients and tokens there are, and what somebody began to fill in, is all they need.
    tables = {"identity": "identity.signing_keys", "console": "console.drafts"}
    for service in roster.SERVICES:
        with connect(owned, role=service.role) as conn:
            assert conn.execute("SELECT current_user::text").fetchone() == (service.role,)
            conn.execute(f"SELECT count(*) FROM {tables.get(service.name, 'eventlog.events')}")


def test_every_service_may_connect_in_its_role_where_it_logs_in_itself(owned: str) -> None:
    name = str(conninfo_to_dict(owned)["dbname"])
    with connect(owned) as conn:
        for service in roster.SERVICES:
            query = "SELECT has_database_privilege(%s, %s, 'CONNECT')"
            assert conn.execute(query, (service.role, name)).fetchone() == (True,), service.role


def test_such_an_owner_restores_and_backs_up(hub: Hub, owned: str, tmp_path: Path) -> None:
    live(hub)
    back_up(hub.conninfo, tmp_path / "one.zip")
    restore(owned, tmp_path / "one.zip", MIGRATIONS)
    assert shown(owned) == shown(hub.conninfo)
    assert back_up(owned, tmp_path / "two.zip").events > 0
