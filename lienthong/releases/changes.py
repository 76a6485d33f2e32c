"""What differs from the release that a dataset supersedes."""

from __future__ import annotations

from typing import TypedDict


class ReportChange(TypedDict):
    """Revision before and after; None: there was none, or it was withdrawn."""

    unit: str
    form: str
    before: int | None
    after: int | None


class HeldValue(TypedDict):
    state: str
    value: str | None
    counted: bool


class ObservationChange(TypedDict):
    unit: str
    form: str
    figure: str
    before: HeldValue | None
    after: HeldValue | None


class FigureChange(TypedDict):
    code: str
    form: str
    before: str | None
    after: str | None


class Read(TypedDict):
    value: str | None
    status: str | None
    assessment: str


class IndicatorChange(TypedDict):
    code: str
    before: Read | None
    after: Read | None


class Counts(TypedDict):
    obliged: int
    reported: int
    late: int


class CompletenessChange(TypedDict):
    form: str
    before: Counts | None
    after: Counts | None


class Changes(TypedDict):
    """What differs from the version that it supersedes."""

    supersedes: str
    reports: list[ReportChange]
    observations: list[ObservationChange]
    figures: list[FigureChange]
    indicators: list[IndicatorChange]
    completeness: list[CompletenessChange]
