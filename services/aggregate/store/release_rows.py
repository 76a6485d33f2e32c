"""Releases with their datasets, and what came after they were cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.releases import Dataset, Written, dataset_of
from services.aggregate.cut import SignOff
from services.aggregate.store.queries import SQL


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A release without its dataset. position: of the sign-off (the cut). digest: `sha256:…`."""

    release: str
    round: str
    version: int
    position: int
    signed_at: datetime
    recipients: Sequence[str]
    digest: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeRelease(Release):
    """A release with the text of its dataset."""

    dataset: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingRow:
    """A report that came, was withdrawn or was returned after a release was cut."""

    form: str
    unit: str
    revision: int
    withdrawn: bool
    late: bool
    received_at: datetime
    first_received_at: datetime
    position: int
    returned: bool


def releases(conn: Connection, rounds: Iterable[str]) -> dict[str, list[Release]]:
    """The releases of each of these rounds, by version."""
    by_round: dict[str, list[Release]] = {}
    for row in conn.cursor(row_factory=class_row(Release)).execute(SQL.releases, {"rounds": list(rounds)}):
        by_round.setdefault(row.round, []).append(row)
    return by_round


def release(conn: Connection, code: str) -> tuple[Release, Dataset] | None:
    """A release and its dataset."""
    row = conn.cursor(row_factory=class_row(WholeRelease)).execute(SQL.release, {"release": code}).fetchone()
    return None if row is None else (row, dataset_of(row.dataset))


def put_release(tx: Connection, round_: str, sign_off: SignOff, release_: Written, recomputed: str) -> None:
    """Keep a release. release_: as release.made has it; recomputed: digest of the dataset as computed here."""
    tx.execute(
        SQL.put_release,
        {
            "release": sign_off.release,
            "round": round_,
            "version": sign_off.version,
            "position": sign_off.position,
            "signed_at": sign_off.at,
            "recipients": list(sign_off.recipients),
            "digest": release_.digest,
            "recomputed": recomputed,
            "dataset": release_.text,
        },
    )


def pending_reports(conn: Connection, round_: str, position: int) -> list[PendingRow]:
    """Reports that came or were withdrawn after a position, in their order."""
    parameters = {"round": round_, "position": position}
    return conn.cursor(row_factory=class_row(PendingRow)).execute(SQL.pending, parameters).fetchall()


def latest_dataset(conn: Connection, round_: str) -> Dataset | None:
    text = value(conn, str, SQL.latest_dataset, {"round": round_})
    return None if text is None else dataset_of(text)


def diverged_releases(conn: Connection) -> tuple[tuple[str, str, str], ...]:
    """Releases of which a replay made another dataset: release, its digest, that of the replay."""
    return tuple((release, digest, recomputed) for release, digest, recomputed in conn.execute(SQL.diverged))
