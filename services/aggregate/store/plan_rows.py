"""Plan versions: kept, and parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.programmes import Plan, parse_published
from services.aggregate.store.queries import SQL


class PlanVersions:
    """Plan versions, read and parsed once: a published version never changes. Safe to share between threads."""

    def __init__(self, capacity: int = 128) -> None:
        """capacity: versions kept; a parsed plan takes some 200 kB."""
        self._capacity = capacity
        self._known: dict[tuple[str, int], Plan] = {}

    def get(self, conn: Connection, plan: str, version: int) -> Plan:
        """Raises LookupError for a version that was never published."""
        cached = self._known.get((plan, version))
        if cached is not None:
            return cached
        document = value(conn, str, SQL.plan, {"plan": plan, "version": version})
        if document is None:
            raise LookupError(f"plan {plan} version {version} is not in the log before this event")
        if len(self._known) >= self._capacity:
            self._known = {}  # rarely, and cheaper than keeping an order of use
        plan_ = self._known[plan, version] = parse_published(orjson.loads(document))
        return plan_

    def newest_version(self, conn: Connection, plan: str) -> int | None:
        return value(conn, int, SQL.newest_plan_version, {"plan": plan})


def put_plan(tx: Connection, data: Mapping[str, Any]) -> Plan:
    """Keep the plan of a plan.published event."""
    plan = parse_published(data["plan"])
    tx.execute(
        SQL.put_plan,
        {
            "plan": plan.code,
            "version": data["planVersion"],
            "programme": plan.programme,
            "province": data["province"],
            "digest": data["digest"],
            "document": orjson.dumps(data["plan"]).decode(),
        },
    )
    return plan


def newest_plans(conn: Connection, plans: PlanVersions, province: str | None, *, running: bool = False) -> list[Plan]:
    """The newest version of each plan, of one province or of all. running: without those that were retired."""
    rows = conn.execute(SQL.newest_plans, {"province": province, "running": running}).fetchall()
    return [plans.get(conn, plan, version) for plan, version in rows]
