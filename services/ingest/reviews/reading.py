"""What passes through a via unit: the latest revisions with what was done with them, and the thread of one report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

import orjson
from psycopg.rows import class_row

from lienthong.access.principals import Principal
from lienthong.access.sight import Sight, sight
from lienthong.calendar import day_of
from lienthong.instants import wire
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.ingest.claims.receipts import number_of
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.explained import OfRevision, Query, count_unexplained, explained_queries
from services.ingest.reports.redacted import Redactions, redactions
from services.ingest.reviews import rules
from services.ingest.reviews.acts import SCOPE, SQL
from services.ingest.rights.bearing import sees_bearer
from services.ingest.rights.receiving import is_for
from services.ingest.rights.requiring import require_unit, round_of_province

SEEING = (SCOPE, "read:province")


@dataclass(frozen=True, kw_only=True, slots=True)
class PassingRow(OfRevision):
    """A report's latest revision on its way. reason, figures, reviewed_…: of what was last done, if anything."""

    province: str
    position: int
    received_at: datetime
    first_received_at: datetime
    warnings: str
    state: str
    reason: str | None
    figures: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    reviewed_position: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadEntry:
    """One thing that was done with a revision."""

    revision: int
    state: str
    via: str
    reason: str
    figures: str
    reviewed_by: str
    reviewed_at: datetime
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportThreadEntry(ThreadEntry):
    """The same beside the report that it was done with."""

    round: str
    form: str
    unit: str


