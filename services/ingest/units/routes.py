"""Routes that say what is defined: schemas of events and forms, units on a day, plans and whom they oblige."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date as Day
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Misconfigured, Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.events import NATION
from lienthong.forms.schema import form_id
from lienthong.postgres.pool import Pool
from lienthong.programmes import Form, Plan
from lienthong.rounds import opening
from lienthong.units import Registry, Unit, sort_key, to_row
from lienthong.units.levels import Level
from lienthong.web.authorization import authorize
from lienthong.web.problems import not_found
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions

Reader = Annotated[Principal, Depends(authorize())]  # of the module: annotations are resolved by its names
On = Annotated[Day | None, Query(description="As of this day; today by the hub's clock when absent")]
OfLevel = Annotated[Level | None, Query()]


def schemas(pool: Pool, current: Current, contracts: Contracts) -> APIRouter:
    """JSON Schemas; they are no secret, and need no token."""
    routes = APIRouter(prefix="/v1/schemas", tags=["submit"])

    @routes.get("", summary="All schemas and forms by name")
    def listed() -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        return {
            "forms": [
                {"form": form, "version": version, "url": f"/v1/schemas/forms/{form}/{version}"}
                for form, version in sorted(definitions.forms)
            ],
            "schemas": [{"id": name, "url": f"/v1/schemas/by-id?id={name}"} for name in contracts.ids()],
        }

    @routes.get("/forms/{form}/{version}", summary="The JSON Schema of a form")
    def of_form(form: str, version: str) -> Mapping[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        if (form, version) not in definitions.forms:
            raise not_found("form_unknown", form=f"{form} {version}")
        return contracts.schema(form_id(form, version))

    @routes.get("/by-id", summary="One schema by its $id")
    def by_id(id: str) -> Mapping[str, Any]:
        try:
            return contracts.schema(id)
        except Misconfigured as error:
            raise not_found("schema_unknown", id=id) from error

    return routes


def units(pool: Pool, current: Current) -> APIRouter:
    """The registry of units on any day."""
    routes = APIRouter(prefix="/v1/units", tags=["units"])

    @routes.get("", summary="Find units by code, name or other name, marks not needed")
    def found(
        who: Reader, q: str, on: On = None, level: OfLevel = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> dict[str, Any]:
        registry, day = _registry(pool, current, on)
        return {"on": day.isoformat(), "units": [_shown(u) for u in registry.search(q, day, limit, level)]}

    @routes.get("/{code}", summary="A unit on a day: units above it, other names, people, past and successors")
    def one(code: str, who: Reader, on: On = None) -> dict[str, Any]:
        registry, day = _registry(pool, current, on)
        unit = registry.resolve(code, day)
        history = registry.history(code if unit is None else unit.code)
        if not history:
            raise _no_unit(code)
        last, then = (history[-1], history[-1].valid_from) if unit is None else (unit, day)
        return {
            **_shown(last),
            "on": day.isoformat(),
            "exists": unit is not None,
            "ancestors": [_shown(u) for u in registry.ancestors(last.code, then)],
            "history": [_shown(u) for u in history],
            "aliases": [_shown(a) for a in registry.aliases if a.code == last.code],
            "populations": [_shown(p) for p in registry.populations if p.unit == last.code],
            "successors": [_shown(u) for u in registry.successors(last.code, day)],
        }

    @routes.get("/{code}/children", summary="The units directly under one on a day, in Vietnamese order")
    def children(code: str, who: Reader, on: On = None, level: OfLevel = None) -> dict[str, Any]:
        registry, day = _registry(pool, current, on)
        unit = registry.resolve(code, day)
        if unit is None:
            raise _no_unit(code)
        return {"on": day.isoformat(), "units": _in_order(registry.children(unit.code, day, level))}

    return routes


def plans(pool: Pool, current: Current) -> APIRouter:
    """The plans of the client's province. The hub's own operator sees all."""
    routes = APIRouter(prefix="/v1/plans", tags=["plans"])

    @routes.get("", summary="The plans in force, with forms and rounds")
    def listed(who: Reader) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions, today = current.get(conn), day_of(hub_now(conn))
        return {
            "plans": [_plan(p, definitions) for p in definitions.plans.values() if _sees(who, p, definitions, today)]
        }

    @routes.get("/{plan}/obliged", summary="The units that owe each form of a plan on a day")
    def obliged(plan: str, who: Reader, on: On = None) -> dict[str, Any]:
        with pool.connection() as conn:
            definitions, today = current.get(conn), day_of(hub_now(conn))
        found, day = definitions.plans.get(plan), on or today
        if found is None or not _sees(who, found, definitions, today):
            raise not_found("plan_unknown", plan=plan)
        registry = definitions.registry
        return {
            "plan": plan,
            "on": day.isoformat(),
            "forms": [
                {
                    "form": form.code,
                    "version": form.version,
                    "units": _in_order(
                        registry.unit(code, day) for code in opening.obliged_units(found, form, registry, day)
                    ),
                }
                for form in found.forms
            ],
        }

    return routes


def _registry(pool: Pool, current: Current, on: Day | None) -> tuple[Registry, Day]:
    with pool.connection() as conn:
        return current.get(conn).registry, on or day_of(hub_now(conn))


def _sees(who: Principal, plan: Plan, definitions: Definitions, today: Day) -> bool:
    if who.province == NATION:  # the Ministry and the platform see releases alone
        return "operate:plans" in who.scopes
    return who.province == definitions.province_of(plan.issued_by, today)


def _plan(plan: Plan, definitions: Definitions) -> dict[str, Any]:
    return {
        "plan": plan.code,
        "programme": plan.programme,
        "version": plan.version,
        "title": plan.title.vi,
        "title_en": plan.title.en,
        "issuedBy": plan.issued_by,
        "forms": [_form(plan, f) for f in plan.forms],
        "rounds": sorted(r.code for r in definitions.rounds.values() if r.plan == plan.code),
    }


def _form(plan: Plan, form: Form) -> dict[str, Any]:
    label = plan.reporters[form.reporters].label
    return {
        "form": form.code,
        "version": form.version,
        "label": {"vi": label.vi, "en": label.en},
        "figures": list(form.codes),
    }


def _in_order(found: Iterable[Unit]) -> list[dict[str, Any]]:
    return [_shown(u) for u in sorted(found, key=lambda u: (sort_key(u.name), u.code))]


def _shown(entry: Any) -> dict[str, Any]:
    return {name: value for name, value in to_row(entry).items() if value not in ("", None)}


def _no_unit(code: str) -> Rejected:
    return not_found("unit_unknown", unit=code)
