"""Export held against the log: every release that it serves is the one that the log holds, by its digest. A witness of
one partition, for `lienthong verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from lienthong.errors import Problem
from lienthong.eventlog import stops
from lienthong.events import RELEASE_MADE, Recorded
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Connection
from lienthong.proof.witness import finding
from services.export.store import CONSUMER, SQL

_STORE = "export"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Served:
    """A release as the feed serves it. of_text: the digest of the dataset's text."""

    release: str
    digest: str
    of_text: str


class Served:
    """Releases as they are served. goal: the position that export stands at."""

    def __init__(self, conn: Connection, key: str) -> None:
        self._key = key
        self.goal = value(conn, int, SQL.consumed, {"consumer": CONSUMER, "key": key}) or 0
        self._passed = stops.passed_over(conn, CONSUMER, key)
        self._made: set[str] = set()
        with conn.cursor(row_factory=class_row(_Served)) as cursor:
            self._served = {row.release: row for row in cursor.execute(SQL.releases_of_partition, {"key": key})}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if recorded.event.type != RELEASE_MADE or data is None:
            return
        release, digest = data["release"], data["digest"]
        self._made.add(release)
        served = self._served.get(release)
        if served is not None:
            yield from self._differences(served, recorded.position, digest)
        elif recorded.position <= self.goal and recorded.position not in self._passed:
            yield finding(self._key, recorded.position, "release_row_missing", release=release, store=_STORE)

    def end(self) -> Iterator[Problem]:
        for release in self._served.keys() - self._made:
            yield finding(self._key, self.goal, "release_row_extra", release=release, store=_STORE)

    def _differences(self, served: _Served, position: int, digest: str) -> Iterator[Problem]:
        for field, held in (("digest", served.digest), ("dataset", served.of_text)):
            if held != digest:
                yield finding(
                    self._key,
                    position,
                    "release_digest_differs",
                    field=field,
                    release=served.release,
                    store=_STORE,
                    held=held,
                    expected=digest,
                )
