"""What can be asked of aggregate: rounds with their state, rollups, indicators, what is missing, the nation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from lienthong.access.sight import Sight
from lienthong.eventlog.append import partitions_of
from lienthong.eventlog.installation import installation
from lienthong.events import NATION
from lienthong.indicators.arithmetic import rounded, scaled
from lienthong.indicators.nation import REPEATED
from lienthong.indicators.rollup import (
    count_given,
    status_of,
    sum_of,
)
from lienthong.indicators.tallies import FormTally, Tally, UnitPopulation
from lienthong.periods import frequency_of
from lienthong.postgres.answers import certain, value
from lienthong.postgres.pool import Connection
from lienthong.refusals import nearest_codes, refused
from lienthong.samples import sample_mark
from services.aggregate import store, views
from services.aggregate.bodies import reading_body, say
from services.aggregate.consolidation import figure_body, missing_units
from services.aggregate.counting import units_of
from services.aggregate.round_bodies import (
    Body,
    completeness_bodies,
    form_body,
    period_body,
    periods_ahead,
    planned_body,
    round_body,
)
from services.aggregate.rounds import Round
from services.aggregate.store import PlanVersions
from services.aggregate.worker import CONSUMER


def sample(conn: Connection) -> Body:
    """What every answer says about being sample data."""
    return sample_mark(installation(conn).sample)


def round_in(conn: Connection, plans: PlanVersions, code: str, province: str, seen: Sight) -> Round:
    """A round of that province within sight. Another is not found: nobody learns that it exists. Raises Rejected."""
    round_ = store.load_round(conn, plans, code)
    if round_ is not None and round_.province == province and _is_within(seen, round_):
        return round_
    there = (each.code for each in store.load_rounds(conn, plans, province=province) if _is_within(seen, each))
    raise refused("round_unknown", round=code, known=nearest_codes(code, there))


def _is_within(seen: Sight, round_: Round) -> bool:
    return seen.covers(province=round_.province, issuer=round_.root)


def rounds(
    conn: Connection, plans: PlanVersions, province: str, now: datetime, *, programme: str | None, period: str | None
) -> list[Body]:
    """The province's rounds by code, planned ones included."""
    held = store.load_rounds(conn, plans, province=province, programme=programme, period=period)
    described = describe(conn, held, now)
    codes = {round_.code for round_ in held}
    for plan in store.newest_plans(conn, plans, province, running=True):
        if programme in (None, plan.programme):
            described.extend(
                planned_body(plan, ahead, province)
                for ahead in periods_ahead(plan, now)
                if f"{plan.code}.{ahead.code}" not in codes and period in (None, ahead.code)
            )
    return sorted(described, key=lambda body: str(body["round"]))


def explain_nothing(conn: Connection, *, programme: str | None, period: str | None) -> None:
    """Where no round was found by these. Raises Rejected (404) for a programme that no plan carries out here, and for a
    period of which there is none.
    """
    if programme is not None and not certain(conn, bool, store.SQL.is_programme, {"programme": programme}):
        raise refused("programme_not_here", programme=programme)
    if period is not None and programme is not None:
        raise refused("period_unknown", programme=programme, period=period)
    if period is not None:
        raise refused("period_without_rounds", period=period)


def describe(conn: Connection, listed: Iterable[Round], now: datetime) -> list[Body]:
    """Rounds with state, deadlines, completeness and releases."""
    listed = list(listed)
    tallies = store.tallies(conn, listed, people=False)
    codes = [round_.code for round_ in listed]
    releases, nil = store.releases(conn, codes), store.nil_units(conn, codes)
    return [round_body(round_, tallies[round_.code], releases.get(round_.code, []), nil, now) for round_ in listed]


def rollup(conn: Connection, round_: Round) -> Body:
    tally = store.tallies(conn, [round_], people=False)[round_.code]
    return {
        "round": round_.code,
        "period": period_body(round_.period, round_.official_period),
        "position": position(conn, round_.province),
        "completeness": completeness_bodies(round_, tally, store.nil_units(conn, [round_.code])),
        "figures": [figure_body(figure, form) for form in tally.forms for figure in form.layout.figures],
    }


def indicators(conn: Connection, plans: PlanVersions, round_: Round, unit: str | None) -> Body:
    """The round's indicators at its root's level, or at one obliged unit's own."""
    earlier = store.periodic_of_plan(conn, plans, round_)
    if unit is None or unit == round_.root:
        compared = views.look_back(round_.reading.indicators)
        view = views.root_view(round_, earlier, store.tallies(conn, [round_, *earlier], reporters=compared))
        view = replace(view, overfull=store.overfull_units(conn, round_))
    else:
        if not any(unit in round_.obliged_in(form) for form in round_.layouts):
            raise refused("unit_owes_nothing", unit=unit)
        then = {other.period.code: _unit_tally(conn, other, unit) for other in earlier}
        view = views.unit_view(round_, unit, _unit_tally(conn, round_, unit), then)
    return {
        "round": round_.code,
        "unit": unit or round_.root,
        "position": position(conn, round_.province),
        "indicators": [reading_body(reading) for reading in views.readings(view, round_.reading.indicators)],
    }