def list_passing(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    *,
    via: str | None,
    round_: str | None,
    unit: str | None,
    state: str | None,
    after: int,
    limit: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """As they came in. via: of one such unit alone. Raises Rejected (404) for a via, a round or a unit not the
    caller's."""
    for named in (via, unit):
        require_unit(named, definitions, principal.province, now)
    seen, today = sight(principal, SEEING), day_of(now)
    rounds = _rounds(conn, definitions, principal, round_)
    by_code = {each.code: each for each in rounds}
    shown = {
        (each.code, form): by
        for each in rounds
        for form, by in rules.vias(each).items()
        if via in (None, by) and sees_passing(seen, definitions, each, by, today)
    }
    if via is not None and not shown and not seen.covers(province=principal.province, issuer=via):
        raise refused("unit_unknown", unit=via)
    parameters = {
        "rounds": [code for code, _ in shown],
        "forms": [form for _, form in shown],
        "after": after,
        "state": state,
        "unit": unit,
        "limit": limit,
    }
    rows = conn.cursor(row_factory=class_row(PassingRow)).execute(SQL.passing, parameters).fetchall()
    return _passing_bodies(conn, rows, by_code, shown)


def sees_passing(seen: Sight, definitions: Definitions, round_: OpenRound, via: str, today: date) -> bool:
    """Whether what passes through this unit in a round is within sight."""
    return sees_bearer(seen, definitions.registry, via, today, province=round_.province)


def passes_by(definitions: Definitions, principal: Principal, round_: OpenRound, form: str, now: datetime) -> bool:
    """Whether reports on a form pass through a unit that the caller reviews for. round_: with its deadlines."""
    via = rules.via_of(round_, form)
    if via is None or SCOPE not in principal.scopes:
        return False
    return sees_passing(sight(principal, [SCOPE]), definitions, round_, via, day_of(now))


def comes_to(definitions: Definitions, principal: Principal, round_: OpenRound, form: str, now: datetime) -> bool:
    """Whether reports on a form pass through a unit of the caller's, or are for one."""
    return passes_by(definitions, principal, round_, form, now) or is_for(principal, definitions, round_, form, now)


def has_arrived(
    conn: Connection,
    definitions: Definitions,
    principal: Principal,
    round_: OpenRound,
    form: str,
    unit: str,
    now: datetime,
) -> bool:
    """Whether a unit's report is with a unit of the caller's: it passes through it, or is for it and nobody stands
    between, or who does passed it on.
    """
    if passes_by(definitions, principal, round_, form, now):
        return True
    if not is_for(principal, definitions, round_, form, now):
        return False
    parameters = {"round": round_.code, "form": form, "unit": unit}
    return rules.via_of(round_, form) is None or certain(conn, bool, SQL.was_passed_on, parameters)


LatestReviews = Mapping[tuple[str, str, str, int | None], ThreadEntry]
"""(round, form, unit, revision) → what was last done with it."""


def latest_reviews(conn: Connection, units: Collection[str], rounds: Sequence[str]) -> LatestReviews:
    """What was last done with each revision of these units' reports in these rounds."""
    parameters = {"units": sorted(units), "rounds": list(rounds)}
    cursor = conn.cursor(row_factory=class_row(ReportThreadEntry)).execute(SQL.latest_reviews, parameters)
    return {(done_with.round, done_with.form, done_with.unit, done_with.revision): done_with for done_with in cursor}


def thread(conn: Connection, round_: str, form: str, unit: str) -> list[ThreadEntry]:
    """Everything that was done with a report's revisions, in order."""
    parameters = {"round": round_, "form": form, "unit": unit}
    return conn.cursor(row_factory=class_row(ThreadEntry)).execute(SQL.reviews_of, parameters).fetchall()


class ReviewTold(TypedDict):
    """One entry of the thread, as it goes over the wire. figures: those that a return is about, each with what is wrong
    with it; position: where the act stands in the log; redactions: what was redacted from it.
    """

    state: str
    via: str
    at: str
    by: str
    reason: str
    figures: list[dict[str, Any]]
    position: int
    redactions: list[Mapping[str, Any]]


def review_body(done: ThreadEntry, removed: Sequence[Mapping[str, Any]] = ()) -> ReviewTold:
    """One entry of the thread, as it goes over the wire. removed: what was redacted from it."""
    return {
        "state": done.state,
        "via": done.via,
        "at": wire(done.reviewed_at),
        "by": done.reviewed_by,
        "reason": done.reason,
        "figures": orjson.loads(done.figures),
        "position": done.position,
        "redactions": list(removed),
    }


def _rounds(conn: Connection, definitions: Definitions, principal: Principal, code: str | None) -> list[OpenRound]:
    """Those of the caller's province that still take reports, or the one that is asked for, which may be locked."""
    if code is None:
        own = (round_ for round_ in definitions.rounds.values() if round_.province == principal.province)
        return [round_ for round_ in own if not round_.locked]
    return [round_of_province(whole_round(conn, code), code, definitions, principal.province)]


def _said_at(row: PassingRow) -> str | None:
    """Where in the log stands what was last done with it."""
    return None if row.reviewed_position is None else number_of(row.province, row.reviewed_position)


def _passing_bodies(
    conn: Connection,
    rows: Sequence[PassingRow],
    rounds: Mapping[str, OpenRound],
    vias: Mapping[tuple[str, str], str],
) -> list[dict[str, Any]]:
    """rounds: by code. vias: by (round, form), the unit that it passes through."""
    removed = redactions(conn, {place for row in rows if (place := _said_at(row)) is not None})
    queries = explained_queries(conn, {row.revision_key: row.warnings for row in rows})
    return [
        _passing_body(row, rounds[row.round], vias[row.round, row.form], queries[row.revision_key], removed)
        for row in rows
    ]


def _passing_body(
    row: PassingRow, round_: OpenRound, via: str, queries: Sequence[Query], removed: Redactions
) -> dict[str, Any]:
    """late: of the first accepted revision, by the deadline as it stands."""
    return {
        "round": row.round,
        "form": row.form,
        "unit": row.unit,
        "revision": row.revision,
        "via": via,
        "state": row.state,
        "receipt": number_of(row.province, row.position),
        "position": row.position,
        "receivedAt": wire(row.received_at),
        "late": round_.is_late(row.form, row.unit, row.first_received_at),
        "queries": list(queries),
        "unexplained": count_unexplained(queries),
        "reason": row.reason or "",
        "figures": orjson.loads(row.figures or "[]"),
        "reviewedBy": row.reviewed_by,
        "reviewedAt": None if row.reviewed_at is None else wire(row.reviewed_at),
        "redactions": list(removed.get(_said_at(row) or "", ())),
    }
