"""What was signed: each release with who signed it, for whom, and whether it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.rows import class_row

from lienthong import events
from lienthong.instants import wire, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from services.ingest.claims.receipts import number_of
from services.ingest.definitions.loading import whole_round

SQL = Queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A sign-off. position: where the release was cut. document: JSON, what it rests on.

    drafted_by: None of one that was signed before two people were asked for.
    """

    release: str
    round: str
    version: int
    recipients: list[str]
    document: str
    drafted_by: str | None
    signed_by: str
    signed_at: datetime
    withdrawn_at: datetime | None
    position: int

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptedSince:
    """Something accepted for a round. first_received_at: of the first revision of that report."""

    province: str
    position: int
    type: str
    unit: str
    form: str | None
    revision: int | None
    received_at: datetime
    first_received_at: datetime


def releases_of(conn: Connection, rounds: Iterable[str]) -> list[Release]:
    """Every release of these rounds, by round and version."""
    parameters = {"rounds": list(rounds)}
    return conn.cursor(row_factory=class_row(Release)).execute(SQL.releases_in_full, parameters).fetchall()


def describe_release(conn: Connection, code: str) -> dict[str, Any]:
    """One release, and what was accepted for its round after it was cut. Raises Rejected (404)."""
    name, _, _ = code.rpartition("/")
    round_ = whole_round(conn, name)
    release = next((release for release in releases_of(conn, [name]) if release.release == code), None)
    if release is None or round_ is None:
        raise refused("release_unknown", release=code)
    return body(release) | {"since": since(conn, round_, release.position)}


def since(conn: Connection, round_: OpenRound, position: int) -> list[dict[str, Any]]:
    """What was accepted for the round after a position: revisions, withdrawals, explanations, in order. late: of the
    report's first revision, by the deadline as it stands.
    """
    parameters = {"round": round_.code, "position": position}
    rows = conn.cursor(row_factory=class_row(AcceptedSince)).execute(SQL.came_since, parameters)
    return [
        {
            "receipt": number_of(row.province, row.position),
            "position": row.position,
            "unit": row.unit,
            "form": row.form,
            "revision": row.revision,
            "withdrawn": row.type == events.REPORT_WITHDRAWAL,
            "explanation": row.type == events.EXPLANATION_SUBMITTED,
            "receivedAt": wire(row.received_at),
            "late": round_.is_late(row.form or "", row.unit, row.first_received_at),
        }
        for row in rows
    ]


def body(release: Release) -> dict[str, Any]:
    """A release as answers show it."""
    return {
        "release": release.release,
        "round": release.round,
        "version": release.version,
        "state": "signed" if release.stands else "withdrawn",
        "recipients": release.recipients,
        "draftedBy": release.drafted_by,
        "signedBy": release.signed_by,
        "signedAt": wire(release.signed_at),
        "withdrawnAt": wire_or_none(release.withdrawn_at),
        "position": release.position,
        "document": orjson.loads(release.document),
    }
