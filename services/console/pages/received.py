"""What units report to one unit: who owes it what in the open rounds, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.reaching import reaching
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.pages.standing import Duty, count_by_group, duty, matching, names_of
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedRound:
    """A round in numbers of what is owed to the unit: in all, what came, of that too late."""

    round: str
    owed: int
    came: int
    late: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedPage:
    """rounds: those with something for the unit, by code. lines: the filtered ones by round and name. open: receipts of
    the reports that are there to be read: where somebody stands between, those that were passed on. round, state,
    text: the filters as they were set.
    """

    now: datetime
    unit: str
    name: str
    rounds: tuple[ReceivedRound, ...]
    counts: Mapping[str, int]
    lines: tuple[Duty, ...]
    open: frozenset[tuple[str, str, str]]
    forms: Mapping[str, Text]
    round: str | None
    state: str | None
    text: str | None


async def gather(visit: Visit) -> ReceivedPage:
    """Raises Rejected (404) for a unit that there is not, or whose post is not this person's to read."""
    code, hub = visit.path["unit"], visit.hub
    with reaching(code):
        body = await hub.get(f"/v1/units/{code}")
        obligations, plans, children = await hub.all(
            hub.get("/v1/obligations", to=code),
            hub.get("/v1/plans"),
            hub.get(f"/v1/units/{visit.person.province}/children"),
        )
    return build(
        body,
        obligations,
        labels=labels_of(plans),
        names=names_of(children),
        round_=visit.filter("round"),
        state=visit.filter("state"),
        text=visit.filter("q"),
    )


def build(
    body: Answer,
    obligations: Answer,
    *,
    labels: Mapping[str, Text],
    names: Mapping[str, str],
    round_: str | None,
    state: str | None,
    text: str | None,
) -> ReceivedPage:
    """Pure. body: /v1/units/{code}; obligations: /v1/obligations to it."""
    bodies = obligations["obligations"]
    every = [duty(line, names) for line in bodies]
    in_round = [line for line in every if round_ in (None, line.round)]
    matching_lines = matching(in_round, group=state, form=None, text=text)
    return ReceivedPage(
        now=datetime.fromisoformat(obligations["now"]),
        unit=body["code"],
        name=body["full_name"],
        rounds=received_rounds(bodies, names),
        counts=count_by_group(in_round),
        lines=tuple(sorted(matching_lines, key=lambda line: (line.round, *line.sorting))),
        open=frozenset((line["round"], line["form"], line["unit"]) for line in bodies if _is_there(line)),
        forms={line.form: label_of(line.form, labels) for line in every},
        round=round_,
        state=state,
        text=text,
    )


def received_rounds(lines: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[ReceivedRound, ...]:
    """lines: of /v1/obligations to a unit."""
    every = [duty(line, names) for line in lines]
    return tuple(
        ReceivedRound(
            round=code,
            owed=len(own),
            came=sum(line.group in ("reported", "late") for line in own),
            late=sum(line.group == "late" for line in own),
        )
        for code in sorted({line.round for line in every})
        for own in ([line for line in every if line.round == code],)
    )


def _is_there(line: Mapping[str, Any]) -> bool:
    return line.get("receipt") is not None and (line["via"] is None or line["review"] == "passed_on")


def tables(data: ReceivedPage, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="received",
            title=t("received.title"),
            empty=t("received.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
                Column(name="round", title=t("column.round"), kind="round"),
                Column(name="form", title=t("column.form")),
                Column(name="state", title=t("column.state")),
                Column(name="received", title=t("column.received"), kind="when"),
                Column(name="revision", title=t("column.revision"), kind="number"),
                Column(name="deadline", title=t("column.deadline")),
            ),
            rows=tuple(_row(line, data, visit) for line in data.lines),
        ),
    )


def _row(line: Duty, data: ReceivedPage, visit: Visit) -> tuple[Cell, ...]:
    report = f"/units/{line.unit}/reports/{line.round}/{line.form}"
    is_open = (line.round, line.form, line.unit) in data.open
    return row(
        line.name,
        line.unit,
        line.round,
        visit.words.say(data.forms[line.form]),
        Cell(value=visit.words.name("standing", line.state), tone=line.tone),
        line.received,
        Cell(value=line.revision, href=report if is_open else None) if line.revision else None,
        visit.formats.deadline(line.deadline),
    )


def rounds_table(rounds: Sequence[ReceivedRound], unit: str, visit: Visit) -> Table:
    """Of the unit's page: each number leads to the list that counts the same."""
    t, here = visit.words, f"/units/{unit}/received"
    return Table(
        name="received",
        title=t("received.title"),
        empty=t("received.none"),
        columns=(
            Column(name="round", title=t("column.round"), kind="round", heading=True),
            Column(name="owed", title=t("received.owed"), kind="number"),
            Column(name="came", title=t("received.came"), kind="number"),
            Column(name="late", title=t("received.late"), kind="number"),
        ),
        rows=tuple(
            row(
                round_.round,
                Cell(value=round_.owed, href=f"{here}?round={round_.round}"),
                round_.came,
                Cell(value=round_.late, href=f"{here}?round={round_.round}&state=late"),
            )
            for round_ in rounds
        ),
    )


PAGE = Page(
    name="received",
    paths=("/units/{unit}/received",),
    gather=gather,
    tables=tables,
    filters=frozenset({"round", "state", "q"}),
    under="units",
)
