"""Rounds: which open when, who is obliged in them, and by when. Pure.

A round is planned by its plan's schedule, opens when the close of data has passed, and freezes then who owes
what: the tree and the obliged units are those of the close of data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lienthong.calendar import start_of_day
from lienthong.errors import Rejected
from lienthong.instants import wire_or_none
from lienthong.periods import Period, frequency_of
from lienthong.programmes import Form, Obligation, Plan, Reporters, deadline_instant
from lienthong.refusals import problem
from lienthong.rounds.round import OpenRound
from lienthong.units import Registry, Unit

KINDS = {"DX": "adhoc", "SK": "interim_review", "TK": "final_review"}
"""What the special period codes stand for: đột xuất, sơ kết, tổng kết."""


def code_of(plan: Plan, period: Period) -> str:
    """`P119-LS.2026`."""
    return f"{plan.code}.{period.code}"


def opens_at(period: Period) -> datetime:
    """The instant at which the close of data has passed."""
    return start_of_day(period.last + timedelta(days=1))


def all_periods(plan: Plan, *, horizon: int = 2060) -> list[Period]:
    """Every period of the plan's schedules, in order of close; endless schedules end at the horizon year."""
    first = min((schedule.first_year for schedule in plan.schedules), default=horizon)
    last = max((schedule.last_year or horizon for schedule in plan.schedules), default=first)
    periods = [period for year in range(first, last + 1) for period in plan.periods(year)]
    return sorted(periods, key=lambda p: (p.last, p.code))


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningSpan:
    """Closes of data for which a plan's rounds open, both days included; None: no end. first: of a plan that was
    published late; last: of one that was retired.
    """

    first: date | None = None
    last: date | None = None

    def has(self, close: date) -> bool:
        return (self.first is None or close >= self.first) and (self.last is None or close <= self.last)


WHOLE = OpeningSpan()


def scheduled(plan: Plan, registry: Registry, span: OpeningSpan = WHOLE) -> list[Period]:
    """The periods that will open: those within the span at whose close the issuing unit exists.

    Nobody could sign for an issuer that was dissolved: its successor carries on by a plan of its own.
    """
    return [p for p in all_periods(plan) if span.has(p.last) and registry.exists(plan.issued_by, on=p.last)]


