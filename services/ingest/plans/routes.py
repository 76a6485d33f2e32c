"""Routes of plans: those in force, whom they oblige, checking and publishing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date as Day
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from lienthong.calendar import day_of
from lienthong.eventlog.installation import hub_now
from lienthong.forms import regime
from lienthong.postgres.pool import Pool
from lienthong.programmes import Form, Plan
from lienthong.programmes.files import MAX_BYTES
from lienthong.programmes.official import official_member
from lienthong.rounds import opening
from lienthong.units.registry import Registry
from lienthong.web.answers import gives
from lienthong.web.etags import Editing, is_held, of_content, tag_version
from lienthong.web.guard import TABLE
from lienthong.web.parameters import Code
from lienthong.web.routes import Routes
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body as Wanted
from services.ingest.office.wire import DocumentReference, actor_with
from services.ingest.plans import acts, checking, reading
from services.ingest.plans.bodies import Obliged, PlanPublished, PlanRetired, Plans
from services.ingest.readers import On, Reader
from services.ingest.reports import outside
from services.ingest.rights import requiring
from services.ingest.rights.acting import Actor
from services.ingest.units.bodies import in_order

Operator = Annotated[Actor, Depends(actor_with(acts.SCOPE))]  # of the module: annotations are resolved by its names

ZIP = "application/zip"
_BINARY = {"type": "string", "format": "binary"}


class Retirement(Wanted):
    """Retiring a plan: what is open goes on, no more rounds open."""

    reason: str = Field(min_length=3, max_length=1000)
    document: DocumentReference = DocumentReference(number=None)


MOST_VALUES = 30_000  # of a plan with its programme; the largest of 2026 has 2,700


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """The plans of the client's province. The hub's own operator sees all."""
    routes = Routes(prefix="/v1/plans", tags=["plans"])

    @routes.get("", summary="The plans in force, with forms and rounds", **gives(Plans))
    def list_plans(who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions, today = current.get(conn), day_of(hub_now(conn))
        return {
            "plans": [
                _plan_body(p, definitions)
                for p in definitions.plans.values()
                if requiring.sees_plan(who, p, definitions, today)
            ]
        }

    @routes.get("/{plan}/obliged", summary="The units that owe each form of a plan on a day", **gives(Obliged))
    def obliged_units(plan: Code, who: Reader, on: On = None) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions, today = current.get(conn), day_of(hub_now(conn))
        definition, day = requiring.seen_plan(plan, who, definitions, today), on or today
        return {
            "plan": plan,
            "on": day.isoformat(),
            "forms": list(_obliged_by_form(definition, definitions.registry, day)),
        }

    _packages(routes, pool, current)
    return routes


def _obliged_by_form(plan: Plan, registry: Registry, day: Day) -> Iterator[dict[str, Any]]:
    """Who owes each form of a plan on a day."""
    for form in plan.forms:
        units = in_order(registry.unit(code, day) for code in opening.obliged_units(plan, form, registry, day))
        yield {"form": form.code, "version": form.version, "units": units}


def _packages(routes: APIRouter, pool: Pool, current: Current) -> None:
    packing = threading.Lock()  # one at a time: each takes a tenth of a second of the processor

    @routes.get(
        "/{plan}/package",
        summary="A plan version's forms, rules and examples, for checking offline",
        response_class=Response,
        responses={200: {"content": {ZIP: {"schema": _BINARY}}}},
    )
    def package(
        plan: Code,
        who: Reader,
        request: Request,
        version: Annotated[int | None, Query(ge=1, le=1_000_000, description="The newest when absent")] = None,
    ) -> Response:
        with pool.connection() as conn:
            definitions, today = current.get(conn), day_of(hub_now(conn))
            requiring.seen_plan(plan, who, definitions, today)
            with packing:
                archive = reading.package(conn, definitions, plan, version)
        etag = of_content(archive.content)
        if is_held(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        named = {"ETag": etag, "Content-Disposition": f'attachment; filename="{archive.name}"'}
        return Response(archive.content, media_type=ZIP, headers=named)


def act_routes(office: Office) -> APIRouter:
    """Checking, publishing, retiring."""
    routes = Routes(prefix="/v1/plans", tags=["operate"])
    _publication_route(routes, office)
    _retirement_route(routes, office)
    return routes


def _publication_route(routes: APIRouter, office: Office) -> None:
    @routes.post(
        "",
        summary="Check a plan, and publish it",
        openapi_extra={TABLE: MOST_VALUES},
        max_body_size=MAX_BYTES,
        **gives(PlanPublished),
    )
    def publish(
        document: Annotated[dict[str, Any], Body()],
        by: Operator,
        seen: Editing,
        response: Response,
        dry_run: Annotated[bool, Query(alias="dryRun")] = False,
        past: Annotated[bool, Query(description="Open rounds too whose deadlines have all passed")] = False,
    ) -> dict[str, Any]:
        with office.act(by, changes=not dry_run) as act:
            acts.require_own(act, document)
            findings = checking.check_document(document, act.definitions)
            if dry_run:
                published = acts.preview(act, document, past=past)
            else:
                published = acts.publish(act, document, past=past, seen=seen)
            tag_version(response, acts.version_at(act, published.plan))
        return {
            "plan": published.plan,
            "version": published.version,
            "published": not dry_run,
            "changes": [{"message_vi": change.vi, "message_en": change.en} for change in published.changes],
            "rounds": list(published.openings),
            "findings": findings,
        }


def _retirement_route(routes: APIRouter, office: Office) -> None:
    @routes.post("/{plan}/retirement", summary="Retire a plan: no more rounds open", **gives(PlanRetired))
    def retire(plan: Code, wanted: Retirement, by: Operator, seen: Editing) -> dict[str, Any]:
        document = wanted.document.model_dump(mode="json")
        with office.act(by, changes=True) as act:
            last = acts.retire(act, plan=plan, reason=wanted.reason, document=document, seen=seen)
        return {"plan": plan, "retiredOn": last.isoformat()}


def _plan_body(plan: Plan, definitions: Definitions) -> dict[str, Any]:
    return {
        "plan": plan.code,
        "programme": plan.programme,
        "version": plan.version,
        "title": plan.title.vi,
        "title_en": plan.title.en,
        "issuedBy": plan.issued_by,
        "forms": [_form(plan, form) for form in plan.forms],
        "outside": [outside.channel_body(channel) for channel in plan.outside],
        "retiredOn": reading.retired_on(definitions, plan.code),
        "rounds": sorted(r.code for r in definitions.rounds.values() if r.plan == plan.code),
    }


def _form(plan: Plan, form: Form) -> dict[str, Any]:
    label = plan.reporters[form.reporters].label
    return {
        "form": form.code,
        "version": form.version,
        "label": {"vi": label.vi, "en": label.en},
        "figures": list(form.codes),
        **official_member(form.official),
        "duties": regime.obligations_as_data(plan, form),
    }
