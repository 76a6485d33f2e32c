"""The consumer of aggregate: applies one batch of facts to the tables, in the transaction that advances its
position.

Reports are gathered and written together, one delta for each (round, form). Any other fact is applied where it
stands, after the reports before it: so a release sees exactly what was accepted before its sign-off, whatever the
batches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import orjson
import structlog

from lienthong import events, releases
from lienthong.errors import HubError
from lienthong.eventlog import stops
from lienthong.eventlog.consumer import run
from lienthong.eventlog.installation import installation
from lienthong.eventlog.port import Appender, Batch, EventLog
from lienthong.events import Event, Recorded
from lienthong.indicators.rollup import Layout, Vector, add
from lienthong.metrics import Metrics
from lienthong.postgres.pool import Connection, Pool
from lienthong.rounds.round import with_dormant
from services.aggregate import computed, consolidation, older_rules, store, tasks, told
from services.aggregate.asked import RoundQueries, asked_by, emptied, speaks, texts_as_then
from services.aggregate.carried import Carried
from services.aggregate.counting import PASSED_ON, RETURNED, Report, change, rollup, settled
from services.aggregate.cut import State
from services.aggregate.facts import Data, made_event, report_of, sign_off_of
from services.aggregate.rounds import Round, round_of
from services.aggregate.store import Plans
from services.aggregate.views import look_back, root_view

CONSUMER = "aggregate"
ROLE = "lienthong_aggregate"

_REPORTS = frozenset({events.REPORT_ACCEPTED, events.REPORT_WITHDRAWN})

log = structlog.get_logger(__name__)


class BrokenLog(HubError):
    """A fact refers to something that the log does not hold before it. Nothing was applied; restore the log.

    round: the one that is missing.
    """

    code = "broken_log"

    def __init__(self, message: str, *, round_: str) -> None:
        super().__init__(message)
        self.round = round_


@dataclass(slots=True)
class _Work:
    """What one batch has gathered and not yet written."""

    tx: Connection
    key: str
    reports: dict[tuple[str, str], dict[str, Report]] = field(default_factory=dict)
    made: list[Event] = field(default_factory=list)
    asked: list[RoundQueries] = field(default_factory=list)


class Aggregator:
    """The handler of aggregate's consumer. One for each worker; used by one thread.

    It keeps rounds in memory between batches. `forget(key)` must be called when a transaction did not commit
    (the consumer's `lost`), because what is kept may then be ahead of the tables.
    """

    def __init__(self, appender: Appender, eventlog: EventLog, *, capacity: int = 128) -> None:
        """capacity: rounds kept in memory (some 20 kB each beside their plan)."""
        self._appender = appender
        self._log = eventlog
        self._capacity = capacity
        self._plans = Plans()
        self._rounds: dict[str, Round] = {}
        self._sample: bool | None = None

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
        if work.made:
            # Last, because it locks the partition's head: everybody who submits to the province waits for it.
            self._appender.append(tx, work.made)

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
        self._rounds.clear()

    # ------------------------------------------------------------ reports

    def _gather(self, work: _Work, recorded: Recorded) -> None:
        report, code, form = report_of(recorded)
        round_ = self._round(work.tx, code)
        _layout(round_, form)
        held = work.reports.setdefault((code, form), {})
        held[report.unit] = settled(round_, form, report, held.get(report.unit))
        if speaks(recorded) and report.values is not None:
            work.asked.append(asked_by(recorded, recorded.event.content()))

    def _flush(self, work: _Work) -> None:
        """Write the gathered reports: what was there before is read for all of them at once, then written."""
        groups = [
            store.Group(
                round=code, form=form, layout=_layout(round_, form), obliged=round_.obliged_in(form), after=after
            )
            for (code, form), after in sorted(work.reports.items())
            for round_ in [self._round(work.tx, code)]
        ]
        work.reports.clear()
        rollups: list[tuple[str, str, str, Vector]] = []
        before = store.before(work.tx, groups)
        groups = [self._settled(work.tx, group, reports) for group, (reports, _) in zip(groups, before, strict=True)]
        for group, (reports, held) in zip(groups, before, strict=True):
            if held is None or held[0] != group.layout.digest:
                raise store.StaleRollup(f"rollup {group.round} {group.form} is of another layout: `lienthong replay`")
            delta = change(group.layout, group.obliged, reports.values(), group.after.values())
            if any(delta):
                rollups.append((group.round, group.form, held[0], add(held[1], delta)))
        store.put_reports(work.tx, groups, [reports.keys() for reports, _ in before])
        store.put_rollups(work.tx, rollups)
        store.put_asked(work.tx, work.asked)
        work.asked.clear()

    def _settled(self, tx: Connection, group: store.Group, before: Mapping[str, Report]) -> store.Group:
        """The group with lateness by the first revision, where one was written before this batch."""
        if not before:
            return group
        round_ = self._round(tx, group.round)
        after = {unit: settled(round_, group.form, each, before.get(unit)) for unit, each in group.after.items()}
        return replace(group, after=after)

    def _recount(self, tx: Connection, round_: Round, form: str) -> None:
        """The rollup anew from its reports: after a change of layout or of obliged units."""
        layout = _layout(round_, form)
        held = store.reports(tx, round_.code, form)
        slots = rollup(layout, round_.obliged_in(form), held.values())
        store.put_rollups(tx, [(round_.code, form, layout.digest, slots)])

    def _returned(self, work: _Work, recorded: Recorded, data: Data) -> None:
        """A report counts no more: its vector leaves the rollup. What came before it is written already."""
        round_ = self._round(work.tx, data["round"])
        layout, unit = _layout(round_, data["form"]), data["unit"]
        before = store.reports(work.tx, round_.code, data["form"], [unit])
        store.set_review(work.tx, data, RETURNED, recorded.position)
        after = store.reports(work.tx, round_.code, data["form"], [unit])
        delta = change(layout, round_.obliged_in(data["form"]), before.values(), after.values())
        held = store.rollup(work.tx, round_.code, data["form"])
        if held is None or held[0] != layout.digest:
            raise store.StaleRollup(f"rollup {round_.code} {data['form']} is of another layout: `lienthong replay`")
        if any(delta):
            store.put_rollups(work.tx, [(round_.code, data["form"], held[0], add(held[1], delta))])

    def _passed_on(self, work: _Work, recorded: Recorded, data: Data) -> None:
        store.set_review(work.tx, data, PASSED_ON, recorded.position)

    def _explained(self, work: _Work, recorded: Recorded, data: Data) -> None:
        _layout(self._round(work.tx, data["round"]), data["form"])
        store.put_asked(work.tx, [asked_by(recorded, data)])

    def _redacted(self, work: _Work, recorded: Recorded, data: Data) -> None:
        store.empty_explanations(work.tx, work.key, data["target"]["position"], emptied(data))

    # ------------------------------------------------------------ definitions

    def _plan_published(self, work: _Work, recorded: Recorded, data: Data) -> None:
        plan = store.put_plan(work.tx, data)
        changed = work.tx.execute(
            store.SQL.read_by_version, {"plan": plan.code, "version": plan.version, "position": recorded.position}
        ).fetchall()
        for (code,) in changed:
            self._rounds.pop(code, None)
            round_ = self._round(work.tx, code)
            for form, layout in round_.layouts.items():
                held = store.rollup(work.tx, code, form)
                if held is None or held[0] != layout.digest:
                    self._recount(work.tx, round_, form)

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
            self._recount(work.tx, round_, form)

    def _round_extended(self, work: _Work, recorded: Recorded, data: Data) -> None:
        self._rounds.pop(data["round"], None)
        work.tx.execute(
            store.SQL.add_extension,
            {"round": data["round"], "extension": orjson.dumps([data]).decode(), "position": recorded.position},
        )
        round_ = self._round(work.tx, data["round"])
        for form in round_.layouts:
            duty = round_.duty(form)
            if duty is not None and duty.obligation == data["obligation"]:
                self._judge_late(work.tx, round_, form)

    def _judge_late(self, tx: Connection, round_: Round, form: str) -> None:
        """Lateness by the deadlines as they stand now: an extension counts also when given afterwards."""
        held = store.reports(tx, round_.code, form)
        judged = {unit: round_.is_late(form, unit, each.first_received_at) for unit, each in held.items()}
        changed = {unit: late for unit, late in judged.items() if late != held[unit].late}
        store.set_late(tx, round_.code, form, changed)
        if changed:
            self._recount(tx, round_, form)

    def _round_dormant(self, work: _Work, recorded: Recorded, data: Data) -> None:
        """Who is excused, for the record; who is counted follows from round.obliged_changed, the next fact."""
        round_ = self._round(work.tx, data["round"])
        store.set_body(work.tx, round_.code, with_dormant(round_.data, data), recorded.position)
        self._rounds.pop(round_.code, None)

    def _obliged_changed(self, work: _Work, recorded: Recorded, data: Data) -> None:
        before = self._round(work.tx, data["round"])
        after = before.with_obliged(data["obliged"])
        store.set_body(work.tx, after.code, after.data, recorded.position)
        self._rounds.pop(after.code, None)
        for form in after.layouts:
            if before.obliged_in(form) != after.obliged_in(form):
                self._recount(work.tx, after, form)

    def _round_locked(self, work: _Work, recorded: Recorded, data: Data) -> None:
        self._rounds.pop(data["round"], None)
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
        round_ = self._round(work.tx, data["round"])
        previous = store.latest_dataset(work.tx, round_.code)
        state = Carried(self._log, work.tx, self._plans).on(self._state(work.tx, round_), sign_off, previous)
        dataset = consolidation.consolidate(state, sign_off, previous)
        logged = self._log.find(events.RELEASE_MADE, sign_off.release)
        if logged:
            release = releases.with_stated_digest(logged[0].event.content())
            kept = told.as_told_then(texts_as_then(dataset, release.dataset), release.dataset)
            kept = tasks.as_told_then(kept, release.dataset)
            kept = computed.as_told_then(kept, release.dataset, lessened=state.lessened)
            then = older_rules.as_judged_then(kept, release.dataset)
            recomputed = releases.write(then).digest
            if release.digest != recomputed:
                log.error("release_diverged", release=sign_off.release, logged=release.digest, recomputed=recomputed)
        else:
            release = releases.write(dataset)
            recomputed = release.digest
            work.made.append(made_event(recorded, sign_off, release))
        store.put_release(work.tx, round_.code, sign_off, release, recomputed)

    def _release_withdrawn(self, work: _Work, recorded: Recorded, data: Data) -> None:
        work.tx.execute(store.SQL.withdraw_release, {"release": data["release"], "at": recorded.recorded_at})

    def _state(self, tx: Connection, round_: Round) -> State:
        earlier = store.periodic_of_plan(tx, self._plans, round_)
        reports = {form: store.reports(tx, round_.code, form) for form in round_.layouts}
        codes = {
            round_.root,
            *(unit for held in reports.values() for unit in held),
            *(unit for units in round_.obliged.values() for unit in units),
        }
        if self._sample is None:
            self._sample = installation(tx).sample
        tallies = store.tallies(tx, [round_, *earlier], reporters=look_back(round_.reading.indicators))
        view = replace(root_view(round_, earlier, tallies), overfull=store.overfull(tx, round_, reports))
        return State(
            round=round_,
            reports=reports,
            view=view,
            names=store.names(tx, round_.province, codes, round_.period.last),
            sample=self._sample,
            asked=store.asked(tx, round_.code),
        )

    def _round(self, tx: Connection, code: str) -> Round:
        round_ = self._rounds.get(code)
        if round_ is None:
            if len(self._rounds) >= self._capacity:
                self._rounds.clear()  # rarely, and cheaper than keeping an order of use
            round_ = store.load_round(tx, self._plans, code)
            if round_ is None:
                raise BrokenLog(f"round {code} is not in the log before its first fact", round_=code)
            self._rounds[code] = round_
        return round_


_APPLY: Mapping[str, Callable[[Aggregator, _Work, Recorded, Data], None]] = {
    events.REPORT_RETURNED: Aggregator._returned,
    events.REPORT_PASSED_ON: Aggregator._passed_on,
    events.EXPLANATION_ACCEPTED: Aggregator._explained,
    events.TEXT_REDACTED: Aggregator._redacted,
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


def _layout(round_: Round, form: str) -> Layout:
    layout = round_.layouts.get(form)
    if layout is None:
        raise BrokenLog(f"round {round_.code} has no form {form}", round_=round_.code)
    return layout


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
