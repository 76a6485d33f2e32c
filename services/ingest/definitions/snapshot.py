"""The definitions as a process holds them in memory: registry, plans, form versions and open rounds. Immutable.

A snapshot carries the version it was read at. Every accepting transaction compares it with the table's, so
nothing is judged by a definition that was changed before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from lienthong.contracts.schemas import Contracts
from lienthong.forms.fitting import Fit
from lienthong.periods import Period
from lienthong.programmes import Form, Plan
from lienthong.rounds import opening
from lienthong.rounds.opening import WHOLE, OpeningSpan
from lienthong.rounds.round import OpenRound
from lienthong.units import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedRound:
    """A round that isn't open yet, and when it will open."""

    plan: Plan
    opens: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """One consistent set of definitions.

    plans: newest version by code. older: (plan code, version) → Plan, all of them. forms: (form code, form
    version) → Form, of every plan version ever published. contracts: validators of all of these. spans: the closes
    of data for which a plan's rounds open.
    """

    version: int
    registry: Registry
    plans: Mapping[str, Plan]
    older: Mapping[tuple[str, int], Plan]
    forms: Mapping[tuple[str, str], Form]
    rounds: Mapping[str, OpenRound]
    contracts: Contracts
    sample: bool
    epoch: int
    spans: Mapping[str, OpeningSpan] = field(default_factory=dict)
    next_opening: datetime | None = field(default=None)
    _fits: dict[tuple[str, str], Fit] = field(default_factory=dict, repr=False, compare=False)
    _rounds_of: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def fit_of(self, form: Form) -> Fit:
        """The quick way through a form, made at its first use."""
        key = (form.code, form.version)
        fit = self._fits.get(key)
        if fit is None:
            fit = self._fits[key] = Fit(form)
        return fit

    def rounds_of(self, province: str) -> list[str]:
        """Codes of the province's rounds, in order: sorted once, for every line of a file may name a wrong one."""
        if province not in self._rounds_of:
            own = (round_.code for round_ in self.rounds.values() if round_.province == province)
            self._rounds_of[province] = sorted(own)
        return self._rounds_of[province]

    @property
    def programmes(self) -> frozenset[str]:
        """Codes of the programmes that plans here carry out or have carried out, of whichever province."""
        return frozenset(plan.programme for plan in self.older.values())

    @property
    def compares(self) -> bool:
        """Whether any form checks a report against the one before."""
        return any(check.kind == "change" for form in self.forms.values() for check in form.checks)

    def plan_of(self, round_: OpenRound) -> Plan:
        """The version of the plan that the round was opened with."""
        return self.older[(round_.plan, round_.plan_version)]

    def form_of(self, round_: OpenRound, form: str) -> Form | None:
        """The form in the version that the round was opened with, with the figures that the round asks for."""
        version = round_.form_versions.get(form)
        published = None if version is None else self.forms.get((form, version))
        return published if published is None else round_.as_asked(published)

    def schedule(self, plan: Plan) -> list[Period]:
        """The plan's periods that have opened or will."""
        return opening.scheduled(plan, self.registry, self.spans.get(plan.code, WHOLE))

    def periods_ahead(self, plan: Plan, now: datetime) -> list[Period]:
        """Of these, those whose rounds have yet to open."""
        return [period for period in self.schedule(plan) if opening.opens_at(period) > now]

    def planned_round(self, code: str) -> PlannedRound | None:
        """A round that isn't open yet; None when no plan has such a round."""
        for plan in self.plans.values():
            if not code.startswith(f"{plan.code}."):
                continue
            year, span = code[len(plan.code) + 1 :][:4], self.spans.get(plan.code, WHOLE)
            if year.isdecimal() and year.isascii():  # also "²" is a digit, and no number
                for period in plan.periods(int(year)):
                    if opening.code_of(plan, period) == code and span.has(period.last):
                        return PlannedRound(plan=plan, opens=opening.opens_at(period))
        return None

    def round_before(self, round_: OpenRound) -> OpenRound | None:
        """The plan's periodic round before this one, when it is open or was."""
        earlier = [
            r
            for r in self.rounds.values()
            if r.plan == round_.plan and r.kind == "periodic" and r.period.last < round_.period.last
        ]
        return max(earlier, key=lambda r: r.period.last, default=None)

    def province_of(self, unit: str, on: date) -> str | None:
        """Code of the unit's province on a day; of a unit that does not exist then, of its last day. None: unknown."""
        history = self.registry.history(unit)
        if not history:
            return None
        day = on if self.registry.exists(unit, on=on) else history[-1].valid_from
        province = self.registry.province_of(unit, on=day)
        return None if province is None else province.code

    def successors(self, unit: str, on: date) -> list[str]:
        """Codes of the units that a dissolved unit passed its duty to."""
        return [heir.code for heir in self.registry.successors(unit, on=on)]
