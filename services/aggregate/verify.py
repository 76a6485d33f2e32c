"""Proving that the rollups are right: counted again from the reports, and from the log, cell by cell.

The count from the log shares nothing with the worker but the algebra's `vector` of one report: it folds the facts
of a partition in order, in memory, and adds the standing reports one by one. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lienthong import events
from lienthong.eventlog import stops
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import Recorded
from lienthong.indicators.rollup import (
    Layout,
    Vector,
    add,
    vector,
)
from lienthong.postgres.pool import Connection, Pool
from lienthong.programmes import Plan, parse_published
from services.aggregate import reading, store
from services.aggregate.facts import report_of
from services.aggregate.rounds import Round, round_of
from services.aggregate.store import PlanVersions
from services.aggregate.worker import CONSUMER

Progress = Callable[[int, int], None]
"""Called with (events read, events in all)."""

_NEVER = datetime.min.replace(tzinfo=UTC)  # when a round opened does not matter here

Cell = tuple[str, str, str]
"""(round, form, slot)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A cell that is not what it should be. basis: `reports` or `log`. None: the rollup is not there at all."""

    round: str
    form: str
    slot: str
    held: int | None
    recounted: int | None
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What was compared. diverged: releases whose replayed dataset differs: (release, logged, recomputed)."""

    cells: int
    reports: int
    events: int
    differences: tuple[Difference, ...]
    diverged: tuple[tuple[str, str, str], ...]

    @property
    def is_good(self) -> bool:
        return not self.differences and not self.diverged


@dataclass(slots=True)
class Recount:
    """A partition's rollups as the log alone says, folded one fact at a time."""

    passed_over: frozenset[int] = frozenset()
    plans: dict[tuple[str, int], Plan] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    read_by: dict[str, int] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    extensions: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    first_received: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    standing: dict[tuple[str, str], dict[str, tuple[int | None, ...]]] = field(default_factory=dict)

    def apply(self, recorded: Recorded) -> None:
        """Take the next fact into account, unless it was set aside. What is about a round that was never opened here
        changes nothing: its opening, or its plan, was set aside too.
        """
        if recorded.position in self.passed_over:
            return
        kind = recorded.event.type
        if kind in (events.REPORT_ACCEPTED, events.REPORT_WITHDRAWN):
            self._report(recorded)
        elif kind == events.REPORT_RETURNED:
            data = recorded.event.content()
            self.standing.get((data["round"], data["form"]), {}).pop(data["unit"], None)
        elif kind == events.PLAN_PUBLISHED:
            self._plan(recorded.event.content())
        elif kind == events.ROUND_OPENED:
            self._open_round(recorded.event.content())
        elif kind == events.ROUND_OBLIGED_CHANGED:
            data = recorded.event.content()
            if data["round"] in self.bodies:
                self.bodies[data["round"]] = {**self.bodies[data["round"]], "obliged": data["obliged"]}
        elif kind == events.ROUND_EXTENDED:
            data = recorded.event.content()
            self.extensions.setdefault(data["round"], []).append(data)
        elif kind == events.ROUND_LOCKED:
            self.locked.add(recorded.event.content()["round"])

    def cells(self) -> Iterator[tuple[Cell, int]]:
        """Every cell of every rollup."""
        for code in self.bodies:
            round_ = self._round(code)
            for form, layout in round_.layouts.items():
                yield from _named_cells(code, form, layout, self._total(round_, form, layout))

    def _open_round(self, data: Mapping[str, Any]) -> None:
        if (data["plan"], data["planVersion"]) in self.plans:
            self.bodies[data["round"]] = data
            self.read_by[data["round"]] = self.newest[data["plan"]]

    def _report(self, recorded: Recorded) -> None:
        report, round_, form = report_of(recorded)
        self.first_received.setdefault((round_, form, report.unit), report.received_at)
        held = self.standing.setdefault((round_, form), {})
        if report.values is None:
            held.pop(report.unit, None)
        else:
            held[report.unit] = tuple(report.values)

    def _plan(self, data: Mapping[str, Any]) -> None:
        plan = parse_published(data["plan"])
        self.plans[plan.code, plan.version] = plan
        self.newest[plan.code] = max(plan.version, self.newest.get(plan.code, 0))
        for code, body in self.bodies.items():
            if body["plan"] == plan.code and code not in self.locked:
                self.read_by[code] = plan.version

    def _round(self, code: str) -> Round:
        body = self.bodies[code]
        return round_of(
            body,
            self.plans[body["plan"], body["planVersion"]],
            self.plans[body["plan"], self.read_by[code]],
            extensions=self.extensions.get(code, ()),
            opened_at=_NEVER,
            changed_position=0,
        )

    def _total(self, round_: Round, form: str, layout: Layout) -> Vector:
        numbers = layout.zero
        for unit, values in self.standing.get((round_.code, form), {}).items():
            if unit in round_.obliged_in(form):
                late = round_.is_late(form, unit, self.first_received[round_.code, form, unit])
                numbers = add(numbers, vector(layout, values, late=late))
        return numbers


