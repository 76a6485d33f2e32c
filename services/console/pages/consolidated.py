"""What a consolidation says, to be read, printed, downloaded and made into the report that is signed: indicators, sums,
who reported and who did not, difficulties, what the units wrote. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.computed import Computed
from services.console.pages.difficulties import Difficulty, difficulty_of
from services.console.pages.indicators import AimedIndicator, Sum, provisional
from services.console.pages.queries import ReportQuery
from services.console.pages.rounds import Text, label_of
from services.console.pages.standing import Duty, duties
from services.console.pages.targets import goal_text
from services.console.pages.tasks import Tasks

Statuses = Mapping[str, Mapping[str, Text]]
"""Labels of statuses by indicator and code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """What the codes of a consolidation are called: units, forms, and the statuses of its indicators."""

    units: Mapping[str, str]
    forms: Mapping[str, Text]
    statuses: Statuses


@dataclass(frozen=True, kw_only=True, slots=True)
class FormSum(Sum):
    """A figure of a form, summed."""

    form: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrative:
    """What a unit wrote. parts: results, shortcomings, proposals; those that say something."""

    unit: str
    name: str
    label: Text
    parts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Consolidation:
    """at: the moment of which it is; release: its name, None as it stands now. first, last: the days that it covers.
    forms: label, obliged, reported, late of each. owing: who has not reported; late: who came after the deadline.
    queries: with what was said of each. told: empty unless asked for (it is read report by report). tasks: of the plan.
    computed: what the hub computes itself.
    """

    round: str
    title: Text
    issuer: str
    issuer_name: str
    place: str
    first: date
    last: date
    at: datetime
    release: str | None
    forms: tuple[tuple[Text, int, int, int], ...]
    indicators: tuple[AimedIndicator, ...]
    sums: tuple[FormSum, ...]
    owing: tuple[Duty, ...]
    late: tuple[Duty, ...]
    labels: Mapping[str, Text]
    difficulties: tuple[Difficulty, ...]
    queries: tuple[ReportQuery, ...]
    told: tuple[Narrative, ...]
    with_texts: bool
    tasks: Tasks
    computed: Computed

    @property
    def provisional(self) -> int:
        return provisional(self.indicators)


def build(
    body: Answer,
    sums: Answer,
    measured: Answer,
    obligations: Answer,
    *,
    issuer: Answer,
    vocabulary: Vocabulary,
    narratives: Iterable[Narrative] | None,
    queries: Iterable[ReportQuery],
    difficulties: tuple[Difficulty, ...],
    at: datetime,
    tasks: Tasks,
    computed: Computed,
    visit: Visit,
    release: str | None = None,
) -> Consolidation:
    """Pure. body: the round of /v1/rounds/{round}; sums, measured: its rollup and indicators, or a release's dataset;
    obligations: /v1/obligations. narratives: None where they were not read."""
    lines = duties(obligations["obligations"], vocabulary.units)
    return Consolidation(
        round=body["round"],
        title=body["title"],
        issuer=issuer["code"],
        issuer_name=issuer["full_name"],
        place=issuer["name"],
        first=date.fromisoformat(body["period"]["first"]),
        last=date.fromisoformat(body["period"]["last"]),
        at=at,
        release=release,
        forms=tuple(_form(form, vocabulary) for form in sums["completeness"]),
        indicators=tuple(_indicator(indicator, vocabulary, visit) for indicator in measured["indicators"]),
        sums=tuple(FormSum.of(figure, form=figure["form"]) for figure in sums["figures"]),
        owing=tuple(line for line in lines if line.group in ("missing", "returned")),
        late=tuple(line for line in lines if line.group == "late"),
        labels=vocabulary.forms,
        difficulties=difficulties,
        queries=tuple(sorted(queries, key=lambda query: (sort_key(query.name), query.unit, query.form))),
        told=tuple(sorted(narratives or (), key=lambda narrative: (sort_key(narrative.name), narrative.unit))),
        with_texts=narratives is not None,
        tasks=tasks,
        computed=computed,
    )


def open_difficulties(raised: Answer, plan: str, at: datetime, names: Mapping[str, str]) -> tuple[Difficulty, ...]:
    """Difficulties that concern a plan (or none) and nobody had settled then. raised: /v1/difficulties."""
    concerned = (
        difficulty_of(difficulty, names)
        for difficulty in raised["difficulties"]
        if difficulty["difficulty"].get("data", {}).get("plan") in (plan, None)
    )
    return tuple(difficulty for difficulty in concerned if not difficulty.settled and difficulty.at <= at)


def missing_at_release(form: Mapping[str, Any], unit: str, dataset: Answer) -> dict[str, Any]:
    """A line of what was owed at the cut, in the shape of /v1/obligations."""
    deadline = next((duty["deadline"] for duty in dataset["duties"] if duty["deadline"]), None)
    return {
        "round": dataset["round"],
        "plan": dataset["plan"]["code"],
        "form": form["form"],
        "unit": unit,
        "state": "missing",
        "overdue": True,
        "deadline": deadline,
        "originalDeadline": deadline,
    }


def _form(body: Answer, vocabulary: Vocabulary) -> tuple[Text, int, int, int]:
    return label_of(body["form"], vocabulary.forms), body["obliged"], body["reported"], body["late"]


def _indicator(body: Answer, vocabulary: Vocabulary, visit: Visit) -> AimedIndicator:
    labels = vocabulary.statuses.get(body["code"], {})
    return AimedIndicator.of(
        body, goals=tuple(goal_text(goal, body["measure"], labels, visit) for goal in body["targets"])
    )
