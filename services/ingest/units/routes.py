"""Routes of units: who stands where on any day, and importing."""

from __future__ import annotations

from datetime import date as Day
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Body as JsonBody
from pydantic import Field

from lienthong import units
from lienthong.access.edits import version_of
from lienthong.calendar import day_of
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import Pool
from lienthong.refusals import refused
from lienthong.units import Registry
from lienthong.web.answers import gives
from lienthong.web.etags import Editing, is_held, tag_version
from lienthong.web.guard import TABLE
from lienthong.web.parameters import Identifier, Line, Province
from lienthong.web.routes import Routes
from lienthong.web.tables import TableRoute
from services.ingest.definitions.current import Current
from services.ingest.office.desk import Office
from services.ingest.office.wire import Body, actor_with
from services.ingest.readers import OfLevel, On, Reader
from services.ingest.rights.acting import Actor
from services.ingest.units import acts, boundaries
from services.ingest.units.bodies import (
    BoundariesImported,
    Rings,
    UnitsFound,
    UnitsImported,
    WholeUnit,
    entry_body,
    in_order,
    unit_body,
)

Operator = Annotated[Actor, Depends(actor_with(acts.SCOPE))]  # of the module: annotations are resolved by its names


MOST_VALUES = 150_000  # of one import; the whole registry of 2026 has 48,000
MOST_OF_BORDERS = 3 * boundaries.MOST_POINTS + 50_000  # values: a point is three, and features have properties


class UnitsImport(Body):
    """Rows of the registry, as the columns of schemas/units/*.csv."""

    units: list[dict[str, Any]] = Field([], max_length=5000)
    relations: list[dict[str, Any]] = Field([], max_length=5000)
    aliases: list[dict[str, Any]] = Field([], max_length=5000)
    populations: list[dict[str, Any]] = Field([], max_length=5000)


def read_routes(pool: Pool, current: Current) -> APIRouter:
    """The registry of units on any day, and their borders."""
    routes = Routes(prefix="/v1/units", tags=["units"])
    _registry_routes(routes, pool, current)
    _borders_route(routes, pool)
    return routes


def _registry_routes(routes: APIRouter, pool: Pool, current: Current) -> None:
    @routes.get("", summary="Find units by code, name or other name, marks not needed", **gives(UnitsFound))
    def search(
        who: Reader, q: Line, on: On = None, level: OfLevel = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> dict[str, Any]:
        registry, day = _registry(pool, current, on)
        return {"on": day.isoformat(), "units": [entry_body(u) for u in registry.search(q, day, limit, level)]}

    @routes.get(
        "/{code}",
        summary="A unit on a day: units above it, other names, people, past and successors",
        **gives(WholeUnit),
    )
    def unit(code: Identifier, who: Reader, on: On = None) -> dict[str, Any]:
        registry, day = _registry(pool, current, on)
        return unit_body(registry, code, day)

    @routes.get(
        "/{code}/children", summary="The units directly under one on a day, in Vietnamese order", **gives(UnitsFound)
    )
    def children(code: Identifier, who: Reader, on: On = None, level: OfLevel = None) -> dict[str, Any]:
        registry, day = _registry(pool, current, on)
        unit = registry.resolve(code, day)
        if unit is None:
            raise refused("unit_unknown", unit=code)
        return {"on": day.isoformat(), "units": in_order(registry.children(unit.code, day, level))}


def _borders_route(routes: APIRouter, pool: Pool) -> None:
    @routes.get(
        "/{province}/boundaries",
        summary="Borders of a province's communes, where its office imported them",
        **gives(Rings),
    )
    def borders(request: Request, province: Province, who: Reader) -> Response:
        """Rings by unit code (longitude, latitude). They are on any map, and no secret."""
        with pool.connection() as conn:
            digest = boundaries.digest_of(conn, province)
            if digest is None:
                raise refused("boundaries_missing", province=province)
            headers = {"ETag": f'"{version_of({"digest": digest})}"'}
            if is_held(request, headers["ETag"]):
                return Response(status_code=304, headers=headers)
            return Response(boundaries.body_of(conn, province), media_type="application/json", headers=headers)


def act_routes(office: Office) -> APIRouter:
    """Importing."""
    routes = Routes(prefix="/v1/units", tags=["operate"], route_class=TableRoute)
    _units_import(routes, office)
    _borders_import(routes, office)
    return routes


def _units_import(routes: APIRouter, office: Office) -> None:
    @routes.post(
        "",
        summary="Import units, relations, aliases and populations",
        openapi_extra={TABLE: MOST_VALUES},
        **gives(UnitsImported),
    )
    def import_units(
        wanted: UnitsImport,
        by: Operator,
        seen: Editing,
        response: Response,
        dry_run: Annotated[bool, Query(alias="dryRun")] = False,
    ) -> dict[str, Any]:
        tables = wanted.model_dump()
        rows = [row for table, values in tables.items() for row in units.rows_of(table, values)]  # type: ignore[arg-type]
        with office.act(by, changes=not dry_run) as act:
            imported = acts.preview(act, rows) if dry_run else acts.change(act, rows, seen)
        tag_version(response, version_of(acts.change_values(imported)))
        return {
            "changes": [
                {"kind": c.kind, "table": c.table, "message_vi": c.message.vi, "message_en": c.message.en}
                for c in imported.changes
            ],
            "imported": not dry_run,
        }


def _borders_import(routes: APIRouter, office: Office) -> None:
    @routes.put(
        "/{province}/boundaries",
        summary="Import the borders of a province's communes (GeoJSON)",
        openapi_extra={TABLE: MOST_OF_BORDERS},
        **gives(BoundariesImported),
    )
    def import_boundaries(
        province: Province,
        by: Operator,
        document: Annotated[dict[str, Any], JsonBody()],
        seen: Editing,
        key: Annotated[Line, Query(description="The property of a feature that holds the unit's code")] = "code",
    ) -> dict[str, Any]:
        with office.act(by) as act:
            drawn = boundaries.bring_in(act, province, document, key=key, seen=seen)
        return {"province": province, "units": drawn.units, "missing": list(drawn.missing)}


def _registry(pool: Pool, current: Current, on: Day | None) -> tuple[Registry, Day]:
    with pool.connection() as conn:
        return current.get(conn).registry, on or day_of(hub_now(conn))
