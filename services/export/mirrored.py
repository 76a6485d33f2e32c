"""What export serves and sends, held against the log: releases column by column, their sums, the feed's entries and
their order, the messages that go out. A witness of one partition, for `lienthong verify`; deliveries are asked by
`deliveries/evidence.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lienthong import events, releases
from lienthong.errors import Problem, Unprocessable
from lienthong.eventlog import stops
from lienthong.events import Recorded
from lienthong.instants import read
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.seals import hash_of_remains, is_erased
from lienthong.proof.table import ANY, Table
from lienthong.proof.witness import finding
from services.export import mapping, store
from services.export.mapping import Message

SQL = Queries(Path(__file__).with_name("evidence.sql"))

_RELEASE = (
    "round",
    "version",
    "supersedes",
    "programme",
    "plan",
    "period",
    "province",
    "issuer",
    "issuer_level",
    "recipients",
    "sample",
    "signed_at",
    "made_at",
)
_FIGURE = ("kind", "decimals", "total", "given", "obliged")
_ERASED = hash_of_remains({})

Data = Mapping[str, Any]


class ExportTables:
    """Holds what the tables must say at the position that export stands at."""

    def __init__(self, conn: Connection, key: str, goal: int, *, sample: bool) -> None:
        """conn: in a transaction that sees one moment. goal: export's position. sample: of the installation."""
        self._conn, self._key, self._goal, self._sample = conn, key, goal, sample
        self._passed = stops.passed_over(conn, store.CONSUMER, key)
        self._entries: list[tuple[str, int]] = []
        self._published: dict[tuple[str, str], list[int]] = {}
        self._places: dict[int, tuple[str, int]] = {}
        self._early: dict[str, tuple[Recorded, Data]] = {}
        self._releases = Table(
            key, "export.releases", " ".join((*_RELEASE, "withdrawn_at", "withdrawal_reason")), whole=False
        )
        self._figures = Table(key, "export.figures", " ".join((*_FIGURE, "described")), documents=("described",))
        self._feed = Table(key, "export.feed", "province programme")
        self._messages = Table(
            key,
            "export.messages",
            "type province sample digest at data partition position",
            documents=("data",),
        )

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        take = _TAKE.get(recorded.event.type)
        if take is None or data is None or recorded.position > self._goal or recorded.position in self._passed:
            return
        try:
            take(self, recorded, data)
        except (LookupError, TypeError, ValueError, Unprocessable):
            yield finding(self._key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        parameters = {"key": self._key}
        yield from self._releases.differences(self._conn.execute(SQL.releases_of_partition, parameters))
        yield from self._figures.differences(self._conn.execute(SQL.figures_of_partition, parameters))
        listed = self._conn.execute(SQL.feed_of_partition, parameters).fetchall()
        yield from self._feed.differences(entry for *entry, _ in listed)
        yield from self._order({name: at for name, *_, at in listed})
        yield from self._messages.differences(self._conn.execute(SQL.messages_of_partition, parameters))

    def _order(self, listed: Mapping[str, int]) -> Iterator[Problem]:
        """Who follows the feed has seen its entries in the order of the log."""
        before = 0
        for name, position in self._entries:
            at = listed.get(name)
            if at is not None and at <= before:
                yield finding(self._key, position, "feed_out_of_order", row=name, held=at)
            before = before if at is None else at

    def _release_made(self, recorded: Recorded, data: Any) -> None:
        release = releases.with_stated_digest(data)
        if store.for_platform(release.dataset):
            self._message(mapping.release_published(releases.read(data), at=recorded.recorded_at), recorded)
        row = store.release_row(release, at=recorded.recorded_at)
        row["signed_at"] = read(row["signed_at"])
        name = row["release"]
        self._releases.put(name, recorded.position, *(row[column] for column in _RELEASE), None, None)
        for figure in release.dataset["figures"]:
            sums = store.figure_row(name, figure)
            described = hash_of_remains(store.sum_description(figure))
            self._figures.put(
                f"{name} {sums['form']} {sums['code']}",
                recorded.position,
                *(sums[column] for column in _FIGURE),
                described,
            )
        self._entry(f"{name} release", recorded, row["province"], row["programme"])
        if name in self._early:
            self._release_withdrawn(*self._early.pop(name))

    def _release_withdrawn(self, recorded: Recorded, data: Data) -> None:
        self._withdrawal(mapping.release_withdrawn(data, at=recorded.recorded_at, sample=self._sample), recorded)
        name = data["release"]
        if self._releases.get(name, "round") is None:
            self._early.setdefault(name, (recorded, data))
            return
        if self._releases.get(name, "withdrawn_at") is not None:
            return
        self._releases.change(
            name, recorded.position, withdrawn_at=recorded.recorded_at, withdrawal_reason=data.get("reason") or ""
        )
        self._entry(
            f"{name} withdrawn", recorded, self._releases.get(name, "province"), self._releases.get(name, "programme")
        )

    def _content_approved(self, recorded: Recorded, data: Data) -> None:
        message = mapping.content_published(data, at=recorded.recorded_at, sample=self._sample)
        name = self._message(message, recorded)
        self._places[recorded.position] = (message.id, message.version)
        if is_erased(data):  # what it was is gone from the log; until export reaches that act it keeps it
            self._messages.change(name, digest=ANY, data=ANY)

    def _content_withdrawn(self, recorded: Recorded, data: Data) -> None:
        versions = self._published.get(("content", mapping.content_id(data["data"])))
        if versions:
            self._withdrawal(
                mapping.content_withdrawn(data, latest=max(versions), at=recorded.recorded_at, sample=self._sample),
                recorded,
                redacted=is_erased(data),
            )

    def _text_redacted(self, recorded: Recorded, data: Data) -> None:
        target = data["target"]
        pair = self._places.get(target["position"]) if target["partition"] == self._key else None
        if pair is not None:
            subject, version = pair
            self._withdrawal(
                mapping.content_redacted(
                    data, subject=subject, version=version, at=recorded.recorded_at, sample=self._sample
                ),
                recorded,
            )
            self._messages.change(f"content {subject} {version}", data=_ERASED)

    def _withdrawal(self, message: Message, recorded: Recorded, *, redacted: bool = False) -> None:
        """It goes out only where a version at or below it went out before."""
        if any(version <= message.version for version in self._published.get((message.kind, message.id), ())):
            name = self._message(message, recorded)
            if redacted:
                self._messages.change(name, digest=ANY, data=ANY)

    def _message(self, message: Message, recorded: Recorded) -> str:
        name = f"{message.kind} {message.id} {message.version}{' withdrawn' if message.withdraws else ''}"
        if self._messages.get(name, "type") is None:  # what was kept first stays
            self._messages.put(
                name,
                recorded.position,
                message.type,
                self._key,
                message.sample,
                message.digest,
                message.at,
                hash_of_remains(message.data),
                self._key,
                recorded.position,
            )
            if not message.withdraws:
                self._published.setdefault((message.kind, message.id), []).append(message.version)
        return name

    def _entry(self, name: str, recorded: Recorded, province: str, programme: str) -> None:
        self._entries.append((name, recorded.position))
        self._feed.put(name, recorded.position, province, programme)


_TAKE: Mapping[str, Callable[[ExportTables, Recorded, Data], None]] = {
    events.RELEASE_MADE: ExportTables._release_made,
    events.RELEASE_WITHDRAWN: ExportTables._release_withdrawn,
    events.CONTENT_APPROVED: ExportTables._content_approved,
    events.CONTENT_WITHDRAWN: ExportTables._content_withdrawn,
    events.TEXT_REDACTED: ExportTables._text_redacted,
}


def feed_whole(conn: Connection) -> Iterator[Problem]:
    """The feed's positions over all partitions: whole numbers from 1 to its head, without holes."""
    count, first, last, head = conn.execute(SQL.feed_ends).fetchone() or (0, 0, 0, 0)
    if (first, last, head) != ((1, count, count) if count else (0, 0, 0)):
        yield finding(
            events.NATION,
            None,
            "table_field_differs",
            table="export.feed",
            row="*",
            field="position",
            held=f"{first}–{last}, {head}",
            expected=f"1–{count}, {count}",
        )