def verify(pool: Pool, *, progress: Progress | None = None) -> Verified:
    """Compare every cell of every rollup with a recount from the reports and one from the log.

    The tables of a partition and aggregate's position in it are read in one snapshot, and the log up to there: so
    it may run beside a working hub.
    """
    log = PostgresEventLog(pool)
    heads = {key: at for key, at in log.positions(CONSUMER).items() if at}
    done, cells, reports = 0, 0, 0
    differences: list[Difference] = []
    for key in heads:
        tell = partial(_tell, progress or _no_progress, done, sum(heads.values()))
        of_partition, counted, at = _partition(pool, log, key, tell)
        differences.extend(of_partition)
        cells, reports, done = cells + counted[0], reports + counted[1], done + at
    with pool.connection() as conn:
        diverged = store.diverged_releases(conn)
    return Verified(cells=cells, reports=reports, events=done, differences=tuple(differences), diverged=diverged)


def _partition(
    pool: Pool, log: PostgresEventLog, key: str, progress: Callable[[int], None]
) -> tuple[list[Difference], tuple[int, int], int]:
    """(differences, (cells, reports), position) of one partition."""
    with pool.transaction() as tx:
        tx.execute(store.SQL.one_snapshot)
        held = snapshot(tx, key)
        recount, at = Recount(passed_over=stops.passed_over(tx, CONSUMER, key)), 0
    while at < held.position:
        for recorded in log.read(key, at, min(1000, held.position - at)):
            recount.apply(recorded)
            at = recorded.position
        progress(at)
    differences = [
        *compare(held.cells, dict(recount.cells()), "log"),
        *compare(held.cells, held.from_reports, "reports"),
    ]
    return differences, (len(held.cells), held.reports), at


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldCells:
    """What the tables of a partition say at one moment: the cells, the cells counted from the reports, how many
    reports, and the position that all of it stands at.
    """

    cells: Mapping[Cell, int]
    from_reports: Mapping[Cell, int]
    reports: int
    position: int


def snapshot(tx: Connection, key: str) -> HeldCells:
    """The tables of a partition. tx: a transaction that sees one moment."""
    rounds = store.load_rounds(tx, PlanVersions(), province=key)
    rollups = store.rollups(tx, [round_.code for round_ in rounds])
    cells: dict[Cell, int] = {}
    recounted: dict[Cell, int] = {}
    reports = 0
    for opened in rounds:
        for form, layout in opened.layouts.items():
            digest, slots = rollups.get((opened.code, form), ("", ()))
            if digest == layout.digest:
                cells.update(_named_cells(opened.code, form, layout, slots))
            vectors, number = _count_reports(tx, opened, form, layout)
            recounted.update(vectors)
            reports += number
    return HeldCells(cells=cells, from_reports=recounted, reports=reports, position=reading.position(tx, key))


def _count_reports(tx: Connection, round_: Round, form: str, layout: Layout) -> tuple[dict[Cell, int], int]:
    reports = store.reports(tx, round_.code, form)
    total = layout.zero
    for report in reports.values():
        if report.values is not None and report.stands and report.unit in round_.obliged_in(form):
            late = round_.is_late(form, report.unit, report.first_received_at)
            total = add(total, vector(layout, report.values, late=late))
    return dict(_named_cells(round_.code, form, layout, total)), len(reports)


def compare(held: Mapping[Cell, int], recounted: Mapping[Cell, int], basis: str) -> list[Difference]:
    """Every cell in which the two differ, in order."""
    return [
        Difference(
            round=cell[0], form=cell[1], slot=cell[2], held=held.get(cell), recounted=recounted.get(cell), basis=basis
        )
        for cell in sorted(held.keys() | recounted.keys())
        if held.get(cell) != recounted.get(cell)
    ]


def _named_cells(round_: str, form: str, layout: Layout, slots: Iterable[int]) -> Iterator[tuple[Cell, int]]:
    for name, amount in zip(layout.slots, slots, strict=True):
        yield (round_, form, name), amount


def _tell(progress: Progress, before: int, total: int, at: int) -> None:
    progress(before + at, max(total, before + at))


def _no_progress(done: int, total: int) -> None:
    pass
