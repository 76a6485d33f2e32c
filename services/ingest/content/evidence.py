"""Content items held against the log. One witness for all partitions: a unit may have moved between provinces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import NATION, Recorded
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import remains
from lienthong.proof.table import Table, document
from lienthong.proof.witness import finding

SQL = Queries(Path(__file__).with_name("evidence.sql"))

_STATES: Final[Mapping[str, str]] = {
    events.CONTENT_ACCEPTED: "submitted",
    events.CONTENT_APPROVED: "approved",
    events.CONTENT_WITHDRAWN: "withdrawn",
}


class Items:
    """Every item as the log leaves it. To be shown every partition before it is asked."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._table = Table(NATION, "ingest.contents", "revision state body changed_at")
        self._revisions: dict[str, int] = {}
        self._submitted: dict[str, tuple[datetime, set[str]]] = {}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if recorded.event.type not in _STATES or data is None:
            return
        try:
            self._take(recorded, data["content" if recorded.event.type == events.CONTENT_APPROVED else "data"])
        except (LookupError, TypeError):
            yield finding(recorded.event.partition_key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        yield from self._table.differences(self._held_rows())

    def _take(self, recorded: Recorded, claim: Mapping[str, Any]) -> None:
        kind, at, name = recorded.event.type, recorded.event.time, f"{claim['unit']}/{claim['item']}"
        if kind != events.CONTENT_APPROVED:
            self._revisions[name] = self._revisions.get(name, 0) + 1
        self._remember(kind, name, at, remains(claim))
        latest = self._table.get(name, "changed_at")
        if latest is None or latest <= at:
            self._table.put(name, recorded.position, 0, _STATES[kind], "", at)

    def _remember(self, kind: str, name: str, at: datetime, text: str) -> None:
        """A redaction may empty the text in the fact of the submission, in that of the approval, or in both."""
        since, texts = self._submitted.get(name, (at, set()))
        if kind == events.CONTENT_ACCEPTED and since <= at:
            self._submitted[name] = (at, {text})
        elif kind == events.CONTENT_APPROVED or not texts:
            self._submitted[name] = (since, texts | {text})

    def _held_rows(self) -> Iterator[tuple[Any, ...]]:
        for name, revision, state, body, at in self._conn.execute(SQL.contents):
            digest = document(body)
            _, texts = self._submitted.get(name, (at, set()))
            self._table.change(
                name, revision=self._revisions.get(name), body=digest if digest in texts else min(texts, default="")
            )
            yield name, revision, state, digest, at
