"""What a plan has the hub compute of a round, each figure and indicator beside what was reported: as datasets and the
API tell it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lienthong.computed.counting import Countable, count
from lienthong.computed.measured import CountedForm, readings
from lienthong.errors import Message
from lienthong.indicators.arithmetic import rounded, scaled
from lienthong.indicators.assessment import Reading
from lienthong.indicators.rollup import Values
from lienthong.periods import Period
from lienthong.programmes import Computed, Form, Indicator, Plan
from lienthong.releases.coded import BothLanguages
from lienthong.releases.offices import (
    ComputedFigureTold,
    ComputedIndicatorTold,
    ComputedReading,
    ComputedTold,
    ReportedOnlyTold,
)
from lienthong.units.levels import Level

Rounds = Mapping[str, tuple[Period, Sequence[CountedForm]]]
"""By period code: the round asked for, and those before it of the same plan."""


def rules_of(plan: Plan, form: Form) -> list[Computed]:
    """How the form's figures are counted, of those that are."""
    return [rule for rule in plan.computed if rule.figure in form.codes]


def counted_form(
    plan: Plan, form: Form, countable: Countable, period: Period, *, reported: Sequence[Values], obliged: int
) -> CountedForm:
    """One form of one round. reported: values in the order of the form's figures."""
    computed = {
        rule.figure: count(rule, countable, period) * 10 ** form.figure(rule.figure).decimals
        for rule in rules_of(plan, form)
    }
    return CountedForm(form=form, computed=computed, reported=reported, obliged=obliged)


def computed_beside_reported(plan: Plan, level: Level, now: str, rounds: Rounds) -> ComputedTold:
    """now: the period code of the round asked for."""
    forms = rounds[now][1]
    return {
        "figures": [_figure(plan, form, code) for form in forms for code in form.computed],
        "indicators": [_indicator(*reading) for reading in readings(plan, level, now, rounds)],
        "reportedOnly": [_reported_only(plan, code, why) for code, why in sorted(plan.reported_only.items())],
    }


def _figure(plan: Plan, counts: CountedForm, code: str) -> ComputedFigureTold:
    figure, place = counts.form.figure(code), counts.form.codes.index(code)
    rule = next(each for each in plan.computed if each.figure == code)
    given = [value for values in counts.reported if (value := values[place]) is not None]
    reported = sum(given) if given else None
    return {
        "figure": code,
        "label": _both_languages(figure.label),
        "form": counts.form.code,
        "source": rule.source,
        "assumption": None if rule.assumption is None else _both_languages(rule.assumption),
        "computed": rounded(scaled(counts.computed[code], figure.decimals), figure.decimals),
        "reported": None if reported is None else rounded(scaled(reported, figure.decimals), figure.decimals),
        "differs": reported is not None and reported != counts.computed[code],
    }


def _indicator(indicator: Indicator, by_count: Reading, by_report: Reading) -> ComputedIndicatorTold:
    return {
        "indicator": indicator.code,
        "title": _both_languages(indicator.title),
        "computed": _reading(by_count),
        "reported": _reading(by_report),
        "differs": by_report.value is not None and by_count.value != by_report.value,
    }


def _reported_only(plan: Plan, code: str, why: Message) -> ReportedOnlyTold:
    return {"figure": code, "label": _both_languages(plan.figures[code].label), "why": _both_languages(why)}


def _both_languages(message: Message) -> BothLanguages:
    return {"vi": message.vi, "en": message.en}


def _reading(reading: Reading) -> ComputedReading:
    return {
        "value": reading.shown,
        "assessment": reading.assessment,
        "arithmetic": reading.arithmetic,
        "reasons": [_both_languages(reason.message) for reason in reading.reasons],
    }
