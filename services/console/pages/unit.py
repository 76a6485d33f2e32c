"""A unit: what it owes and when, its statement of deliveries by year, refusals with reasons, difficulties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages import difficulties as difficulties_of
from services.console.pages import tasks as tasks_of
from services.console.pages.difficulties import Difficulty
from services.console.pages.reaching import reaching
from services.console.pages.received import ReceivedRound, received_rounds, rounds_table
from services.console.pages.rounds import Text, labels_of
from services.console.pages.statement import Quality, StatementLine, line_of, quality_of, quality_table, statement_table
from services.console.pages.tasks import Tasks
from services.console.pages.unit_tasks import own
from services.console.tables import Table, folding
from services.console.words import problem_in_words

YEARS_BACK = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a submission was not taken. errors: place and message, both languages."""

    at: datetime
    round: str | None
    errors: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """parents: the units above, the nearest first. people: its population and year, as imported. owed: duties of open
    rounds that are still owed. received: what others report to it. lines: the year's statement. quality: of its
    rounds, the latest first. tasks: that it leads. years: that can be chosen. refusals: the latest. raises: the
    reader raises difficulties for it.
    """

    now: datetime
    code: str
    name: str
    level: str
    exists: bool
    parents: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...]
    people: tuple[int, int] | None
    year: int
    years: tuple[int, ...]
    owed: tuple[StatementLine, ...]
    received: tuple[ReceivedRound, ...]
    lines: tuple[StatementLine, ...]
    quality: tuple[Quality, ...]
    tasks: Tasks
    refusals: tuple[Refusal, ...]
    difficulties: tuple[Difficulty, ...]
    raises: bool


async def gather(visit: Visit) -> Unit:
    """Raises Rejected (404) for a unit that there is not, or that is outside of what the account is for."""
    with reaching(visit.path["unit"]):
        return await _gather_all(visit, await visit.hub.get(f"/v1/units/{visit.path['unit']}"))


async def _gather_all(visit: Visit, body: Answer) -> Unit:
    code, hub = visit.path["unit"], visit.hub
    obligations, received, plans, refusals = await hub.all(
        hub.get("/v1/obligations", unit=code),
        hub.get("/v1/obligations", to=code),
        hub.get("/v1/plans"),
        hub.get("/v1/refusals"),
    )
    now = datetime.fromisoformat(obligations["now"])
    year = visit.filter("year") or now.year
    statement, difficulties, tasks = await hub.all(
        hub.get(f"/v1/units/{code}/statement", year=year),
        difficulties_of.all_difficulties(visit, code),
        hub.get("/v1/tasks", unit=code),
    )
    return build(
        body,
        statement,
        obligations,
        plans,
        received=received,
        tasks=tasks,
        refusals=refusals["refusals"],
        difficulties=difficulties["difficulties"],
        now=now,
        raises=own(visit.person, code),
    )


def build(
    body: Answer,
    statement: Answer,
    obligations: Answer,
    plans: Answer,
    *,
    received: Answer,
    tasks: Answer,
    refusals: Iterable[Answer],
    difficulties: Iterable[Answer],
    now: datetime,
    raises: bool,
) -> Unit:
    """Pure. body: /v1/units/{code}; statement: of a year; obligations: /v1/obligations of the unit; received: to it;
    tasks: /v1/tasks of it; refusals, difficulties: of all that the reader sees.
    """
    code, name, labels = body["code"], body["full_name"], labels_of(plans)
    lines = [line_of(line, name, labels) for line in statement["lines"]]
    owing = (line_of(line, name, labels) for line in obligations["obligations"])
    return Unit(
        now=now,
        code=code,
        name=name,
        level=body["level"],
        exists=body["exists"],
        parents=_parents(body),
        aliases=tuple(alias["alias"] for alias in body["aliases"] if alias.get("kind") != "identifier"),
        people=_people(body),
        year=statement["year"],
        years=tuple(range(now.year, now.year - YEARS_BACK, -1)),
        owed=tuple(line for line in owing if line.duty.group in ("missing", "returned")),
        lines=tuple(sorted(lines, key=lambda line: (line.last, line.duty.round, line.duty.form), reverse=True)),
        quality=tuple(quality_of(grade) for grade in reversed(statement["quality"])),
        received=received_rounds(received["obligations"], {}),
        tasks=tasks_of.build(tasks),
        refusals=tuple(_refusal(refusal) for refusal in refusals if refusal["unit"] == code),
        difficulties=tuple(
            difficulties_of.difficulty_of(difficulty, {}) for difficulty in difficulties if difficulty["unit"] == code
        ),
        raises=raises,
    )


def _parents(body: Answer) -> tuple[tuple[str, str], ...]:
    return tuple(
        (ancestor["code"], ancestor["full_name"]) for ancestor in body["ancestors"] if ancestor["level"] != "nation"
    )


def _people(body: Answer) -> tuple[int, int] | None:
    """The latest population that was imported, and its year."""
    latest = max(((population["year"], population["value"]) for population in body["populations"]), default=None)
    return None if latest is None else (int(latest[1]), int(latest[0]))


def _refusal(body: Mapping[str, Any]) -> Refusal:
    return Refusal(
        at=datetime.fromisoformat(body["at"]),
        round=body["round"],
        errors=tuple((error["pointer"], problem_in_words(error["code"])) for error in body["errors"]),
    )


def tables(data: Unit, visit: Visit) -> Sequence[Table]:
    """received: a row for each round with reports to the unit; the statement, the quality grades and the tasks."""
    all_tables = (
        rounds_table(data.received, data.code, visit),
        statement_table(data.lines, data.year, visit),
        quality_table(data.quality, visit),
        tasks_of.table(data.tasks, visit),
    )
    return folding(all_tables, "quality", "tasks")


PAGE = Page(
    name="unit", paths=("/units/{unit}",), gather=gather, tables=tables, filters=frozenset({"year"}), under="units"
)
