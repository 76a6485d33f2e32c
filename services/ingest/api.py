"""Ingest over HTTP: the app factory, and the routes of senders. Operators' routes are in `operating`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from lienthong import problems, telemetry
from lienthong.authorization import authorize
from lienthong.contracts import Contracts
from lienthong.errors import Misconfigured
from lienthong.eventlog.port import Appender, EventLog
from lienthong.eventlog.wakeup import Notifier
from lienthong.forms import form_id
from lienthong.postgres.pool import Pool
from lienthong.problems import not_found
from lienthong.settings import Settings
from lienthong.tokens import Principal, Verifier
from lienthong.units import Unit, to_row
from services.ingest import operating, reading, store
from services.ingest.acts import Acts
from services.ingest.committer import Committer
from services.ingest.current import Current
from services.ingest.intake import Intake, Limits

ROLE = "lienthong_ingest"

Position = Annotated[int, Query(ge=0, le=2**63 - 1)]

Reader = Annotated[Principal, Depends(authorize())]  # of the module: annotations are resolved by its names


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What the composition root hands to the app. identity: the routes of the token endpoint."""

    settings: Settings
    pool: Pool
    conninfo: str
    log: EventLog
    appender: Appender
    contracts: Contracts
    verifier: Verifier
    identity: APIRouter
    notifier: Notifier


def app(parts: Parts) -> FastAPI:
    """The ASGI app of ingest. Its committer starts and stops with it."""
    acts = Acts(parts.appender)
    with parts.pool.connection() as conn:
        current = Current.of(conn, contracts=parts.contracts, acts=acts)
        current.get(conn)
    committer = Committer(conninfo=parts.conninfo, role=ROLE, appender=parts.appender, current=current,
                          committed=parts.notifier.nudge)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        committer.start()
        yield
        await run_in_threadpool(committer.stop)

    made = FastAPI(title="Liên Thông: tiếp nhận (ingest)", version="1", lifespan=lifespan, docs_url=None,
                   redoc_url=None, openapi_url=None)
    made.state.verifier = parts.verifier
    problems.install(made)
    limits = Limits(body=parts.settings.max_body_bytes, batch=parts.settings.max_batch_bytes,
                    events=parts.settings.max_batch_events)
    made.include_router(_submitting(Intake(committer, limits, telemetry.count_submissions), parts.verifier))
    made.include_router(_asking(parts, current))
    made.include_router(operating.router(parts.pool, current, acts, parts.notifier.nudge))
    made.include_router(parts.identity)
    return made


_EXAMPLE = {
    "specversion": "1.0", "type": "vn.lienthong.report.submitted.v1", "source": "/units/06040",
    "id": "2026-bc-001", "data": {"round": "P119-LS.2026", "form": "P119-LS.commune", "formVersion": "1.0.0"},
}


def _submitting(intake: Intake, verifier: Verifier) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["submit"])

    @routes.post("/events", summary="Submit events: one, a batch, or bulk NDJSON", status_code=201,
                 dependencies=[], openapi_extra={
                     "security": [{"client_credentials": ["report:submit"]}],
                     "parameters": [{"name": "dryRun", "in": "query", "schema": {"type": "boolean"}}],
                     "requestBody": {"required": True, "content": {
                         "application/cloudevents+json": {"schema": {"type": "object"}, "example": _EXAMPLE},
                         "application/cloudevents-batch+json": {"schema": {"type": "array"}},
                         "application/x-ndjson": {"schema": {"type": "string"}},
                         "application/json": {"schema": {"type": "object"}}}}})
    async def submit(request: Request) -> Response:
        # No dependency here: at thousands of requests a second FastAPI's resolution of one costs more than the check.
        principal = verifier.bearer(request.headers.get("authorization"))
        return await intake.answer(request, principal)

    return routes


