"""The HTTP side of the hub: the services' apps behind one front. Workers import nothing of this."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.types import ASGIApp

from lienthong import scrapes
from lienthong.access.tokens import Verifier
from lienthong.access.trust import TrustWatch
from lienthong.calendar import day_of
from lienthong.contracts.schemas import Contracts
from lienthong.errors import HubError
from lienthong.eventlog.installation import hub_now, installation
from lienthong.eventlog.wakeup import Notifier
from lienthong.kafka.settings import KafkaSettings
from lienthong.metrics import KAFKA_REACHABLE, Metrics
from lienthong.postgres.pool import Pool
from lienthong.settings import load
from lienthong.web import naming, serving
from services.hub import roster, standing
from services.hub.base import Base
from services.hub.front import Front
from services.hub.probes import Ready, watchers
from services.hub.roster import Service

_ONLY_READ = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
READ_BY_PEOPLE = frozenset({"ingest", "identity", "aggregate", "export"})
"""What the console asks; where one process serves it all, it serves the console too."""
_NAME = "http"
_PAGES = 2  # connections: a draft is kept in two milliseconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What a service's app is composed of. pool: in the role of the service. stack: closes what the app opens."""

    base: Base
    pool: Pool
    verifier: Verifier
    stack: ExitStack


def public_app(base: Base, services: tuple[str, ...], stack: ExitStack) -> ASGIApp:
    """The HTTP side of some services as it meets the world: behind everything that a request has to pass."""
    front = http(base, services, stack)
    named = naming.answering_as(front, base.installation)
    return serving.edge(named, base.settings, front.apps[0].state.verifier)


def http(base: Base, services: tuple[str, ...], stack: ExitStack) -> Front:
    """The HTTP side of some services as one ASGI app; what it opens is closed with the stack."""
    rows = [roster.service(name) for name in services]
    pools = {row.name: base.pool(row.name, stack) for row in rows}
    first = pools[rows[0].name]
    watch = stack.enter_context(TrustWatch(first))
    verifier = Verifier(issuer=base.settings.address, trust=watch.current)
    apps = {row.name: _app(row, Side(base=base, pool=pools[row.name], verifier=verifier, stack=stack)) for row in rows}
    log, names = base.log(first), standing.consumers(kafka=base.kafka is not None)
    kafka = _on_kafka(base.kafka, base.metrics, stack) if base.kafka else dict
    standing.watch(base.metrics, first, log, names)
    read = standing.Readiness(first, log, names)
    front = Front(
        list(apps.values()),
        ready=lambda: {**_database_faults(pools), **_not_accepting(apps)},
        degraded=lambda: {**kafka(), **_provinces_held(apps), **_troubles(rows, pools), **read.degraded()},
        behind=read.lags,
        metrics=lambda: _metrics_text(base),
        watcher=watchers(base.settings),
    )
    if apps.keys() >= READ_BY_PEOPLE:
        front.pages = _console(front, apps["identity"], base.pool("console", stack, size=_PAGES))
    return front


def counting(base: Base, stack: ExitStack) -> None:
    """Where several processes share the port: leave what this one counts to whichever is scraped."""
    if base.settings.http_workers > 1:
        stack.enter_context(scrapes.kept_in_file(base.metrics, scrapes.folder(base.settings.data_dir), _NAME))


def _metrics_text(base: Base) -> bytes:
    shown, folder = base.metrics, scrapes.folder(base.settings.data_dir)
    if base.settings.http_workers == 1:
        return scrapes.of_all_processes(shown.render(), folder)
    return scrapes.of_all_processes(
        shown.shared_metrics(), folder, counted=(scrapes.of_this_process(_NAME), shown.own_metrics())
    )


def _console(front: Front, identity: FastAPI, pool: Pool) -> Starlette:
    """What people see at `/`, where this process serves all that it asks for. pool: acts as lienthong_console."""
    from services.console import app  # noqa: PLC0415  (templates and words only where pages are served)
    from services.console.asking import Hub  # noqa: PLC0415
    from services.console.entering.drafts import Drafts  # noqa: PLC0415
    from services.hub.people import LoggedIn  # noqa: PLC0415

    with pool.connection() as conn:
        sample = installation(conn).sample
    provider = "/v1/session/oidc" if identity.state.provider is not None else None
    people = LoggedIn(identity.state.logins, provider=provider)
    return app.app(Hub(front), people, Drafts(pool), sample=sample)


def _app(row: Service, side: Side) -> FastAPI:
    """The app of a row, and what the row shows to Prometheus."""
    assert row.http is not None, f"{row.name} serves nothing"
    if row.metrics is not None:
        roster.place(row.metrics)(side.pool, side.base.metrics)
    app: FastAPI = roster.place(row.http)(side)
    return app


