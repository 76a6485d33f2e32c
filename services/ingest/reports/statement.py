"""The statement of deliveries (bảng kê báo cáo): what a unit owed and delivered in a year. Reads only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.postgres.answers import column
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.receipts import receipt_of
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports import quality
from services.ingest.reports.explained import explained, queried
from services.ingest.rights.seeing import may_read
from services.ingest.rounds.obligations import lines_of

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
    asked = {"province": province, "year": str(year)}
    codes = column(conn, str, SQL.rounds_of_year, asked)
    rows = conn.cursor(row_factory=class_row(LedgerRow))
    delivered: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows.execute(SQL.deliveries_of_unit, {"unit": unit, "rounds": codes}):
        delivered.setdefault((row.round or "", row.form or ""), []).append(_revision(row, definitions.sample))
    lines = lines_of(conn, definitions, codes, unit, set(delivered), now)
    whole = [{**line, "revisions": delivered.get((line["round"], line["form"]), [])} for line in lines]
    grades = quality.graded(whole, _open_queries(conn, codes, unit), quality.rules())
    return {"unit": unit, "year": year, "lines": whole, "quality": grades}


def _open_queries(conn: Connection, rounds: list[str], unit: str) -> quality.Open:
    told = explained(conn, {each.which: each.warnings for each in queried(conn, rounds, {unit})})
    return {which[:2]: [one for one in asked if one["explanation"] is None] for which, asked in told.items()}


def _revision(row: LedgerRow, sample: bool) -> dict[str, Any]:
    return {**receipt_of(row, sample), "withdrawal": row.type == events.REPORT_WITHDRAWAL, "client": row.client}
