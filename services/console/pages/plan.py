"""One plan: its indicators against their targets, with arithmetic, quotes and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.console.asking import Answer
from services.console.page import Asked, Page
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.computed import Computed
from services.console.pages.outside import Outside, outside_of, outside_table
from services.console.pages.plan_chart import chart_of
from services.console.pages.rounds import Text
from services.console.pages.targets import TONES, Target, judgement, said_goal, target_of
from services.console.pages.tasks import Tasks
from services.console.pictures.milestones import Chart
from services.console.tables import Cell, Column, Table, Tone, folding, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """An indicator in the chosen round (None before the first). value: text as the hub rounded it, or the label of a
    status. assessment: `assessed`, `provisional`, `cannot_be_assessed`, with reasons. chart: None for what is no
    number.
    """

    code: str
    title: Text
    measure: Text
    value: str | None
    status: Text | None
    assessment: str
    reasons: tuple[Text, ...]
    arithmetic: str
    reported: int
    obliged: int
    targets: tuple[Target, ...]
    chart: Chart | None
    quote: str | None
    note: Text | None
    assumption: Text | None

    @property
    def tone(self) -> Tone:
        return TONES.get(self.assessment, "plain")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One plan. rounds: those with figures, by close of data; round: the one whose figures are shown; computed: what
    the hub computes itself of that round.
    """

    code: str
    programme: str
    version: int
    title: Text
    document: Mapping[str, Any]
    rounds: tuple[str, ...]
    round: str | None
    closes: date | None
    indicators: tuple[Indicator, ...]
    tasks: Tasks
    computed: Computed
    outside: tuple[Outside, ...] = ()


async def gather(asked: Asked) -> Plan:
    code = asked.path["plan"]
    body, document, plans = await asked.hub.all(
        asked.hub.get(f"/v1/plans/{code}/progress"),
        asked.hub.get("/v1/tasks", plan=code),
        asked.hub.get("/v1/plans"),
    )
    shown = shown_round(body, asked.offered("round", _steps(body)))
    counts = Computed(round="") if shown is None else await computed_of.of_round(asked, shown)
    return replace(build(body, document, shown, counts, asked), outside=outside_of(plans, code))


def shown_round(body: Answer, chosen: str | None) -> str | None:
    """The round chosen, or the last periodic one; None before the first."""
    steps = _steps(body)
    periodic = [code for code, step in steps.items() if step["kind"] == "periodic"]
    return chosen if chosen in steps else next(reversed(periodic or list(steps)), None)


def _steps(body: Answer) -> dict[str, Any]:
    return {step["round"]: step for indicator in body["indicators"] for step in indicator["path"]}


def build(body: Answer, told: Answer, shown: str | None, counts: Computed, asked: Asked) -> Plan:
    """Pure. body: /v1/plans/{plan}/progress; told: /v1/tasks of it; shown: a round's code; counts: what the hub
    computes itself of that round.
    """
    steps = _steps(body)
    return Plan(
        code=body["plan"],
        programme=body["programme"],
        version=body["version"],
        title=body["title"],
        document=body["document"],
        rounds=tuple(steps),
        round=shown,
        closes=None if shown is None else date.fromisoformat(steps[shown]["period"]["last"]),
        indicators=tuple(_indicator(indicator, shown, asked) for indicator in body["indicators"]),
        tasks=tasks_of.build(told),
        computed=counts,
    )


def _indicator(body: Mapping[str, Any], shown: str | None, asked: Asked) -> Indicator:
    step = next((one for one in body["path"] if one["round"] == shown), None)
    labels = {one["value"]: one["label"] for one in body["statuses"]}
    value = None if step is None else step["value"]
    return Indicator(
        code=body["code"],
        title=body["title"],
        measure=body["measure"],
        value=value,
        status=None if step is None or step["status"] is None else labels.get(step["status"], _plain(step["status"])),
        assessment="cannot_be_assessed" if step is None else step["assessment"],
        reasons=() if step is None else tuple(reason["message"] for reason in step["reasons"]),
        arithmetic="" if step is None else step["arithmetic"],
        reported=0 if step is None else step["reported"],
        obliged=0 if step is None else step["obliged"],
        targets=tuple(
            target_of(goal, judged, said_goal(goal, body["measure"], labels, asked))
            for goal, judged in _judged(body, step)
        ),
        chart=chart_of(body, asked),
        quote=body["restored"] or body["quote"],
        note=body["note"],
        assumption=body["assumption"],
    )


def _judged(body: Mapping[str, Any], step: Mapping[str, Any] | None) -> list[tuple[Any, Any]]:
    """Each goal of the plan with its judgement in the round; a round of an older version may have judged others."""
    judged = [] if step is None else step["targets"]
    same = len(judged) == len(body["goals"])
    return [(goal, judged[place] if same else None) for place, goal in enumerate(body["goals"])]


def _plain(code: str) -> Text:
    return {"vi": code, "en": code}


def tables(data: Plan, asked: Asked) -> Sequence[Table]:
    """indicators: a row for each target of each indicator; one without targets has one. tasks: a row for each."""
    t = asked.words
    rows = []
    for indicator in data.indicators:
        measure = t.say(indicator.measure)
        shown = (
            Decimal(indicator.value)
            if indicator.value is not None
            else (t.say(indicator.status) if indicator.status else None)
        )
        for target in indicator.targets or (None,):
            rows.append(
                row(
                    Cell(
                        value=indicator.code, href=f"/provenance/{data.round}/{indicator.code}" if data.round else None
                    ),
                    t.say(indicator.title),
                    measure,
                    shown,
                    None if target is None else target.said,
                    None if target is None else target.gap,
                    None if target is None else Cell(value=judgement(target, asked), tone=target.tone),
                    Cell(value=t.name("assessment", indicator.assessment), tone=indicator.tone),
                    indicator.reported,
                    indicator.obliged,
                    indicator.arithmetic,
                )
            )
    made = (
        Table(
            name="indicators",
            title=t("plan.indicators"),
            empty=t("plan.none"),
            columns=(
                Column(name="indicator", title=t("column.code"), kind="code", heading=True),
                Column(name="title", title=t("column.indicator")),
                Column(name="measure", title=t("column.measure")),
                Column(name="value", title=t("column.value"), kind="number"),
                Column(name="target", title=t("column.target")),
                Column(name="gap", title=t("column.gap"), kind="number"),
                Column(name="status", title=t("column.status")),
                Column(name="assessment", title=t("column.assessment")),
                Column(name="reported", title=t("column.reported"), kind="number"),
                Column(name="obliged", title=t("column.obliged_units"), kind="number"),
                Column(name="arithmetic", title=t("column.arithmetic")),
            ),
            rows=tuple(rows),
        ),
        tasks_of.table(data.tasks, asked),
        tasks_of.counted(data.tasks, asked),
        computed_of.beside(data.computed, asked),
        computed_of.reported_only(data.computed, asked),
        *((outside_table(data.outside, asked),) if data.outside else ()),
    )
    return folding(made, "computed", "tasks")


PAGE = Page(
    name="plan", paths=("/plans/{plan}",), gather=gather, tables=tables, filters=frozenset({"round"}), under="plans"
)
