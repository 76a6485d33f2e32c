"""A round's computed figures and indicators, beside what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from lienthong.access.principals import Principal
from lienthong.access.sight import sight
from lienthong.computed.counting import Countable, directive_of, item_of
from lienthong.computed.measured import CountedForm
from lienthong.computed.telling import computed_beside_reported, counted_form, rules_of
from lienthong.indicators.rollup import Values
from lienthong.periods import frequency_of
from lienthong.postgres.answers import column
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.programmes import Form, Plan
from lienthong.rounds.round import OpenRound
from lienthong.units.levels import Level
from services.ingest.definitions.snapshot import Definitions
from services.ingest.reports.earlier import latest_values
from services.ingest.rights.requiring import seen_round

SQL = Queries(Path(__file__).with_name("queries.sql"))


def of_round(conn: Connection, definitions: Definitions, who: Principal, code: str) -> dict[str, Any]:
    """What the plan has the hub compute, for one round. Raises Rejected (404)."""
    round_ = seen_round(definitions.rounds.get(code), code, definitions, sight(who, ["read:province"]))
    plan = definitions.plans.get(round_.plan) or definitions.plan_of(round_)
    countable = _countable(conn, definitions, plan, round_) if plan.computed else Countable()
    before = [
        open_round
        for open_round in definitions.rounds.values()
        if open_round.plan == round_.plan and _is_before(open_round, round_)
    ]
    rounds = {
        opened.period.code: (opened.period, _forms(conn, definitions, plan, opened, countable))
        for opened in (*before, round_)
    }
    level: Level = "province" if round_.root == round_.province else "commune"
    return {"round": code, "plan": plan.code, **computed_beside_reported(plan, level, round_.period.code, rounds)}


def _is_before(open_round: OpenRound, round_: OpenRound) -> bool:
    return (
        open_round.code != round_.code
        and open_round.period.last <= round_.period.last
        and frequency_of(open_round.period.code) != "special"
    )


def _forms(
    conn: Connection, definitions: Definitions, plan: Plan, round_: OpenRound, countable: Countable
) -> list[CountedForm]:
    """The round's forms that have a computed figure."""
    forms = []
    for code in sorted(round_.form_versions):
        form = definitions.form_of(round_, code)
        if form is None or not rules_of(plan, form):
            continue
        obliged = round_.obliged_in(code)
        reported = _reported_values(conn, definitions, round_, form, sorted(obliged))
        forms.append(counted_form(plan, form, countable, round_.period, reported=reported, obliged=len(obliged)))
    return forms


def _reported_values(
    conn: Connection, definitions: Definitions, round_: OpenRound, form: Form, units: Sequence[str]
) -> list[Values]:
    """The latest values of each unit whose report counts, in the order of the round's form."""
    returned = set(column(conn, str, SQL.returned_units, {"round": round_.code, "form": form.code}))
    held = latest_values(conn, [(round_.code, form.code, unit) for unit in units if unit not in returned])
    rows: list[Values] = []
    for version, values in held.values():
        sent = form if version == form.version else definitions.forms[(form.code, version)]
        by_code = dict(zip(sent.codes, values, strict=True))
        rows.append([by_code.get(each) for each in form.codes])
    return rows


def _countable(conn: Connection, definitions: Definitions, plan: Plan, round_: OpenRound) -> Countable:
    parameters = {"programme": plan.programme}
    items = [
        item_of(unit, item, orjson.loads(body))
        for unit, item, body in conn.execute(SQL.approved_items, parameters)
        if _counts_under(definitions, unit, round_)
    ]
    directives = [
        directive_of(orjson.loads(body))
        for unit, body in conn.execute(SQL.directives_issued, parameters)
        if _counts_under(definitions, unit, round_)
    ]
    return Countable(items=[item for item in items if item is not None], directives=directives)


def _counts_under(definitions: Definitions, unit: str, round_: OpenRound) -> bool:
    """Whether what the unit published is counted under the root of the round."""
    if round_.root != round_.province:
        return unit == round_.root
    return definitions.province_of(unit, round_.period.last) == round_.province
