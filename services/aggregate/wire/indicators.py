"""Indicators as HTTP answers them: a value and its targets, of a round, over its units."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lienthong.web.wire import ClosedWire, Text
from services.aggregate.wire import Answer, OfficialOf, Reason

Assessment = Literal["assessed", "provisional", "cannot_be_assessed"]


class EachYear(ClosedWire):
    first: int
    last: int | None


class Aim(ClosedWire):
    """A target as it is stated."""

    operator: str
    year: int | None
    each_year: EachYear | None
    value: str | None
    low: str | None
    high: str | None
    implied: bool


class TargetOf(Aim):
    value_label: Text | None = Field(description="What the figure calls a status that is wanted")
    status: Literal[
        "reached",
        "exceeded",
        "reached_early",
        "not_reached",
        "on_track",
        "behind",
        "not_due",
        "condition_pending",
        "cannot_be_assessed",
    ]
    provisional: bool
    line: str | None
    gap: str | None = Field(description="What is missing to the target, in the indicator's measure")
    reasons: list[Reason]


class IndicatorOf(ClosedWire):
    """value: rounded half up to `decimals`, and to more where fewer would contradict the verdict; numerator and
    denominator exact."""

    code: str
    title: Text
    measure: Text
    decimals: int
    level: str
    value: str | None
    numerator: str | None
    denominator: str | None
    status: str | None
    status_label: Text | None = Field(description="What the figure calls the status")
    assessment: Assessment
    reasons: list[Reason]
    arithmetic: str
    reported: int
    obliged: int
    targets: list[TargetOf]
    official: OfficialOf | None = Field(None, description="Its code in an official list")


class Indicators(Answer):
    round: str
    unit: str
    position: int
    indicators: list[IndicatorOf]


class StatusLabel(ClosedWire):
    """A value of a status, in rising order of progress."""

    value: str
    label: Text


class UnitIndicator(ClosedWire):
    """An indicator at one unit's own level; value null where it says nothing there."""

    unit: str
    name: str | None
    level: str
    value: str | None
    numerator: str | None
    denominator: str | None
    status: str | None
    assessment: Assessment
    reasons: list[Reason]
    arithmetic: str
    reported: int


class OverUnits(Answer):
    """levels: where the indicator is declared meaningful; at others its value is null and only counts are given."""

    round: str
    code: str
    title: Text
    measure: Text
    decimals: int
    levels: list[str]
    statuses: list[StatusLabel]
    position: int
    units: list[UnitIndicator]
