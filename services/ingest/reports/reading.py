"""A report as it stands, with every accepted revision and withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import EventLog
from lienthong.instants import wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.ingest.claims.ledger import LedgerRow
from services.ingest.claims.receipts import NUMBER, number_of, place_of, receipt_of
from services.ingest.definitions.loading import whole_round
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.explained import Revision, explained_queries
from services.ingest.reports.redacted import Redactions, redactions
from services.ingest.reports.states import Cut, Review, RevisionState, RevisionStep, revision_states
from services.ingest.reviews.reading import ReviewTold, ThreadEntry, has_arrived, review_body, thread
from services.ingest.reviews.rules import via_of
from services.ingest.rights.seeing import may_read

SQL = Queries(Path(__file__).with_name("queries.sql"))


def report(conn: Connection, log: EventLog, definitions: Definitions, principal: Principal, id_: str) -> dict[str, Any]:
    """A report by the event id of one of the client's sources, or by receipt number (`20-17`).

    Gives where it stands (`states`), whether it is late, and every accepted revision and withdrawal with receipt,
    content, what was redacted from it and what the via unit did with it, oldest first.
    """
    row, now = _ledger_row(conn, principal, id_), hub_now(conn)
    round_ = None if row is None or row.round is None else whole_round(conn, row.round)
    if row is None or not _may_read(conn, principal, definitions, row, round_, now):
        raise refused("report_unknown", id=id_)
    if row.round is None or round_ is None:
        receipt = receipt_of(row, definitions.sample)
        own = redactions(conn, [receipt["receipt"]]).get(receipt["receipt"], ())
        return {"state": "accepted", "receipt": receipt, "redactions": list(own)}
    key = {"round": row.round, "form": row.form, "unit": row.unit}
    rows = conn.cursor(row_factory=class_row(LedgerRow)).execute(SQL.ledger_of_report, key).fetchall()
    history = [each for each in rows if each.type != events.EXPLANATION_SUBMITTED]
    corrections = [each for each in history[1:] if each.type == events.REPORT_SUBMITTED]
    reviews, via = thread(conn, row.round, row.form or "", row.unit), via_of(round_, row.form or "")
    stands = revision_states(
        [_step(each) for each in history],
        [_review(each) for each in reviews],
        _cuts(conn, row.round),
        via=via is not None,
    )
    return {
        **key,
        "revision": history[-1].revision,
        "via": via,
        "state": stands[-1].state,
        "releases": list(stands[-1].releases),
        "firstReceivedAt": wire(history[0].received_at),
        "correctedAt": wire(corrections[-1].received_at) if corrections else None,
        **_timing(round_, row, history[0].received_at),
        "revisions": _revisions(conn, log, history, stands, reviews, sample=definitions.sample),
    }


def _revisions(
    conn: Connection,
    log: EventLog,
    history: Sequence[LedgerRow],
    stands: Sequence[RevisionState],
    reviews: Sequence[ThreadEntry],
    *,
    sample: bool,
) -> list[dict[str, Any]]:
    """Each accepted revision and withdrawal, oldest first. stands: where each is."""
    submitted = [each for each in history if each.type == events.REPORT_SUBMITTED]
    queries = explained_queries(conn, {_revision_key(each): each.warnings for each in submitted})
    positions = [each.position for each in history] + [entry.position for entry in reviews]
    removed = redactions(conn, {number_of(history[0].province, position) for position in positions})
    return [
        {
            "state": stand.state,
            "releases": list(stand.releases),
            "receipt": receipt_of(step, sample),
            "reviews": _reviews(step, reviews, removed),
            "queries": [] if step.type == events.REPORT_WITHDRAWAL else queries[_revision_key(step)],
            "content": _content(log, step),
            "redactions": list(removed.get(number_of(step.province, step.position), ())),
        }
        for step, stand in zip(history, stands, strict=True)
    ]


def _reviews(step: LedgerRow, reviews: Sequence[ThreadEntry], removed: Redactions) -> list[ReviewTold]:
    """What was done with one revision."""
    return [
        review_body(done, removed.get(number_of(step.province, done.position), ()))
        for done in reviews
        if done.revision == step.revision
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _ReportRow:
    """The latest state of one report."""

    unit: str
    form: str
    revision: int
    withdrawn: bool
    received_at: datetime
    first_received_at: datetime
    province: str
    position: int


def of_round(conn: Connection, code: str, *, unit: str | None, form: str | None) -> list[dict[str, Any]]:
    """The reports of a round in their latest state, by unit and form. For who may see all of them. late: of the first
    accepted revision.
    """
    parameters, round_ = {"round": code, "unit": unit, "form": form}, whole_round(conn, code)
    assert round_ is not None, "whoever asks has found it, and no round goes away"
    return [
        {
            "round": code,
            "unit": row.unit,
            "form": row.form,
            "revision": row.revision,
            "state": "withdrawn" if row.withdrawn else "reported",
            "receivedAt": wire(row.received_at),
            "late": round_.is_late(row.form, row.unit, row.first_received_at),
            "receipt": number_of(row.province, row.position),
        }
        for row in conn.cursor(row_factory=class_row(_ReportRow)).execute(SQL.reports_of_round, parameters)
    ]


def _timing(round_: OpenRound, row: LedgerRow, first_received: datetime) -> dict[str, Any]:
    """Whether the report is late, by the deadline as it stands: each receipt says what held when it was given."""
    form = row.form or ""
    duty = round_.duty(form)
    return {
        "late": round_.is_late(form, row.unit, first_received),
        "deadline": wire_or_none(round_.deadline_of(form, row.unit)),
        "originalDeadline": None if duty is None else wire_or_none(duty.at),
    }


def _may_read(
    conn: Connection,
    principal: Principal,
    definitions: Definitions,
    row: LedgerRow,
    round_: OpenRound | None,
    now: datetime,
) -> bool:
    """Its unit's own, its province, the via unit that it passes through, and whom it is for once it is there."""
    if may_read(principal, definitions, row.unit, row.province, now):
        return True
    return round_ is not None and has_arrived(conn, definitions, principal, round_, row.form or "", row.unit, now)


def _revision_key(row: LedgerRow) -> Revision:
    return row.round or "", row.form or "", row.unit, row.revision or 0


def _step(row: LedgerRow) -> RevisionStep:
    return RevisionStep(
        revision=row.revision or 0, position=row.position, withdrawal=row.type == events.REPORT_WITHDRAWAL
    )


def _review(done: ThreadEntry) -> Review:
    return Review(revision=done.revision, position=done.position, state=done.state)


def _cuts(conn: Connection, round_: str) -> list[Cut]:
    rows = conn.execute(SQL.releases_of_round, {"round": round_})
    return [Cut(release=release, position=position, stands=stands) for release, position, stands in rows]


def _content(log: EventLog, row: LedgerRow) -> Any:
    """The report as accepted, from the log (null once its text was redacted and archived)."""
    [recorded] = log.read(row.province, row.position - 1, 1)
    body = recorded.event.content()
    return body.get("report", body.get("data"))


def _ledger_row(conn: Connection, principal: Principal, id_: str) -> LedgerRow | None:
    """The client's own id first: it may look like another's receipt number."""
    rows = conn.cursor(row_factory=class_row(LedgerRow))
    row = rows.execute(SQL.ledger_by_id, {"id": id_, "sources": sorted(principal.sources)}).fetchone()
    if row is not None or NUMBER.fullmatch(id_) is None:
        return row
    province, position = place_of(id_)
    return rows.execute(SQL.ledger_by_receipt, {"key": province, "position": position}).fetchone()