def _asking(parts: Parts, current: Current) -> APIRouter:
    routes = APIRouter(prefix="/v1")
    pool, log = parts.pool, parts.log

    @routes.get("/reports/{id_:path}", tags=["submit"], summary="A report: state, receipt, all revisions")
    def report(id_: str, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            return reading.report(conn, log, current.get(conn), who, id_)

    @routes.get("/obligations", tags=["submit"], summary="What this client's units owe, by when, what is missing")
    def obligations(who: Reader, unit: str | None = None, round: str | None = None) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
            now = store.now_and_version(conn)[0]
            found = reading.obligations(conn, definitions, who, unit=unit, round_=round, now=now)
            ahead = reading.planned(definitions, who, now)
        missing = sum(1 for line in found if line["state"] == "missing")
        return {"now": now.isoformat(), "missing": missing, "obligations": found, "planned": ahead}

    @routes.get("/schemas/forms/{form}/{version}", tags=["submit"], summary="The JSON Schema of a form")
    def form_schema(form: str, version: str) -> Mapping[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        if (form, version) not in definitions.forms:
            raise not_found("form_unknown", f"Không có biểu mẫu «{form}» phiên bản {version}.",
                            f"There is no form {form!r} of version {version}.")
        return parts.contracts.schema(form_id(form, version))

    @routes.get("/schemas", tags=["submit"], summary="All schemas and forms by name")
    def schemas() -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        return {"forms": [{"form": form, "version": version, "url": f"/v1/schemas/forms/{form}/{version}"}
                          for form, version in sorted(definitions.forms)],
                "schemas": [{"id": name, "url": f"/v1/schemas/by-id?id={name}"} for name in parts.contracts.ids()]}

    @routes.get("/schemas/by-id", tags=["submit"], summary="One schema by its $id")
    def schema(id: str) -> Mapping[str, Any]:
        try:
            return parts.contracts.schema(id)
        except Misconfigured as error:
            raise not_found("schema_unknown", f"Không có lược đồ «{id}».", f"There is no schema {id!r}.") from error

    @routes.get("/refusals", tags=["submit"], summary="Why submissions were refused, newest first")
    def refusals(who: Reader, before: Position | None = None) -> dict[str, Any]:
        with pool.connection() as conn:
            return {"refusals": reading.refusals(conn, who, before)}

    @routes.get("/receipts", tags=["submit"], summary="The province's receipts by position, for reconciliation")
    def receipts(who: Annotated[Principal, Depends(authorize("read:province"))], after: Position = 0,
                 limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> dict[str, Any]:
        with pool.connection() as conn:
            return {"receipts": reading.ledger(conn, who, current.sample, after, limit)}

    @routes.get("/difficulties", tags=["operate"], summary="Difficulties raised in the province")
    def difficulties(who: Annotated[Principal, Depends(authorize("read:province"))],
                     after: Position = 0) -> dict[str, Any]:
        with pool.connection() as conn:
            return {"difficulties": reading.difficulties(conn, log, who.province, after)}

    @routes.get("/units", tags=["units"], summary="Find units by code or name, marks not needed")
    def units(who: Reader, q: str, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
            today = store.now_and_version(conn)[0].date()
        return {"units": [_unit(u) for u in definitions.registry.search(q, today, limit)]}

    @routes.get("/units/{code}", tags=["units"], summary="A unit, with the units above it")
    def unit(code: str, who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            registry = current.get(conn).registry
            today = store.now_and_version(conn)[0].date()
        found = registry.resolve(code, today)
        if found is None:
            raise not_found("unit_unknown", f"Không có đơn vị «{code}».", f"There is no unit {code!r}.")
        return {**_unit(found), "ancestors": [_unit(u) for u in registry.ancestors(found.code, today)],
                "history": [_unit(u) for u in registry.history(found.code)]}

    @routes.get("/plans", tags=["plans"], summary="The plans in force, with obligations, rounds and forms")
    def plans(who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        return {"plans": [
            {"plan": p.code, "programme": p.programme, "version": p.version, "title": p.title.vi,
             "title_en": p.title.en, "issuedBy": p.issued_by,
             "forms": [{"form": f.code, "version": f.version, "figures": list(f.codes)} for f in p.forms],
             "rounds": sorted(r.code for r in definitions.rounds.values() if r.plan == p.code)}
            for p in definitions.plans.values()]}

    return routes


def _unit(found: Unit) -> dict[str, Any]:
    return {name: value for name, value in to_row(found).items() if value not in ("", None)}
