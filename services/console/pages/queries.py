"""Queries, with what was said of each: as pages and documents have them, and the list of those that nobody explained,
round by round, that the overview's count leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lienthong.units.names import sort_key
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.pages.revisions import Query, query_of
from services.console.pages.rounds import Text, label_of, labels_of, round_of
from services.console.pages.standing import names_of
from services.console.tables import Cell, Column, Table, row
from services.console.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportQuery:
    """A query on a report that would be released. query: with what was said of it."""

    unit: str
    name: str
    label: Text
    form: str
    query: Query


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundQuery:
    """A query and the round of its report."""

    round: str
    asking: ReportQuery


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryList:
    """queries: as filtered, by round and unit in Vietnamese order. open: how many of these rounds nobody explained.
    rounds: those that take reports. round: the one chosen; all: explained ones too.
    """

    queries: tuple[RoundQuery, ...]
    open: int
    rounds: tuple[str, ...]
    round: str | None
    all: bool


async def gather(visit: Visit) -> QueryList:
    hub, round_filter = visit.hub, visit.filter("round")
    body, plans, children = await hub.all(
        hub.get("/v1/rounds"), hub.get("/v1/plans"), hub.get(f"/v1/units/{visit.person.province}/children")
    )
    now = datetime.fromisoformat(body["now"])
    rounds = tuple(round_.code for round_ in map(round_of, body["rounds"]) if round_.awaits(now))
    codes = rounds if round_filter is None else (round_filter,)
    previews = await hub.all(*(hub.get(f"/v1/rounds/{code}/releases/preview") for code in codes))
    return build(
        previews,
        names_of(children),
        labels_of(plans),
        rounds=rounds,
        round_filter=round_filter,
        with_explained=visit.filter("all") is not None,
    )


def build(
    previews: Iterable[Answer],
    names: Mapping[str, str],
    labels: Mapping[str, Text],
    *,
    rounds: tuple[str, ...],
    round_filter: str | None,
    with_explained: bool,
) -> QueryList:
    """Pure. previews: /v1/rounds/{round}/releases/preview of each."""
    queries = [
        RoundQuery(round=preview["round"], asking=report_query)
        for preview in previews
        for report_query in queries_now(preview, names, labels)
    ]
    unexplained = [query for query in queries if query.asking.query.explanation is None]
    ordered = sorted(
        queries if with_explained else unexplained,
        key=lambda query: (query.round, sort_key(query.asking.name), query.asking.form),
    )
    return QueryList(
        queries=tuple(ordered), open=len(unexplained), rounds=rounds, round=round_filter, all=with_explained
    )


def tables(data: QueryList, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="queries",
            title=t("queries.title"),
            empty=t("queries.none"),
            columns=(
                Column(name="unit", title=t("column.unit"), heading=True),
                Column(name="round", title=t("column.round"), kind="round"),
                Column(name="form", title=t("column.form")),
                Column(name="query", title=t("report.query")),
                Column(name="explanation", title=t("explaining.label")),
            ),
            rows=tuple(
                row(
                    Cell(
                        value=query.asking.name,
                        href=f"/units/{query.asking.unit}/reports/{query.round}/{query.asking.form}",
                    ),
                    Cell(value=query.round, href=f"/rounds/{query.round}"),
                    t.say(query.asking.label),
                    t.say(query.asking.query.message),
                    explanation_cell(query.asking.query, t),
                )
                for query in data.queries
            ),
        ),
    )


def queries_now(preview: Answer, names: Mapping[str, str], labels: Mapping[str, Text]) -> list[ReportQuery]:
    """The queries as they stand now. preview: /v1/rounds/{round}/releases/preview."""
    return [
        ReportQuery(
            unit=report["unit"],
            name=names.get(report["unit"], report["unit"]),
            label=label_of(report["form"], labels),
            form=report["form"],
            query=query_of(warning),
        )
        for report in preview["warnings"]
        for warning in report["warnings"]
    ]


def queries_at_release(dataset: Answer, names: Mapping[str, str], labels: Mapping[str, Text]) -> list[ReportQuery]:
    """The queries as the release tells them."""
    return [
        ReportQuery(
            unit=query["unit"],
            name=names.get(query["unit"], query["unit"]),
            form=query["form"],
            label=label_of(query["form"], labels),
            query=Query(
                check=query["check"],
                message=query["message"],
                explanation=explanation["text"] if explanation else None,
                said_at=datetime.fromisoformat(explanation["at"]) if explanation else None,
                redacted="",
            ),
        )
        for query in dataset.get("queries", ())
        for explanation in [query["explanation"]]
    ]


def explanation_cell(query: Query, words: Words) -> Cell:
    """What was said of a query, in a table."""
    if query.explanation is None:
        return Cell(value=words("explaining.open"), tone="warn")
    return Cell(value=query.explanation or f"{words('explaining.redacted')}: {query.redacted}")


def queries_table(queries: Iterable[ReportQuery], round_: str, title: str, words: Words) -> Table:
    """What is asked of reports of a round, and what was said of it."""
    return Table(
        name="queries",
        title=title,
        empty=words("signing.no_queries"),
        columns=(
            Column(name="unit", title=words("column.unit"), heading=True),
            Column(name="form", title=words("column.form")),
            Column(name="query", title=words("report.query")),
            Column(name="explanation", title=words("explaining.label")),
        ),
        rows=tuple(
            row(
                Cell(value=query.name, href=f"/units/{query.unit}/reports/{round_}/{query.form}"),
                words.say(query.label),
                words.say(query.query.message),
                explanation_cell(query.query, words),
            )
            for query in queries
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
