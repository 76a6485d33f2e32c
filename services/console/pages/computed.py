"""What the hub counts itself for a round, beside what units reported: figures, and indicators made of them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.console.asking import Answer
from services.console.page import Asked, Page
from services.console.tables import Cell, Column, Table, row


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """figures, indicators: as the hub tells them."""

    round: str
    figures: tuple[Answer, ...]
    indicators: tuple[Answer, ...]


async def gather(asked: Asked) -> Computed:
    found = await asked.hub.get(f"/v1/rounds/{asked.path['round']}/computed")
    return Computed(round=found["round"], figures=tuple(found["figures"]), indicators=tuple(found["indicators"]))


def tables(data: Computed, asked: Asked) -> Sequence[Table]:
    return _figures(data, asked), _indicators(data, asked)


def _figures(data: Computed, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="figures",
        title=t("computed.figures"),
        empty=t("computed.none"),
        columns=(
            Column(name="figure", title=t("computed.figure"), heading=True),
            Column(name="computed", title=t("computed.by_hub"), kind="number"),
            Column(name="reported", title=t("computed.by_units"), kind="number"),
            Column(name="differs", title=t("computed.compared")),
            Column(name="assumption", title=t("computed.how")),
        ),
        rows=tuple(
            row(
                t.say(figure["label"]),
                Decimal(figure["computed"]),
                None if figure["reported"] is None else Decimal(figure["reported"]),
                _compared(asked, differs=figure["differs"], reported=figure["reported"]),
                t.say(figure["assumption"]) or t.name("computed_source", figure["source"]),
            )
            for figure in data.figures
        ),
    )


def _indicators(data: Computed, asked: Asked) -> Table:
    t = asked.words
    return Table(
        name="indicators",
        title=t("computed.indicators"),
        empty=t("computed.none"),
        columns=(
            Column(name="indicator", title=t("computed.indicator"), heading=True),
            Column(name="computed", title=t("computed.by_hub"), kind="number"),
            Column(name="reported", title=t("computed.by_units"), kind="number"),
            Column(name="differs", title=t("computed.compared")),
            Column(name="arithmetic", title=t("computed.how")),
        ),
        rows=tuple(
            row(
                f"{indicator['indicator']} – {t.say(indicator['title'])}",
                _value(indicator["computed"]),
                _value(indicator["reported"]),
                _compared(asked, differs=indicator["differs"], reported=indicator["reported"]["value"]),
                _how(asked, indicator["computed"]),
            )
            for indicator in data.indicators
        ),
    )


def _how(asked: Asked, reading: Answer) -> str:
    """The arithmetic; of what can't be assessed, why."""
    if reading["value"] is not None:
        return str(reading["arithmetic"])
    return "; ".join(map(asked.words.say, reading["reasons"]))


def _value(reading: Answer) -> Decimal | None:
    return None if reading["value"] is None else Decimal(reading["value"])


def _compared(asked: Asked, *, differs: bool, reported: str | None) -> Cell:
    t = asked.words
    if reported is None:
        return Cell(value=t("computed.not_reported"), tone="plain")
    if differs:
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
