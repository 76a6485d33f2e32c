"""A round's computed figures and indicators, beside what was reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from lienthong.access.sight import sight
from lienthong.access.tokens import Principal
from lienthong.calendar import day_of
from lienthong.computed.counting import Directive, Item, Known, counted
from lienthong.computed.measured import Counted, readings
from lienthong.errors import Message
from lienthong.indicators.arithmetic import rounded, scaled
from lienthong.indicators.assessment import Reading
from lienthong.indicators.rollup import Values
from lienthong.instants import read as instant
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Form, Plan
from lienthong.refusals import refused
from lienthong.rounds.round import OpenRound
from lienthong.units.levels import Level
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.earlier import latest_values

SQL = Queries(Path(__file__).with_name("queries.sql"))


def of_round(conn: Connection, definitions: Definitions, who: Principal, code: str) -> dict[str, Any]:
    """What the plan has the hub compute, for one round. Raises Rejected (404)."""
    round_ = definitions.rounds.get(code)
    seen = sight(who, ["read:province"])
    if round_ is None or not seen.covers(province=round_.province, issuer=round_.root):
        raise refused("round_unknown", round=code)
    plan = definitions.plans.get(round_.plan) or definitions.plan_of(round_)
    known = _known(conn, definitions, plan, round_)
    before = [one for one in definitions.rounds.values() if one.plan == round_.plan and _is_before(one, round_)]
    rounds = {one.period.code: (one.period, _forms(conn, definitions, plan, one, known)) for one in (*before, round_)}
    level: Level = "province" if round_.root == round_.province else "commune"
    found = readings(plan, level, round_.period.code, rounds)
    return {
        "round": code,
        "plan": plan.code,
        "figures": [_figure(plan, one, rule) for one in rounds[round_.period.code][1] for rule in one.computed],
        "indicators": [
            {
                "indicator": each.code,
                "title": _said(each.title),
                "computed": _reading(by_count),
                "reported": _reading(by_report),
                "differs": by_report.value is not None and by_count.value != by_report.value,
            }
            for each, by_count, by_report in found
        ],
    }


def _is_before(one: OpenRound, round_: OpenRound) -> bool:
    return one.code != round_.code and one.period.last <= round_.period.last


def _forms(conn: Connection, definitions: Definitions, plan: Plan, round_: OpenRound, known: Known) -> list[Counted]:
    """The round's forms that have a computed figure."""
    found = []
    for code in sorted(round_.form_versions):
        form = definitions.form_of(round_, code)
        rules = [] if form is None else [rule for rule in plan.computed if rule.figure in form.codes]
        if form is None or not rules:
            continue
        computed = {
            rule.figure: counted(rule, known, round_.period) * 10 ** form.figure(rule.figure).decimals for rule in rules
        }
        obliged = round_.obliged_in(code)
        reported = _reported(conn, definitions, round_, form, sorted(obliged))
        found.append(Counted(form=form, computed=computed, reported=reported, obliged=len(obliged)))
    return found


def _reported(
    conn: Connection, definitions: Definitions, round_: OpenRound, form: Form, units: Sequence[str]
) -> list[Values]:
    """The latest values of each unit that reported, in the order of the round's form."""
    held = latest_values(conn, [(round_.code, form.code, unit) for unit in units])
    rows: list[Values] = []
    for version, values in held.values():
        sent = form if version == form.version else definitions.forms[(form.code, version)]
        by_code = dict(zip(sent.codes, values, strict=True))
        rows.append([by_code.get(each) for each in form.codes])
    return rows


def _known(conn: Connection, definitions: Definitions, plan: Plan, round_: OpenRound) -> Known:
    asked = {"programme": plan.programme}
    items = [
        _item(unit, item, orjson.loads(body))
        for unit, item, body in conn.execute(SQL.approved_items, asked)
        if _belongs(definitions, unit, round_)
    ]
    directives = [
        _directive(orjson.loads(body))
        for unit, body in conn.execute(SQL.directives_issued, asked)
        if _belongs(definitions, unit, round_)
    ]
    return Known(items=items, directives=directives)


def _belongs(definitions: Definitions, unit: str, round_: OpenRound) -> bool:
    """Whether what the unit published is counted under the root of the round."""
    if round_.root != round_.province:
        return unit == round_.root
    return definitions.province_of(unit, round_.period.last) == round_.province


def _item(unit: str, item: str, told: Mapping[str, Any]) -> Item:
    return Item(
        unit=unit,
        once=told.get("jointEvent") or f"{unit}/{item}",
        kind=told["kind"],
        link=told["link"],
        day=day_of(instant(told["publishedAt"])),
    )


def _directive(told: Mapping[str, Any]) -> Directive:
    return Directive(
        number=told["number"],
        issued=date.fromisoformat(told["issued"]),
        posted=frozenset((each["place"], date.fromisoformat(each["day"])) for each in told.get("posted", ())),
        shared=frozenset(each["channel"] for each in told.get("shared", ())),
    )


def _figure(plan: Plan, one: Counted, code: str) -> dict[str, Any]:
    figure, place = one.form.figure(code), one.form.codes.index(code)
    rule = next(each for each in plan.computed if each.figure == code)
    given = [row[place] for row in one.reported if row[place] is not None]
    reported = sum(value for value in given if value is not None) if given else None
    return {
        "figure": code,
        "label": _said(figure.label),
        "form": one.form.code,
        "source": rule.source,
        "assumption": None if rule.assumption is None else _said(rule.assumption),
        "computed": rounded(scaled(one.computed[code], figure.decimals), figure.decimals),
        "reported": None if reported is None else rounded(scaled(reported, figure.decimals), figure.decimals),
        "differs": reported is not None and reported != one.computed[code],
    }


def _said(message: Message) -> dict[str, str]:
    return {"vi": message.vi, "en": message.en}


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "value": reading.shown,
        "assessment": reading.assessment,
        "arithmetic": reading.arithmetic,
        "reasons": [_said(reason.message) for reason in reading.reasons],
    }
