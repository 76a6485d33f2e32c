"""A report with every revision: figures beside each other, what changed between them, receipts with their hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from lienthong.refusals import refused
from services.console.asking import Answer, Asking
from services.console.page import Page, Visit
from services.console.pages.revisions import NARRATIVE, Revision, figures_of, revision_of, value_of
from services.console.pages.rounds import Text, label_of
from services.console.tables import Cell, Column, Table, row

Change = tuple[str, str]
"""(`same` | `added` | `removed`, words)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureHistory:
    """A figure in every revision. values: number, or label of a status, None where not reported; one for each
    revision. changed: it differs between the last two.
    """

    code: str
    label: Text
    measure: Text
    values: tuple[Decimal | Text | None, ...]
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """changes: of the narrative between the last two revisions, by part, word by word; empty where nothing changed.

    state: where the latest revision stands. late: the first one, by the deadline as it stands. via: the unit through
    which it passes, None where nobody stands between.
    """

    unit: str
    name: str
    round: str
    form: str
    title: Text
    state: str
    late: bool
    via: str | None
    revisions: tuple[Revision, ...]
    figures: tuple[FigureHistory, ...]
    changes: Mapping[str, tuple[Change, ...]]


async def gather(visit: Visit) -> Report:
    unit, round_, form = (visit.path[name] for name in ("unit", "round", "form"))
    hub = visit.hub
    obligations = await hub.get("/v1/obligations", unit=unit, round=round_)
    if not obligations["obligations"]:
        raise refused("report_unknown", id=f"{round_}/{form}/{unit}")
    line = next((line for line in obligations["obligations"] if line["form"] == form), None)
    if line is None or line["receipt"] is None:
        line = await _unasked_line(hub, unit, round_, form, year=obligations["obligations"][0]["period"]["code"][:4])
    body, plans, report, assembled = await hub.all(
        hub.get(f"/v1/units/{unit}"),
        hub.get("/v1/plans"),
        hub.get(f"/v1/reports/{line['receipt']}"),
        hub.get("/v1/supplied/reports", round=round_, form=form, unit=unit),
    )
    versions = {
        revision["content"]["formVersion"] for revision in report["revisions"] if figures_of(revision) is not None
    }
    schema = await hub.get(f"/v1/schemas/forms/{form}/{max(versions or {line['formVersion']})}")
    labels = {f["form"]: f["label"] for plan in plans["plans"] for f in plan["forms"]}
    return build(report, schema, assembled["reports"], name=body["full_name"], title=label_of(form, labels))


async def _unasked_line(hub: Asking, unit: str, round_: str, form: str, *, year: str) -> Mapping[str, Any]:
    """What a unit delivered that does not owe it (any more): its statement has that. Raises Rejected (404)."""
    statement = await hub.get(f"/v1/units/{unit}/statement", year=year)
    line = next((line for line in statement["lines"] if (line["round"], line["form"]) == (round_, form)), None)
    if line is None or not line["revisions"]:
        raise refused("report_unknown", id=f"{round_}/{form}/{unit}")
    return {**line, "receipt": line["revisions"][-1]["receipt"]}


def build(
    report: Answer, schema: Answer, assembled: Sequence[Mapping[str, Any]] = (), *, name: str, title: Text
) -> Report:
    """Pure. report: /v1/reports/{id}; schema: of its form; assembled: reports of /v1/supplied/reports."""
    supplies = {confirmed["revision"]: confirmed["supplies"] for confirmed in assembled}
    revisions = tuple(revision_of(revision, supplies) for revision in report["revisions"])
    revision_figures = [figures_of(revision) for revision in report["revisions"]]
    described = schema["properties"]["figures"]["properties"]
    reported = [revision for revision in revisions if not revision.withdrawal]
    return Report(
        unit=report["unit"],
        name=name,
        round=report["round"],
        form=report["form"],
        title=title,
        state=report["state"],
        late=report["late"],
        via=report.get("via"),
        revisions=revisions,
        figures=tuple(_figure(code, described[code], revision_figures) for code in described),
        changes=_changes(reported[-2].narrative, reported[-1].narrative) if len(reported) > 1 else {},
    )


def _figure(
    code: str, described: Mapping[str, Any], revision_figures: Sequence[Mapping[str, Any] | None]
) -> FigureHistory:
    values = tuple(None if figures is None else value_of(figures.get(code), described) for figures in revision_figures)
    reported = [value for value, figures in zip(values, revision_figures, strict=True) if figures is not None]
    return FigureHistory(
        code=code,
        label={"vi": described["title"], "en": described.get("description", described["title"])},
        measure=described["x-measure"],
        values=values,
        changed=len(reported) > 1 and reported[-1] != reported[-2],
    )


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[Change, ...]]:
    parts = [part for part in NARRATIVE if before.get(part, "") != after.get(part, "")]
    return {part: words_changed(before.get(part, ""), after.get(part, "")) for part in parts}


def words_changed(before: str, after: str) -> tuple[Change, ...]:
    """What became of a text, word by word."""
    old, new = before.split(), after.split()
    pairs: list[Change] = []
    for kind, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs.append(("same", " ".join(new[c:d])))
            continue
        if a < b:
            pairs.append(("removed", " ".join(old[a:b])))
        if c < d:
            pairs.append(("added", " ".join(new[c:d])))
    return tuple(pairs)


def tables(data: Report, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="figures",
            title=t("report.figures"),
            empty=t("report.none"),
            columns=(
                Column(name="figure", title=t("column.figure"), heading=True),
                Column(name="measure", title=t("column.measure")),
                *(
                    Column(
                        name=f"revision{revision.revision}",
                        title=t("report.revision", n=revision.revision),
                        kind="number",
                    )
                    for revision in data.revisions
                ),
                Column(name="changed", title=t("report.changed")),
            ),
            rows=tuple(
                row(
                    t.say(figure.label),
                    t.say(figure.measure),
                    *(_cell(value, t) for value in figure.values),
                    Cell(value=t("report.yes"), tone="info") if figure.changed else None,
                )
                for figure in data.figures
            ),
        ),
    )


def _cell(value: Decimal | Text | None, words: Any) -> Cell:
    return Cell(value=words.say(value) if isinstance(value, Mapping) else value)


PAGE = Page(name="report", paths=("/units/{unit}/reports/{round}/{form}",), gather=gather, tables=tables, under="units")
