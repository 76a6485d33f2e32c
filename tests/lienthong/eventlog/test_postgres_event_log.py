"""The PostgreSQL engine passes the suite, and a few rules of its own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from lienthong.errors import Misconfigured
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.port import AheadOfLog, EventLog
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.events import REPORT_ACCEPTED
from lienthong.postgres.pool import Pool
from tests.builders.tampering import tampering
from tests.lienthong.eventlog.event_log_suite import Engine, EventLogSuite, an_event


class PostgresEngine(Engine):
    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.log = PostgresEventLog(pool)
        self.appender = PostgresAppender(self.log.partitions)
        self.notifier = Notifier(pool)

    def tell(self) -> None:
        self.notifier.nudge()

    def smaller(self, *, events: int = 1000, size: int = 1 << 24) -> EventLog:
        return PostgresEventLog(self.pool, batch_events=events, batch_bytes=size)

    def sever(self, consumer: str) -> None:
        with self.pool.connection() as conn:
            conn.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    def make_hole(self, key: str, position: int) -> None:
        with self.pool.connection() as conn, tampering(conn):
            conn.execute(
                "DELETE FROM eventlog.events WHERE position = %s AND partition = %s",
                (position, self.log.partitions[key]),  # type: ignore[attr-defined]
            )


class TestPostgresEventLog(EventLogSuite):
    @pytest.fixture
    def engine(self, pool: Pool) -> Iterator[Engine]:
        engine = PostgresEngine(pool)
        yield engine
        engine.notifier.close()

    def test_a_consumer_ahead_of_a_restored_log_is_told_so(self, engine: Engine) -> None:
        engine.append(an_event(1))
        with engine.pool.connection() as conn:
            conn.execute(
                "INSERT INTO eventlog.positions (consumer, partition, position) SELECT 'c', partition, 2"
                " FROM eventlog.partitions WHERE key = '20'"
            )
        subscription = engine.log.subscribe("c")
        with pytest.raises(AheadOfLog, match="replay"):
            subscription.poll(0.1)

    def test_without_any_notification_the_safety_poll_finds_the_event(self, engine: Engine) -> None:
        subscription = engine.log.subscribe("c")
        assert subscription.poll(0.01) is None
        with engine.pool.transaction() as tx:
            engine.appender.append(tx, [an_event(1)])
        batch = subscription.poll(5)
        assert batch is not None
        assert batch.last == 1
        subscription.close()

    def test_the_lag_counts_events_and_the_age_of_the_oldest(self, engine: Engine) -> None:
        engine.append(an_event(1), an_event(2))
        lag = PostgresEventLog(engine.pool).lag("nobody")
        assert lag["20"].events == 2
        assert 0 <= lag["20"].seconds < 60
        assert (lag["33"].events, lag["33"].seconds) == (0, 0.0)

    def test_every_role_appends_and_none_removes(self, engine: Engine, database: str) -> None:
        for role in ("ingest", "aggregate", "export"):
            with Pool(database, role=f"lienthong_{role}") as pool:
                with pool.transaction() as tx:
                    engine.appender.append(tx, [an_event(role, kind=REPORT_ACCEPTED)])
                with pytest.raises(Misconfigured, match="permission denied"), pool.transaction() as tx:
                    tx.execute("DELETE FROM eventlog.events")
        assert engine.log.head("20") == 3

    def test_the_database_itself_refuses_a_second_event_of_the_same_id(self, engine: Engine) -> None:
        engine.append(an_event(1, kind="vn.lienthong.release.signed.v1"))
        with engine.pool.connection() as conn, pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute(
                "INSERT INTO eventlog.events SELECT partition, 7, recorded_at, time, type, source, id, subject,"
                " correlation_id, causation_id, traceparent, seal, link, data FROM eventlog.events"
            )
