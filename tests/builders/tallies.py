"""Builders for the tests of rollups and indicators: figures, forms and rollups from small text tables.

    tally("2026", '''
        unit   reached  staff
        01     10       20
        02     0        -
        03
    ''', FORM)

`-` is "not reported"; a unit with no cells at all is obliged and has not reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from lienthong.errors import Message
from lienthong.indicators.rollup import (
    Layout,
    Values,
    layout_of,
    total,
)
from lienthong.indicators.tallies import (
    FormTally,
    Tally,
    UnitPopulation,
    View,
)
from lienthong.periods import Period
from lienthong.programmes import Baseline, Computation, Figure, Form, Indicator, StatusValue, Target


def say(text: str) -> Message:
    return Message(vi=text, en=text)


def a_figure(code: str, kind: str = "flow", decimals: int = 0, values: str = "") -> Figure:
    return Figure(
        code=code,
        label=say(code),
        measure=say(""),
        decimals=decimals,
        kind=kind,
        counts=say(""),
        reported_by="commune",
        values=tuple(StatusValue(code=v, label=say(v)) for v in values.split()),
    )


def a_form(*figures: Figure, code: str = "P1-XX.commune") -> Form:
    return Form(code=code, reporters=code.partition(".")[2], version="1.0.0", figures=figures)


def an_indicator(
    computation: Computation,
    *targets: Target,
    levels: Iterable[str] = ("province",),
    decimals: int = 1,
    baseline: tuple[int, str] | None = None,
    minimum: str = "100",
    measure: str = "%",
) -> Indicator:
    found = None if baseline is None else Baseline(year=baseline[0], value=Decimal(baseline[1]), source="")
    return Indicator(
        code="I-1",
        title=say("I-1"),
        measure=say(measure),
        decimals=decimals,
        levels=tuple(levels),
        computation=computation,
        targets=targets,
        baseline=found,
        minimum_coverage=Decimal(minimum),
    )


def a_period(code: str) -> Period:
    year = int(code[:4])
    return Period(code=code, first=date(year, 1, 1), last=date(year, 12, 14))


def cells(form: Form, table: str) -> list[Values | None]:
    """A row of packed values for each line of a table; None for a unit that has not reported."""
    header, *lines = [line.split() for line in table.strip().splitlines()]
    return [None if len(line) == 1 else _row(form, dict(zip(header, line, strict=True))) for line in lines]


def a_tally(
    code: str, table: str, form: Form, indicators: Iterable[Indicator] = (), people: int | None = None
) -> Tally:
    layout = layout_of(form, indicators)
    rows = cells(form, table)
    return Tally(
        period=a_period(code),
        population=None if people is None else UnitPopulation(value=people, year=2025, source="test"),
        forms=(FormTally(layout=layout, slots=total(layout, [r for r in rows if r is not None]), obliged=len(rows)),),
    )


def a_view(now: Tally, *earlier: Tally, level: str = "province", scheduled: str = "") -> View:
    return View(
        level=level,
        now=now,
        earlier={tally.period.code: tally for tally in earlier},
        scheduled=frozenset(scheduled.split()),
    )


def slot(layout: Layout, table: str, form: Form, name: str) -> int:
    rows = [row for row in cells(form, table) if row is not None]
    return layout.at(total(layout, rows), name)


def _row(form: Form, by_code: dict[str, str]) -> Values:
    return [_packed(figure, by_code[figure.code]) for figure in form.figures]


def _packed(figure: Figure, cell: str) -> int | None:
    if cell == "-":
        return None
    return figure.index_of(cell) if figure.is_status else int(Decimal(cell).scaleb(figure.decimals))