def aggregate(side: Side) -> FastAPI:
    """Rounds, rollups and indicators of a province."""
    from services.aggregate import api  # noqa: PLC0415  (each service's libraries only where it is served)

    return api.app(side.base.settings, side.pool, side.verifier, side.base.log(side.pool))


def export(side: Side) -> FastAPI:
    """The feed, deliveries and destinations."""
    from services.export import app  # noqa: PLC0415
    from services.export.settings import ExportSettings  # noqa: PLC0415

    return app.app(side.base.settings, side.pool, side.verifier, load(ExportSettings).reaches)


def ingest(side: Side) -> FastAPI:
    """Submissions, what senders and operators ask, what operators do."""
    from services.ingest import app  # noqa: PLC0415

    base = side.base
    notifier = Notifier(side.pool)
    side.stack.callback(notifier.close)
    return app.app(
        app.Parts(
            settings=base.settings,
            pool=side.pool,
            conninfo=base.conninfo,
            log=base.log(side.pool),
            appender=base.appender(),
            contracts=Contracts.load(),
            verifier=side.verifier,
            notifier=notifier,
            metrics=base.metrics,
        )
    )


def identity(side: Side) -> FastAPI:
    """Clients, people and their tokens."""
    from services.identity import app  # noqa: PLC0415
    from services.identity.sessions.provider import OidcSettings  # noqa: PLC0415
    from services.identity.sessions.session import SessionSettings  # noqa: PLC0415

    return app.app(
        app.Parts(
            pool=side.pool,
            verifier=side.verifier,
            address=side.base.settings.address,
            province_of=_registry(side),
            sessions=load(SessionSettings),
            oidc=load(OidcSettings),
        )
    )


def _registry(side: Side) -> Callable[[str], str | None]:
    """In which province a unit is, as ingest keeps the registry. Loaded by the first question: most processes are
    never asked."""
    from services.ingest.definitions.current import Current  # noqa: PLC0415
    from services.ingest.rounds.acts import open_due  # noqa: PLC0415

    lock = threading.Lock()
    opened: list[tuple[Pool, Current]] = []

    def registry() -> tuple[Pool, Current]:
        with lock:
            if not opened:
                pool = side.base.pool("ingest", side.stack, size=2)
                with pool.connection() as conn:
                    current = Current.of(
                        conn, contracts=Contracts.load(), open_due=partial(open_due, side.base.appender())
                    )
                opened.append((pool, current))
            return opened[0]

    def province_of(unit: str) -> str | None:
        pool, current = registry()
        with pool.connection() as conn:
            return current.get(conn).province_of(unit, day_of(hub_now(conn)))

    return province_of


def _database_faults(pools: dict[str, Pool]) -> dict[str, str]:
    """By service, why its database does not answer, or takes no writes. Once the server is away nobody else's role is
    tried: each try would wait as long."""
    wrong: dict[str, str] = {}
    for name, pool in pools.items():
        try:
            with pool.connection() as conn:
                [only_read] = conn.execute(_ONLY_READ).fetchone() or (False,)
            if only_read:
                wrong[name] = "database_read_only: PostgreSQL takes no writes, as a standby does"
        except HubError as error:
            wrong[name] = f"{error.code}: {error}"
            if error.code == "database_away":
                return dict.fromkeys(pools, wrong[name]) | wrong
    return wrong


def _not_accepting(apps: Mapping[str, FastAPI]) -> dict[str, str]:
    """Why nothing is accepted though the database answers: of the accepting transactions, what became of the last."""
    reasons = {name: app.state.wrong() for name, app in apps.items() if hasattr(app.state, "wrong")}
    return {name: why for name, why in reasons.items() if why is not None}


def _provinces_held(apps: Mapping[str, FastAPI]) -> dict[str, str]:
    """By service and province, why it is not accepted for that one while it is for others."""
    return {
        f"{name}/{province}": why
        for name, app in apps.items()
        if hasattr(app.state, "held")
        for province, why in app.state.held().items()
    }


def _troubles(rows: list[Service], pools: dict[str, Pool]) -> dict[str, str]:
    """What stands still within a service without stopping requests."""
    troubles: dict[str, str] = {}
    for row in rows:
        if row.troubles is not None:
            with suppress(HubError):  # the database is away: that is said as wrong
                troubles |= roster.place(row.troubles)(pools[row.name])
    return troubles


def _on_kafka(kafka: KafkaSettings, shown: Metrics, stack: ExitStack) -> Ready:
    """Watches Kafka; the answer says that it is away without stopping anybody: reports are accepted, and events wait in
    the table until Kafka returns.
    """
    from lienthong.kafka.reach import KafkaWatch  # noqa: PLC0415  (its client is 10 MB; only where used)

    watch = stack.enter_context(KafkaWatch(kafka))
    shown.watch(KAFKA_REACHABLE, lambda: float(watch.wrong is None))
    return lambda: {} if watch.wrong is None else {"kafka": watch.wrong}
