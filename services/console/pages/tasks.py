"""Tasks of a plan as pages show them: where each stands, and how many stand where, all and by lead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lienthong.tasks import consolidated
from services.console.asking import Answer
from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.tables import Cell, Column, Table, Tone, row

TONES: dict[str, Tone] = {"not_begun": "warn", "in_hand": "info", "done": "good", "overdue": "bad"}
_COUNTS = ("notReported", "notBegun", "inHand", "done", "overdue", "doneLate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """lead: as the plan writes it; leads: the units that report on it, names: what
    these are called. due_text: what the plan writes instead of a
    date. state: as the hub computed it; as_of, note, by: of the report that holds, None before the first.
    """

    plan: str
    code: str
    title: Text
    lead: tuple[str, ...]
    leads: tuple[str, ...]
    names: tuple[str, ...]
    partners: tuple[str, ...]
    result: str | None
    due: date | None
    due_text: str | None
    state: str
    late: bool
    as_of: date | None
    note: str | None
    by: str | None

    @property
    def tone(self) -> Tone:
        return TONES.get(self.state, "plain")


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """unit: a lead; None for all tasks of the plan. counts: by state, in the order of the columns."""

    unit: str | None
    name: str | None
    total: int
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tasks:
    tasks: tuple[Task, ...]
    counts: tuple[Count, ...]


def build(answer: Answer) -> Tasks:
    """answer: /v1/tasks."""
    lines = (line for task in answer["consolidated"] for line in (task, *task["leads"]))
    return Tasks(tasks=tuple(_task(task) for task in answer["tasks"]), counts=tuple(_count(line) for line in lines))


def of_dataset(dataset: Answer) -> Tasks:
    """The tasks that a release tells of; none of a release made before they went with it."""
    plan = dataset["plan"]["code"]
    lines = [_of_release(plan, task) for task in dataset.get("tasks", ())]
    names = {lead["code"]: lead["name"] for task in dataset.get("tasks", ()) for lead in task["leads"]}
    if not lines:
        return Tasks(tasks=(), counts=())
    counts = consolidated(lines)
    for lead in counts["leads"]:
        lead["leadNames"] = [names[lead["unit"]] or lead["unit"]]
    return build({"tasks": lines, "consolidated": [counts]})


def _of_release(plan: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """A task of a dataset in the shape of /v1/tasks."""
    return {
        **task,
        "plan": plan,
        "leads": [lead["code"] for lead in task["leads"]],
        "leadNames": [lead["name"] or lead["code"] for lead in task["leads"]],
        "latest": max(task["said"], key=lambda report: (report["asOf"], report["at"]), default=None),
    }


def _task(body: Mapping[str, Any]) -> Task:
    latest = body["latest"] or {}
    as_of = latest.get("asOf")
    return Task(
        plan=body["plan"],
        code=body["task"],
        title=body["title"],
        lead=tuple(body["lead"]),
        leads=tuple(body["leads"]),
        names=tuple(body["leadNames"]),
        partners=tuple(body["partners"]),
        result=body["result"],
        due=None if body["due"] is None else date.fromisoformat(body["due"]),
        due_text=body["dueText"],
        state=body["state"],
        late=body["doneLate"],
        as_of=None if as_of is None else date.fromisoformat(as_of),
        note=latest.get("note"),
        by=latest.get("unit"),
    )


def _count(body: Mapping[str, Any]) -> Count:
    return Count(
        unit=body.get("unit"),
        name=next(iter(body.get("leadNames", ())), None),
        total=body["total"],
        counts=tuple(body[name] for name in _COUNTS),
    )


def table(data: Tasks, visit: Visit) -> Table:
    """A row for each task."""
    t = visit.words
    return Table(
        name="tasks",
        title=t("tasks.title"),
        empty=t("tasks.none"),
        columns=(
            Column(name="task", title=t("column.code"), kind="code", heading=True),
            Column(name="title", title=t("tasks.task")),
            Column(name="lead", title=t("tasks.lead")),
            Column(name="due", title=t("tasks.due")),
            Column(name="state", title=t("tasks.state")),
            Column(name="as_of", title=t("tasks.as_of")),
            Column(name="note", title=t("tasks.note")),
        ),
        rows=tuple(_row(task, visit) for task in data.tasks),
    )


def _row(task: Task, visit: Visit) -> tuple[Cell, ...]:
    t = visit.words
    late = t("tasks.done_late") if task.late else ""
    return row(
        Cell(value=task.code, href=f"/units/{task.leads[0]}/tasks"),
        t.say(task.title),
        ", ".join(task.names),
        task.due or task.due_text,
        Cell(value=t.name("task", task.state), tone=task.tone, note=late),
        task.as_of,
        task.note or None,
    )


def counts_table(data: Tasks, visit: Visit) -> Table:
    """How many tasks stand where: of the plan, then of each lead."""
    t = visit.words
    return Table(
        name="task_counts",
        title=t("tasks.counts"),
        empty=t("tasks.none"),
        columns=(
            Column(name="unit", title=t("tasks.lead"), heading=True),
            Column(name="total", title=t("tasks.total"), kind="number"),
            Column(name="not_reported", title=t.name("task", "not_reported"), kind="number"),
            Column(name="not_begun", title=t.name("task", "not_begun"), kind="number"),
            Column(name="in_hand", title=t.name("task", "in_hand"), kind="number"),
            Column(name="done", title=t.name("task", "done"), kind="number"),
            Column(name="overdue", title=t.name("task", "overdue"), kind="number"),
            Column(name="done_late", title=t("tasks.done_late"), kind="number"),
        ),
        rows=tuple(
            row(
                t("tasks.all") if count.unit is None else Cell(value=count.name, href=f"/units/{count.unit}"),
                count.total,
                *count.counts,
            )
            for count in data.counts
        ),
    )
