"""Figures as HTTP answers them, summed over the units of a round."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lienthong.web.wire import ClosedWire, Text
from services.aggregate.wire import Answer, OfficialOf, Period
from services.aggregate.wire.rounds import FormCounts


class StatusCount(ClosedWire):
    value: str
    label: Text
    units: int


class FigureOf(ClosedWire):
    """sum: exact; null where no counted unit gave the figure, and for a status."""

    code: str
    form: str | None
    label: Text
    measure: Text
    kind: Literal["flow", "stock", "cumulative", "status"]
    decimals: int
    sum: str | None
    given: int
    obliged: int
    statuses: list[StatusCount]
    official: OfficialOf | None = Field(None, description="Its code in an official list")


class Rollup(Answer):
    """position: the last event of the province's partition that is in."""

    round: str
    period: Period
    position: int
    completeness: list[FormCounts]
    figures: list[FigureOf]
