"""The live sum over the provinces of an installation, as HTTP answers it."""

from __future__ import annotations

from pydantic import Field

from lienthong.web.wire import ClosedWire, Text
from services.aggregate.wire import Answer
from services.aggregate.wire.figures import FigureOf
from services.aggregate.wire.indicators import IndicatorOf


class PlanOf(ClosedWire):
    round: str
    plan: str
    province: str
    root: str
    obliged: int
    reported: int


class LeftOut(ClosedWire):
    round: str
    figure: str
    reason: Text


class NationalRollup(Answer):
    """The live sum over the provinces of this installation; equal figure codes of equal period codes only."""

    programme: str
    period: str
    provinces: list[str]
    rounds: list[PlanOf]
    figures: list[FigureOf]
    indicators: list[IndicatorOf]
    left_out: list[LeftOut] = Field(description="Figures of a commune's own plan that its province counts already")
    differing: list[str] = Field(description="Indicators that two plans compute in different ways")
