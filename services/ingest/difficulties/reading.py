"""Difficulties raised (khó khăn, vướng mắc) in a province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.claims.receipts import number_of
from services.ingest.definitions.snapshot import Definitions
from services.ingest.difficulties import rules
from services.ingest.difficulties.rules import NO_ROUTES, SCOPE, RoadStep, RouteFilter
from services.ingest.reports.redacted import Redactions, redactions
from services.ingest.rights import seeing
from services.ingest.rights.bearing import sees_bearer

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class DifficultyFilter:
    """Which difficulties of a province: those that some units (None: all) raised, and those along whose routes the
    caller is. unit: of these those of one unit alone.
    """

    province: str
    units: list[str] | None = None
    routes: RouteFilter = NO_ROUTES
    unit: str | None = None

    def parameters(self) -> dict[str, Any]:
        """As the queries take it."""
        routes = self.routes
        return {
            "province": self.province,
            "units": self.units,
            "unit": self.unit,
            "along": list(routes.along),
            "otherwise": list(routes.otherwise),
            "amending": list(routes.amending),
            "stated": list(routes.stated),
        }


def filter_for(definitions: Definitions, principal: Principal, unit: str | None, now: datetime) -> DifficultyFilter:
    """What the caller sees: what its own units raised (of who reads the province: all of it), and what the plans send
    along a unit that it reviews for.
    """
    province, today = principal.province, day_of(now)
    seen = sight(principal, [SCOPE]) if SCOPE in principal.scopes else None

    def passes(code: str) -> bool:
        return seen is not None and sees_bearer(seen, definitions.registry, code, today, province=province)

    own = [plan for plan in definitions.plans.values() if definitions.province_of(plan.issued_by, today) == province]
    return DifficultyFilter(
        province=province,
        units=seeing.told_of(principal, definitions, now),
        routes=rules.routes_of(own, province, passes),
        unit=unit,
    )


def list_difficulties(
    conn: Connection, definitions: Definitions, wanted: DifficultyFilter, *, after: int, limit: int, today: date
) -> list[dict[str, Any]]:
    """Difficulties (khó khăn, vướng mắc), oldest first, after a position; each with where it stands, with whom it lies,
    by when an answer is due and what was done so far."""
    province = wanted.province
    parameters = {**wanted.parameters(), "after": after, "limit": limit}
    rows = conn.execute(SQL.raised, parameters).fetchall()
    raised = [position for _, position, _, _ in rows]
    steps = steps_of(conn, province, raised)
    step_positions = [step.position for done in steps.values() for step in done]
    removed = redactions(conn, {number_of(province, place) for place in (*raised, *step_positions)})
    return [
        {
            "receipt": (receipt := number_of(province, position)),
            "position": position,
            "unit": unit,
            "receivedAt": wire(received),
            "difficulty": (document := orjson.loads(data)),
            "redactions": list(removed.get(receipt, ())),
            **_road(definitions, document["data"], province, steps.get(position, []), removed),
            **_due(definitions, document["data"], received, steps.get(position, []), today),
        }
        for unit, position, received, data in rows
    ]


def count_unanswered(conn: Connection, wanted: DifficultyFilter) -> int:
    """How many of them have no answer."""
    return certain(conn, int, SQL.waiting, wanted.parameters())


def steps_of(conn: Connection, province: str, difficulties: Sequence[int]) -> dict[int, list[RoadStep]]:
    """What was done with each of these difficulties, in order."""
    parameters = {"province": province, "difficulties": list(difficulties)}
    steps: dict[int, list[RoadStep]] = {}
    for step in conn.cursor(row_factory=class_row(RoadStep)).execute(SQL.steps_of, parameters):
        steps.setdefault(step.difficulty, []).append(step)
    return steps


def _road(
    definitions: Definitions, body: Mapping[str, Any], province: str, steps: Sequence[RoadStep], removed: Redactions
) -> dict[str, Any]:
    along = rules.route(definitions.plans.get(str(body.get("plan"))), body, province)
    state, holder = rules.state_and_holder(steps, along)
    return {
        "state": state,
        "holder": holder,
        "route": along,
        "asksForAmendment": bool(body.get("asksForAmendment")),
        "steps": [step.wire_body(removed.get(number_of(province, step.position), ())) for step in steps],
    }


def _due(
    definitions: Definitions, body: Mapping[str, Any], received: datetime, steps: Sequence[RoadStep], today: date
) -> dict[str, Any]:
    plan = definitions.plans.get(str(body.get("plan")))
    due = rules.answer_due(plan, body, day_of(received), steps)
    state = steps[-1].state if steps else rules.RAISED
    return {"due": None if due is None else due.isoformat(), "overdue": rules.is_overdue(state, due, today)}
