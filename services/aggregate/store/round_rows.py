"""Rounds, with what the log changed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from lienthong.periods import frequency_of
from lienthong.postgres.pool import Connection
from services.aggregate.rounds import Round, round_of
from services.aggregate.store.plan_rows import PlanVersions
from services.aggregate.store.queries import SQL


def put_round(tx: Connection, round_: Round) -> None:
    tx.execute(
        SQL.put_round,
        {
            "round": round_.code,
            "province": round_.province,
            "programme": round_.programme,
            "plan": round_.plan,
            "period": round_.period.code,
            "opened_version": round_.opened.version,
            "reading_version": round_.reading.version,
            "body": Jsonb(round_.data),
            "opened_at": round_.opened_at,
            "position": round_.changed_position,
        },
    )


def load_round(conn: Connection, plans: PlanVersions, code: str) -> Round | None:
    """The round as it stands, or None."""
    row = conn.execute(SQL.round, {"round": code}).fetchone()
    return None if row is None else _round(conn, plans, *row)


def load_rounds(
    conn: Connection,
    plans: PlanVersions,
    *,
    province: str | None = None,
    programme: str | None = None,
    plan: str | None = None,
    period: str | None = None,
) -> list[Round]:
    """The rounds that match, by code."""
    parameters = {"province": province, "programme": programme, "plan": plan, "period": period}
    return [_round(conn, plans, *row) for row in conn.execute(SQL.rounds, parameters).fetchall()]


def _round(
    conn: Connection,
    plans: PlanVersions,
    opened_version: int,
    reading_version: int,
    body: Mapping[str, Any],
    extensions: Sequence[Mapping[str, Any]],
    opened_at: datetime,
    locked_at: datetime | None,
    position: int,
) -> Round:
    opened = plans.get(conn, body["plan"], opened_version)
    reading = opened if reading_version == opened_version else plans.get(conn, body["plan"], reading_version)
    return round_of(
        body,
        opened,
        reading,
        extensions=extensions,
        opened_at=opened_at,
        locked_at=locked_at,
        changed_position=position,
    )


def set_body(tx: Connection, round_: str, body: Mapping[str, Any], position: int) -> None:
    """Change who is obliged in a round."""
    tx.execute(SQL.set_body, {"round": round_, "body": Jsonb(body), "position": position})


def periodic_of_plan(conn: Connection, plans: PlanVersions, round_: Round) -> list[Round]:
    """The other rounds of the same plan that an indicator may look back to."""
    return [
        other
        for other in load_rounds(conn, plans, plan=round_.plan)
        if other.code != round_.code and frequency_of(other.period.code) != "special"
    ]
