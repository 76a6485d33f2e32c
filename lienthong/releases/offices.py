"""What offices tell each other in a release's dataset: queries, difficulties, tasks, what the hub computed itself."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from lienthong.releases.coded import BothLanguages


class AnswerTold(TypedDict):
    """What an office answered last. redacted: its text was removed since."""

    unit: str
    at: str
    position: int
    text: str
    redacted: NotRequired[bool]


class DifficultyTold(TypedDict):
    """A difficulty (khó khăn, vướng mắc) of the plan. holder: with whom it lies, None while nobody took a step.
    redacted: the texts that were removed from it.
    """

    receipt: str
    unit: str
    raisedAt: str
    round: str | None
    obligation: str | None
    asksForAmendment: bool
    title: str
    text: str
    proposal: str
    state: str
    holder: str | None
    answer: AnswerTold | None
    redacted: NotRequired[list[str]]


class LeadTold(TypedDict):
    """A unit that leads a task. name: None where it is not known."""

    code: str
    name: str | None


class TaskSaid(TypedDict):
    """What a unit reported of a task. status: not_begun, in_hand or done; asOf: the day for which it holds, or on which
    it was done. redacted: its note was removed since.
    """

    receipt: str
    unit: str
    status: str
    note: str
    asOf: str
    at: str
    redacted: NotRequired[bool]


class TaskTold(TypedDict):
    """A task (nhiệm vụ) of the plan. lead: as the plan writes it; leads: the units that report on it. state:
    not_reported, not_begun, in_hand, done or overdue. said: the reports that it follows from.
    """

    task: str
    title: BothLanguages
    lead: list[str]
    leads: list[LeadTold]
    partners: list[str]
    result: str | None
    due: str | None
    dueText: str | None
    state: str
    doneLate: bool
    said: list[TaskSaid]


class ComputedFigureTold(TypedDict):
    """A figure that the hub counted itself, beside the sum of what was reported. source: content or directives.
    reported None: nobody reported it. assumption: how it was counted, in the plan's words.
    """

    figure: str
    label: BothLanguages
    form: str
    source: str
    assumption: BothLanguages | None
    computed: str
    reported: str | None
    differs: bool


class ComputedReading(TypedDict):
    """An indicator measured one way. value None: reasons say why."""

    value: str | None
    assessment: str
    arithmetic: str
    reasons: list[BothLanguages]


class ComputedIndicatorTold(TypedDict):
    """An indicator that needs computed figures alone: measured by them, and by what was reported."""

    indicator: str
    title: BothLanguages
    computed: ComputedReading
    reported: ComputedReading
    differs: bool


class ReportedOnlyTold(TypedDict):
    """A figure that one would look for among the computed, and why it stays what units report."""

    figure: str
    label: BothLanguages
    why: BothLanguages


class ComputedTold(TypedDict):
    """What the plan has the hub compute itself; it never replaces what was reported."""

    figures: list[ComputedFigureTold]
    indicators: list[ComputedIndicatorTold]
    reportedOnly: list[ReportedOnlyTold]


class ExplanationTold(TypedDict):
    """What was said last of a query. at: an instant on the wire; position: of the event that said it."""

    text: str
    at: str
    position: int


class QueryTold(TypedDict):
    """A check of severity warning that the report did not pass. explanation None: nobody explained it."""

    unit: str
    form: str
    revision: int
    check: str
    figure: str
    message: BothLanguages
    explanation: ExplanationTold | None
