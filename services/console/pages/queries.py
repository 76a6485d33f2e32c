"""Queries that nobody explained, round by round: the list that the overview's count leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Asked, Page
from services.console.pages.rounds import Text, labels_of, round_of
from services.console.pages.signing import Asking, asking_of, said
from services.console.pages.standing import names_of
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class OfRound:
    """A query and the round of its report."""

    round: str
    asking: Asking


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """queries: as filtered, by round and unit in Vietnamese order. open: how many of these rounds nobody explained.
    rounds: those that take reports. round: the one chosen; all: explained ones too.
    """

    queries: tuple[OfRound, ...]
    open: int
    rounds: tuple[str, ...]
    round: str | None
    all: bool


async def gather(asked: Asked) -> Listed:
    hub, chosen = asked.hub, asked.chosen("round")
    body, plans, children = await hub.all(
        hub.get("/v1/rounds"), hub.get("/v1/plans"), hub.get(f"/v1/units/{asked.person.province}/children")
    )
    now = datetime.fromisoformat(body["now"])
    rounds = tuple(round_.code for round_ in map(round_of, body["rounds"]) if round_.awaits(now))
    wanted = rounds if chosen is None else (chosen,)
    previews = await hub.all(*(hub.get(f"/v1/rounds/{code}/releases/preview") for code in wanted))
    return build(
        previews,
        names_of(children),
        labels_of(plans),
        rounds=rounds,
        chosen=chosen,
        everything=asked.chosen("all") is not None,
    )


def build(
    previews: Iterable[Answer],
    names: Mapping[str, str],
    labels: Mapping[str, Text],
    *,
    rounds: tuple[str, ...],
    chosen: str | None,
    everything: bool,
) -> Listed:
    """Pure. previews: /v1/rounds/{round}/releases/preview of each."""
    found = [
        OfRound(round=preview["round"], asking=asking_of(one, warning, names, labels))
        for preview in previews
        for one in preview["warnings"]
        for warning in one["warnings"]
    ]
    open_ = [one for one in found if one.asking.query.explanation is None]
    shown = sorted(
        found if everything else open_, key=lambda one: (one.round, sort_key(one.asking.name), one.asking.form)
    )
    return Listed(queries=tuple(shown), open=len(open_), rounds=rounds, round=chosen, all=everything)


def tables(data: Listed, asked: Asked) -> Sequence[Table]:
    t = asked.words
    return (
        Table(
            name="queries",
            title=t("queries.title"),
            empty=t("queries.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="round", title=t("column.round"), kind="code"),
                Column(name="form", title=t("column.form")),
                Column(name="query", title=t("report.query")),
                Column(name="explanation", title=t("explaining.label")),
            ),
            rows=tuple(
                row(
                    Cell(value=one.asking.name, href=f"/units/{one.asking.unit}/reports/{one.round}/{one.asking.form}"),
                    Cell(value=one.round, href=f"/rounds/{one.round}"),
                    t.say(one.asking.label),
                    t.say(one.asking.query.message),
                    said(one.asking.query, t),
                )
                for one in data.queries
            ),
        ),
    )


PAGE = Page(
    name="queries",
    paths=("/queries",),
    gather=gather,
    tables=tables,
    filters=frozenset({"round", "all"}),
    scope="read:province",
    under="overview",
)