def missing_bodies(conn: Connection, round_: Round, now: datetime) -> Body:
    """Obliged units without a standing report, by form, each with its own deadline."""
    forms = []
    held = store.reports_by_form(conn, round_)
    codes = units_of(round_, held)
    names = store.names(conn, round_.province, codes, round_.period.last)
    for form, reports in sorted(held.items()):
        extra = sorted(u for u, r in reports.items() if r.stands and u not in round_.obliged_in(form))
        forms.append(
            {
                "form": form,
                "notObliged": [_unit(round_, form, unit, names, None) for unit in extra],
                "missing": [_unit(round_, form, unit, names, now) for unit in missing_units(round_, form, reports)],
            }
        )
    return {"now": now, "round": round_.code, "forms": forms}


def national(conn: Connection, plans: PlanVersions, programme: str, period: str) -> Body:
    """The live sum over all provinces of this installation."""
    now = store.load_rounds(conn, plans, programme=programme, period=period)
    if not now:
        raise refused("period_unknown", programme=programme, period=period)
    kept, differing = views.national_indicators(now)
    alike = {period: now}
    compared = views.look_back(kept)
    if compared:
        alike |= _earlier_rounds(store.load_rounds(conn, plans, programme=programme), period)
    all_rounds = [code for codes in alike.values() for code in codes]
    tallies = store.tallies(conn, all_rounds, people=False, reporters=compared)
    view = views.nation_view(alike, tallies, period, _nation_population(conn, now))
    return {
        "programme": programme,
        "period": period,
        "provinces": sorted({round_.province for round_ in now}),
        "rounds": [_plan_of(round_, tallies[round_.code]) for round_ in now],
        "figures": _merged_figures(view.now.forms),
        "indicators": [reading_body(reading) for reading in views.readings(view, kept)],
        "leftOut": [
            {"round": code, "figure": figure, "reason": say(REPEATED)}
            for code, figures in sorted(views.counted_twice(now).items())
            for figure in sorted(figures)
        ],
        "differing": differing,
    }


def _nation_population(conn: Connection, now: list[Round]) -> UnitPopulation | None:
    """People of the whole nation, where every province takes part: a rate over fewer would be too low."""
    taking_part = {round_.province for round_ in now if round_.level == "province"}
    if not set(partitions_of(conn)) - {NATION} <= taking_part:
        return None
    return store.population(conn, NATION, NATION, now[0].period)


def _earlier_rounds(of_plan: Iterable[Round], period: str) -> dict[str, list[Round]]:
    """Rounds of the same frequency before a period, by period code."""
    alike: dict[str, list[Round]] = {}
    for round_ in of_plan:
        if frequency_of(round_.period.code) == frequency_of(period) and round_.period.code < period:
            alike.setdefault(round_.period.code, []).append(round_)
    return alike


def position(conn: Connection, province: str) -> int:
    """How far aggregate has come in the province's partition."""
    return value(conn, int, store.SQL.consumed, {"consumer": CONSUMER, "key": province}) or 0


def _unit_tally(conn: Connection, round_: Round, unit: str) -> Tally:
    reports = {
        form: by_unit[unit]
        for form in round_.layouts
        if unit in (by_unit := store.reports(conn, round_.code, form, [unit]))
    }
    return views.unit_tally(round_, unit, reports, store.population(conn, round_.province, unit, round_.period))


def _unit(round_: Round, form: str, unit: str, names: Mapping[str, str], now: datetime | None) -> Body:
    due = round_.deadline_of(form, unit)
    return {
        "unit": unit,
        "name": names.get(unit),
        "deadline": due,
        "overdue": now is not None and due is not None and due <= now,
    }


def _plan_of(round_: Round, tally: Tally) -> Body:
    counts = [form_body(form) for form in tally.forms]
    return {
        "round": round_.code,
        "plan": round_.plan,
        "province": round_.province,
        "root": round_.root,
        "obliged": sum(c["obliged"] for c in counts),
        "reported": sum(c["reported"] for c in counts),
    }


def _merged_figures(forms: Iterable[FormTally]) -> list[Body]:
    """Each figure code once, summed over the forms that ask for it."""
    asking: dict[str, list[FormTally]] = {}
    for form in forms:
        for figure in form.figures:
            asking.setdefault(figure.code, []).append(form)
    return [_merged_figure(code, form_tallies) for code, form_tallies in sorted(asking.items())]


def _merged_figure(code: str, forms: list[FormTally]) -> Body:
    defined = [(form, figure) for form in forms if (figure := form.layout.figure(code)) is not None]
    first = defined[0][1]
    decimals = max(figure.decimals for _, figure in defined)
    units = sum(form.layout.at(form.slots, count_given(code)) for form in forms)
    total = None
    if not first.is_status and units:
        parts = [scaled(form.layout.at(form.slots, sum_of(code)), figure.decimals) for form, figure in defined]
        total = rounded(sum(parts, Fraction(0)), decimals)
    return {
        "code": code,
        "form": None,
        "label": say(first.label),
        "measure": say(first.measure),
        "kind": first.kind,
        "decimals": decimals,
        "sum": total,
        "given": units,
        "obliged": sum(form.obliged for form in forms),
        "statuses": [
            {
                "value": value.code,
                "label": say(value.label),
                "units": sum(
                    form.layout.at(form.slots, slot)
                    for form in forms
                    if form.layout.has(slot := status_of(code, value.code))
                ),
            }
            for value in first.values
        ],
    }
