"""The statement of deliveries (bảng kê báo cáo): what a unit owed and delivered in a year; and the quality grades
of the units of a round. Reads only.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.answers import column
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.receipts import receipt_of
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports import quality
from services.ingest.reports.explained import Query, explained_queries, reports_with_queries
from services.ingest.rights.seeing import may_read
from services.ingest.rounds.obligations import lines_of, owed_lines

SQL = Queries(Path(__file__).with_name("queries.sql"))


def statement(
    conn: Connection, definitions: Definitions, principal: Principal, *, unit: str, year: int, now: datetime
) -> dict[str, Any]:
    """A line for each form of each round of the year that the unit owes or has delivered, each with every revision;
    quality: the grade of each round that it owed something in, with the arithmetic.

    Raises Rejected (404) for a unit that is not the caller's to read.
    """
    province = definitions.province_of(unit, day_of(now))
    if not may_read(principal, definitions, unit, province, now):
        raise refused("unit_unknown", unit=unit)
    parameters = {"province": province, "year": str(year)}
    codes = column(conn, str, SQL.rounds_of_year, parameters)
    rows = conn.cursor(row_factory=class_row(LedgerRow))
    delivered: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows.execute(SQL.deliveries_of_unit, {"unit": unit, "rounds": codes}):
        delivered.setdefault((row.round or "", row.form or ""), []).append(_revision(row, definitions.sample))
    lines = lines_of(conn, definitions, codes, unit, set(delivered), now)
    whole = [{**line, "revisions": delivered.get((line["round"], line["form"]), [])} for line in lines]
    graded = quality.grade_rounds(whole, _open_queries(conn, codes, {unit}).get(unit, {}), quality.grade_rules())
    return {"unit": unit, "year": year, "lines": whole, "quality": graded}


def grades(
    conn: Connection, definitions: Definitions, principal: Principal, *, round_: str, now: datetime
) -> list[dict[str, Any]]:
    """The grade of every unit of a round that the caller sees and that owes something in it, with the arithmetic.

    Raises Rejected (404) for a round of another province.
    """
    lines = owed_lines(conn, definitions, principal, unit=None, round_=round_, now=now)
    units = {line["unit"] for line in lines}
    came: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for unit, form, received in conn.execute(SQL.revisions_of_round, {"round": round_}):
        came.setdefault((unit, form), []).append({"receivedAt": wire(received)})
    whole: dict[str, list[dict[str, Any]]] = {unit: [] for unit in sorted(units)}
    for line in lines:
        revisions = came.get((line["unit"], line["form"]), [])
        whole[line["unit"]].append({**line, "obliged": True, "revisions": revisions})
    queries = _open_queries(conn, [round_], units)
    return [
        {"unit": unit, **grade}
        for unit, owing in whole.items()
        for grade in quality.grade_rounds(owing, queries.get(unit, {}), quality.grade_rules())
    ]


def _open_queries(conn: Connection, rounds: list[str], units: set[str]) -> dict[str, quality.OpenQueries]:
    """By unit: the queries that nobody explained."""
    explanations = explained_queries(
        conn, {each.revision_key: each.warnings for each in reports_with_queries(conn, rounds, units)}
    )
    by_unit: dict[str, dict[tuple[str, str], list[Query]]] = {}
    for (round_, form, unit, _), queries in explanations.items():
        by_unit.setdefault(unit, {})[round_, form] = [body for body in queries if body["explanation"] is None]
    return dict(by_unit)


def _revision(row: LedgerRow, sample: bool) -> dict[str, Any]:
    return {**receipt_of(row, sample), "withdrawal": row.type == events.REPORT_WITHDRAWAL, "client": row.client}
