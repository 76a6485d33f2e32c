"""Content items held against the log. One witness for all partitions: a unit may have moved between provinces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from lienthong import events
from lienthong.errors import Problem
from lienthong.events import NATION, Recorded
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.latest import Order
from lienthong.proof.seals import hash_of_remains
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
        self._submitted: dict[str, set[str]] = {}
        self._states, self._submissions = Order(), Order()

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
        kind, name = recorded.event.type, f"{claim['unit']}/{claim['item']}"
        if kind != events.CONTENT_APPROVED:
            self._revisions[name] = self._revisions.get(name, 0) + 1
        self._remember(recorded, name, hash_of_remains(claim))
        if self._states.is_last(name, recorded):
            self._table.put(name, recorded.position, 0, _STATES[kind], "", recorded.event.time)

    def _remember(self, recorded: Recorded, name: str, text: str) -> None:
        """A redaction may empty the text in the fact of the submission, in that of the approval, or in both."""
        kind, texts = recorded.event.type, self._submitted.setdefault(name, set())
        if kind == events.CONTENT_ACCEPTED and self._submissions.is_last(name, recorded):
            self._submitted[name] = {text}
        elif kind == events.CONTENT_APPROVED or not texts:
            texts.add(text)

    def _held_rows(self) -> Iterator[tuple[Any, ...]]:
        for name, revision, state, body, at in self._conn.execute(SQL.contents):
            digest = document(body)
            texts = self._submitted.get(name, set())
            self._table.change(
                name, revision=self._revisions.get(name), body=digest if digest in texts else min(texts, default="")
            )
            yield name, revision, state, digest, at
