"""Difficulties that units raised, the longest waiting first: the list that the overview's count leads to."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.events import NATION
from lienthong.units.names import fold
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.standing import names_of
from services.console.tables import Cell, Column, Table, row
from services.console.words import Words

SETTLED = ("answered", "closed")
_SHORT = 160  # letters of a text in the list; the page of the difficulty and the files have all of it
TOLD_SINCE = 5
"""Version of the rules since which a release tells of difficulties."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difficulty:
    """One difficulty. state: where it stands on its road. holder: the name of the unit that it lies with, empty where
    a release does not say. amends: it asks that the plan be amended. due: the last day for an answer, None where none
    is named or a release does not say. overdue: it has passed. answer: as a release tells it.
    """

    receipt: str
    unit: str
    name: str
    plan: str
    at: datetime
    title: str
    text: str
    proposal: str
    state: str
    holder: str
    amends: bool
    due: date | None = None
    overdue: bool = False
    answer: str = ""

    @property
    def heading(self) -> str:
        """Its title; the beginning of its text where the unit gave none."""
        return self.title or textwrap.shorten(self.text, 90, placeholder="…") or self.receipt

    @property
    def path(self) -> str:
        return f"/difficulties/{self.receipt}"

    @property
    def beginning(self) -> str:
        """Of its text, where that is longer than a list shows; else empty."""
        return _beginning(self.text)

    @property
    def settled(self) -> bool:
        return self.state in SETTLED


@dataclass(frozen=True, kw_only=True, slots=True)
class Difficulties:
    """difficulties: the filtered ones, oldest first. waiting: how many of all have no answer. all: settled ones too."""

    difficulties: tuple[Difficulty, ...]
    waiting: int
    all: bool
    text: str | None


async def gather(visit: Visit) -> Difficulties:
    difficulties, names = await hub_answers(visit)
    everyone = visit.filter("all") is not None
    return build(difficulties, names, everyone=everyone, text=visit.filter("q"))


async def hub_answers(visit: Visit) -> tuple[Sequence[Answer], Mapping[str, str]]:
    """(all difficulties that this person sees, names of the units that they can come from and lie with)."""
    hub, province = visit.hub, visit.person.province
    answer, children, own = await hub.all(
        all_difficulties(visit), hub.get(f"/v1/units/{province}/children"), hub.get(f"/v1/units/{province}")
    )
    upper_names = {province: own["full_name"], NATION: visit.words.name("recipient", NATION)}
    return answer["difficulties"], names_of(children) | upper_names


async def all_difficulties(visit: Visit, unit: str | None = None) -> Answer:
    """All pages of /v1/difficulties as one; those of one unit."""
    return await visit.hub.every("/v1/difficulties", "difficulties", {"unit": unit})


def build(bodies: Sequence[Answer], names: Mapping[str, str], *, everyone: bool, text: str | None) -> Difficulties:
    """Pure. bodies: the difficulties of /v1/difficulties."""
    difficulties = [difficulty_of(body, names) for body in bodies]
    needle = fold(text or "")
    matching = [
        difficulty
        for difficulty in difficulties
        if (everyone or not difficulty.settled)
        and (
            needle in fold(difficulty.name)
            or needle in fold(f"{difficulty.title} {difficulty.text} {difficulty.proposal}")
        )
    ]
    return Difficulties(
        difficulties=tuple(matching),
        waiting=sum(not difficulty.settled for difficulty in difficulties),
        all=everyone,
        text=text,
    )


def difficulty_of(body: Mapping[str, Any], names: Mapping[str, str]) -> Difficulty:
    """One of an answer of /v1/difficulties."""
    data = body["difficulty"].get("data", {})
    return Difficulty(
        receipt=body["receipt"],
        unit=body["unit"],
        name=names.get(body["unit"], body["unit"]),
        plan=data.get("plan", ""),
        at=datetime.fromisoformat(body["receivedAt"]),
        title=data.get("title", ""),
        text=data.get("text", ""),
        proposal=data.get("proposal", ""),
        state=body["state"],
        holder=names.get(body["holder"], body["holder"]),
        amends=body["asksForAmendment"],
        due=None if body["due"] is None else date.fromisoformat(body["due"]),
        overdue=body["overdue"],
    )


