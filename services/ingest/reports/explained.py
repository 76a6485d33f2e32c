"""Queries on reports (câu hỏi số liệu) and what was last said of each: with the report, or after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from services.ingest.claims.receipts import number_of
from services.ingest.reports.redacted import Redactions, redactions

SQL = Queries(Path(__file__).with_name("queries.sql"))

Revision = tuple[str, str, str, int]
"""(round, form, unit, revision)."""

Query = Mapping[str, Any]
"""A warning of the receipt as it goes over the wire, with its `check` and its `explanation`: None while it is open."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfRevision:
    """What a row says of one revision of a report."""

    round: str
    form: str
    unit: str
    revision: int

    @property
    def revision_key(self) -> Revision:
        return self.round, self.form, self.unit, self.revision


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportWithQueries(OfRevision):
    """A report whose latest revision stands and came in with queries. warnings: JSON."""

    warnings: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplanationEvent(OfRevision):
    """What one event says of queries. client: who sent it; explanations: JSON."""

    province: str
    position: int
    received_at: datetime
    client: str
    explanations: str

    @property
    def place(self) -> str:
        return number_of(self.province, self.position)


def reports_with_queries(
    conn: Connection, rounds: Collection[str], units: Collection[str] | None = None
) -> list[ReportWithQueries]:
    """The reports of these rounds (of some units, or None: all) with queries, by unit and form."""
    parameters = {"rounds": sorted(rounds), "units": None if units is None else sorted(units)}
    return conn.cursor(row_factory=class_row(ReportWithQueries)).execute(SQL.queried, parameters).fetchall()


def explained_queries(conn: Connection, warnings: Mapping[Revision, str]) -> dict[Revision, list[Query]]:
    """The queries of some revisions, each with what was last said of it. warnings: of each revision, JSON."""
    raised = {which: warning for which, warning in warnings.items() if warning != "[]"}
    by_revision = _explanation_events(conn, raised)
    removed = redactions(conn, {each.place for explanations in by_revision.values() for each in explanations})
    return {
        which: _with_explanations(orjson.loads(raised[which]), by_revision.get(which, ()), removed)
        if which in raised
        else []
        for which in warnings
    }


def count_unexplained(queries: Iterable[Query]) -> int:
    """How many of these nobody has explained."""
    return sum(each["explanation"] is None for each in queries)


def _explanation_events(conn: Connection, revisions: Collection[Revision]) -> dict[Revision, list[ExplanationEvent]]:
    if not revisions:
        return {}
    rounds, forms, units, numbers = (list(column) for column in zip(*sorted(revisions), strict=True))
    parameters = {"rounds": rounds, "forms": forms, "units": units, "revisions": numbers}
    by_revision: dict[Revision, list[ExplanationEvent]] = {}
    for each in conn.cursor(row_factory=class_row(ExplanationEvent)).execute(SQL.explanations_of, parameters):
        by_revision.setdefault(each.revision_key, []).append(each)
    return by_revision


def _with_explanations(
    warnings: Iterable[Mapping[str, Any]], explanations: Iterable[ExplanationEvent], removed: Redactions
) -> list[Query]:
    """explanations: in order; what came last counts."""
    newest = {
        explanation["check"]: _explanation_body(each, number, explanation["text"], removed)
        for each in explanations
        for number, explanation in enumerate(orjson.loads(each.explanations))
    }
    return [
        {**warning, "check": check, "explanation": newest.get(check)}
        for warning in warnings
        for check in [warning.get("params", {}).get("check", "")]
    ]


def _explanation_body(event: ExplanationEvent, number: int, text: str, removed: Redactions) -> Mapping[str, Any]:
    gone = [body for body in removed.get(event.place, ()) if _names(body["pointers"], number)]
    return {"text": text, "at": wire(event.received_at), "by": event.client, "receipt": event.place, "redactions": gone}


def _names(pointers: Sequence[str], number: int) -> bool:
    return any(f"/{member}/explanations/{number}/text" in pointers for member in ("report", "data"))
