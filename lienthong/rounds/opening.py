"""Rounds: which open when, who is obliged in them, by when, and whether a report is late. Pure.

A round is planned by its plan's schedule, opens when the close of data has passed, and freezes then who owes
what: the tree and the obliged units are those of the close of data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lienthong.calendar import start_of_day
from lienthong.errors import Rejected
from lienthong.periods import Period, frequency_of
from lienthong.programmes import Form, Obligation, Plan, Reporters, deadline_instant
from lienthong.refusals import problem
from lienthong.units import Registry, Unit

KINDS = {"DX": "adhoc", "SK": "interim_review", "TK": "final_review"}
"""What the special period codes stand for: đột xuất, sơ kết, tổng kết."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """A deadline moved for one unit, or for all (unit None). The original stays visible."""

    obligation: str
    unit: str | None
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRound:
    """A round as it stands: opened, perhaps extended, perhaps locked (then without units and deadlines).

    obliged: form code → unit codes. deadlines: form code → (obligation code, exclusive instant or None).
    """

    code: str
    plan: str
    plan_version: int
    period: Period
    kind: str
    root: str
    province: str
    form_versions: Mapping[str, str]
    obliged: Mapping[str, frozenset[str]]
    deadlines: Mapping[str, tuple[str | None, datetime | None]]
    data: Mapping[str, Any]
    extensions: tuple[Extension, ...] = ()
    locked: bool = False
    opened_at: datetime | None = None

    def deadline_of(self, form: str, unit: str) -> datetime | None:
        """The instant from which a report of the unit is late; the latest extension counts."""
        obligation, original = self.deadlines.get(form, (None, None))
        granted = [e.until for e in self.extensions if e.obligation == obligation and e.unit in (None, unit)]
        if original is None:
            return max(granted, default=None)
        return max([original, *granted])

    def owes(self, unit: str) -> list[str]:
        """The forms that a unit owes in this round."""
        return [form for form, units in self.obliged.items() if unit in units]


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
    found = [period for year in range(first, last + 1) for period in plan.periods(year)]
    return sorted(found, key=lambda p: (p.last, p.code))


def scheduled(plan: Plan, registry: Registry) -> list[Period]:
    """The periods that will open: those at whose close the issuing unit exists.

    Nobody could sign for an issuer that was dissolved: its successor carries on by a plan of its own.
    """
    return [period for period in all_periods(plan) if registry.exists(plan.issued_by, on=period.last)]


def opening(
    plan: Plan,
    period: Period,
    registry: Registry,
    *,
    kind: str = "periodic",
    until: datetime | None = None,
    forms: Iterable[str] | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """The data of `round.opened`: forms, obliged units and deadlines as of the close of data.

    until: deadline of a round that an operator opens (ad hoc, review). forms: narrow it to some forms.
    """
    chosen = [f for f in plan.forms if forms is None or f.code in set(forms)]
    obliged = {f.code: obliged_units(plan, f, registry, period.last) for f in chosen}
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
        "forms": [{"form": f.code, "version": f.version, "figures": list(f.codes)} for f in chosen],
        "obliged": {form: units for form, units in obliged.items() if units},
        "deadlines": _deadlines(plan, chosen, period, until),
        "assumptions": [{"vi": a.vi, "en": a.en} for a in assumptions],
        **({"reason": reason} if reason else {}),
    }


def obliged_units(plan: Plan, form: Form, registry: Registry, day: date) -> list[str]:
    """Codes of the units that owe the form on that day, in order. None where no periodic duty names them."""
    if not any(form.reporters in o.reporters for o in _periodic(plan)):
        return []
    return sorted(unit.code for unit in _units_of(plan, plan.reporters[form.reporters], registry, day))


def province_of(plan: Plan, registry: Registry, day: date) -> str:
    """The province in whose partition everything of the plan stands."""
    found = registry.province_of(plan.issued_by, on=day) if registry.exists(plan.issued_by, on=day) else None
    if found is None:
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
    return found.code


def special_period(code: str, first: date, last: date) -> tuple[Period, str]:
    """The period and kind of a round that an operator opens: `2026-DX1`, `2026-SK1`, `2026-TK1`."""
    if frequency_of(code) != "special":
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


def from_data(
    data: Mapping[str, Any],
    *,
    extensions: tuple[Extension, ...] = (),
    locked: bool = False,
    opened_at: datetime | None = None,
) -> OpenRound:
    """An OpenRound from the data of `round.opened`."""
    period = data["period"]
    return OpenRound(
        code=data["round"],
        plan=data["plan"],
        plan_version=data["planVersion"],
        kind=data["kind"],
        root=data["root"],
        province=data["province"],
        period=Period(
            code=period["code"], first=date.fromisoformat(period["first"]), last=date.fromisoformat(period["last"])
        ),
        form_versions={f["form"]: f["version"] for f in data["forms"]},
        obliged={form: frozenset(units) for form, units in data.get("obliged", {}).items()},
        deadlines={
            form: (d["obligation"], _instant(d["at"]))
            for d in data.get("deadlines", ())
            if d["from"] == "units"
            for form in d["forms"]
        },
        data=data,
        extensions=extensions,
        locked=locked,
        opened_at=opened_at,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ObligedChange:
    """How a change of units alters a round that is open: form → (units added, units gone)."""

    round: str
    obliged: Mapping[str, list[str]]
    added: Mapping[str, list[str]] = field(default_factory=dict)
    gone: Mapping[str, list[str]] = field(default_factory=dict)


def obliged_change(round_: OpenRound, plan: Plan, registry: Registry) -> ObligedChange | None:
    """What the registry as it stands now changes about an open round, or None when nothing does."""
    now = {
        form: obliged_units(plan, found, registry, round_.period.last)
        for form in round_.form_versions
        if (found := plan.form(form)) is not None
    }
    added = {form: sorted(set(units) - round_.obliged.get(form, frozenset())) for form, units in now.items()}
    gone = {form: sorted(round_.obliged.get(form, frozenset()) - set(units)) for form, units in now.items()}
    if not any(added.values()) and not any(gone.values()):
        return None
    return ObligedChange(round=round_.code, obliged={f: u for f, u in now.items() if u}, added=added, gone=gone)


def _deadlines(plan: Plan, forms: Iterable[Form], period: Period, until: datetime | None) -> list[dict[str, Any]]:
    found = []
    for obligation in _periodic(plan):
        of_forms = [f.code for f in forms if f.reporters in obligation.reporters]
        at = until if until is not None and obligation.level == "units" else deadline_instant(obligation, period)
        if obligation.level == "units" and not of_forms:
            continue
        found.append(
            {
                "obligation": obligation.code,
                "from": obligation.level,
                "forms": of_forms,
                "to": list(obligation.to),
                "via": obligation.via,
                "at": None if at is None else at.isoformat(),
            }
        )
    return found


def _periodic(plan: Plan) -> list[Obligation]:
    return [o for o in plan.obligations if o.kind == "periodic"]


def _units_of(plan: Plan, reporters: Reporters, registry: Registry, day: date) -> Iterable[Unit]:
    if reporters.units:
        return {u.code: u for code in reporters.units for u in registry.duty_bearers(code, on=day)}.values()
    province = province_of(plan, registry, day)
    if reporters.level == "commune":
        return registry.communes_of(province, on=day)
    return [
        u
        for u in registry.agencies_of(province, on=day)
        if (reporters.group is None or u.group == reporters.group)
        and (not reporters.types or u.type in reporters.types)
        and u.type not in reporters.except_types
    ]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
