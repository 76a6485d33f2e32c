"""What the hub computes itself for a round, beside what units reported: figures, and indicators made of them alone. As
it stands now, or as a release tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lienthong.refusals import refused
from services.console.asking import Answer
from services.console.page import Page, Visit
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """figures, indicators, reported_only: as the hub tells them."""

    round: str
    figures: tuple[Answer, ...] = ()
    indicators: tuple[Answer, ...] = ()
    reported_only: tuple[Answer, ...] = ()

    @property
    def says_something(self) -> bool:
        return bool(self.figures or self.reported_only)


async def gather(visit: Visit) -> Computed:
    """Raises Rejected (404) for a round that is not there, or not for the asker."""
    if not visit.person.may("read:province"):
        raise refused("page_unknown")
    return await of_round(visit, visit.path["round"])


async def of_round(visit: Visit, code: str) -> Computed:
    """As it stands now; nothing for who may not read the province."""
    if not visit.person.may("read:province"):
        return Computed(round=code)
    return build(code, await visit.hub.get(f"/v1/rounds/{code}/computed"))


def build(code: str, body: Answer) -> Computed:
    """body: of /v1/rounds/{round}/computed, or `computed` of a dataset."""
    return Computed(
        round=code,
        figures=tuple(body.get("figures", ())),
        indicators=tuple(body.get("indicators", ())),
        reported_only=tuple(body.get("reportedOnly", ())),
    )


def tables(data: Computed, visit: Visit) -> Sequence[Table]:
    return _figures(data, visit), _indicators(data, visit), reported_only(data, visit)


def beside(data: Computed, visit: Visit) -> Table:
    """Figures and indicators in one table, for pages that have others."""
    t = visit.words
    return Table(
        name="computed",
        title=t("computed.beside"),
        empty=t("computed.none"),
        columns=(Column(name="what", title=t("computed.figure"), heading=True), *_columns("how", visit)),
        rows=(
            *((Cell(value=t.say(figure["label"])), *_figure(figure, visit)) for figure in data.figures),
            *((Cell(value=_title(indicator, visit)), *_indicator(indicator, visit)) for indicator in data.indicators),
        ),
    )


def reported_only(data: Computed, visit: Visit) -> Table:
    """What stays reported, and why."""
    t = visit.words
    return Table(
        name="reported_only",
        title=t("computed.reported_only"),
        empty=t("computed.none"),
        columns=(
            Column(name="figure", title=t("computed.figure"), heading=True),
            Column(name="why", title=t("computed.why")),
        ),
        rows=tuple(row(t.say(figure["label"]), t.say(figure["why"])) for figure in data.reported_only),
    )


def _figures(data: Computed, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="figures",
        title=t("computed.figures"),
        empty=t("computed.none"),
        columns=(Column(name="figure", title=t("computed.figure"), heading=True), *_columns("assumption", visit)),
        rows=tuple((Cell(value=t.say(figure["label"])), *_figure(figure, visit)) for figure in data.figures),
    )


def _indicators(data: Computed, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="indicators",
        title=t("computed.indicators"),
        empty=t("computed.none"),
        columns=(Column(name="indicator", title=t("computed.indicator"), heading=True), *_columns("arithmetic", visit)),
        rows=tuple(
            (Cell(value=_title(indicator, visit)), *_indicator(indicator, visit)) for indicator in data.indicators
        ),
    )


def _columns(last: str, visit: Visit) -> tuple[Column, ...]:
    t = visit.words
    return (
        Column(name="computed", title=t("computed.by_hub"), kind="number"),
        Column(name="reported", title=t("computed.by_units"), kind="number"),
        Column(name="differs", title=t("computed.compared")),
        Column(name=last, title=t("computed.how")),
    )


def _figure(figure: Answer, visit: Visit) -> tuple[Cell, ...]:
    t = visit.words
    return row(
        Decimal(figure["computed"]),
        None if figure["reported"] is None else Decimal(figure["reported"]),
        comparison(visit, figure, figure["reported"]),
        t.say(figure["assumption"]) or t.name("computed_source", figure["source"]),
    )


def _indicator(indicator: Answer, visit: Visit) -> tuple[Cell, ...]:
    return row(
        _value(indicator["computed"]),
        _value(indicator["reported"]),
        comparison(visit, indicator, indicator["reported"]["value"]),
        arithmetic(visit, indicator["computed"]),
    )


def _title(indicator: Answer, visit: Visit) -> str:
    return f"{indicator['indicator']} – {visit.words.say(indicator['title'])}"


def arithmetic(visit: Visit, reading: Answer) -> str:
    """The arithmetic; of what can't be assessed, why."""
    if reading["value"] is not None:
        return str(reading["arithmetic"])
    return "; ".join(map(visit.words.say, reading["reasons"]))


def _value(reading: Answer) -> Decimal | None:
    return None if reading["value"] is None else Decimal(reading["value"])


def comparison(visit: Visit, body: Answer, reported: str | None) -> Cell:
    """Whether both agree. body: a figure or indicator; reported: None, nobody did."""
    t = visit.words
    if reported is None:
        return Cell(value=t("computed.not_reported"), tone="plain")
    if body["differs"]:
        return Cell(value=t("computed.differs"), tone="warn")
    return Cell(value=t("computed.same"), tone="good")


PAGE = Page(
    name="computed",
    paths=("/rounds/{round}/computed",),
    gather=gather,
    tables=tables,
    scope="read:province",
    under="overview",
)
