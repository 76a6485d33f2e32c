"""What stands in a rollup, slot by slot."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lienthong.indicators.rollup import (
    add,
    layout_of,
    subtract,
    total,
    vector,
)
from lienthong.programmes import Computation
from tests.builders.tallies import a_figure, a_form, an_indicator, cells, slot

FORM = a_form(
    a_figure("reached"),
    a_figure("staff", "stock"),
    a_figure("hours", decimals=1),
    a_figure("portal", "status", values="none building live"),
)
SHARE = an_indicator(Computation(kind="ratio", numerator=("reached",), denominator=("staff",)))
LIVE = an_indicator(Computation(kind="coverage", figures=("portal",), reaches="live"))
LONG = an_indicator(Computation(kind="coverage", figures=("hours",), reaches=2, among=("portal",)))
LAYOUT = layout_of(FORM, [SHARE, LIVE, LONG])

REPORTS = """
    unit   reached  staff  hours  portal
    01     10       20     1.5    live
    02     0        30     -      building
    03     7        -      2.0    live
    04     -        -      2.5    none
    05
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reports", 4),
        ("sum(reached)", 17),
        ("given(reached)", 3),
        ("sum(hours)", 60),
        ("is(portal,none)", 1),
        ("is(portal,live)", 2),
        ("given(portal)", 4),
        ("paired(reached,staff).numerator", 10),
        ("paired(reached,staff).denominator", 50),
        ("paired(reached,staff).count", 2),
        ("reaches(portal,live)", 2),
        ("reaches(hours,2|portal)", 1),
    ],
)
def test_slot_holds(name: str, expected: int) -> None:
    assert slot(LAYOUT, REPORTS, FORM, name) == expected


def test_zero_is_given_and_not_reported_is_not() -> None:
    table = "unit reached staff hours portal\n 01 0 - - -"
    assert slot(LAYOUT, table, FORM, "given(reached)") == 1
    assert slot(LAYOUT, table, FORM, "given(staff)") == 0


def test_status_at_the_first_value_is_counted_though_its_index_is_zero() -> None:
    assert slot(LAYOUT, "unit reached staff hours portal\n 01 - - - none", FORM, "is(portal,none)") == 1


def test_threshold_between_two_scaled_numbers_is_rounded_up() -> None:
    reaches = an_indicator(Computation(kind="coverage", figures=("hours",), reaches=Decimal("1.55")))  # type: ignore[arg-type]
    layout = layout_of(FORM, [reaches])
    table = "unit reached staff hours portal\n 01 - - 1.5 none\n 02 - - 1.6 none"
    assert slot(layout, table, FORM, "reaches(hours,1.55)") == 1


def test_late_reports_are_counted_beside_the_others() -> None:
    late = vector(LAYOUT, [1, 2, None, 0], late=True)
    assert (LAYOUT.at(late, "reports"), LAYOUT.at(late, "late")) == (1, 1)


def test_removing_what_was_added_leaves_the_rollup_of_no_report() -> None:
    numbers = vector(LAYOUT, [5, 9, 12, 2])
    assert subtract(add(LAYOUT.zero, numbers), numbers) == LAYOUT.zero


def test_an_indicator_over_figures_of_another_form_makes_no_slot() -> None:
    other = an_indicator(Computation(kind="ratio", numerator=("reached",), denominator=("elsewhere",)))
    assert layout_of(FORM, [other]).slots == layout_of(FORM, []).slots


def test_digest_changes_with_a_threshold_and_not_with_an_unrelated_indicator() -> None:
    building = an_indicator(Computation(kind="coverage", figures=("portal",), reaches="building"))
    unrelated = an_indicator(Computation(kind="sum", figures=("reached",)))
    plain = layout_of(FORM, [LIVE])
    assert layout_of(FORM, [LIVE, unrelated]).digest == plain.digest
    assert layout_of(FORM, [LIVE, building]).digest != plain.digest


def test_values_of_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="figures"):
        vector(LAYOUT, [1, 2])
    with pytest.raises(ValueError, match="slots"):
        add(LAYOUT.zero, (1, 2))


def test_nested_growth_brings_the_slots_of_its_measure() -> None:
    ratio = Computation(kind="ratio", numerator=("reached",), denominator=("staff",))
    growth = an_indicator(Computation(kind="growth", of=ratio, mode="year_on_year"))
    assert layout_of(FORM, [growth]).has("paired(reached,staff).count")


def test_sum_of_nothing_is_zero_in_every_slot() -> None:
    assert total(LAYOUT, []) == LAYOUT.zero
    assert [row for row in cells(FORM, "unit reached staff hours portal\n 01") if row] == []
