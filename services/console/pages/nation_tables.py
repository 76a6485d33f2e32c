"""The tables of the Ministry's page of a period: provinces side by side, national figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.console.page import Visit
from services.console.pages.indicators import columns
from services.console.pages.nation_measured import OfferedMeasure
from services.console.pages.national import Nation, NationalFigure, Province
from services.console.tables import Cell, Column, Table, folding, row


def tables(data: Nation, visit: Visit) -> Sequence[Table]:
    return folding((_provinces(data, visit), _figures(data, visit)), "figures")


def _provinces(data: Nation, visit: Visit) -> Table:
    t, by = visit.words, data.by
    compared = (
        () if by is None else (Column(name="value", title=f"{t.say(by.title)} ({t.say(by.measure)})", kind="number"),)
    )
    return Table(
        name="provinces",
        title=t("nation.provinces"),
        empty=t("nation.none"),
        columns=(
            Column(name="province", title=t("column.province"), heading=True),
            *columns(t, "code"),
            *compared,
            Column(name="state", title=t("column.state")),
            Column(name="on_time", title=t("nation.in_time")),
            Column(name="signed", title=t("column.signed"), kind="when"),
            *columns(t, "reported", "obliged"),
            Column(name="provisional", title=t("nation.provisional"), kind="number"),
            Column(name="releases", title=t("column.release")),
        ),
        rows=tuple(_row(province, visit, by) for province in data.provinces),
    )


def _figures(data: Nation, visit: Visit) -> Table:
    t = visit.words
    return Table(
        name="figures",
        title=t("nation.figures"),
        empty=t("nation.none"),
        columns=columns(t, "figure", "code", "sum", "measure", "provinces", "given", "obliged_units"),
        rows=tuple(
            row(
                t.say(figure.label),
                figure.code,
                _sum(figure, visit),
                t.say(figure.measure),
                figure.provinces,
                figure.given,
                figure.obliged,
            )
            for figure in data.figures
        ),
    )


def _row(province: Province, visit: Visit, by: OfferedMeasure | None) -> tuple[Cell, ...]:
    t, has_released = visit.words, bool(province.releases)
    timely = (
        None
        if province.on_time is None
        else Cell(
            value=t("delivered.on_time") if province.on_time else t("delivered.late"),
            tone="good" if province.on_time else "warn",
        )
    )
    compared = () if by is None else (_value(province, visit),)
    return row(
        province.name,
        province.code,
        *compared,
        Cell(value=t.name("released", province.state), tone=province.tone),
        timely,
        province.signed_at,
        province.reported if has_released else None,
        province.obliged if has_released else None,
        province.provisional if has_released else None,
        _release_link((*province.releases, *province.communes)),
    )


def _value(province: Province, visit: Visit) -> Decimal | str | None:
    if province.measured is None or province.measured.value is None:
        return None
    return visit.words.say(province.measured.status) if province.measured.status else Decimal(province.measured.value)


def _release_link(names: Sequence[str]) -> Cell:
    """To the first of them: the others are plans of communes, which stand beside it in the feed."""
    return Cell(value=", ".join(names) or None, href=f"/nation/releases/{names[0]}" if names else None)


def _sum(figure: NationalFigure, visit: Visit) -> Decimal | str | None:
    if figure.sum is not None:
        return Decimal(figure.sum)
    counts = [f"{visit.words.say(label)}: {units}" for label, units in figure.statuses if units]
    return "; ".join(counts) or None
