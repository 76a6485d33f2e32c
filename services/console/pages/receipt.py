"""A receipt, to be printed: what was accepted, when, and the hash by which anybody can prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lienthong.refusals import refused
from services.console.asking import Answer
from services.console.formats import instant
from services.console.page import Page, Visit
from services.console.pages.revisions import Revision, figures_of, revision_of, value_of
from services.console.pages.rounds import Text, label_of, labels_of
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenFigure:
    """A figure as it was given. value: None where it was not reported; the label of a status."""

    code: str
    label: Text
    measure: Text
    value: Decimal | Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """One receipt. deadline: exclusive, with extensions as they stood. figures: empty for a withdrawal, and where the
    content is gone. latest: no later revision was accepted; first: none before,
    so that it decides whether the unit is late.
    """

    unit: str
    name: str
    round: str
    form: str
    title: Text
    deadline: datetime | None
    link: str
    revision: Revision
    figures: tuple[GivenFigure, ...]
    latest: bool
    first: bool


async def gather(visit: Visit) -> Receipt:
    number, hub = visit.path["receipt"], visit.hub
    report = await hub.get(f"/v1/reports/{number}")
    body = next(
        (revision for revision in report.get("revisions", ()) if revision["receipt"]["receipt"] == number), None
    )
    if body is None:  # of a difficulty or an item, or an event's id
        raise refused("report_unknown", id=number)
    document, plans = await hub.all(hub.get(f"/v1/units/{report['unit']}"), hub.get("/v1/plans"))
    version = (body["content"] or {}).get("formVersion")
    schema = await hub.get(f"/v1/schemas/forms/{report['form']}/{version}") if figures_of(body) is not None else None
    return build(report, body, schema, name=document["full_name"], labels=labels_of(plans))


def build(report: Answer, body: Answer, schema: Answer | None, *, name: str, labels: Mapping[str, Text]) -> Receipt:
    """Pure. report: /v1/reports/{receipt}; body: its revision of this receipt; schema: of the form it was given on."""
    form, receipt, figures = report["form"], body["receipt"], figures_of(body)
    described = {} if schema is None else schema["properties"]["figures"]["properties"]
    first, last = (report["revisions"][place]["receipt"]["receipt"] for place in (0, -1))
    return Receipt(
        unit=report["unit"],
        name=name,
        round=report["round"],
        form=form,
        title=label_of(form, labels),
        deadline=instant(receipt["deadline"]),
        link=receipt["link"],
        revision=revision_of(body),
        latest=last == receipt["receipt"],
        first=first == receipt["receipt"],
        figures=tuple(_figure(code, described[code], figures) for code in described) if figures else (),
    )


def _figure(code: str, described: Answer, figures: Answer) -> GivenFigure:
    label = {"vi": described["title"], "en": described.get("description", described["title"])}
    return GivenFigure(
        code=code, label=label, measure=described["x-measure"], value=value_of(figures.get(code), described)
    )


def tables(data: Receipt, visit: Visit) -> Sequence[Table]:
    t = visit.words
    return (
        Table(
            name="figures",
            title=t("receipt.figures"),
            empty=t("receipt.none"),
            columns=(
                Column(name="figure", title=t("column.figure"), heading=True),
                Column(name="value", title=t("column.value"), kind="number"),
                Column(name="measure", title=t("column.measure")),
            ),
            rows=tuple(
                row(t.say(figure.label), Cell(value=_value(figure.value, visit)), t.say(figure.measure))
                for figure in data.figures
            ),
        ),
    )


def _value(value: Decimal | Text | None, visit: Visit) -> Decimal | str:
    if value is None:
        return visit.words("entry.not_reported")
    return visit.words.say(value) if isinstance(value, Mapping) else value


PAGE = Page(name="receipt", paths=("/receipts/{receipt}",), gather=gather, tables=tables, under="units")
