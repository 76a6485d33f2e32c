"""The HTTP side of the hub: the services' apps behind one front. Workers import nothing of this."""

from __future__ import annotations

from contextlib import ExitStack

from fastapi import FastAPI

from lienthong import telemetry
from lienthong.access.tokens import Verifier
from lienthong.access.trust import TrustWatch
from lienthong.contracts.schemas import Contracts
from lienthong.errors import HubError
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool
from services.aggregate import api as aggregate_api
from services.aggregate.worker import CONSUMER as aggregate_consumer
from services.export import app as export_api
from services.export import metrics as export_metrics
from services.hub.base import RELAY, Base
from services.hub.front import Front, Ready
from services.identity.issuance import Issuer
from services.identity.routes import router as identity_routes
from services.ingest import app as ingest_api
from services.ingest.kafka import metrics as inbound_metrics

RELAY_LATE = 10.0  # seconds; the relay needs milliseconds, and a broker's failover three to ten seconds


def http(found: Base, services: tuple[str, ...], stack: ExitStack) -> Front:
    """The HTTP side of some services as one ASGI app; what it opens is closed with the stack."""
    pools = {name: found.pool(name, stack) for name in services}
    watch = stack.enter_context(TrustWatch(next(iter(pools.values()))))
    verifier = Verifier(issuer=found.settings.address, trust=watch.current)
    apps = [_app(name, found, pools[name], verifier, stack) for name in services]
    return Front(
        apps,
        ready=lambda: _wrong(found, pools),
        degraded=_on_kafka(found.kafka, found.log(next(iter(pools.values()))), stack) if found.kafka else dict,
        metrics=telemetry.render,
    )


def _app(name: str, found: Base, pool: Pool, verifier: Verifier, stack: ExitStack) -> FastAPI:
    if name == "aggregate":
        log = found.log(pool)
        telemetry.watch_lag(aggregate_consumer, lambda: log.lag(aggregate_consumer))
        return aggregate_api.app(found.settings, pool, verifier, log)
    if name == "export":
        export_metrics.watch(pool)
        return export_api.app(found.settings, pool, verifier)
    if found.kafka is not None:
        inbound_metrics.watch(pool)
    notifier = Notifier(pool)
    stack.callback(notifier.close)
    return ingest_api.app(
        ingest_api.Parts(
            settings=found.settings,
            pool=pool,
            conninfo=found.conninfo,
            log=found.log(pool),
            appender=found.appender(),
            contracts=Contracts.load(),
            verifier=verifier,
            identity=identity_routes(Issuer(found.pool("identity", stack), issuer=found.settings.address)),
            notifier=notifier,
        )
    )


def _wrong(found: Base, pools: dict[str, Pool]) -> dict[str, str]:
    wrong = {}
    for name, pool in pools.items():
        try:
            with pool.connection() as conn:
                conn.execute("SELECT 1")
        except HubError as error:
            wrong[name] = f"{error.code}: {error}"
    return wrong


def _on_kafka(kafka: KafkaSettings, log: PostgresEventLog, stack: ExitStack) -> Ready:
    """Watches Kafka and the relay; the answer says what is away without stopping anybody: reports are accepted, and
    events wait in the table until Kafka or the relay returns.
    """
    from lienthong.kafka.reach import KafkaWatch  # noqa: PLC0415  (its client is 10 MB; only where used)

    watch = stack.enter_context(KafkaWatch(kafka))
    telemetry.watch_lag(RELAY, lambda: log.lag(RELAY))
    telemetry.watch_gauge(
        "lienthong_kafka_reachable",
        "1 while a broker of Kafka answers this process.",
        lambda: float(watch.wrong is None),
    )

    def degraded() -> dict[str, str]:
        try:
            lags = [lag for lag in log.lag(RELAY).values() if lag.events]
        except HubError:
            return {}  # the database is away: that is said as wrong
        waiting = f"{sum(lag.events for lag in lags)} events wait for the relay"
        if watch.wrong is not None:
            return {"kafka": f"{watch.wrong}; {waiting}"}
        oldest = max((lag.seconds for lag in lags), default=0.0)
        return {"relay": f"{waiting}, the oldest for {oldest:.0f} s"} if oldest > RELAY_LATE else {}

    return degraded
