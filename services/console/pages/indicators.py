"""What pages say of a round's or a release's indicators and sums: what each is, the rows and columns of their tables.
Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.differences import as_number
from services.console.pages.rounds import Text
from services.console.pages.targets import TONES, judged_goal_text
from services.console.tables import Cell, Column, Kind, Table, Tone, Value, row
from services.console.words import Words

INDICATORS = ("indicator", "title", "value", "measure", "target", "assessment", "arithmetic")
"""Columns of a release's indicators."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What can be compared. measure: its unit of measure."""

    code: str
    title: Text
    measure: Text

    @classmethod
    def of(cls, body: Answer, **more: Any) -> Self:
        """From an indicator, or a figure, of an answer or a dataset. more: what a page knows beside it."""
        title = body["title"] if "title" in body else body["label"]
        return cls(code=body["code"], title=title, measure=body["measure"], **more)


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator(Measure):
    """A measured indicator. value: text as the hub rounded it, None where it can't be said; status: what it is called,
    for one that is no number. assessment: `assessed`, `provisional`, `cannot_be_assessed`, with reasons.
    """

    value: str | None
    status: Text | None
    assessment: str
    reasons: tuple[Text, ...]
    arithmetic: str

    @classmethod
    def of(cls, body: Answer, **more: Any) -> Self:
        """As Measure.of; datasets of older versions of this software lack the status."""
        return super(Indicator, cls).of(
            body,
            value=body["value"],
            status=body.get("statusLabel"),
            assessment=body["assessment"],
            reasons=tuple(reason["message"] for reason in body["reasons"]),
            arithmetic=body["arithmetic"],
            **more,
        )

    @property
    def tone(self) -> Tone:
        return TONES.get(self.assessment, "plain")


@dataclass(frozen=True, kw_only=True, slots=True)
class AimedIndicator(Indicator):
    """An indicator with its targets in words."""

    goals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedIndicator(AimedIndicator):
    """An indicator of a release, its targets with how each was judged. earlier: its value in the version compared with;
    None where it is the same or new.
    """

    earlier: str | None

    @classmethod
    def all_of(cls, dataset: Answer, other_dataset: Answer | None, visit: Visit) -> tuple[Self, ...]:
        """Those of a dataset. other_dataset: the dataset compared with."""
        earlier = (
            {}
            if other_dataset is None
            else {indicator["code"]: indicator["value"] for indicator in other_dataset["indicators"]}
        )
        labels = {status["value"]: status["label"] for figure in dataset["figures"] for status in figure["statuses"]}
        return tuple(
            cls.of(
                body,
                earlier=None if (before := earlier.get(body["code"])) == body["value"] else before,
                goals=tuple(judged_goal_text(goal, body["measure"], labels, visit) for goal in body["targets"]),
            )
            for body in dataset["indicators"]
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """A figure summed. given, obliged: units. sum: None where nobody gave it, and of statuses."""

    code: str
    label: Text
    measure: Text
    sum: str | None
    given: int
    obliged: int

    @classmethod
    def of(cls, body: Answer, **more: Any) -> Self:
        """From an answer or a dataset. more: what a page knows beside it."""
        members = ("code", "label", "measure", "sum", "given", "obliged")
        return cls(**{name: body[name] for name in members}, **more)


def provisional(indicators: Iterable[Indicator]) -> int:
    """How many of them are provisional."""
    return sum(indicator.assessment == "provisional" for indicator in indicators)


def aimed_table(
    indicators: Iterable[AimedIndicator],
    visit: Visit,
    source: Callable[[str], str] | None = None,
    names: Iterable[str] = INDICATORS,
) -> Table:
    """Those of a release or a round. source: where the title of a code leads. names: of the columns, in order."""
    t = visit.words

    def further(indicator: AimedIndicator) -> Mapping[str, Cell | Value]:
        reasons = " ".join(t.say(reason) for reason in indicator.reasons)
        assessment = t.name("assessment", indicator.assessment)
        return {
            "title": Cell(value=t.say(indicator.title), href=source(indicator.code) if source else None),
            "target": "; ".join(indicator.goals),
            "assessment": Cell(value=assessment, tone=indicator.tone, note=reasons),
        }

    return indicators_table(((indicator, further(indicator)) for indicator in indicators), names, visit, "title")


def indicators_table(
    lines: Iterable[tuple[Indicator, Mapping[str, Cell | Value]]],
    names: Iterable[str],
    visit: Visit,
    heading: str = "indicator",
) -> Table:
    """lines: an indicator with what the page says of it otherwise, by column. names: of the columns, in order; heading:
    the one that names the row.
    """
    t, names = visit.words, tuple(names)
    return Table(
        name="indicators",
        title=t("plan.indicators"),
        empty=t("plan.none"),
        columns=columns(t, *names, heading=heading),
        rows=tuple(row(*map({**_cells(indicator, t), **more}.__getitem__, names)) for indicator, more in lines),
    )


def _cells(indicator: Indicator, words: Words) -> dict[str, Cell | Value]:
    return {
        "indicator": indicator.code,
        "title": words.say(indicator.title),
        "value": as_number(indicator.value) if indicator.status is None else words.say(indicator.status),
        "measure": words.say(indicator.measure),
        "assessment": Cell(value=words.name("assessment", indicator.assessment), tone=indicator.tone),
        "arithmetic": indicator.arithmetic,
    }


def columns(words: Words, *names: str, heading: str = "figure") -> tuple[Column, ...]:
    """Of a table of indicators or sums, in the order of the names. obliged: reports; obliged_units: in files too just
    `obliged`.
    """
    titles: dict[str, tuple[str, Kind]] = {
        "indicator": (words("column.code"), "code"),
        "title": (words("column.indicator"), "text"),
        "figure": (words("column.figure"), "text"),
        "code": (words("column.code"), "code"),
        "value": (words("column.value"), "number"),
        "sum": (words("nation.sum"), "number"),
        "measure": (words("column.measure"), "text"),
        "target": (words("column.target"), "text"),
        "gap": (words("column.gap"), "number"),
        "status": (words("column.status"), "text"),
        "assessment": (words("column.assessment"), "text"),
        "provinces": (words("nation.of_provinces"), "number"),
        "given": (words("nation.given"), "number"),
        "reported": (words("column.reported"), "number"),
        "late": (words("column.late"), "number"),
        "obliged": (words("column.obliged"), "number"),
        "obliged_units": (words("column.obliged_units"), "number"),
        "arithmetic": (words("column.arithmetic"), "text"),
    }
    return tuple(
        Column(name=name.removesuffix("_units"), title=titles[name][0], kind=titles[name][1], heading=name == heading)
        for name in names
    )
