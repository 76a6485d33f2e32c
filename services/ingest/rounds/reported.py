"""What is known of the reports of some units in some rounds, read once for all lines of what is owed (`lines.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from lienthong.postgres.pool import Connection
from lienthong.rounds.round import OpenRound
from services.ingest.reports.explained import OfRevision, Query, explained, queried
from services.ingest.reviews.reading import Latest, latest
from services.ingest.rounds.acts import SQL

Place = tuple[str, str, str]
"""(round, form, unit)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported(OfRevision):
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
class _Refused:
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

    states: Mapping[Place, Reported]
    reviews: Latest
    queries: Mapping[Place, Sequence[Query]]
    refused: Mapping[tuple[str, str, str], datetime]


def reports_of(conn: Connection, units: set[str], rounds: Sequence[OpenRound]) -> Reports:
    """Of these units in these rounds."""
    codes = [each.code for each in rounds]
    revisions = queried(conn, codes, units)
    explanations = explained(conn, {each.which: each.warnings for each in revisions})
    return Reports(
        states=_states(conn, units, codes),
        reviews=latest(conn, units, codes),
        queries={each.which[:3]: explanations[each.which] for each in revisions},
        refused=_refused(conn, units, codes),
    )


def _states(conn: Connection, units: set[str], rounds: Sequence[str]) -> dict[Place, Reported]:
    parameters = {"units": sorted(units), "rounds": list(rounds)}
    rows = conn.cursor(row_factory=class_row(Reported)).execute(SQL.slots_of_units, parameters)
    return {row.which[:3]: row for row in rows}


def _refused(conn: Connection, units: set[str], rounds: Sequence[str]) -> dict[tuple[str, str, str], datetime]:
    parameters = {"units": sorted(units), "rounds": list(rounds)}
    rows = conn.cursor(row_factory=class_row(_Refused)).execute(SQL.first_refusals, parameters)
    return {(row.province, row.round, row.unit): row.at for row in rows}
