"""What export's API reads from its tables: the feed, datasets, digest, consolidation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row

from lienthong.cursors import CURSOR_LIFE
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes.reconciliation import Held, digest_of
from lienthong.refusals import refused
from lienthong.releases import Dataset, dataset_of
from services.export import store
from services.export.feed import SQL, national
from services.export.feed.cursors import PATH, FeedEntry, FeedPage, Question, page
from services.export.formats.nation import ReleaseHead


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseRow:
    """A release as it was made. text: the dataset in canonical JSON, what the digest is over."""

    release: str
    round: str
    version: int
    province: str
    issuer: str
    recipients: Sequence[str]
    supersedes: str | None
    digest: str
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    text: str

    @property
    def body(self) -> Dataset:
        return dataset_of(self.text)


def feed_page(
    pool: Pool,
    question: Question,
    *,
    cursor: str | None,
    limit: int,
    parameters: Mapping[str, str],
    life: timedelta = CURSOR_LIFE,
) -> FeedPage:
    """One page of the feed. Raises Rejected (400, 410) for a cursor that can't be followed, and (404) for a programme
    that there is not.
    """
    with pool.connection() as conn:
        given = store.cursors(conn, PATH, head=_head(conn), life=life)
        after = given.read(cursor, question.mark) if cursor else 0
        rows = conn.cursor(row_factory=class_row(FeedEntry))
        feed_entries = rows.execute(SQL.feed_page, question.row | {"after": after, "limit": limit + 1}).fetchall()
        if not feed_entries and not cursor:
            store.explain_nothing(conn, question.programme)
    return page(feed_entries, limit=limit, after=after, question=question, cursors=given, parameters=dict(parameters))


def get_release(pool: Pool, release: str, question: Question) -> ReleaseRow:
    """A release that the reader of this question may see.

    Raises Rejected: 404 for what does not exist or is not the reader's, 410 for what was withdrawn.
    """
    with pool.connection() as conn:
        row = _find_release(conn, release)
    if row is None or not question.covers(province=row.province, issuer=row.issuer, recipients=row.recipients):
        raise refused("release_unknown", release=release)
    if row.withdrawn_at is not None:
        raise refused("release_withdrawn", release=release, reason=row.withdrawal_reason or "")
    return row


def digest(pool: Pool, question: Question) -> dict[str, Any]:
    """Count and digest over all releases that the question is about, by the rule of lienthong/pushes/reconciliation."""
    with pool.connection() as conn:
        held = conn.cursor(row_factory=class_row(Held)).execute(SQL.released, question.row).fetchall()
    count, total = digest_of(held)
    return {"kind": "release", "count": count, "digest": total}


def is_province(pool: Pool, code: str) -> bool:
    """Whether there is a province of that code."""
    with pool.connection() as conn:
        return certain(conn, bool, SQL.is_province, {"province": code})


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleasedPeriod:
    """A programme's period of which a reader has releases that are not withdrawn. provinces: of how many; communes: of
    how many that have a plan of their own."""

    programme: str
    period: str
    provinces: int
    communes: int
    releases: int


def periods(pool: Pool, question: Question) -> list[ReleasedPeriod]:
    """Programmes and periods there are for the reader of this question, newest period first. Raises Rejected (404) for
    a programme that there is not.
    """
    with pool.connection() as conn:
        rows = conn.cursor(row_factory=class_row(ReleasedPeriod)).execute(SQL.periods, question.row).fetchall()
        if not rows:
            store.explain_nothing(conn, question.programme)
    return rows


def consolidation(pool: Pool, programme: str, period: str) -> dict[str, Any]:
    """The national document over the latest releases of the provinces, in one snapshot.

    Raises Rejected (404) where nobody has released anything: figures of nothing look like figures.
    """
    with pool.transaction() as tx:
        tx.execute(SQL.one_snapshot)
        body = _consolidation(tx, programme, period)
    if not body["releases"]:
        there = ", ".join(f"{period.programme}/{period.period}" for period in periods(pool, Question()))
        raise refused("period_unreleased", programme=programme, period=period, there=there or "–")
    return body


def release_heads(pool: Pool, document: Mapping[str, Any]) -> tuple[ReleaseHead, ...]:
    """What the releases of a national document say themselves; as they never change, in another snapshot."""
    with pool.connection() as conn:
        return tuple(ReleaseHead.of(_dataset_of(conn, release["release"])) for release in document["releases"])


def _consolidation(tx: Connection, programme: str, period: str) -> dict[str, Any]:
    parameters = {"programme": programme, "period": period}
    latest = (
        tx.cursor(row_factory=class_row(national.LatestRelease)).execute(SQL.latest_of_period, parameters).fetchall()
    )
    codes = {"releases": [release.release for release in latest]}
    sums = tx.cursor(row_factory=class_row(national.Sum)).execute(SQL.figures_of, codes).fetchall()
    provinces = certain(tx, int, SQL.provinces)
    twice = _counted_twice(tx, latest, sums)
    return national.consolidate(programme, period, latest, sums, provinces=provinces, twice=twice)


def _counted_twice(
    tx: Connection, releases: list[national.LatestRelease], sums: list[national.Sum]
) -> dict[str, frozenset[str]]:
    """Only where codes meet are whole datasets read: the lint keeps such plans from being published together."""
    return {
        own: national.counted_twice(_dataset_of(tx, own), [_dataset_of(tx, other) for other in others])
        for own, others in national.possible_repeats(releases, sums).items()
    }


def _dataset_of(tx: Connection, release: str) -> Dataset:
    row = _find_release(tx, release)
    assert row is not None, "a release is never removed"
    return row.body


def _find_release(conn: Connection, release: str) -> ReleaseRow | None:
    return conn.cursor(row_factory=class_row(ReleaseRow)).execute(SQL.release, {"release": release}).fetchone()


def _head(conn: Connection) -> int:
    return certain(conn, int, SQL.feed_position)
