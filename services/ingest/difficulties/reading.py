"""Difficulties raised (khó khăn, vướng mắc) in a province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.access.tokens import Principal
from lienthong.instants import wire
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.definitions.snapshot import Definitions
from services.ingest.difficulties import rules
from services.ingest.difficulties.rules import RoadStep
from services.ingest.reports.redacted import Redactions, redactions

SQL = Queries(Path(__file__).with_name("queries.sql"))


def raised(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    units: list[str] | None,
    after: int,
    limit: int,
) -> list[dict[str, Any]]:
    """Difficulties (khó khăn, vướng mắc) that some units of the caller's province, or (None) all of them, raised;
    oldest first, after a position; each with where it stands, with whom it lies and what was done so far."""
    province = principal.province
    asked = {"province": province, "after": after, "units": units, "limit": limit}
    found = conn.execute(SQL.raised, asked).fetchall()
    raised = [position for _, position, _, _ in found]
    steps = steps_of(conn, province, raised)
    said = [step.position for done in steps.values() for step in done]
    removed = redactions(conn, {f"{province}-{place}" for place in (*raised, *said)})
    return [
        {
            "receipt": f"{province}-{position}",
            "position": position,
            "unit": unit,
            "receivedAt": wire(received),
            "difficulty": (told := orjson.loads(data)),
            "redactions": list(removed.get(f"{province}-{position}", ())),
            **_road(definitions, told["data"], province, steps.get(position, []), removed),
        }
        for unit, position, received, data in found
    ]


def waiting(conn: Connection, province: str, units: list[str] | None) -> int:
    """How many that these units (None: all of the province) raised have no answer."""
    return certain(conn, int, SQL.waiting, {"province": province, "units": units})


def steps_of(conn: Connection, province: str, difficulties: Sequence[int]) -> dict[int, list[RoadStep]]:
    """What was done with each of these difficulties, in order."""
    asked = {"province": province, "difficulties": list(difficulties)}
    found: dict[int, list[RoadStep]] = {}
    for step in conn.cursor(row_factory=class_row(RoadStep)).execute(SQL.steps_of, asked):
        found.setdefault(step.difficulty, []).append(step)
    return found


def _road(
    definitions: Definitions, told: Mapping[str, Any], province: str, steps: Sequence[RoadStep], removed: Redactions
) -> dict[str, Any]:
    along = rules.route(definitions.plans.get(str(told.get("plan"))), told, province)
    state, holder = rules.standing(steps, along)
    return {
        "state": state,
        "holder": holder,
        "route": along,
        "asksForAmendment": bool(told.get("asksForAmendment")),
        "steps": [step.told(removed.get(f"{province}-{step.position}", ())) for step in steps],
    }
