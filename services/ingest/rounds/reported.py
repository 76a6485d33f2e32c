"""What is known of the reports of some units in some rounds, read once for all lines of what is owed (`lines.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from lienthong.postgres.pool import Connection
from lienthong.rounds.round import OpenRound
from services.ingest.reports.explained import OfRevision, Query, explained_queries, reports_with_queries
from services.ingest.reviews.reading import LatestReviews, latest_reviews
from services.ingest.rounds.acts import SQL

Place = tuple[str, str, str]
"""(round, form, unit)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportState(OfRevision):
    """The state of one report: its latest revision, whether that took it back, when it and the first one came;
    province, position: where the latest stands in the log.
    """

    withdrawn: bool
    received_at: datetime
    first_received_at: datetime
    province: str
    position: int
    nil: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _FirstRefusal:
    """at: when a submission of the unit for the round was refused first. province: of who sent it."""

    province: str
    round: str
    unit: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reports:
    """states: of what came. reviews: what was last done with each revision. queries: on the latest revisions. refused:
    by (province, round, unit), when a submission was refused first.
    """

    states: Mapping[Place, ReportState]
    reviews: LatestReviews
    queries: Mapping[Place, Sequence[Query]]
    first_refusals: Mapping[tuple[str, str, str], datetime]


def reports_of(conn: Connection, units: set[str], rounds: Sequence[OpenRound]) -> Reports:
    """Of these units in these rounds."""
    codes = [each.code for each in rounds]
    revisions = reports_with_queries(conn, codes, units)
    explanations = explained_queries(conn, {each.revision_key: each.warnings for each in revisions})
    return Reports(
        states=_states(conn, units, codes),
        reviews=latest_reviews(conn, units, codes),
        queries={each.revision_key[:3]: explanations[each.revision_key] for each in revisions},
        first_refusals=_first_refusals(conn, units, codes),
    )


def _states(conn: Connection, units: set[str], rounds: Sequence[str]) -> dict[Place, ReportState]:
    parameters = {"units": sorted(units), "rounds": list(rounds)}
    rows = conn.cursor(row_factory=class_row(ReportState)).execute(SQL.slots_of_units, parameters)
    return {row.revision_key[:3]: row for row in rows}


def _first_refusals(conn: Connection, units: set[str], rounds: Sequence[str]) -> dict[tuple[str, str, str], datetime]:
    parameters = {"units": sorted(units), "rounds": list(rounds)}
    rows = conn.cursor(row_factory=class_row(_FirstRefusal)).execute(SQL.first_refusals, parameters)
    return {(row.province, row.round, row.unit): row.at for row in rows}
