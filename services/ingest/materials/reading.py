"""Shared materials as somebody may see them: of its province, its own or shared with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from lienthong.access.principals import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.units.names import fold
from services.ingest.definitions.snapshot import Definitions
from services.ingest.rights.requiring import explain_nothing, require_unit
from services.ingest.rights.seeing import PUBLISHED, readable_units

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialFilter:
    """Which materials. q: words, all of which must occur; None narrows nothing."""

    q: str | None = None
    unit: str | None = None
    programme: str | None = None
    kind: str | None = None


def list_materials(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    filter_: MaterialFilter,
    *,
    after: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """By unit and material, after a place as `place` gives it. Raises Rejected (404) for a unit or a programme that
    there is not.
    """
    require_unit(filter_.unit, definitions, principal.province, hub_now(conn))
    unit, material = (None, None) if after is None else json.loads(after)
    given = {
        **_sight_parameters(conn, definitions, principal),
        "words": None if filter_.q is None else fold(filter_.q),
        "unit": filter_.unit,
        "programme": filter_.programme,
        "kind": filter_.kind,
        "after_unit": unit,
        "after_material": material,
        "limit": limit,
    }
    rows = conn.execute(SQL.materials_seen, given).fetchall()
    if not rows:
        explain_nothing(filter_.programme, definitions)
    return [
        {
            **dict.fromkeys(("summary", "visibleTo")),
            **{
                name: value for name, value in orjson.loads(body).items() if name not in ("withdrawn", "classification")
            },
            "revision": revision,
            "changedAt": wire(changed),
        }
        for _, _, revision, body, changed in rows
    ]


def place(material: Mapping[str, Any]) -> str:
    """Where a material stands in the list."""
    return json.dumps([material["unit"], material["material"]])


def counts(conn: Connection, definitions: Definitions, principal: Principal, programme: str | None) -> dict[str, Any]:
    """How many the caller may see, by kind and by subject. Raises Rejected (404) for a programme that there is not."""
    rows = conn.execute(
        SQL.materials_counted, {**_sight_parameters(conn, definitions, principal), "programme": programme}
    ).fetchall()
    if not rows:
        explain_nothing(programme, definitions)
    kinds: dict[str, int] = {}
    subjects: dict[str, int] = {}
    for kind, subject, count in rows:
        kinds[kind] = kinds.get(kind, 0) + count
        subjects[subject] = subjects.get(subject, 0) + count
    return {
        "programme": programme,
        "materials": sum(kinds.values()),
        "kinds": [{"kind": kind, "materials": count} for kind, count in sorted(kinds.items())],
        "subjects": [{"subject": subject, "materials": count} for subject, count in sorted(subjects.items())],
    }


def _sight_parameters(conn: Connection, definitions: Definitions, principal: Principal) -> dict[str, Any]:
    units = readable_units(principal, definitions, hub_now(conn), PUBLISHED)
    return {"province": principal.province, "units": sorted(units)}
