"""A unit: what it owes and when, its statement of deliveries by year, refusals with reasons, difficulties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages import difficulties as difficulties_of
from services.console.pages import tasks as tasks_of
from services.console.pages.difficulties import Difficulty
from services.console.pages.reaching import reaching
from services.console.pages.received import ReceivedRound, received_rounds, rounds_table
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.pages.standing import Duty, duty
from services.console.pages.tasks import Tasks
from services.console.pages.unit_tasks import own
from services.console.sessions import Person
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, folding, row
from services.console.words import problem_in_words

YEARS_BACK = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementRevision:
    """One delivery. receipt: its number; withdrawal: it takes the report back. by: the client
    or person it came by; warnings: queries that stood in the receipt.
    """

    receipt: str
    revision: int
    received: datetime
    withdrawal: bool
    by: str
    content_hash: str
    warnings: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementLine:
    """A form of a round. obliged: False where it was delivered unasked. late: of its first revision, by the deadline as
    it stands. revisions: oldest first.
    """

    duty: Duty
    label: Text
    obliged: bool
    period: str
    first: date
    last: date
    late: bool
    revisions: tuple[StatementRevision, ...]

    def path(self, person: Person) -> str | None:
        """Where the name of its round leads: to the round for who reads all of the province, else to what this unit has
        of it, the report or the form to fill in; nowhere where there is neither.
        """
        duty = self.duty
        report = f"/units/{segment(duty.unit)}/reports/{segment(duty.round)}/{segment(duty.form)}"
        if person.reads_province:
            return f"/rounds/{segment(duty.round)}"
        if self.revisions or duty.revision is not None:
            return report
        return f"{report}/entry" if person.may("report:submit") and duty.unit in person.units else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a submission was not taken. errors: place and message, both languages."""

    at: datetime
    round: str | None
    errors: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """One row of a grade's arithmetic. best: points where nothing is counted; per: lost for each time."""

    said: Text
    best: int
    per: int
    count: int
    earned: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """The quality grade of a round. grade, points: None while a form is owed whose time has not run out."""

    round: str
    grade: Text | None
    points: int | None
    best: int
    criteria: tuple[Criterion, ...]


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
    code, labels = body["code"], labels_of(plans)
    lines = tuple(_line(line, body["full_name"], labels) for line in statement["lines"])
    open_now = (_line(line, body["full_name"], labels) for line in obligations["obligations"])
    people = max(((p["year"], p["value"]) for p in body["populations"]), default=None)
    return Unit(
        now=now,
        code=code,
        name=body["full_name"],
        level=body["level"],
        exists=body["exists"],
        parents=tuple(
            (ancestor["code"], ancestor["full_name"]) for ancestor in body["ancestors"] if ancestor["level"] != "nation"
        ),
        aliases=tuple(alias["alias"] for alias in body["aliases"] if alias.get("kind") != "identifier"),
        people=None if people is None else (int(people[1]), int(people[0])),
        year=statement["year"],
        years=tuple(range(now.year, now.year - YEARS_BACK, -1)),
        owed=tuple(line for line in open_now if line.duty.group in ("missing", "returned")),
        lines=tuple(sorted(lines, key=lambda line: (line.last, line.duty.round, line.duty.form), reverse=True)),
        quality=tuple(_quality(grade) for grade in reversed(statement["quality"])),
        received=received_rounds(received["obligations"], {}),
        tasks=tasks_of.build(tasks),
        refusals=tuple(_refusal(refusal) for refusal in refusals if refusal["unit"] == code),
        difficulties=tuple(
            difficulties_of.difficulty_of(difficulty, {}) for difficulty in difficulties if difficulty["unit"] == code
        ),
        raises=raises,
    )


def _line(body: Mapping[str, Any], name: str, labels: Mapping[str, Text]) -> StatementLine:
    form = body["form"]
    return StatementLine(
        duty=duty(body, {body["unit"]: name}),
        label=label_of(form, labels),
        obliged=body.get("obliged", True),
        period=body["period"]["code"],
        first=date.fromisoformat(body["period"]["first"]),
        last=date.fromisoformat(body["period"]["last"]),
        late=bool(body.get("late")),
        revisions=tuple(_revision(revision) for revision in body.get("revisions", ())),
    )


def _revision(body: Mapping[str, Any]) -> StatementRevision:
    return StatementRevision(
        receipt=body["receipt"],
        revision=body["revision"],
        received=datetime.fromisoformat(body["receivedAt"]),
        withdrawal=body["withdrawal"],
        by=body["client"],
        content_hash=body["contentHash"],
        warnings=len(body["warnings"]),
    )


