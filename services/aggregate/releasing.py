"""A release at its cut: what it is made of, read from the tables and from the log; and how one that was made before
comes out again.

Difficulties and signed documents, how far tasks are, what the hub computes itself: the log alone holds these. They are
read there and kept in no table: so a hub that was upgraded tells of what was accepted before, and a replay reads the
same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lienthong.calendar import day_of
from lienthong.eventlog.installation import installation
from lienthong.eventlog.port import EventLog
from lienthong.postgres.pool import Connection
from lienthong.releases import Dataset
from services.aggregate import computed, difficulties, documents, older_rules, store, tasks
from services.aggregate.counting import units_of
from services.aggregate.cut import SignOff, State
from services.aggregate.queries import texts_as_then
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions
from services.aggregate.views import look_back, root_view


def state_at(
    tx: Connection, log: EventLog, plans: PlanVersions, round_: Round, sign_off: SignOff, previous: Dataset | None
) -> State:
    """The round as it stands at the sign-off. previous: the dataset that the release supersedes."""
    state = _of_tables(tx, plans, round_)
    return _FromTheLog(log=log, tx=tx, plans=plans).add_to(state, sign_off, previous)


def _of_tables(tx: Connection, plans: PlanVersions, round_: Round) -> State:
    earlier = store.periodic_of_plan(tx, plans, round_)
    reports = store.reports_by_form(tx, round_)
    codes = units_of(round_, reports) | {round_.root}
    tallies = store.tallies(tx, [round_, *earlier], reporters=look_back(round_.reading.indicators))
    view = replace(root_view(round_, earlier, tallies), overfull=store.overfull_units(tx, round_, reports))
    return State(
        round=round_,
        reports=reports,
        view=view,
        names=store.names(tx, round_.province, codes, round_.period.last),
        sample=installation(tx).sample,
        round_queries=store.queries_of_round(tx, round_.code),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _FromTheLog:
    """tx: the transaction that the release is made in."""

    log: EventLog
    tx: Connection
    plans: PlanVersions

    def add_to(self, state: State, sign_off: SignOff, previous: Dataset | None) -> State:
        """The state with all of it, at the cut."""
        state = self._with_difficulties(state, sign_off.position, previous)
        return self._with_computed(self._with_tasks(state, sign_off, previous), sign_off.position)

    def _with_difficulties(self, state: State, cut: int, previous: Dataset | None) -> State:
        """And with the signed documents of the reports that stand."""
        round_ = state.round
        standing = [report.position for held in state.reports.values() for report in held.values() if report.stands]
        raised = difficulties.difficulties(
            self.log.of_types(round_.province, difficulties.FACTS),
            plan=round_.plan,
            round_=round_.code,
            since=round_.period.first,
            cut=cut,
            before=previous,
        )
        signed = documents.documents(self.log.at(round_.province, standing))
        return replace(state, documents=signed, difficulties=raised)

    def _with_tasks(self, state: State, sign_off: SignOff, previous: Dataset | None) -> State:
        round_, plan = state.round, state.round.reading
        if not plan.tasks:
            return state
        day = tasks.day_of_tasks(previous, day_of(sign_off.at))
        names = store.names_on(self.tx, round_.province, tasks.leads_of(plan), day)
        facts = self.log.of_types(round_.province, tasks.FACTS)
        standing = tasks.tasks(plan, facts, cut=sign_off.position, day=day, names=names)
        return replace(state, tasks=standing, tasks_as_of=day)

    def _with_computed(self, state: State, cut: int) -> State:
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
        figures = computed.computed_told(round_, register.countable(), [*before, (round_, state.reports)])
        return replace(state, computed=figures, lessened=register.lessened)


def as_released_then(dataset: Dataset, original: Dataset, *, lessened: bool) -> Dataset:
    """A dataset that was computed anew, by the rules of the original and with what was redacted since: where it still
    differs, something is damaged. lessened: of the state that it was made of.
    """
    kept = texts_as_then(dataset, original)
    kept = documents.as_told_then(kept, original)
    kept = difficulties.as_told_then(kept, original)
    kept = tasks.as_told_then(kept, original)
    kept = computed.as_told_then(kept, original, lessened=lessened)
    return older_rules.as_judged_then(kept, original)
