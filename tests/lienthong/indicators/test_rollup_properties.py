"""Whatever the order of submissions, corrections and withdrawals, the rollup equals a recomputation."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.indicators.rollup import (
    Layout,
    Values,
    Vector,
    add,
    layout_of,
    subtract,
    total,
    vector,
)
from lienthong.programmes import Computation
from tests.builders.tallies import a_figure, a_form, an_indicator

FORM = a_form(
    a_figure("a"),
    a_figure("b", "stock", decimals=2),
    a_figure("s", "status", values="none some all"),
    a_figure("c"),
)
LAYOUT = layout_of(
    FORM,
    [
        an_indicator(Computation(kind="ratio", numerator=("a", "c"), denominator=("b", "a"))),
        an_indicator(Computation(kind="coverage", figures=("s",), reaches="some", among=("a",))),
        an_indicator(Computation(kind="coverage", figures=("b",), reaches=3)),
    ],
)

LARGEST = 10**15
number = st.none() | st.integers(0, 5) | st.integers(0, LARGEST)
report = st.tuples(number, number, st.none() | st.integers(0, 2), number)
unit = st.sampled_from(["01", "02", "03", "04"])
act = st.tuples(unit, st.none() | st.tuples(report, st.booleans()))
"""A unit and its new report (values, late); None withdraws what it has."""


def recomputed(layout: Layout, held: dict[str, tuple[Values, bool]]) -> Vector:
    numbers = layout.zero
    for values, late in held.values():
        numbers = add(numbers, vector(layout, values, late=late))
    return numbers


@settings(max_examples=300)
@given(st.lists(act, max_size=30))
def test_any_history_equals_recomputation(acts: list[tuple[str, tuple[Values, bool] | None]]) -> None:
    held: dict[str, tuple[Values, bool]] = {}
    running = LAYOUT.zero
    for code, new in acts:
        old = held.pop(code, None)
        if old is not None:
            running = subtract(running, vector(LAYOUT, old[0], late=old[1]))
        if new is not None:
            held[code] = new
            running = add(running, vector(LAYOUT, new[0], late=new[1]))
    assert running == recomputed(LAYOUT, held)


@settings(max_examples=200)
@given(st.lists(report, max_size=12), st.randoms())
def test_order_does_not_matter_and_columns_equal_rows(rows: list[Values], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    by_row = LAYOUT.zero
    for row in shuffled:
        by_row = add(by_row, vector(LAYOUT, row))
    assert total(LAYOUT, rows) == by_row


@settings(max_examples=200)
@given(st.lists(report, max_size=12), st.integers(0, 12))
def test_provinces_add_up_to_the_nation(rows: list[Values], cut: int) -> None:
    assert add(total(LAYOUT, rows[:cut]), total(LAYOUT, rows[cut:])) == total(LAYOUT, rows)


def test_a_nation_of_largest_values_fits_a_bigint() -> None:
    assert max(total(LAYOUT, [[LARGEST, LARGEST, 0, LARGEST]] * 3400)) < 2**63
