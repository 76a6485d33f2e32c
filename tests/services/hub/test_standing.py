"""What /readyz says of the log: how far it is read, and when it can't be asked."""

from __future__ import annotations

from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool, connect
from services.hub.standing import Readiness


def test_a_lock_on_the_log_is_said_and_gone_with_it(database: str) -> None:
    with Pool(database, lock_timeout_ms=400) as pool:
        read = Readiness(pool, PostgresEventLog(pool), ("aggregate", "export", "relay"))
        with connect(database) as other, other.transaction(force_rollback=True):
            other.execute("LOCK TABLE eventlog.events, eventlog.heads IN ACCESS EXCLUSIVE MODE")
            told = read.degraded()
            assert told["log"].startswith("database_locked")
            assert read.lags() == {}
        assert read.degraded() == {}
        assert read.lags()["aggregate"] == {"events": 0, "seconds": 0.0}
