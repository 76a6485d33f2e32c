"""A unit's statement of deliveries (bảng kê báo cáo) of a year, and the quality grade of its rounds: what pages hold of
them, and their tables. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.console.page import Visit
from services.console.pages.rounds import Text, label_of
from services.console.pages.standing import Duty, duty
from services.console.sessions import Person
from services.console.showing import segment
from services.console.tables import Cell, Column, Table, Tone, row


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


def line_of(body: Mapping[str, Any], name: str, labels: Mapping[str, Text]) -> StatementLine:
    """From a line of a statement, or of /v1/obligations. name: of the unit."""
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


def quality_of(body: Mapping[str, Any]) -> Quality:
    """From `quality` of a statement."""
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


def statement_table(lines: Iterable[StatementLine], year: int, visit: Visit) -> Table:
    """A row for each delivery, and one for each duty without any."""
    t = visit.words
    return Table(
        name="statement",
        title=t("unit.statement", year=year),
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
        rows=tuple(cells for line in lines for cells in _rows(line, visit)),
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


def quality_table(grades: Iterable[Quality], visit: Visit) -> Table:
    """The arithmetic of each grade."""
    t = visit.words
    return Table(
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
        rows=tuple(cells for quality in grades for cells in _grade_rows(quality, visit)),
    )


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
