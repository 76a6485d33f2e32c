"""What /readyz says beyond yes and no: consumers that stand before a fact, and how far each is behind the log.

Neither stops a request: reports are accepted whatever happens behind the log.
"""

from __future__ import annotations

from functools import partial

from lienthong import metrics
from lienthong.errors import HubError
from lienthong.eventlog import stops
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.stops import Stop
from lienthong.metrics import Metrics, Values
from lienthong.postgres.pool import Pool
from services.hub import roster

LATE = 10.0  # seconds; a consumer needs milliseconds, and Kafka's failover three to ten seconds


def consumers(*, kafka: bool) -> tuple[str, ...]:
    """The names of those that read the log in this installation."""
    workers = [row.worker for row in roster.SERVICES if row.worker is not None]
    return tuple(
        worker.consumer for worker in workers if worker.consumer is not None and (kafka or not worker.needs_kafka)
    )


def watch(shown: Metrics, pool: Pool, log: PostgresEventLog, names: tuple[str, ...]) -> None:
    """Show how far consumers are behind the log, and what they stand before."""
    shown.watch_each(
        metrics.STOPPED, lambda: [((stop.consumer, stop.key, stop.code), stop.position) for stop in current_stops(pool)]
    )
    for name in names:
        shown.watch_each(metrics.LAG_EVENTS, partial(_lags, log, name, "events"))
        shown.watch_each(metrics.LAG_SECONDS, partial(_lags, log, name, "seconds"))


def _lags(log: PostgresEventLog, name: str, what: str) -> Values:
    return [((name, key), float(getattr(lag, what))) for key, lag in log.lag(name).items()]


def current_stops(pool: Pool) -> list[Stop]:
    """Who stands where; nothing while the database is away, which is said as wrong."""
    try:
        with pool.connection() as conn:
            return stops.stops(conn)
    except HubError:
        return []


class Readiness:
    """Asked by /readyz, once for both of its answers: a database that lets it wait does so once."""

    def __init__(self, pool: Pool, log: PostgresEventLog, names: tuple[str, ...]) -> None:
        self._pool, self._log, self._names = pool, log, names
        self._behind: dict[str, dict[str, float]] = {}

    def degraded(self) -> dict[str, str]:
        """By consumer and partition: what it stands before, and why. By consumer: that it is late. Why the log can't be
        asked, such as behind somebody's lock.
        """
        try:
            with self._pool.connection() as conn:
                standing = stops.stops(conn)
            self._behind = lags_of(self._log, self._names)
        except HubError as error:
            self._behind = {}
            return {"log": f"{error.code}: {error}"}
        return {**_stops_in_words(standing), **_late_consumers(self._behind)}

    def lags(self) -> dict[str, dict[str, float]]:
        """By consumer, as `degraded` found it: events it has yet to apply, and the age in seconds of the oldest."""
        return self._behind


def _stops_in_words(standing: list[Stop]) -> dict[str, str]:
    return {
        f"{stop.consumer}/{stop.key}": f"position {stop.position} ({stop.type or 'the log'}):"
        f" {stop.code}: {stop.reason} (since {stop.since:%Y-%m-%dT%H:%M:%SZ})"
        for stop in standing
    }


def _late_consumers(behind: dict[str, dict[str, float]]) -> dict[str, str]:
    return {
        name: f"{lag['events']:.0f} events behind, the oldest for {lag['seconds']:.0f} s"
        for name, lag in behind.items()
        if lag["seconds"] > LATE
    }


def lags_of(log: PostgresEventLog, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """By consumer: events it has yet to apply, and the age in seconds of the oldest. Raises HubError while the database
    is away or locked.
    """
    lags = {name: list(log.lag(name).values()) for name in names}
    return {
        name: {
            "events": sum(lag.events for lag in partitions),
            "seconds": round(max((lag.seconds for lag in partitions), default=0.0), 3),
        }
        for name, partitions in lags.items()
    }
