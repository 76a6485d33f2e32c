"""The consumer of aggregate: applies one batch of facts to the tables, in the transaction that advances its
position.

Reports are gathered and written together, one delta for each (round, form). Any other fact is applied where it
stands, after the reports before it: so a release sees exactly what was accepted before its sign-off, whatever the
batches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson
import structlog

from lienthong import events, releases
from lienthong.eventlog import stops
from lienthong.eventlog.consumer import run
from lienthong.eventlog.port import Appender, Batch, EventLog
from lienthong.events import Event, Recorded
from lienthong.metrics import Metrics
from lienthong.postgres.pool import Connection, Pool
from lienthong.rounds.round import with_dormant
from services.aggregate import consolidation, releasing, store
from services.aggregate.counting import PASSED_ON, Report, with_first_revision
from services.aggregate.facts import Data, made_event, report_of, sign_off_of
from services.aggregate.known_rounds import BrokenLog, KnownRounds, layout_of
from services.aggregate.queries import RoundQueries, asked_by, has_queries, redacted_explanations
from services.aggregate.rolling_up import RollupWriter
from services.aggregate.rounds import round_of
from services.aggregate.store import PlanVersions

CONSUMER = "aggregate"
ROLE = "lienthong_aggregate"

_REPORTS = frozenset({events.REPORT_ACCEPTED, events.REPORT_WITHDRAWN})

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Work:
    """What one batch has gathered and not yet written."""

    tx: Connection
    key: str
    reports: dict[tuple[str, str], dict[str, Report]] = field(default_factory=dict)
    made_events: list[Event] = field(default_factory=list)
    queries: list[RoundQueries] = field(default_factory=list)


class Aggregator:
    """The handler of aggregate's consumer. One for each worker; used by one thread.

    It keeps rounds in memory between batches. `forget(key)` must be called when a transaction did not commit
    (the consumer's `lost`), because what is kept may then be ahead of the tables.
    """

    def __init__(self, appender: Appender, eventlog: EventLog, *, capacity: int = 128) -> None:
        """capacity: rounds kept in memory."""
        self._appender = appender
        self._log = eventlog
        self._plans = PlanVersions()
        self._rounds = KnownRounds(self._plans, capacity=capacity)
        self._rollups = RollupWriter(self._rounds)

    def __call__(self, tx: Connection, batch: Batch, /) -> None:
        work = _Work(tx=tx, key=batch.key)
        for recorded in batch.events:
            try:
                self._apply(work, recorded)
            except BrokenLog as broken:
                if not self._left_out(work, broken.round):
                    raise
                log.warning("fact_left_out", partition=batch.key, position=recorded.position, round=broken.round)
        self._flush(work)
        if work.made_events:
            # Last, because it locks the partition's head: everybody who submits to the province waits for it.
            self._appender.append(tx, work.made_events)

    def _apply(self, work: _Work, recorded: Recorded) -> None:
        kind = recorded.event.type
        if kind in _REPORTS:
            self._gather(work, recorded)
        elif kind in _APPLY:
            self._flush(work)
            _APPLY[kind](self, work, recorded, recorded.event.content())

    def _left_out(self, work: _Work, code: str) -> bool:
        """Whether a round's opening, or the plan it opened by, was set aside: then all that is about it goes too."""
        passed = stops.passed_over(work.tx, CONSUMER, work.key)
        if not passed:
            return False
        opened = [event for event in self._log.find(events.ROUND_OPENED, code) if event.event.partition_key == work.key]
        plans = {(data["plan"], data["planVersion"]) for event in opened for data in [event.event.content()]}
        published = [
            event
            for plan, version in plans
            for event in self._log.find(events.PLAN_PUBLISHED, plan)
            if event.event.partition_key == work.key and event.event.content()["planVersion"] == version
        ]
        return any(event.position in passed for event in (*opened, *published))

    def forget(self, key: str) -> None:
        """What is remembered may be wrong: read it again."""
        self._rounds.forget()

    # ------------------------------------------------------------ reports

    def _gather(self, work: _Work, recorded: Recorded) -> None:
        report, code, form = report_of(recorded)
        round_ = self._rounds.get(work.tx, code)
        layout_of(round_, form)
        held = work.reports.setdefault((code, form), {})
        held[report.unit] = with_first_revision(round_, form, report, held.get(report.unit))
        if has_queries(recorded) and report.values is not None:
            work.queries.append(asked_by(recorded, recorded.event.content()))

    def _flush(self, work: _Work) -> None:
        """Write the gathered reports, and what was asked and explained."""
        self._rollups.put_reports(work.tx, work.reports)
        work.reports.clear()
        store.put_asked(work.tx, work.queries)
        work.queries.clear()

    def _report_returned(self, work: _Work, recorded: Recorded, data: Data) -> None:
        self._rollups.return_report(work.tx, data, recorded.position)

    def _report_passed_on(self, work: _Work, recorded: Recorded, data: Data) -> None:
        store.set_review(work.tx, data, PASSED_ON, recorded.position)

    def _explanation_accepted(self, work: _Work, recorded: Recorded, data: Data) -> None:
        layout_of(self._rounds.get(work.tx, data["round"]), data["form"])
        store.put_asked(work.tx, [asked_by(recorded, data)])

    def _text_redacted(self, work: _Work, recorded: Recorded, data: Data) -> None:
        store.empty_explanations(work.tx, work.key, data["target"]["position"], redacted_explanations(data))

    # ------------------------------------------------------------ definitions

    def _plan_published(self, work: _Work, recorded: Recorded, data: Data) -> None:
        plan = store.put_plan(work.tx, data)
        changed = work.tx.execute(
            store.SQL.read_by_version, {"plan": plan.code, "version": plan.version, "position": recorded.position}
        ).fetchall()
        for (code,) in changed:
            self._rounds.drop(code)
            round_ = self._rounds.get(work.tx, code)
            for form, layout in round_.layouts.items():
                held = store.rollup(work.tx, code, form)
                if held is None or held[0] != layout.digest:
                    self._rollups.recount(work.tx, round_, form)

    def _plan_retired(self, work: _Work, recorded: Recorded, data: Data) -> None:
        work.tx.execute(store.SQL.retire_plan, {"plan": data["planCode"], "version": data["planVersion"]})

    def _round_opened(self, work: _Work, recorded: Recorded, data: Data) -> None:
        try:
            opened = self._plans.get(work.tx, data["plan"], data["planVersion"])
        except LookupError as missing:
            raise BrokenLog(str(missing), round_=data["round"]) from missing
        newest = self._plans.newest_version(work.tx, data["plan"])
        reading = opened if newest is None else self._plans.get(work.tx, data["plan"], newest)
        round_ = round_of(data, opened, reading, opened_at=recorded.recorded_at, changed_position=recorded.position)
        store.put_round(work.tx, round_)
        for form in round_.layouts:
            self._rollups.recount(work.tx, round_, form)

    def _round_extended(self, work: _Work, recorded: Recorded, data: Data) -> None:
        self._rounds.drop(data["round"])
        work.tx.execute(
            store.SQL.add_extension,
            {"round": data["round"], "extension": orjson.dumps([data]).decode(), "position": recorded.position},
        )
        round_ = self._rounds.get(work.tx, data["round"])
        for form in round_.layouts:
            duty = round_.duty(form)
            if duty is not None and duty.obligation == data["obligation"]:
                self._rollups.judge_late(work.tx, round_, form)

    def _round_dormant(self, work: _Work, recorded: Recorded, data: Data) -> None:
        """Who is excused, for the record; who is counted follows from round.obliged_changed, the next fact."""
        round_ = self._rounds.get(work.tx, data["round"])
        store.set_body(work.tx, round_.code, with_dormant(round_.data, data), recorded.position)
        self._rounds.drop(round_.code)

    def _obliged_changed(self, work: _Work, recorded: Recorded, data: Data) -> None:
        before = self._rounds.get(work.tx, data["round"])
        after = before.with_obliged(data["obliged"])
        store.set_body(work.tx, after.code, after.data, recorded.position)
        self._rounds.drop(after.code)
        for form in after.layouts:
            if before.obliged_in(form) != after.obliged_in(form):
                self._rollups.recount(work.tx, after, form)

    def _round_locked(self, work: _Work, recorded: Recorded, data: Data) -> None:
        self._rounds.drop(data["round"])
        work.tx.execute(store.SQL.lock_round, {"round": data["round"], "at": recorded.recorded_at})

    def _unit_changed(self, work: _Work, recorded: Recorded, data: Data) -> None:
        store.put_units(work.tx, work.key, data["units"])

    def _population_set(self, work: _Work, recorded: Recorded, data: Data) -> None:
        work.tx.execute(
            store.SQL.put_population,
            {
                "province": work.key,
                "unit": data["unit"],
                "year": data["year"],
                "value": data["value"],
                "source": data.get("source", ""),
            },
        )

    # ------------------------------------------------------------ releases

    def _release_signed(self, work: _Work, recorded: Recorded, data: Data) -> None:
        """Cut the release here. On replay the log already holds it: then that one counts, and both digests
        are kept, so that a difference shows (`lienthong replay`, `lienthong verify`).
        """
        sign_off = sign_off_of(data, recorded.position)
        round_ = self._rounds.get(work.tx, data["round"])
        previous = store.latest_dataset(work.tx, round_.code)
        state = releasing.state_at(work.tx, self._log, self._plans, round_, sign_off, previous)
        dataset = consolidation.consolidate(state, sign_off, previous)
        logged = self._log.find(events.RELEASE_MADE, sign_off.release)
        if logged:
            release = releases.with_stated_digest(logged[0].event.content())
            then = releasing.as_released_then(dataset, release.dataset, lessened=state.lessened)
            recomputed = releases.write(then).digest
            if release.digest != recomputed:
                log.error("release_diverged", release=sign_off.release, logged=release.digest, recomputed=recomputed)
        else:
            release = releases.write(dataset)
            recomputed = release.digest
            work.made_events.append(made_event(recorded, sign_off, release))
        store.put_release(work.tx, round_.code, sign_off, release, recomputed)

    def _release_withdrawn(self, work: _Work, recorded: Recorded, data: Data) -> None:
        work.tx.execute(store.SQL.withdraw_release, {"release": data["release"], "at": recorded.recorded_at})


_APPLY: Mapping[str, Callable[[Aggregator, _Work, Recorded, Data], None]] = {
    events.REPORT_RETURNED: Aggregator._report_returned,
    events.REPORT_PASSED_ON: Aggregator._report_passed_on,
    events.EXPLANATION_ACCEPTED: Aggregator._explanation_accepted,
    events.TEXT_REDACTED: Aggregator._text_redacted,
    events.PLAN_PUBLISHED: Aggregator._plan_published,
    events.PLAN_RETIRED: Aggregator._plan_retired,
    events.ROUND_OPENED: Aggregator._round_opened,
    events.ROUND_EXTENDED: Aggregator._round_extended,
    events.ROUND_DORMANT: Aggregator._round_dormant,
    events.ROUND_OBLIGED_CHANGED: Aggregator._obliged_changed,
    events.ROUND_LOCKED: Aggregator._round_locked,
    events.UNIT_CHANGED: Aggregator._unit_changed,
    events.POPULATION_SET: Aggregator._population_set,
    events.RELEASE_SIGNED: Aggregator._release_signed,
    events.RELEASE_WITHDRAWN: Aggregator._release_withdrawn,
}
"""What else there is changes nothing here: content, difficulties (a release reads them in the log), and
release.made, which aggregate has kept when it reached the sign-off."""


class Worker:
    """Aggregate's worker: one thread that consumes the log. Any number may run; they share the partitions."""

    def __init__(self, eventlog: EventLog, pool: Pool, appender: Appender, shown: Metrics | None = None) -> None:
        """pool: connections in aggregate's role, without a statement timeout; two are in use at most."""
        self._log = eventlog
        self._pool = pool
        self._aggregator = Aggregator(appender, eventlog)
        self._shown = shown

    def run(self, stop: threading.Event) -> None:
        """Consume until `stop` is set. What a person has to look at stops its partition, and is recorded."""
        aggregator = self._aggregator
        run(self._log.subscribe(CONSUMER), aggregator, self._pool, stop, lost=aggregator.forget, shown=self._shown)
