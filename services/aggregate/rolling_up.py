"""Keeps the rollups in step with the reports: what a change of them adds to a rollup, or the rollup counted anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lienthong.indicators.rollup import Vector, add
from lienthong.postgres.pool import Connection
from services.aggregate import store
from services.aggregate.counting import RETURNED, Report, change, rollup, with_first_revision
from services.aggregate.facts import Data
from services.aggregate.known_rounds import KnownRounds, layout_of
from services.aggregate.rounds import Round


class RollupWriter:
    """Writes reports and, with them, rollups. Used by one thread."""

    def __init__(self, rounds: KnownRounds) -> None:
        self._rounds = rounds

    def put_reports(self, tx: Connection, reports: Mapping[tuple[str, str], Mapping[str, Report]]) -> None:
        """Write reports, by (round, form) and unit: what was there before is read for all of them at once, then
        written.
        """
        groups = [_group(self._rounds.get(tx, code), form, after) for (code, form), after in sorted(reports.items())]
        rollups: list[tuple[str, str, str, Vector]] = []
        before = store.reports_and_rollups(tx, groups)
        groups = [
            self._with_first_revisions(tx, group, stored) for group, (stored, _) in zip(groups, before, strict=True)
        ]
        for group, (stored, held) in zip(groups, before, strict=True):
            rollups += _moved_rollup(group, stored.values(), held)
        store.put_reports(tx, groups, [stored.keys() for stored, _ in before])
        store.put_rollups(tx, rollups)

    def return_report(self, tx: Connection, data: Data, position: int) -> None:
        """A report counts no more: its vector leaves the rollup. What came before it is written already. data: of the
        fact at this position.
        """
        round_, form, unit = self._rounds.get(tx, data["round"]), data["form"], [data["unit"]]
        layout_of(round_, form)  # before anything is written: a fact of no form is left out whole
        before = store.reports(tx, round_.code, form, unit)
        store.set_review(tx, data, RETURNED, position)
        group = _group(round_, form, store.reports(tx, round_.code, form, unit))
        store.put_rollups(tx, _moved_rollup(group, before.values(), store.rollup(tx, round_.code, form)))

    def recount(self, tx: Connection, round_: Round, form: str) -> None:
        """The rollup anew from its reports: after a change of layout or of obliged units."""
        layout = layout_of(round_, form)
        held = store.reports(tx, round_.code, form)
        slots = rollup(layout, round_.obliged_in(form), held.values())
        store.put_rollups(tx, [(round_.code, form, layout.digest, slots)])

    def judge_late(self, tx: Connection, round_: Round, form: str) -> None:
        """Lateness by the deadlines as they stand now: an extension counts also when given afterwards."""
        held = store.reports(tx, round_.code, form)
        judged = {unit: round_.is_late(form, unit, each.first_received_at) for unit, each in held.items()}
        changed = {unit: late for unit, late in judged.items() if late != held[unit].late}
        store.set_late(tx, round_.code, form, changed)
        if changed:
            self.recount(tx, round_, form)

    def _with_first_revisions(self, tx: Connection, group: store.Group, before: Mapping[str, Report]) -> store.Group:
        """The group with lateness by the first revision, where one was written before this batch."""
        if not before:
            return group
        round_ = self._rounds.get(tx, group.round)
        after = {
            unit: with_first_revision(round_, group.form, each, before.get(unit)) for unit, each in group.after.items()
        }
        return replace(group, after=after)


def _group(round_: Round, form: str, after: Mapping[str, Report]) -> store.Group:
    layout = layout_of(round_, form)
    return store.Group(round=round_.code, form=form, layout=layout, obliged=round_.obliged_in(form), after=after)


def _moved_rollup(
    group: store.Group, before: Iterable[Report], held: tuple[str, Vector] | None
) -> list[tuple[str, str, str, Vector]]:
    """The row of the group's rollup, now that these reports are replaced by the group's; [] where no sum changes. held:
    the rollup's layout by its digest, and its slots.

    Raises StaleRollup for one that was laid out otherwise.
    """
    if held is None or held[0] != group.layout.digest:
        raise store.StaleRollup(f"rollup {group.round} {group.form} is of another layout: `lienthong replay`")
    delta = change(group.layout, group.obliged, before, group.after.values())
    return [(group.round, group.form, held[0], add(held[1], delta))] if any(delta) else []
