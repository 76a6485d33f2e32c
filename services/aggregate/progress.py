"""How far a plan's indicators have come: each with what the plan says of it and its value in every round so far.

And one indicator over the units of a round, each at its own level.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.contracts.canonical import plain
from lienthong.errors import Message
from lienthong.indicators.measuring import kind_of
from lienthong.indicators.tallies import UnitPopulation
from lienthong.postgres.pool import Connection
from lienthong.programmes import Indicator, Plan, Target
from lienthong.refusals import nearest_codes, refused
from lienthong.releases.coded import BothLanguages
from lienthong.releases.figures import IndicatorTold
from services.aggregate import store, views
from services.aggregate.bodies import reading_body, say, stated_target
from services.aggregate.counting import Report
from services.aggregate.reading import position
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions

Body = dict[str, Any]


def plan_in(conn: Connection, plans: PlanVersions, code: str, who: Principal) -> Plan:
    """The newest version of a plan that is the reader's to see. Raises Rejected (404) for any other."""
    seen, there = sight(who, ["read:province"]), store.newest_plans(conn, plans, who.province)
    own = {plan.code: plan for plan in there if seen.covers(province=who.province, issuer=plan.issued_by)}
    if code not in own:
        raise refused("plan_unknown", plan=code, known=nearest_codes(code, own))
    return own[code]


def progress(conn: Connection, plans: PlanVersions, plan: Plan, province: str) -> Body:
    """Indicators of the plan in its order, rounds by their close of data (ad-hoc ones and reviews too)."""
    rounds = sorted(store.load_rounds(conn, plans, plan=plan.code, province=province), key=_close)
    tallies = store.tallies(conn, rounds)
    path: dict[str, list[Body]] = {}
    for round_ in rounds:
        others = [other for other in rounds if other.code != round_.code and other.kind == "periodic"]
        view = views.root_view(round_, others, tallies)
        for reading in views.readings(view, round_.reading.indicators):
            path.setdefault(reading.indicator.code, []).append(_step(round_, reading_body(reading)))
    return {
        "plan": plan.code,
        "programme": plan.programme,
        "version": plan.version,
        "title": say(plan.title),
        "issuer": plan.issued_by,
        "position": position(conn, province),
        "document": dict(plan.document),
        "indicators": [{**_definition_body(i, plan), "path": path.get(i.code, [])} for i in plan.indicators],
    }


def over_units(conn: Connection, plans: PlanVersions, round_: Round, code: str) -> Body:
    """An indicator of every obliged unit of a round at its own level; only counts where it isn't declared for it."""
    indicator = round_.indicator(code)
    if indicator is None:
        raise refused("indicator_unknown", round=round_.code, indicator=code)
    earlier = store.periodic_of_plan(conn, plans, round_) if views.looks_back(indicator.computation) else []
    held = {other.code: store.reports_by_form(conn, other) for other in (round_, *earlier)}
    units = sorted({unit for form in round_.layouts for unit in round_.obliged_in(form)})
    names = store.names(conn, round_.province, units, round_.period.last)
    rates = kind_of(indicator.computation).of_people
    bodies = []
    for unit in units:
        people = store.population(conn, round_.province, unit, round_.period) if rates else None
        then = {other.period.code: _unit_tally(other, unit, held, None) for other in earlier}
        view = views.unit_view(round_, unit, _unit_tally(round_, unit, held, people), then)
        [reading] = views.readings(view, [indicator])
        bodies.append({"unit": unit, "name": names.get(unit), **_members(reading_body(reading), _OF_UNIT)})
    return {
        "round": round_.code,
        "code": code,
        "title": say(indicator.title),
        "measure": say(indicator.measure),
        "decimals": indicator.decimals,
        "levels": list(indicator.levels),
        "statuses": _statuses(indicator, round_.reading),
        "position": position(conn, round_.province),
        "units": bodies,
    }


_OF_UNIT = ("level", "value", "numerator", "denominator", "status", "assessment", "reasons", "arithmetic", "reported")
_OF_STEP = ("level", "value", "status", "assessment", "reasons", "arithmetic", "reported", "obliged", "targets")


def _members(reading: IndicatorTold, names: tuple[str, ...]) -> Body:
    return {name: value for name, value in reading.items() if name in names}


def _close(round_: Round) -> tuple[date, str]:
    return round_.period.last, round_.code


def _unit_tally(
    round_: Round, unit: str, held: dict[str, dict[str, dict[str, Report]]], people: UnitPopulation | None
) -> Any:
    reports = {form: reports[unit] for form, reports in held[round_.code].items() if unit in reports}
    return views.unit_tally(round_, unit, reports, people)


def _step(round_: Round, reading: IndicatorTold) -> Body:
    period = {"code": round_.period.code, "first": round_.period.first, "last": round_.period.last}
    return {"round": round_.code, "kind": round_.kind, "period": period, **_members(reading, _OF_STEP)}


def _statuses(indicator: Indicator, plan: Plan) -> list[Body]:
    """The values of the status that a milestone rests on."""
    figure = plan.figures.get(indicator.computation.figure or "")
    return [] if figure is None else [{"value": value.code, "label": say(value.label)} for value in figure.values]


def _definition_body(indicator: Indicator, plan: Plan) -> Body:
    baseline = indicator.baseline
    return {
        "code": indicator.code,
        "title": say(indicator.title),
        "measure": say(indicator.measure),
        "decimals": indicator.decimals,
        "levels": list(indicator.levels),
        "computation": indicator.computation.kind,
        "quote": indicator.quote,
        "restored": indicator.restored,
        "note": _say_or_none(indicator.note),
        "assumption": _say_or_none(indicator.assumption),
        "minimumCoverage": plain(indicator.minimum_coverage),
        "statuses": _statuses(indicator, plan),
        "baseline": None
        if baseline is None
        else {"year": baseline.year, "value": plain(baseline.value), "source": baseline.source},
        "goals": [_goal(target) for target in indicator.targets],
    }


def _goal(target: Target) -> Body:
    return {
        **stated_target(target),
        "quote": target.quote,
        "restored": target.restored,
        "note": _say_or_none(target.note),
    }


def _say_or_none(message: Message | None) -> BothLanguages | None:
    return None if message is None else say(message)
