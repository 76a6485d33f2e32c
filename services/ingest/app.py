"""Ingest over HTTP: the app factory, and the route that takes submissions.

What can be asked is in each room's `routes`, the acts of operators in `office`.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from lienthong import telemetry
from lienthong.access.tokens import Verifier
from lienthong.contracts.schemas import Contracts
from lienthong.eventlog.port import Appender, EventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.postgres.pool import Pool
from lienthong.retention import sweep
from lienthong.settings import Settings
from lienthong.web import problems
from services.ingest import audit_routes
from services.ingest.claims import refusals
from services.ingest.claims import routes as claims
from services.ingest.claims.answers import Counter
from services.ingest.claims.committer import Committer
from services.ingest.claims.http import PATH, HotPath, Intake, Limits
from services.ingest.content import routes as content
from services.ingest.definitions.current import Current
from services.ingest.difficulties import routes as difficulties
from services.ingest.kinds import KINDS
from services.ingest.office import wire
from services.ingest.office.act import Acts
from services.ingest.reports import routes as reports
from services.ingest.rounds import routes as rounds
from services.ingest.units import routes as units

ROLE = "lienthong_ingest"


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


def app(parts: Parts) -> FastAPI:
    """The ASGI app of ingest. Its committer starts and stops with it."""
    acts = Acts(parts.appender)
    with parts.pool.connection() as conn:
        current = Current.of(conn, contracts=parts.contracts, open_due=acts.open_due)
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
        stop = _sweeping(parts)
        yield
        stop.set()
        await run_in_threadpool(committer.stop)

    made = FastAPI(
        title="Liên Thông: tiếp nhận (ingest)",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    made.state.verifier = parts.verifier
    problems.install(made)
    limits = Limits(
        body=parts.settings.max_body_bytes, batch=parts.settings.max_batch_bytes, events=parts.settings.max_batch_events
    )
    intake = Intake(Counter(committer, telemetry.count_submissions), limits, KINDS)
    made.state.direct = {("POST", PATH): HotPath(intake, parts.verifier)}
    made.include_router(_submitting(intake, parts.verifier))
    for routes in (
        reports.router(parts.pool, parts.log, current),
        rounds.senders(parts.pool, current),
        claims.router(parts.pool, current.sample),
        difficulties.router(parts.pool, parts.log, current.sample),
        content.router(parts.pool, current),
        audit_routes.router(parts.pool, current.sample),
        units.schemas(parts.pool, current, parts.contracts),
        units.units(parts.pool, current),
        units.plans(parts.pool, current),
    ):
        made.include_router(routes)
    made.include_router(wire.router(parts.pool, current, acts, parts.notifier.nudge))
    return made


def _sweeping(parts: Parts) -> threading.Event:
    """Refusals go when their retention is over. Returns what ends it."""
    stop, days = threading.Event(), parts.settings.keep_refusals_days
    threading.Thread(
        target=sweep,
        args=("refusals", lambda: refusals.forget(parts.pool, days), stop),
        name="retention",
        daemon=True,
    ).start()
    return stop


_EXAMPLE = {
    "specversion": "1.0",
    "type": "vn.lienthong.report.submitted.v1",
    "source": "/20/06040",
    "id": "2026-bc-001",
    "data": {"round": "P119-LS.2026", "form": "P119-LS.commune", "formVersion": "1.0.1"},
}


def _submitting(intake: Intake, verifier: Verifier) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["submit"])

    @routes.post(
        "/events",
        summary="Submit events: one, a batch, or bulk NDJSON",
        status_code=201,
        dependencies=[],
        openapi_extra={
            "security": [{"client_credentials": ["report:submit"]}],
            "parameters": [{"name": "dryRun", "in": "query", "schema": {"type": "boolean"}}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/cloudevents+json": {"schema": {"type": "object"}, "example": _EXAMPLE},
                    "application/cloudevents-batch+json": {"schema": {"type": "array"}},
                    "application/x-ndjson": {"schema": {"type": "string"}},
                    "application/json": {"schema": {"type": "object"}},
                },
            },
        },
    )
    async def submit(request: Request) -> Response:
        # Behind the front, HotPath answers before it comes to this; here the route is described.
        principal = verifier.bearer(request.headers.get("authorization"))
        return await intake.answer(request, principal)

    return routes
