"""The hub's clock is the database's; only sample data may set it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from lienthong.errors import Misconfigured
from lienthong.eventlog import installation
from lienthong.eventlog.append import PostgresAppender
from lienthong.events import ROUND_OPENED, Event
from lienthong.postgres.pool import Connection

AUTUMN = datetime(2026, 10, 10, 8, tzinfo=UTC)


def append(conn: Connection, appender: PostgresAppender) -> datetime:
    event = Event(
        type=ROUND_OPENED, source="urn:test", id="1", time=AUTUMN, partition_key="20", data="{}", subject="P119-LS.2026"
    )
    with conn.transaction():
        return appender.append(conn, [event])[0].recorded_at


def test_real_data_runs_on_the_servers_clock(conn: Connection) -> None:
    assert installation.installation(conn).sample is False
    row = conn.execute("SELECT abs(extract(epoch FROM eventlog.hub_now() - clock_timestamp())) < 1").fetchone()
    assert row == (True,)


def test_real_data_refuses_a_set_clock(conn: Connection) -> None:
    with pytest.raises(Misconfigured, match="sample"):
        installation.set_clock(conn, AUTUMN)


def test_sample_data_runs_on_from_the_set_instant(conn: Connection, appender: PostgresAppender) -> None:
    installation.become_sample(conn)
    began = time.monotonic()
    installation.set_clock(conn, AUTUMN)
    now, recorded = installation.hub_now(conn), append(conn, appender)
    gone = timedelta(seconds=time.monotonic() - began + 1)
    assert AUTUMN <= now <= recorded <= AUTUMN + gone


def test_a_log_with_real_events_never_becomes_sample_data(conn: Connection, appender: PostgresAppender) -> None:
    append(conn, appender)
    with pytest.raises(Misconfigured, match="real data"):
        installation.become_sample(conn)


def test_sample_data_never_becomes_real(conn: Connection) -> None:
    installation.become_sample(conn)
    installation.become_sample(conn)
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("UPDATE eventlog.installation SET sample = false")


def test_an_empty_database_says_what_to_do(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as conn, pytest.raises(Misconfigured, match="migrate"):
        installation.installation(conn)
