"""What export's API reads from its tables: the feed, datasets, digest, consolidation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from lienthong.eventlog.installation import installation
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes.reconciliation import Held, digest_of
from lienthong.refusals import refused
from lienthong.web.problems import not_found
from services.export.feed import SQL, national
from services.export.feed.cursors import (
    CURSOR_LIFE,
    Cursors,
    Entry,
    Page,
    Question,
    page,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """A released dataset as it was made. text: canonical JSON, what the digest is over."""

    release: str
    province: str
    digest: str
    text: str

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.text)
        return found


def feed_page(pool: Pool, question: Question, *, cursor: str | None, limit: int, asked: Mapping[str, str],
              life: timedelta = CURSOR_LIFE) -> Page:  # fmt: skip
    """One page of the feed. Raises Rejected (400, 410) for a cursor that can't be followed."""
    with pool.connection() as conn:
        cursors = _cursors(conn, life)
        after = cursors.read(cursor, question) if cursor else 0
        rows = conn.execute(SQL.feed_page, {
            "after": after, "province": question.province, "programme": question.programme,
            "recipient": question.recipient, "limit": limit + 1}).fetchall()  # fmt: skip
    found = [_entry(row) for row in rows]
    return page(found, limit=limit, after=after, question=question, cursors=cursors, asked=dict(asked))


def dataset(pool: Pool, release: str, question: Question) -> Dataset:
    """A release that the reader of this question may see.

    Raises Rejected: 404 for what does not exist or is not the reader's, 410 for what was withdrawn.
    """
    with pool.connection() as conn:
        row = conn.execute(SQL.release, {"release": release}).fetchone()
    if row is None or not _may_see(question, province=row[7], recipients=row[15]):
        raise not_found("release_unknown", release=release)
    if row[13] is not None:
        raise refused("release_withdrawn", release=release, reason=row[14] or "")
    return Dataset(release=row[0], province=row[7], digest=row[10], text=row[16])


def digest(pool: Pool, question: Question) -> dict[str, Any]:
    """Count and digest over all releases that the question is about, by the rule of reconciliation.py."""
    with pool.connection() as conn:
        rows = conn.execute(SQL.released, {"province": question.province, "recipient": question.recipient}).fetchall()
    count, total = digest_of(Held(id=row[0], version=row[1], digest=row[2]) for row in rows)
    return {"kind": "release", "count": count, "digest": total}


def consolidation(pool: Pool, programme: str, period: str) -> dict[str, Any]:
    """The national document over the latest releases of the provinces, in one snapshot."""
    with pool.transaction() as tx:
        tx.execute(SQL.one_snapshot)
        rows = tx.execute(SQL.latest_of_period, {"programme": programme, "period": period}).fetchall()
        releases = [_released(row) for row in rows]
        figures = tx.execute(SQL.figures_of, {"releases": [one.release for one in releases]}).fetchall()
        total = tx.execute(SQL.provinces).fetchone()
        sums = [_sum(row) for row in figures]
        twice = _counted_twice(tx, releases, sums)
    assert total is not None  # an aggregate has a row
    return national.consolidate(programme, period, releases, sums, provinces=total[0], twice=twice)


def _counted_twice(
    tx: Connection, releases: list[national.Released], sums: list[national.Sum]
) -> dict[str, frozenset[str]]:
    """Only where codes meet are whole datasets read: the lint keeps such plans from being published together."""
    return {
        own: national.counted_twice(_dataset_of(tx, own), [_dataset_of(tx, other) for other in others])
        for own, others in national.suspects(releases, sums).items()
    }


def _dataset_of(tx: Connection, release: str) -> dict[str, Any]:
    row = tx.execute(SQL.release, {"release": release}).fetchone()
    assert row is not None, "it was among the latest of the same snapshot"
    found: dict[str, Any] = orjson.loads(row[16])
    return found


def _may_see(question: Question, *, province: str, recipients: list[str]) -> bool:
    if question.province is not None and question.province != province:
        return False
    return question.recipient is None or question.recipient in recipients


def _cursors(conn: Connection, life: timedelta) -> Cursors:
    key = conn.execute(SQL.cursor_key).fetchone()
    now = conn.execute(SQL.hub_now).fetchone()
    head = conn.execute(SQL.feed_position).fetchone()
    assert key is not None and now is not None and head is not None, "the migration wrote them"
    return Cursors(key=key[0], epoch=installation(conn).epoch, now=now[0], head=head[0], life=life)


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(
        position=row[0], entry=row[1], recorded_at=row[2], release=row[3], round=row[4], version=row[5],
        supersedes=row[6], programme=row[7], plan=row[8], period=row[9], province=row[10], issuer=row[11],
        sample=row[12], digest=row[13], signed_at=row[14], made_at=row[15], withdrawn_at=row[16],
        withdrawal_reason=row[17],
    )  # fmt: skip


def _released(row: tuple[Any, ...]) -> national.Released:
    return national.Released(release=row[0], round=row[1], version=row[2], plan=row[3], issuer=row[4],
                             level=row[5], province=row[6], sample=row[7], digest=row[8], signed_at=row[9])  # fmt: skip


def _sum(row: tuple[Any, ...]) -> national.Sum:
    return national.Sum(release=row[0], form=row[1], code=row[2], kind=row[3], decimals=row[4], total=row[5],
                        given=row[6], obliged=row[7], described=orjson.loads(row[8]))  # fmt: skip
