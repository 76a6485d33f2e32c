"""Ingest over HTTP: the app factory, and the route that takes submissions.

What can be asked and done is in each room's `routes`.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from lienthong.access.tokens import Verifier
from lienthong.contracts.schemas import Contracts
from lienthong.eventlog.port import Appender, EventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.metrics import SUBMISSIONS, Metrics
from lienthong.postgres.pool import Pool
from lienthong.retention import sweep
from lienthong.settings import Settings
from lienthong.web import handling
from lienthong.web.addresses import append_routes
from lienthong.web.routes import Routes
from services.ingest import audit_routes
from services.ingest.accepting import ROLE
from services.ingest.aside import routes as aside
from services.ingest.claims import refusals
from services.ingest.claims import routes as claims
from services.ingest.claims.answers import Counter
from services.ingest.claims.committer import Committer
from services.ingest.claims.http import PATH, HotPath, Intake, Limits
from services.ingest.claims.work import VERDICTS
from services.ingest.computed import routes as computed
from services.ingest.content import routes as content
from services.ingest.definitions.current import Current
from services.ingest.difficulties import routes as difficulties
from services.ingest.directives import routes as directives
from services.ingest.kinds import KINDS
from services.ingest.materials import routes as materials
from services.ingest.office.desk import Office
from services.ingest.pairs import routes as pairs
from services.ingest.plans import routes as plans
from services.ingest.plans import schemas
from services.ingest.portals import routes as portals
from services.ingest.reaches import routes as reaches
from services.ingest.releases import routes as releases
from services.ingest.reminders import routes as reminders
from services.ingest.reports import routes as reports
from services.ingest.reviews import routes as reviews
from services.ingest.rounds import routes as rounds
from services.ingest.rounds.acts import open_due
from services.ingest.supplied import routes as supplied
from services.ingest.tasks import routes as tasks
from services.ingest.units import routes as units


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What the composition root hands to the app."""

    settings: Settings
    pool: Pool
    conninfo: str
    log: EventLog
    appender: Appender
    contracts: Contracts
    verifier: Verifier
    notifier: Notifier
    metrics: Metrics = field(default_factory=Metrics)


def app(parts: Parts) -> FastAPI:
    """The ASGI app of ingest. Its committer starts and stops with it."""
    with parts.pool.connection() as conn:
        current = Current.of(conn, contracts=parts.contracts, open_due=partial(open_due, parts.appender))
        current.get(conn)
    committer = Committer(
        conninfo=parts.conninfo,
        role=ROLE,
        appender=parts.appender,
        current=current,
        kinds=KINDS,
        committed=parts.notifier.nudge,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        committer.start()
        stop = _sweep_refusals(parts)
        yield
        stop.set()
        await run_in_threadpool(committer.stop)

    application = _application(parts, committer, lifespan)
    intake = _intake(parts, committer)
    application.state.direct = {("POST", PATH): HotPath(intake, parts.verifier)}
    rooms = (
        _submit_route(intake, parts.verifier),
        reports.read_routes(parts.pool, parts.log, current),
        claims.router(parts.pool, current),
        difficulties.read_routes(parts.pool, current),
        audit_routes.router(parts.pool, current.sample),
        schemas.read_routes(parts.pool, current, parts.contracts),
        aside.read_routes(parts.pool),
        *_room_routes(parts, current),
    )
    append_routes(application.router, rooms)
    return application


def _application(parts: Parts, committer: Committer, lifespan: Callable[[FastAPI], Any]) -> FastAPI:
    """Without its routes."""
    application = FastAPI(
        title="Liên Thông: tiếp nhận (ingest)",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    application.state.verifier = parts.verifier
    application.state.wrong, application.state.held = committer.why_down, committer.held_provinces
    handling.install(application)
    return application


def _intake(parts: Parts, committer: Committer) -> Intake:
    """What takes submissions, and counts them by verdict."""
    settings = parts.settings
    limits = Limits(body=settings.max_body_bytes, batch=settings.max_batch_bytes, events=settings.max_batch_events)
    for verdict in VERDICTS:
        parts.metrics.begin(SUBMISSIONS, verdict)
    return Intake(Counter(committer, partial(parts.metrics.count, SUBMISSIONS)), limits, KINDS)


def _room_routes(parts: Parts, current: Current) -> Iterator[APIRouter]:
    """The routes of every noun that operators act on: what is asked of it, and the acts."""
    for room in (
        rounds,
        reviews,
        reminders,
        releases,
        content,
        reaches,
        directives,
        materials,
        computed,
        portals,
        units,
        plans,
        tasks,
        supplied,
    ):
        yield room.read_routes(parts.pool, current)
    office = Office(
        current=current, appender=parts.appender, connection=parts.pool.connection, wake=parts.notifier.nudge
    )
    for room in (
        reports,
        rounds,
        reviews,
        reminders,
        releases,
        content,
        portals,
        difficulties,
        units,
        plans,
        tasks,
        aside,
        pairs,
    ):
        yield room.act_routes(office)


def _sweep_refusals(parts: Parts) -> threading.Event:
    """Refusals go when their retention is over. Returns what ends it."""
    stop, days = threading.Event(), parts.settings.keep_refusals_days
    threading.Thread(
        target=sweep,
        args=("refusals", lambda: refusals.forget(parts.pool, days), stop),
        name="retention",
        daemon=True,
    ).start()
    return stop


def _submit_route(intake: Intake, verifier: Verifier) -> APIRouter:
    routes = Routes(prefix="/v1", tags=["submit"])

    @routes.post(
        "/events",
        summary="Submit events: one, a batch, or bulk NDJSON",
        status_code=201,
        dependencies=[],
        description="Một sự kiện (structured, binary), một lô, hoặc NDJSON. / One event, a batch, or NDJSON lines.",
        openapi_extra={
            "security": [{"client_credentials": ["report:submit"]}],
            "parameters": [
                {
                    "name": "dryRun",
                    "in": "query",
                    "schema": {"type": "boolean"},
                    "description": "Gửi thử: kiểm tra mọi thứ, không lưu gì / checks everything, keeps nothing",
                }
            ],
        },
    )
    async def submit(request: Request) -> Response:
        # Behind the front, HotPath answers before it comes to this; here the route is described.
        principal = verifier.bearer(request.headers.get("authorization"))
        return await intake.answer(request, principal)

    return routes
