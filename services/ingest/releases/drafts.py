"""Drafts of releases: what one person puts before another to sign. A draft is signed as it stands or drafted anew.

What was seen is the place of the log at which the draft stands, and for whoever reads the log elsewhere a digest of
the reports that stood there: SHA-256 over the JSON list of [form, unit, revision, content hash in hex], in their order,
without those returned or withdrawn. A release signed from the draft is made of the same reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong.contracts import canonical
from lienthong.instants import wire
from lienthong.postgres.pool import Connection
from services.ingest.releases.reading import SQL


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseDraft:
    """A draft of a round's next release. document: JSON. reports: how many stood; missing: how many were owed.

    position: of the draft in its province's partition.
    """

    release: str
    version: int
    recipients: list[str]
    document: str
    note: str
    digest: str
    reports: int
    missing: int
    drafted_by: str
    drafted_at: datetime
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingReports:
    """The reports that stand: their digest, and how many they are."""

    digest: str
    reports: int


def latest_draft(conn: Connection, round_: str, version: int) -> ReleaseDraft | None:
    """The newest draft of a version of the round's release."""
    parameters = {"round": round_, "version": version}
    return conn.cursor(row_factory=class_row(ReleaseDraft)).execute(SQL.latest_draft, parameters).fetchone()


def standing_reports(conn: Connection, round_: str) -> StandingReports:
    """The round's reports as they stand now."""
    rows = conn.execute(SQL.standing_reports, {"round": round_}).fetchall()
    reports = [[form, unit, revision, bytes(digest).hex()] for form, unit, revision, digest in rows]
    return StandingReports(digest=canonical.digest(orjson.dumps(reports)), reports=len(reports))


def body(draft: ReleaseDraft) -> dict[str, Any]:
    """A draft as answers show it."""
    return {
        "release": draft.release,
        "version": draft.version,
        "position": draft.position,
        "recipients": draft.recipients,
        "document": orjson.loads(draft.document),
        "note": draft.note,
        "digest": draft.digest,
        "reports": draft.reports,
        "missing": draft.missing,
        "draftedBy": draft.drafted_by,
        "draftedAt": wire(draft.drafted_at),
    }
