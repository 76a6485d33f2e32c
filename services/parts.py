"""What processes of the hub are made of: pools, log, verifier, apps, workers. Constructors called, nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from lienthong import telemetry
from lienthong.contracts import Contracts
from lienthong.errors import HubError, Misconfigured
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.postgres.embedded import EmbeddedServer
from lienthong.postgres.migrate import CORE, migrate, pending
from lienthong.postgres.pool import Pool, connect
from lienthong.settings import Settings, load
from lienthong.tokens import Verifier
from lienthong.trust import TrustWatch
from services.aggregate import api as aggregate_api
from services.aggregate.worker import CONSUMER as aggregate_consumer
from services.aggregate.worker import Worker as AggregateWorker
from services.export import api as export_api
from services.export import metrics as export_metrics
from services.export.worker import ExportSettings
from services.export.worker import Worker as ExportWorker
from services.front import Front
from services.ingest import api as ingest_api
from services.ingest.identity import keys
from services.ingest.identity.api import router as identity_routes
from services.ingest.identity.issuance import Issuer

SERVICES = Path(__file__).parent
FOLDERS = (CORE, *(SERVICES / name / "migrations" for name in ("ingest", "aggregate", "export")))
"""Migration folders in the order they apply."""

NAMES = ("ingest", "aggregate", "export")


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What every process needs: where the database is, the log, the notifier."""

    settings: Settings
    conninfo: str

    def pool(self, service: str, stack: ExitStack, *, size: int | None = None, timeout_ms: int | None = None) -> Pool:
        """A pool in the role of a service, closed with the stack."""
        return stack.enter_context(Pool(
            self.conninfo, role=f"lienthong_{service}", application_name=f"lienthong {service}",
            statement_timeout_ms=self.settings.statement_timeout_ms if timeout_ms is None else timeout_ms,
            max_size=size or self.settings.pool_size))

    def log(self, pool: Pool) -> PostgresEventLog:
        """The event log on the engine that the settings name."""
        return PostgresEventLog(pool, batch_events=self.settings.consumer_batch_events,
                                batch_bytes=self.settings.consumer_batch_bytes)

    def appender(self) -> PostgresAppender:
        """Writes to the log in a caller's transaction."""
        with connect(self.conninfo, application_name="lienthong start") as conn:
            return PostgresAppender(partitions_of(conn))


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The conninfo: of the server that the settings name, or of the embedded one, started or found running."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with EmbeddedServer(settings.data_dir).borrowed() as conninfo:
        yield conninfo


@contextmanager
def base(*, migrated: bool = True) -> Iterator[Base]:
    """Settings and database of a command. Raises Misconfigured when migrations are missing."""
    settings = load(Settings)
    telemetry.configure(settings)
    with database(settings) as conninfo:
        if migrated and (missing := pending(conninfo, FOLDERS)):
            raise Misconfigured(f"{len(missing)} migrations are missing ({missing[0]} …); run `lienthong migrate`")
        yield Base(settings=settings, conninfo=conninfo)


def prepare(settings: Settings, conninfo: str) -> tuple[str, ...]:
    """Migrate and make sure of a signing key. Returns the migrations applied now."""
    applied = migrate(conninfo, FOLDERS)
    with connect(conninfo, role="lienthong_ingest", application_name="lienthong start") as conn:
        keys.ensure(conn)
    return applied


def http(found: Base, services: tuple[str, ...], stack: ExitStack) -> Front:
    """The HTTP side of some services as one ASGI app; what it opens is closed with the stack."""
    pools = {name: found.pool(name, stack) for name in services}
    watch = stack.enter_context(TrustWatch(next(iter(pools.values()))))
    verifier = Verifier(issuer=found.settings.address, trust=watch.current)
    apps = [_app(name, found, pools[name], verifier, stack) for name in services]
    return Front(apps, ready=lambda: _wrong(found, pools), metrics=telemetry.render)


def aggregate_worker(found: Base, stack: ExitStack) -> AggregateWorker:
    """The aggregation worker."""
    pool = found.pool("aggregate", stack, timeout_ms=0)
    return AggregateWorker(found.log(pool), pool, found.appender())


def export_worker(found: Base, stack: ExitStack) -> ExportWorker:
    """The worker that consumes releases and pushes them."""
    settings = load(ExportSettings)
    pool = found.pool("export", stack, size=settings.senders + 4, timeout_ms=0)
    return ExportWorker(found.log(pool), pool, settings)


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
