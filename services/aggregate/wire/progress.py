"""An indicator's path over the rounds of its plan, beside what the plan states, as HTTP answers it."""

from __future__ import annotations

from typing import Any

from lienthong.web.wire import ClosedWire, Text
from services.aggregate.wire import Answer, Period, Reason
from services.aggregate.wire.indicators import Aim, Assessment, StatusLabel, TargetOf


class Baseline(ClosedWire):
    year: int
    value: str
    source: str


class Goal(Aim):
    """A target as the plan states it. quote: the phrase of the source; restored: the same where its OCR is broken."""

    quote: str | None
    restored: str | None
    note: Text | None


class IndicatorStep(ClosedWire):
    """An indicator as one round gives it."""

    round: str
    kind: str
    period: Period
    level: str
    value: str | None
    status: str | None
    assessment: Assessment
    reasons: list[Reason]
    arithmetic: str
    reported: int
    obliged: int
    targets: list[TargetOf]


class ProgressOf(ClosedWire):
    """An indicator as the plan states it, and its path: a step for each round, by close of data."""

    code: str
    title: Text
    measure: Text
    decimals: int
    levels: list[str]
    computation: str
    quote: str | None
    restored: str | None
    note: Text | None
    assumption: Text | None
    minimum_coverage: str
    statuses: list[StatusLabel]
    baseline: Baseline | None
    goals: list[Goal]
    path: list[IndicatorStep]


class Progress(Answer):
    """document: what the plan says of its own document (number, date, decision)."""

    plan: str
    programme: str
    version: int
    title: Text
    issuer: str
    position: int
    document: dict[str, Any]
    indicators: list[ProgressOf]
