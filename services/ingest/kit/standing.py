"""Definitions as a hub holds them, made from plan documents alone. Pure but for the shipped schemas.

What only a hub knows is taken in the sender's favour: every round of a plan is open, no unit is dormant, nothing was
reported before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected
from lienthong.forms.schema import derive, form_of, same_form
from lienthong.periods import Period, frequency_of
from lienthong.programmes import Form, Plan
from lienthong.rounds import opening
from lienthong.rounds.round import OpenRound, from_data
from lienthong.units import Registry
from services.ingest.definitions.snapshot import Definitions

_YEAR = 4  # digits of the year, with which every period code begins


@dataclass(frozen=True, kw_only=True, slots=True)
class KitRules:
    """What reports are judged by. earlier: schemas of older form versions that are still accepted."""

    plans: tuple[Plan, ...]
    registry: Registry
    contracts: Contracts
    earlier: tuple[Mapping[str, Any], ...] = field(default=())


def definitions(rules: KitRules, rounds: Collection[str]) -> Definitions:
    """The rules with these rounds open, and those before them, which some checks compare with."""
    forms = {(form.code, form.version): form for form in _forms(rules)}
    plans = {plan.code: plan for plan in rules.plans}
    opened = {round_.code: round_ for code in rounds for round_ in _rounds(code, rules)}
    return Definitions(
        version=0,
        registry=rules.registry,
        plans=plans,
        older={(p.code, p.version): p for p in rules.plans},
        forms=forms,
        rounds=opened,
        contracts=rules.contracts,
        sample=False,
        epoch=0,
    )


def _forms(rules: KitRules) -> Iterator[Form]:
    """Every version of every form; its schema is known to the contracts from then on."""
    for schema in rules.earlier:
        rules.contracts.add(schema, same=same_form)
        yield form_of(schema)
    for plan in rules.plans:
        for form in plan.forms:
            rules.contracts.add(derive(plan, form), same=same_form)
            yield form


def _rounds(code: str, rules: KitRules) -> Iterator[OpenRound]:
    """The round, with the plan's round before it; nothing where no plan has such a round."""
    for plan in rules.plans:
        if code.startswith(f"{plan.code}."):
            for period, kind in _periods(plan, code.removeprefix(f"{plan.code}.")):
                if rules.registry.exists(plan.issued_by, on=period.last):
                    yield from_data(opening.opening(plan, period, rules.registry, kind=kind))


def _periods(plan: Plan, code: str) -> Iterable[tuple[Period, str]]:
    """The period of that code with the one before, and what kind of round it makes."""
    try:
        special = frequency_of(code) == "special"
    except Rejected:
        return
    if special:  # its days are in the letter that asks for it; the form is the same
        year = int(code[:_YEAR])
        yield Period(code=code, first=date(year, 1, 1), last=date(year, 12, 31)), opening.KINDS[code[5:7]]
        return
    periods = opening.all_periods(plan)
    for place in (place for place, period in enumerate(periods) if period.code == code):
        yield from ((period, "periodic") for period in periods[max(0, place - 1) : place + 1])
