"""Routes of JSON Schemas: of events, and of every form that a plan has ever had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Misconfigured
from lienthong.forms.schema import form_id
from lienthong.postgres.pool import Pool
from lienthong.refusals import refused
from lienthong.web.answers import gives
from lienthong.web.parameters import Code, Line, Version
from lienthong.web.routes import Routes
from services.ingest.definitions.current import Current
from services.ingest.plans.bodies import JsonSchema, SchemaList


def read_routes(pool: Pool, current: Current, contracts: Contracts) -> APIRouter:
    """They are no secret, and need no token."""
    routes = Routes(prefix="/v1/schemas", tags=["submit"])

    @routes.get("", summary="All schemas and forms by name", **gives(SchemaList))
    def list_schemas() -> dict[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        return {
            "forms": [
                {"form": form, "version": version, "url": f"/v1/schemas/forms/{form}/{version}"}
                for form, version in sorted(definitions.forms)
            ],
            "schemas": [{"id": name, "url": f"/v1/schemas/by-id?id={name}"} for name in contracts.ids()],
        }

    @routes.get("/forms/{form}/{version}", summary="The JSON Schema of a form", **gives(JsonSchema))
    def of_form(form: Code, version: Version) -> Mapping[str, Any]:
        with pool.connection() as conn:
            definitions = current.get(conn)
        if (form, version) not in definitions.forms:
            raise refused("form_unknown", form=f"{form} {version}")
        return contracts.schema(form_id(form, version))

    @routes.get("/by-id", summary="One schema by its $id", **gives(JsonSchema))
    def by_id(id: Line) -> Mapping[str, Any]:
        try:
            return contracts.schema(id)
        except Misconfigured as error:
            raise refused("schema_unknown", id=id) from error

    return routes
