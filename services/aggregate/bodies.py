"""Readings as JSON, the same in datasets and in the API. Decimals are text in plain notation. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

from lienthong.contracts.canonical import plain
from lienthong.errors import Message
from lienthong.indicators.arithmetic import exact, rounded
from lienthong.indicators.assessment import Reading
from lienthong.indicators.reasons import Reason
from lienthong.indicators.targets import TargetReading
from lienthong.programmes import Target
from lienthong.programmes.official import official_member
from lienthong.releases.coded import BothLanguages
from lienthong.releases.figures import IndicatorTold, ReasonTold, TargetTold, TargetYears

LONGEST = 12
"""Decimals of a number without end (a quotient shown beside a growth rate)."""


def say(message: Message) -> BothLanguages:
    return {"vi": message.vi, "en": message.en}


def reading_body(reading: Reading) -> IndicatorTold:
    """An indicator at one level, with its targets."""
    indicator = reading.indicator
    return {
        "code": indicator.code,
        "title": say(indicator.title),
        "measure": say(indicator.measure),
        "decimals": indicator.decimals,
        "level": reading.level,
        "value": reading.shown,
        "numerator": _number(reading.numerator),
        "denominator": _number(reading.denominator),
        "status": reading.status,
        "statusLabel": None if reading.status_label is None else say(reading.status_label),
        "assessment": reading.assessment,
        "reasons": _reasons(reading.reasons),
        "arithmetic": reading.arithmetic,
        "reported": reading.reported,
        "obliged": reading.obliged,
        "targets": [_target(reading, target) for target in reading.targets],
        **official_member(indicator.official),
    }


class StatedTarget(TypedDict):
    """A target as the plan states it."""

    operator: str
    year: int | None
    eachYear: TargetYears | None
    value: str | None
    low: str | None
    high: str | None
    implied: bool


def stated_target(target: Target) -> StatedTarget:
    span = target.each_year
    return {
        "operator": target.operator,
        "year": target.year,
        "eachYear": None if span is None else {"first": span[0], "last": span[1]},
        "value": plain(target.value) if isinstance(target.value, Decimal) else target.value,
        "low": None if target.low is None else plain(target.low),
        "high": None if target.high is None else plain(target.high),
        "implied": target.implied,
    }


def _target(indicator: Reading, reading: TargetReading) -> TargetTold:
    target = reading.target
    label = indicator.labels.get(str(target.value))
    return {
        **stated_target(target),
        "valueLabel": None if label is None else say(label),
        "status": reading.status,
        "provisional": reading.provisional,
        "line": None if reading.line is None else rounded(reading.line, indicator.digits),
        "gap": indicator.shown_gap(reading),
        "reasons": _reasons(reading.reasons),
    }


def _reasons(reasons: Iterable[Reason]) -> list[ReasonTold]:
    return [{"code": reason.code, "message": say(reason.message)} for reason in reasons]


def _number(value: Fraction | None) -> str | None:
    if value is None:
        return None
    try:
        return exact(value)
    except ValueError:
        return rounded(value, LONGEST)
