"""What a release carries that the log alone holds: difficulties and signed documents, how far tasks are, what the hub
computes itself. Read there and kept in no table: so a hub that was upgraded tells of what was accepted before, and a
replay reads the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lienthong.calendar import day_of
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Connection
from lienthong.releases import Dataset
from services.aggregate import computed, store, tasks, told
from services.aggregate.cut import SignOff, State
from services.aggregate.store import Plans


@dataclass(frozen=True, slots=True)
class Carried:
    """tx: the transaction that the release is made in."""

    log: EventLog
    tx: Connection
    plans: Plans

    def on(self, state: State, sign_off: SignOff, previous: Dataset | None) -> State:
        """The state with all of it, at the cut. previous: the dataset that the release supersedes."""
        state = self._told(state, sign_off.position, previous)
        return self._computed(self._tasks(state, sign_off, previous), sign_off.position)

    def _told(self, state: State, cut: int, previous: Dataset | None) -> State:
        round_ = state.round
        standing = [report.position for held in state.reports.values() for report in held.values() if report.stands]
        difficulties = told.difficulties(
            self.log.of_types(round_.province, told.DIFFICULTIES),
            plan=round_.plan,
            round_=round_.code,
            since=round_.period.first,
            cut=cut,
            before=previous,
        )
        return replace(
            state, documents=told.documents(self.log.at(round_.province, standing)), difficulties=difficulties
        )

    def _tasks(self, state: State, sign_off: SignOff, previous: Dataset | None) -> State:
        round_, plan = state.round, state.round.reading
        if not plan.tasks:
            return state
        day = tasks.day_of_tasks(previous, day_of(sign_off.at))
        names = store.names_on(self.tx, round_.province, tasks.leads_of(plan), day)
        facts = self.log.of_types(round_.province, tasks.FACTS)
        standing = tasks.tasks(plan, facts, cut=sign_off.position, day=day, names=names)
        return replace(state, tasks=standing, tasks_as_of=day)

    def _computed(self, state: State, cut: int) -> State:
        round_, plan = state.round, state.round.reading
        if not (plan.computed or plan.reported_only):
            return state
        register = computed.register(self.log.of_types(round_.province, computed.FACTS), round_, cut)
        before = [
            (
                each,
                {form.code: store.reports(self.tx, each.code, form.code) for form in computed.forms_of(round_, each)},
            )
            for each in store.periodic_of_plan(self.tx, self.plans, round_)
            if each.period.last <= round_.period.last
        ]
        figures = computed.computed(round_, register.known(), [*before, (round_, state.reports)])
        return replace(state, computed=figures, lessened=register.lessened)
