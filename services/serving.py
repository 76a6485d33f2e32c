"""The HTTP side of the hub: the services' apps behind one front. Workers import nothing of this."""

from __future__ import annotations

from contextlib import ExitStack

from fastapi import FastAPI

from lienthong import telemetry
from lienthong.contracts import Contracts
from lienthong.errors import HubError
from lienthong.eventlog.wakeup import Notifier
from lienthong.postgres.pool import Pool
from lienthong.tokens import Verifier
from lienthong.trust import TrustWatch
from services.aggregate import api as aggregate_api
from services.aggregate.worker import CONSUMER as aggregate_consumer
from services.export import api as export_api
from services.export import metrics as export_metrics
from services.front import Front
from services.ingest import api as ingest_api
from services.ingest.identity.api import router as identity_routes
from services.ingest.identity.issuance import Issuer
from services.parts import RELAY, Base


def http(found: Base, services: tuple[str, ...], stack: ExitStack) -> Front:
    """The HTTP side of some services as one ASGI app; what it opens is closed with the stack."""
    pools = {name: found.pool(name, stack) for name in services}
    watch = stack.enter_context(TrustWatch(next(iter(pools.values()))))
    verifier = Verifier(issuer=found.settings.address, trust=watch.current)
    apps = [_app(name, found, pools[name], verifier, stack) for name in services]
    if found.kafka is not None:
        telemetry.watch_lag(RELAY, lambda: found.log(next(iter(pools.values()))).lag(RELAY))
    return Front(apps, ready=lambda: _wrong(found, pools), degraded=lambda: _degraded(found, next(iter(pools.values()))),
                 metrics=telemetry.render)


def _app(name: str, found: Base, pool: Pool, verifier: Verifier, stack: ExitStack) -> FastAPI:
    if name == "aggregate":
        log = found.log(pool)
        telemetry.watch_lag(aggregate_consumer, lambda: log.lag(aggregate_consumer))
        return aggregate_api.app(found.settings, pool, verifier, log)
    if name == "export":
        export_metrics.watch(pool)
        return export_api.app(found.settings, pool, verifier)
    notifier = Notifier(pool)
    stack.callback(notifier.close)
    return ingest_api.app(ingest_api.Parts(
        settings=found.settings, pool=pool, conninfo=found.conninfo, log=found.log(pool),
        appender=found.appender(), contracts=Contracts.load(), verifier=verifier,
        identity=identity_routes(Issuer(pool, issuer=found.settings.address)), notifier=notifier))


def _wrong(found: Base, pools: dict[str, Pool]) -> dict[str, str]:
    wrong = {}
    for name, pool in pools.items():
        try:
            with pool.connection() as conn:
                conn.execute("SELECT 1")
        except HubError as error:
            wrong[name] = f"{error.code}: {error}"
    return wrong


def _degraded(found: Base, pool: Pool) -> dict[str, str]:
    """What is away without stopping anybody: reports are accepted, events wait in the table until Kafka returns."""
    if found.kafka is None:
        return {}
    from lienthong.eventlog.kafka_client import Administration  # noqa: PLC0415

    try:
        Administration(found.kafka).nodes(timeout=1.5)
    except HubError as error:
        waiting = sum(lag.events for lag in found.log(pool).lag(RELAY).values())
        return {"kafka": f"{error.code}: {waiting} events wait for the relay"}
    return {}
