"""What every process of the hub begins with: settings, database, pools, the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from lienthong import telemetry
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog import installation
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.port import EventLog
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.kafka.settings import KafkaSettings
from lienthong.metrics import Metrics
from lienthong.postgres.migrate import migrate, pending_migrations
from lienthong.postgres.pool import Pool, connect
from lienthong.refusals import misconfigured
from lienthong.settings import Settings, load
from services.hub import place, roster


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What every process needs: where the database is, the log, and what it counts."""

    settings: Settings
    conninfo: str
    kafka: KafkaSettings | None = None
    metrics: Metrics = field(default_factory=Metrics)

    def missing_migrations(self) -> tuple[str, ...]:
        """Names of the migrations of this version that the database lacks."""
        return pending_migrations(self.conninfo, roster.folders())

    def pool(self, service: str, stack: ExitStack, *, size: int | None = None, timeout_ms: int | None = None) -> Pool:
        """A pool in the role of a service, closed with the stack. timeout_ms: of a statement; 0 for workers, who wait
        for locks too.
        """
        return stack.enter_context(
            Pool(
                self.conninfo,
                role=roster.service(service).role,
                application_name=f"lienthong {service}",
                statement_timeout_ms=self.settings.statement_timeout_ms if timeout_ms is None else timeout_ms,
                lock_timeout_ms=self.settings.lock_timeout_ms if timeout_ms is None else timeout_ms,
                max_size=size or self.settings.pool_size,
            )
        )

    def log(self, pool: Pool) -> PostgresEventLog:
        """The event log's table, for whoever asks single questions."""
        return PostgresEventLog(
            pool, batch_events=self.settings.consumer_batch_events, batch_bytes=self.settings.consumer_batch_bytes
        )

    def engine(self, pool: Pool) -> EventLog:
        """The event log for consumers, on the engine that the settings name."""
        if self.kafka is None:
            return self.log(pool)
        from lienthong.eventlog.kafka import KafkaEventLog  # noqa: PLC0415  (its client is 10 MB; only where used)

        return KafkaEventLog(
            pool,
            self.kafka,
            batch_events=self.settings.consumer_batch_events,
            batch_bytes=self.settings.consumer_batch_bytes,
        )

    @property
    def installation(self) -> str:
        """The name of this installation."""
        with connect(self.conninfo, application_name="lienthong start") as conn:
            return installation.installation(conn).name

    def appender(self) -> PostgresAppender:
        """Writes to the log in a caller's transaction."""
        with connect(self.conninfo, application_name="lienthong start") as conn:
            return PostgresAppender(partitions_of(conn))


@contextmanager
def database(settings: Settings, *, own: bool = False) -> Iterator[str]:
    """The conninfo: of the server that the settings name, or of the embedded one, started or found running.

    own: of who holds the folder: stopped at the end also where one that was killed had started it.
    """
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    server = EmbeddedServer(settings.data_dir)
    with server if own else server.for_a_while() as conninfo:
        yield conninfo


@contextmanager
def base(*, migrated: bool = True, new: bool = False) -> Iterator[Base]:
    """Settings and database of a command. new: whether it may make the hub.

    Raises Misconfigured when migrations or, unless `new`, the hub are missing.
    """
    settings = load(Settings)
    telemetry.configure(settings)
    if not new:
        place.refuse_missing(settings)
    with database(settings) as conninfo:
        base_ = Base(settings=settings, conninfo=conninfo, kafka=kafka_settings())
        if migrated and (missing := base_.missing_migrations()):
            raise misconfigured("migrations_missing", count=len(missing), first=missing[0])
        yield base_


def kafka_settings() -> KafkaSettings | None:
    """How to reach Kafka; None where the environment names no broker."""
    settings = load(KafkaSettings)
    return settings if settings.bootstrap else None


def prepare(settings: Settings, conninfo: str) -> tuple[str, ...]:
    """Migrate and make sure of a signing key. Returns the migrations applied now."""
    from services.identity import keys  # noqa: PLC0415  (cryptography; only where a hub is prepared)

    applied = migrate(conninfo, roster.folders())
    with connect(conninfo, role="lienthong_identity", application_name="lienthong start") as conn:
        keys.ensure(conn)
    return applied
