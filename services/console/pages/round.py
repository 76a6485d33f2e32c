"""A round: who has reported, who has not, filtered and searched; the list that the overview's counts lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.rounds import Round, Text, label_of, labels_of, round_of
from services.console.pages.standing import GROUPS, Duty, count_by_group, duties, matching, names_of
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundPage:
    """counts: all duties by group, whatever is filtered; mended: how many of them came after a refusal. lines: the
    filtered ones in Vietnamese order. forms: code and name of those owed here. state, form, text: the filters as they
    were set. signed: the release just signed.
    """

    now: datetime
    round: Round
    counts: Mapping[str, int]
    mended: int
    lines: tuple[Duty, ...]
    forms: tuple[tuple[str, Text], ...]
    state: str | None
    form: str | None
    text: str | None
    signed: str | None

    @property
    def owed(self) -> int:
        return sum(self.counts.values())


async def gather(visit: Visit) -> RoundPage:
    code, hub = visit.path["round"], visit.hub
    body, obligations, plans = await hub.all(
        hub.get(f"/v1/rounds/{code}"), hub.get("/v1/obligations", round=code), hub.get("/v1/plans")
    )
    round_ = round_of(body["round"])
    children = await hub.get(f"/v1/units/{visit.person.province}/children", on=round_.last.isoformat())
    return build(
        body,
        obligations,
        labels=labels_of(plans),
        names=names_of(children),
        state=visit.option("state", (*GROUPS, "mended")),
        form=visit.option("form", {body["form"] for body in obligations["obligations"]}),
        text=visit.filter("q"),
        signed=_signed_release(code, visit),
    )


def _signed_release(code: str, visit: Visit) -> str | None:
    """The release of this round that the page was sent to after; nothing else that an address may say."""
    name, _, version = (visit.filter("signed") or "").rpartition("/")
    return f"{name}/{version}" if name == code and version.isascii() and version.isdecimal() else None


def build(
    body: Answer,
    obligations: Answer,
    *,
    labels: Mapping[str, Text],
    names: Mapping[str, str],
    state: str | None,
    form: str | None,
    text: str | None,
    signed: str | None = None,
) -> RoundPage:
    """Pure. body: /v1/rounds/{round}; obligations: /v1/obligations of it."""
    lines = duties(obligations["obligations"], names)
    forms = sorted({line.form for line in lines})
    return RoundPage(
        now=datetime.fromisoformat(body["now"]),
        round=round_of(body["round"]),
        counts=count_by_group(lines),
        mended=sum(line.mended for line in lines),
        lines=matching(lines, group=state, form=form, text=text),
        forms=tuple((code, label_of(code, labels)) for code in forms),
        state=state,
        form=form,
        text=text,
        signed=signed,
    )


def tables(data: RoundPage, visit: Visit) -> Sequence[Table]:
    t, names = visit.words, dict(data.forms)
    return (
        Table(
            name="duties",
            title=t("round.duties"),
            empty=t("round.nobody"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="code", title=t("column.code"), kind="code"),
                Column(name="form", title=t("column.form")),
                Column(name="state", title=t("column.state")),
                Column(name="received", title=t("column.received")),
                Column(name="revision", title=t("column.revision"), kind="number"),
                Column(name="deadline", title=t("column.deadline")),
            ),
            rows=tuple(_row(line, names, visit) for line in data.lines),
        ),
    )


def _row(line: Duty, names: Mapping[str, Text], visit: Visit) -> tuple[Cell, ...]:
    t, f = visit.words, visit.formats
    report = f"/units/{line.unit}/reports/{line.round}/{line.form}"
    extended = line.original is not None and line.deadline != line.original
    return row(
        Cell(value=line.name, href=f"/units/{line.unit}"),
        line.unit,
        t.say(names[line.form]),
        Cell(value=t.name("standing", line.state), tone=line.tone),
        line.received,
        Cell(value=line.revision, href=report) if line.revision else None,
        Cell(
            value=f.deadline(line.deadline), note=t("round.extended", day=f.deadline(line.original)) if extended else ""
        ),
    )


PAGE = Page(
    name="round",
    paths=("/rounds/{round}",),
    gather=gather,
    tables=tables,
    filters=frozenset({"state", "form", "q", "signed"}),
    under="overview",
)
STATES = GROUPS