def _quality(body: Mapping[str, Any]) -> Quality:
    return Quality(
        round=body["round"],
        grade=grade_text(body),
        points=body["points"],
        best=body["of"],
        criteria=tuple(
            Criterion(
                said={"vi": criterion["vi"], "en": criterion["en"]},
                best=criterion["points"],
                per=criterion["per"],
                count=criterion["count"],
                earned=criterion["earned"],
            )
            for criterion in body["arithmetic"]
        ),
    )


def grade_text(body: Mapping[str, Any]) -> Text | None:
    """What a grade is called; None while there is none."""
    grade = body["grade"]
    return None if grade is None else {"vi": grade["vi"], "en": grade["en"]}


def _refusal(body: Mapping[str, Any]) -> Refusal:
    return Refusal(
        at=datetime.fromisoformat(body["at"]),
        round=body["round"],
        errors=tuple((error["pointer"], problem_in_words(error["code"])) for error in body["errors"]),
    )


def tables(data: Unit, visit: Visit) -> Sequence[Table]:
    """received: a row for each round with reports to the unit. statement: a row for each delivery, and one for each
    duty without any. quality: the arithmetic of each grade.
    """
    t = visit.words
    all_tables = (
        rounds_table(data.received, data.code, visit),
        Table(
            name="statement",
            title=t("unit.statement", year=data.year),
            empty=t("unit.no_statement"),
            columns=(
                Column(name="round", title=t("column.round"), kind="round", heading=True),
                Column(name="form", title=t("column.form")),
                Column(name="deadline", title=t("column.deadline")),
                Column(name="revision", title=t("column.revision"), kind="number"),
                Column(name="received", title=t("column.received"), kind="when"),
                Column(name="state", title=t("column.state")),
                Column(name="by", title=t("column.by")),
                Column(name="receipt", title=t("column.receipt"), kind="code"),
            ),
            rows=tuple(cells for line in data.lines for cells in _rows(line, visit)),
        ),
        Table(
            name="quality",
            title=t("unit.quality"),
            empty=t("unit.no_quality"),
            columns=(
                Column(name="round", title=t("column.round"), kind="round", heading=True),
                Column(name="points", title=t("unit.points"), kind="number"),
                Column(name="grade", title=t("unit.grade")),
                Column(name="criterion", title=t("unit.criterion")),
                Column(name="count", title=t("unit.count"), kind="number"),
                Column(name="per", title=t("unit.per"), kind="number"),
                Column(name="best", title=t("unit.best"), kind="number"),
                Column(name="earned", title=t("unit.earned"), kind="number"),
            ),
            rows=tuple(cells for quality in data.quality for cells in _grade_rows(quality, visit)),
        ),
        tasks_of.table(data.tasks, visit),
    )
    return folding(all_tables, "quality", "tasks")


def _grade_rows(quality: Quality, visit: Visit) -> Iterable[tuple[Cell, ...]]:
    """A row for each criterion; one that says so where there is no grade yet."""
    t = visit.words
    link = f"/rounds/{quality.round}" if visit.person.reads_province else None
    head = (Cell(value=quality.round, href=link), Cell(value=quality.points))
    if quality.grade is None:
        yield (*head, Cell(value=t("unit.not_graded")), *row(None, None, None, None, None))
    for criterion in quality.criteria:
        grade = None if quality.grade is None else t.say(quality.grade)
        yield (
            *head,
            Cell(value=grade),
            *row(t.say(criterion.said), criterion.count, criterion.per, criterion.best, criterion.earned),
        )


def _rows(line: StatementLine, visit: Visit) -> Iterable[tuple[Cell, ...]]:
    t, duty = visit.words, line.duty
    head = (
        Cell(value=duty.round, href=line.path(visit.person)),
        Cell(value=t.say(line.label)),
        Cell(value=visit.formats.deadline(duty.deadline)),
    )
    if not line.revisions:
        state = Cell(value=t.name("standing", duty.state), tone=duty.tone)
        yield (*head, *row(None, None, state, None, None))
    report = f"/units/{duty.unit}/reports/{duty.round}/{duty.form}"
    first = next((revision for revision in line.revisions if not revision.withdrawal), None)
    for revision in line.revisions:
        state_code, tone = _delivery_state(revision, line.late if revision is first else None)
        yield (
            *head,
            *row(
                Cell(value=revision.revision, href=report),
                revision.received,
                Cell(value=t.name("delivered", state_code), tone=tone),
                revision.by,
                Cell(value=revision.receipt, href=f"/receipts/{revision.receipt}"),
            ),
        )


def _delivery_state(revision: StatementRevision, late: bool | None) -> tuple[str, Tone]:
    """late: of the first revision; None for all others."""
    if revision.withdrawal:
        return "withdrawn", "warn"
    if late is None:
        return "corrected", "info"
    return ("late", "warn") if late else ("on_time", "good")


PAGE = Page(
    name="unit", paths=("/units/{unit}",), gather=gather, tables=tables, filters=frozenset({"year"}), under="units"
)
