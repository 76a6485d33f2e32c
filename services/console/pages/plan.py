"""One plan: its indicators against their targets, with arithmetic, quotes and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.computed import Computed
from services.console.pages.indicators import Indicator, indicators_table
from services.console.pages.outside import Outside, outside_of, outside_table
from services.console.pages.plan_chart import chart_of
from services.console.pages.rounds import Text, label_of
from services.console.pages.targets import Target, goal_text, judgement, target_of
from services.console.pages.tasks import Tasks
from services.console.pictures.milestones import Chart
from services.console.tables import Cell, Table, Value, folding


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedIndicator(Indicator):
    """An indicator in the chosen round (nothing is said of it before the first). chart: None for what is no number."""

    reported: int
    obliged: int
    targets: tuple[Target, ...]
    chart: Chart | None
    quote: str | None
    note: Text | None
    assumption: Text | None


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
    indicators: tuple[PlannedIndicator, ...]
    tasks: Tasks
    computed: Computed
    outside: tuple[Outside, ...] = ()


async def gather(visit: Visit) -> Plan:
    code = visit.path["plan"]
    body, document, plans = await visit.hub.all(
        visit.hub.get(f"/v1/plans/{code}/progress"),
        visit.hub.get("/v1/tasks", plan=code),
        visit.hub.get("/v1/plans"),
    )
    round_code = shown_round(body, visit.option("round", _steps(body)))
    counts = Computed(round="") if round_code is None else await computed_of.of_round(visit, round_code)
    return replace(build(body, document, round_code, counts, visit), outside=outside_of(plans, code))


def shown_round(body: Answer, option: str | None) -> str | None:
    """The round chosen, or the last periodic one; None before the first."""
    steps = _steps(body)
    periodic = [code for code, step in steps.items() if step["kind"] == "periodic"]
    return option if option in steps else next(reversed(periodic or list(steps)), None)


def _steps(body: Answer) -> dict[str, Any]:
    return {step["round"]: step for indicator in body["indicators"] for step in indicator["path"]}


def build(body: Answer, tasks: Answer, round_code: str | None, counts: Computed, visit: Visit) -> Plan:
    """Pure. body: /v1/plans/{plan}/progress; tasks: /v1/tasks of it; round_code: a round's code; counts: what the hub
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
        round=round_code,
        closes=None if round_code is None else date.fromisoformat(steps[round_code]["period"]["last"]),
        indicators=tuple(_indicator(indicator, round_code, visit) for indicator in body["indicators"]),
        tasks=tasks_of.build(tasks),
        computed=counts,
    )


def _indicator(body: Mapping[str, Any], round_code: str | None, visit: Visit) -> PlannedIndicator:
    step = next((step for step in body["path"] if step["round"] == round_code), None)
    labels = {status["value"]: status["label"] for status in body["statuses"]}
    reading = _UNSAID if step is None else step
    return PlannedIndicator.of(
        {**body, **reading, "statusLabel": None if reading["status"] is None else label_of(reading["status"], labels)},
        reported=reading["reported"],
        obliged=reading["obliged"],
        targets=tuple(
            target_of(goal, verdict, goal_text(goal, body["measure"], labels, visit))
            for goal, verdict in _goals_with_judgements(body, step)
        ),
        chart=chart_of(body, visit),
        quote=body["restored"] or body["quote"],
        note=body["note"],
        assumption=body["assumption"],
    )


_UNSAID: Mapping[str, Any] = {
    "value": None,
    "status": None,
    "assessment": "cannot_be_assessed",
    "reasons": (),
    "arithmetic": "",
    "reported": 0,
    "obliged": 0,
}
"""Of an indicator before the first round with figures."""


def _goals_with_judgements(body: Mapping[str, Any], step: Mapping[str, Any] | None) -> list[tuple[Any, Any]]:
    """Each goal of the plan with its judgement in the round; a round of an older version may have judged others."""
    verdicts = [] if step is None else step["targets"]
    same = len(verdicts) == len(body["goals"])
    return [(goal, verdicts[place] if same else None) for place, goal in enumerate(body["goals"])]


def tables(data: Plan, visit: Visit) -> Sequence[Table]:
    """indicators: a row for each target of each indicator; one without targets has one. tasks: a row for each."""
    lines = (
        (indicator, _further(indicator, target, data, visit))
        for indicator in data.indicators
        for target in indicator.targets or (None,)
    )
    all_tables = (
        indicators_table(lines, _COLUMNS, visit),
        tasks_of.table(data.tasks, visit),
        tasks_of.counts_table(data.tasks, visit),
        computed_of.beside(data.computed, visit),
        computed_of.reported_only(data.computed, visit),
        *((outside_table(data.outside, visit),) if data.outside else ()),
    )
    return folding(all_tables, "computed", "tasks")


_COLUMNS = (
    "indicator",
    "title",
    "measure",
    "value",
    "target",
    "gap",
    "status",
    "assessment",
    "reported",
    "obliged_units",
    "arithmetic",
)


def _further(indicator: PlannedIndicator, target: Target | None, data: Plan, visit: Visit) -> dict[str, Cell | Value]:
    source = f"/provenance/{data.round}/{indicator.code}" if data.round else None
    return {
        "indicator": Cell(value=indicator.code, href=source),
        "target": None if target is None else target.said,
        "gap": None if target is None else target.gap,
        "status": None if target is None else Cell(value=judgement(target, visit), tone=target.tone),
        "reported": indicator.reported,
        "obliged_units": indicator.obliged,
    }


PAGE = Page(
    name="plan", paths=("/plans/{plan}",), gather=gather, tables=tables, filters=frozenset({"round"}), under="plans"
)