def of_dataset(dataset: Answer, names: Mapping[str, str], words: Words) -> tuple[Difficulty, ...] | None:
    """The difficulties that a release tells of, by unit, with their answers; None for a release made before they went
    with it.
    """
    if dataset.get("rules", 1) < TOLD_SINCE:
        return None
    return tuple(
        Difficulty(
            receipt=difficulty["receipt"],
            unit=difficulty["unit"],
            name=names.get(difficulty["unit"], difficulty["unit"]),
            plan=dataset["plan"]["code"],
            at=datetime.fromisoformat(difficulty["raisedAt"]),
            title=difficulty["title"],
            text=difficulty["text"] or words("difficulty.redacted"),
            proposal=difficulty["proposal"],
            state=difficulty["state"],
            holder=names.get(difficulty["holder"], difficulty["holder"]) if difficulty["holder"] else "",
            amends=difficulty["asksForAmendment"],
            answer=(difficulty["answer"]["text"] or words("difficulty.redacted")) if difficulty["answer"] else "",
        )
        for difficulty in dataset.get("difficulties", ())
    )


def tables(data: Difficulties, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="difficulties",
            title=t("difficulties.title"),
            empty=t("difficulties.none"),
            columns=(
                Column(name="unit", title=t("column.unit")),
                Column(name="at", title=t("column.received"), kind="when"),
                Column(name="plan", title=t("column.plan"), kind="code"),
                Column(name="title", title=t("difficulties.what"), heading=True),
                Column(name="text", title=t("difficulties.text")),
                Column(name="proposal", title=t("difficulties.proposal")),
                Column(name="amends", title=t("difficulty.amends"), filed=True),
                Column(name="holder", title=t("difficulties.holder")),
                Column(name="due", title=t("difficulties.due"), kind="when", filed=True),
                Column(name="state", title=t("column.state")),
            ),
            rows=tuple(
                row(
                    Cell(value=difficulty.name, href=f"/units/{difficulty.unit}"),
                    difficulty.at,
                    difficulty.plan,
                    Cell(value=difficulty.heading, href=difficulty.path),
                    _in_short(difficulty.text),
                    _in_short(difficulty.proposal),
                    t("difficulties.asks") if difficulty.amends else None,
                    difficulty.holder,
                    difficulty.due,
                    Cell(
                        value=t.name("difficulty", difficulty.state),
                        tone="good" if difficulty.settled else "warn",
                        note=_note(difficulty, visit),
                    ),
                )
                for difficulty in data.difficulties
            ),
        ),
    )


def difficulties_table(difficulties: Sequence[Difficulty], visit: Visit) -> Table:
    """Difficulties as a consolidation tells them: whole, with their answers."""
    t = visit.words
    return Table(
        name="difficulties",
        title=t("difficulties.title"),
        empty=t("difficulties.none"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            Column(name="title", title=t("difficulties.what")),
            Column(name="text", title=t("difficulties.text")),
            Column(name="proposal", title=t("difficulties.proposal")),
            Column(name="amends", title=t("difficulty.amends"), filed=True),
            Column(name="state", title=t("column.state")),
            Column(name="answer", title=t("difficulty.answer")),
        ),
        rows=tuple(
            row(
                difficulty.name,
                difficulty.title,
                difficulty.text,
                difficulty.proposal,
                t("difficulties.asks") if difficulty.amends else None,
                Cell(value=t(f"difficulty.{difficulty.state}"), note=_note(difficulty, visit)),
                difficulty.answer or None,
            )
            for difficulty in difficulties
        ),
    )


def _note(difficulty: Difficulty, visit: Visit) -> str:
    """What stands in small beside its state: that it asks for an amendment of the plan; by when an answer is due."""
    t = visit.words
    notes = [t("difficulty.amends")] if difficulty.amends else []
    if difficulty.due is not None and not difficulty.settled:
        day = visit.formats.day(difficulty.due)
        notes.append(t("difficulties.overdue", day=day) if difficulty.overdue else t("difficulties.until", day=day))
    return "; ".join(notes)


def _in_short(text: str) -> Cell:
    return Cell(value=text, short=_beginning(text))


def _beginning(text: str) -> str:
    cut = text[:_SHORT].rpartition(" ")[0] or text[:_SHORT]
    return f"{cut}…" if len(text) > _SHORT else ""


PAGE = Page(
    name="difficulties",
    paths=("/difficulties",),
    gather=gather,
    tables=tables,
    filters=frozenset({"all", "q"}),
    under="overview",
)
