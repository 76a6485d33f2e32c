"""Aggregate held against the log: rollups cell by cell, what each report's packed values say against its figures, its
deadline against the round's, and releases by their digests. A witness of one partition, for `lienthong verify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg.rows import class_row

from lienthong import events
from lienthong.errors import Problem, Rejected
from lienthong.eventlog import stops
from lienthong.events import Recorded
from lienthong.forms.renames import bring_up
from lienthong.forms.values import values
from lienthong.instants import read_or_none, wire_or_none
from lienthong.postgres.pool import Connection
from lienthong.programmes import Form, parse_published
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.witness import finding
from lienthong.rounds.round import OpenRound, extension_from, from_data
from services.aggregate import reading, store
from services.aggregate.verify import HeldCells, Recount, compare, snapshot
from services.aggregate.worker import CONSUMER

_STORE = "aggregate"


@dataclass(frozen=True, kw_only=True, slots=True)
class _KeptRelease:
    """A release as aggregate keeps it. of_text: the digest of the dataset's text."""

    release: str
    position: int
    digest: str
    recomputed: str
    of_text: str


class RollupsWitness:
    """Every cell of every rollup, counted again from the log and from the reports.

    cells: how many were compared. goal: the position that the tables stand at.
    """

    def __init__(self, conn: Connection, key: str) -> None:
        self._key = key
        self._unreadable: str | None = None
        try:
            held = snapshot(conn, key)
        except (LookupError, ValueError) as error:  # a definition or a report that nobody can lay out any more
            self._unreadable = str(error)
            held = HeldCells(cells={}, from_reports={}, reports=0, position=reading.position(conn, key))
        self._held, self._from_reports, self.goal = held.cells, held.from_reports, held.position
        self._recount = Recount(passed_over=stops.passed_over(conn, CONSUMER, key))

    @property
    def cells(self) -> int:
        return len(self._held)

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if recorded.position > self.goal or data is None:
            return
        try:
            self._recount.apply(recorded)
        except (LookupError, TypeError, ValueError):
            yield finding(self._key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        if self._unreadable is not None:
            yield finding(self._key, self.goal, "tables_unreadable", why=self._unreadable)
            return
        for basis, counted in (("log", dict(self._recount.cells())), ("reports", self._from_reports)):
            for difference in compare(self._held, counted, basis):
                yield finding(
                    self._key,
                    self.goal,
                    "cell_differs",
                    slot=difference.slot,
                    round=difference.round,
                    form=difference.form,
                    held=_number_text(difference.held),
                    expected=_number_text(difference.recounted),
                    basis=basis,
                )


class ReportsWitness:
    """What a report's fact tells twice: its figures as the sender wrote them and as they are added, its deadline and
    the round's at that moment.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._versions: dict[tuple[str, int], Mapping[str, Form]] = {}
        self._rounds: dict[str, OpenRound] = {}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        kind = recorded.event.type
        if data is None or kind not in _READ:
            return
        try:
            if kind in (events.REPORT_ACCEPTED, events.REPORT_WITHDRAWN):
                yield from self._report(recorded, data)
            else:
                self._definition(kind, data)
        except (LookupError, TypeError, ValueError):
            yield finding(self._key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterable[Problem]:
        return ()

    def _definition(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == events.PLAN_PUBLISHED:
            plan = parse_published(data["plan"])
            self._versions[plan.code, plan.version] = {form.code: form for form in plan.forms}
        elif kind == events.ROUND_OPENED:
            self._rounds[data["round"]] = from_data(data)
        else:
            rounds = self._rounds[data["round"]]
            self._rounds[rounds.code] = replace(rounds, extensions=(*rounds.extensions, extension_from(data)))

    def _report(self, recorded: Recorded, data: Mapping[str, Any]) -> Iterator[Problem]:
        round_ = self._rounds.get(data["round"])
        if round_ is None:
            return  # its opening was set aside, or stands in a form of its own in tests
        for field, held, expected in (*self._values(round_, data), *self._deadline(round_, data)):
            if held != expected:
                yield finding(
                    self._key, recorded.position, "fact_field_differs", field=field, held=held, expected=expected
                )

    def _values(self, open_round: OpenRound, data: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        claim = data.get("report")
        if not isinstance(claim, dict):
            return
        form = open_round.as_asked(self._versions[open_round.plan, open_round.plan_version][data["form"]])
        yield "nil", data.get("nil", False), claim.get("nil", False)
        if claim.get("nil") is True:
            yield "values", list(data["values"]), [None] * len(form.figures)
            return
        figures, given = claim["figures"], str(claim["formVersion"])
        if given != form.version:
            figures = bring_up(
                figures, from_version=given, to_version=form.version, renames=form.renames, codes=form.codes
            )
        try:
            expected = values(form, figures)
        except Rejected:
            expected = []
        yield "values", list(data["values"]), expected

    def _deadline(self, open_round: OpenRound, data: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        if "deadline" not in data:
            return
        expected = open_round.deadline_of(data["form"], data["unit"])
        yield "deadline", wire_or_none(read_or_none(data["deadline"])), wire_or_none(expected)


class ReleasesWitness:
    """Releases by their digests: in the log, in aggregate's table, and as they were computed there."""

    def __init__(self, conn: Connection, key: str, goal: int) -> None:
        """goal: the position that aggregate stands at."""
        self._key = key
        self._goal = goal
        self._passed = stops.passed_over(conn, CONSUMER, key)
        self._signed: dict[str, int] = {}
        self._made: dict[str, tuple[int, str]] = {}
        with conn.cursor(row_factory=class_row(_KeptRelease)) as cursor:
            self._kept = {row.release: row for row in cursor.execute(store.SQL.releases_of_partition, {"key": key})}

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if data is None:
            return
        if recorded.event.type == events.RELEASE_SIGNED:
            self._signed[data["release"]] = recorded.position
        elif recorded.event.type == events.RELEASE_MADE:
            self._made[data["release"]] = (recorded.position, data["digest"])
            expected = hash_of_remains(data["dataset"])
            if data["digest"] != expected:
                yield self._digest_differs(
                    recorded.position, data["release"], "digest", "log", data["digest"], expected
                )

    def end(self) -> Iterator[Problem]:
        for release, (position, digest) in self._made.items():
            kept = self._kept.get(release)
            signed = self._signed.get(release, 0)
            if kept is not None:
                yield from self._differences(kept, position, digest)
            elif signed <= self._goal and signed not in self._passed:
                yield finding(self._key, position, "release_row_missing", release=release, store=_STORE)
        for release in self._kept.keys() - self._made.keys():
            yield finding(self._key, self._kept[release].position, "release_row_extra", release=release, store=_STORE)

    def _differences(self, kept: _KeptRelease, position: int, digest: str) -> Iterator[Problem]:
        for field, held in (("digest", kept.digest), ("dataset", kept.of_text)):
            if held != digest:
                yield self._digest_differs(position, kept.release, field, _STORE, held, digest)
        if kept.recomputed != digest:
            yield finding(
                self._key, position, "release_diverged", release=kept.release, recomputed=kept.recomputed, held=digest
            )

    def _digest_differs(self, position: int, release: str, field: str, where: str, held: str, expected: str) -> Problem:
        return finding(
            self._key,
            position,
            "release_digest_differs",
            field=field,
            release=release,
            store=where,
            held=held,
            expected=expected,
        )


_READ = frozenset(
    {events.PLAN_PUBLISHED, events.ROUND_OPENED, events.ROUND_EXTENDED, events.REPORT_ACCEPTED, events.REPORT_WITHDRAWN}
)


def _number_text(value: int | None) -> str:
    return "–" if value is None else str(value)