def opening(
    plan: Plan,
    period: Period,
    registry: Registry,
    *,
    kind: str = "periodic",
    until: datetime | None = None,
    forms: Iterable[str] | None = None,
    units: Collection[str] | None = None,
    figures: Collection[str] | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """The data of `round.opened`: forms, obliged units and deadlines as of the close of data.

    until: deadline of a round that an operator opens (ad hoc, review). forms, units, figures: narrow it to some of
    them; of the forms those that have one of the figures.
    """
    chosen = _forms_asked(plan, None if forms is None else set(forms), figures)
    obliged = {f.code: _of_these(obliged_units(plan, f, registry, period.last), units) for f in chosen}
    if units is not None:
        chosen = [f for f in chosen if obliged[f.code]]
    assumptions = [s.assumption for s in plan.schedules if s.assumption and kind == "periodic"]
    return {
        "round": code_of(plan, period),
        "plan": plan.code,
        "programme": plan.programme,
        "planVersion": plan.version,
        "kind": kind,
        "root": plan.issued_by,
        "province": province_of(plan, registry, period.last),
        "period": {"code": period.code, "first": period.first.isoformat(), "last": period.last.isoformat()},
        "forms": [{"form": f.code, "version": f.version, "figures": _of_these(list(f.codes), figures)} for f in chosen],
        "obliged": {form: units for form, units in obliged.items() if units},
        "deadlines": _deadlines(plan, chosen, period, until),
        "assumptions": [{"vi": a.vi, "en": a.en} for a in assumptions],
        **({"units": sorted(set(units))} if units is not None else {}),
        **({"figures": sorted(set(figures))} if figures is not None else {}),
        **({"reason": reason} if reason else {}),
    }


def _forms_asked(plan: Plan, forms: Collection[str] | None, figures: Collection[str] | None) -> list[Form]:
    return [
        form
        for form in plan.forms
        if (forms is None or form.code in forms) and (figures is None or not set(figures).isdisjoint(form.codes))
    ]


def _of_these(codes: list[str], chosen: Collection[str] | None) -> list[str]:
    return codes if chosen is None else [code for code in codes if code in chosen]


def obliged_units(plan: Plan, form: Form, registry: Registry, day: date) -> list[str]:
    """Codes of the units that owe the form on that day, in order. None where no periodic duty names them."""
    if not any(form.reporters in o.reporters for o in _periodic(plan)):
        return []
    return sorted(unit.code for unit in _units_of(plan, plan.reporters[form.reporters], registry, day))


def province_of(plan: Plan, registry: Registry, day: date) -> str:
    """The province in whose partition everything of the plan stands."""
    province = registry.province_of(plan.issued_by, on=day) if registry.exists(plan.issued_by, on=day) else None
    if province is None:
        raise Rejected(
            [
                problem(
                    "/plan/issued_by",
                    "issuer_unknown",
                    issuer=plan.issued_by,
                    day=day,
                )
            ]
        )
    return province.code


def special_period(code: str, first: date, last: date) -> tuple[Period, str]:
    """The period and kind of a round that an operator opens: `2026-DX1`, `2026-SK1`, `2026-TK1`."""
    if frequency_of(code, "/period") != "special":
        raise Rejected(
            [
                problem(
                    "/period",
                    "period_not_special",
                )
            ]
        )
    if last < first:
        raise Rejected(
            [
                problem(
                    "/last",
                    "period_backwards",
                )
            ]
        )
    return Period(code=code, first=first, last=last), KINDS[code[5:7]]


def next_special(rounds: Iterable[str], kind: str, year: int) -> str:
    """The next free period of a kind (`DX`, `SK`, `TK`) in a year: `2026-DX2` after `P119-LS.2026-DX1`."""
    start = f"{year:04}-{kind}"
    periods = (code.rpartition(".")[2] for code in rounds)
    taken = [int(period.removeprefix(start)) for period in periods if period.startswith(start)]
    return f"{start}{max(taken, default=0) + 1}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObligedChange:
    """How a change of units alters a round that is open: form → (units added, units gone)."""

    round: str
    obliged: Mapping[str, list[str]]
    added: Mapping[str, list[str]] = field(default_factory=dict)
    gone: Mapping[str, list[str]] = field(default_factory=dict)


def obliged_change(round_: OpenRound, plan: Plan, registry: Registry) -> ObligedChange | None:
    """What the registry as it stands now changes about an open round, or None when nothing does. Who is dormant stays
    so.
    """
    now = {
        form: obliged_of(round_, plan, defined, registry)
        for form in round_.form_versions
        if (defined := plan.form(form)) is not None
    }
    added = {form: sorted(set(units) - round_.obliged.get(form, frozenset())) for form, units in now.items()}
    gone = {form: sorted(round_.obliged.get(form, frozenset()) - set(units)) for form, units in now.items()}
    if not any(added.values()) and not any(gone.values()):
        return None
    return ObligedChange(round=round_.code, obliged={f: u for f, u in now.items() if u}, added=added, gone=gone)


def obliged_of(round_: OpenRound, plan: Plan, form: Form, registry: Registry) -> list[str]:
    """Who owes a form of a round by this registry: of those it was opened for, who isn't dormant in it."""
    owing = _of_these(obliged_units(plan, form, registry, round_.period.last), round_.data.get("units"))
    return [unit for unit in owing if unit not in round_.dormant_in(form.code)]


def _deadlines(plan: Plan, forms: Iterable[Form], period: Period, until: datetime | None) -> list[dict[str, Any]]:
    deadlines = []
    for obligation in _periodic(plan):
        of_forms = [f.code for f in forms if f.reporters in obligation.reporters]
        at = until if until is not None and obligation.level == "units" else deadline_instant(obligation, period)
        if obligation.level == "units" and not of_forms:
            continue
        deadlines.append(
            {
                "obligation": obligation.code,
                "from": obligation.level,
                "forms": of_forms,
                "to": list(obligation.to),
                "via": obligation.via,
                "at": wire_or_none(at),
            }
        )
    return deadlines


def _periodic(plan: Plan) -> list[Obligation]:
    return [o for o in plan.obligations if o.kind == "periodic"]


def _units_of(plan: Plan, reporters: Reporters, registry: Registry, day: date) -> Iterable[Unit]:
    """A plan obliges whom its issuer is over: of a province all of it, of a commune itself and the bodies under it."""
    issuer = registry.unit(plan.issued_by, on=day)
    if reporters.units:
        named = {u.code: u for code in reporters.units for u in registry.duty_bearers(code, on=day)}
        return [u for u in named.values() if registry.is_within(u.code, issuer.code, day)]
    if reporters.level == "commune":
        return (issuer,) if issuer.level == "commune" else registry.communes_of(issuer.code, on=day)
    return [
        u
        for u in registry.agencies_of(issuer.code, on=day)
        if (reporters.group is None or u.group == reporters.group)
        and (not reporters.types or u.type in reporters.types)
        and u.type not in reporters.except_types
    ]
