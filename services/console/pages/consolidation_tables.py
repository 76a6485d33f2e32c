"""The tables of a consolidation."""

from __future__ import annotations

from collections.abc import Sequence

from services.console.page import Visit
from services.console.pages import computed as computed_of
from services.console.pages import tasks as tasks_of
from services.console.pages.consolidated import Consolidation
from services.console.pages.differences import as_number
from services.console.pages.difficulties import difficulties_table
from services.console.pages.indicators import aimed_table, columns
from services.console.pages.queries import queries_table
from services.console.pages.revisions import NARRATIVE
from services.console.pages.rounds import distinct_names, label_of
from services.console.pages.standing import Duty
from services.console.tables import Cell, Column, Table, folding, row


def tables(data: Consolidation, visit: Visit) -> Sequence[Table]:
    t = visit.words
    all_tables = [
        _reporters(data, visit),
        _indicators(data, visit),
        _sums(data, visit),
        computed_of.beside(data.computed, visit),
        tasks_of.counts_table(data.tasks, visit),
        tasks_of.table(data.tasks, visit),
        _duties("owing", data.owing, data, visit),
        _duties("late", data.late, data, visit),
        difficulties_table(data.difficulties, visit),
        queries_table(data.queries, data.round, t("queries.title"), t),
    ]
    shown_first = ("reporters", "indicators")
    all_tables = list(folding(all_tables, *(table.name for table in all_tables if table.name not in shown_first)))
    return (*all_tables, _texts(data, visit)) if data.with_texts else tuple(all_tables)


def _reporters(data: Consolidation, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="reporters",
        title=t("release.completeness"),
        empty=t("release.no_forms"),
        columns=(
            Column(name="form", title=t("column.form"), heading=True),
            *columns(t, "obliged", "reported", "late"),
        ),
        rows=tuple(row(t.say(label), obliged, reported, late) for label, obliged, reported, late in data.forms),
    )


def _indicators(data: Consolidation, visit: Visit) -> Table:
    names = ("indicator", "title", "target", "value", "measure", "assessment")
    return aimed_table(data.indicators, visit, lambda code: f"/provenance/{data.round}/{code}", names)


def _sums(data: Consolidation, visit: Visit) -> Table:
    t = visit.words
    names = distinct_names((t.say(sum_.label), t.say(label_of(sum_.form, data.labels))) for sum_ in data.sums)
    return Table(
        name="sums",
        title=t("consolidation.sums"),
        empty=t("report.none"),
        columns=(
            *columns(t, "figure"),
            Column(name="sum", title=t("column.value"), kind="number"),
            *columns(t, "measure", "given", "obliged_units"),
        ),
        rows=tuple(
            row(
                Cell(value=name, href=f"/provenance/{data.round}/{sum_.code}"),
                as_number(sum_.sum),
                t.say(sum_.measure),
                sum_.given,
                sum_.obliged,
            )
            for name, sum_ in zip(names, data.sums, strict=True)
        ),
    )


def _duties(name: str, lines: Sequence[Duty], data: Consolidation, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name=name,
        title=t("group.missing") if name == "owing" else t("group.late"),
        empty=t("consolidation.nobody"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            Column(name="form", title=t("column.form")),
            Column(name="state", title=t("column.state")),
            Column(name="deadline", title=t("column.deadline")),
        ),
        rows=tuple(
            row(
                Cell(value=line.name, href=f"/units/{line.unit}"),
                t.say(label_of(line.form, data.labels)),
                Cell(value=t.name("standing", line.state), tone=line.tone),
                visit.formats.deadline(line.deadline),
            )
            for line in lines
        ),
    )


def _texts(data: Consolidation, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="texts",
        title=t("consolidation.texts"),
        empty=t("consolidation.no_texts"),
        columns=(
            Column(name="unit", title=t("column.unit"), heading=True),
            *(Column(name=part, title=t.name("narrative", part)) for part in NARRATIVE),
        ),
        rows=tuple(
            row(narrative.name, *(narrative.parts.get(part, "") for part in NARRATIVE)) for narrative in data.told
        ),
    )
