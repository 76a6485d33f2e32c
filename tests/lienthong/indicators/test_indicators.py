"""Every kind of computation as a rule, on small tables."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from lienthong.indicators.assessment import read
from lienthong.indicators.tallies import Tally
from lienthong.programmes import Computation, Indicator
from tests.builders.tallies import a_figure, a_form, a_tally, a_view, an_indicator, say

FORM = a_form(
    a_figure("items"),
    a_figure("reached"),
    a_figure("staff", "stock"),
    a_figure("machines", "stock"),
    a_figure("portal", "status", values="none building live"),
    a_figure("has_site", "stock"),
)
HEAD = "unit items reached staff machines portal has_site\n"

SUM = Computation(kind="sum", figures=("items",))
SHARE = Computation(kind="ratio", numerator=("reached",), denominator=("staff",), multiplier=Decimal(100))
PER_MILLION = Computation(kind="per_population", figures=("machines",), multiplier=Decimal(1_000_000))
LIVE = Computation(kind="coverage", figures=("portal",), reaches="live", multiplier=Decimal(100))
LIVE_AMONG = Computation(
    kind="coverage", figures=("portal",), reaches="live", among=("has_site",), multiplier=Decimal(100)
)


def tally(rows: str, indicator: Indicator, code: str = "2026", people: int | None = None) -> Tally:
    return a_tally(code, HEAD + rows, FORM, [indicator], people)


@pytest.mark.parametrize(
    ("rule", "computation", "rows", "value", "assessment"),
    [
        ("sum adds what was given", SUM, "01 4 - - - - -\n02 0 - - - - -", 4, "assessed"),
        ("zero from everybody is zero", SUM, "01 0 - - - - -\n02 0 - - - - -", 0, "assessed"),
        ("nobody gave it: no value", SUM, "01 - 1 1 - - -\n02", None, "cannot_be_assessed"),
        ("one of two is missing: provisional", SUM, "01 4 - - - - -\n02", 4, "provisional"),
        ("a given null is missing too", SUM, "01 4 - - - - -\n02 - 1 1 - - -", 4, "provisional"),
        ("ratio is of sums, not a mean of 50 and 100", SHARE, "01 - 10 20 - - -\n02 - 980 980 - - -", 99, "assessed"),
        (
            "ratio leaves out who gave one side",
            SHARE,
            "01 - 10 20 - - -\n02 - 500 - - - -\n03 - - 700 - - -",
            50,
            "provisional",
        ),
        ("ratio over zero", SHARE, "01 - 0 0 - - -", None, "cannot_be_assessed"),
        (
            "coverage is over obliged units",
            LIVE,
            "01 - - - - live -\n02 - - - - building -\n03\n04 - - - - live -",
            50,
            "provisional",
        ),
        (
            "coverage among those it concerns",
            LIVE_AMONG,
            "01 - - - - live 1\n02 - - - - none 0\n03 - - - - building 2",
            50,
            "assessed",
        ),
        ("coverage among nobody", LIVE_AMONG, "01 - - - - none 0", None, "cannot_be_assessed"),
    ],
)
def test_rule(rule: str, computation: Computation, rows: str, value: int | None, assessment: str) -> None:
    indicator = an_indicator(computation)
    reading = read(indicator, a_view(tally(rows, indicator)))
    assert (reading.value, reading.assessment) == (value, assessment), rule


def test_arithmetic_is_shown_in_vietnamese_notation() -> None:
    indicator = an_indicator(SHARE)
    reading = read(indicator, a_view(tally("01 - 1234 2000 - - -", indicator)))
    assert reading.arithmetic == "Σ 1.234 / Σ 2.000 × 100 = 61,7%"
    assert reading.shown == "61.7"


def test_coverage_never_exceeds_one_hundred_percent() -> None:
    indicator = an_indicator(LIVE_AMONG)
    reading = read(indicator, a_view(tally("01 - - - - live 1\n02 - - - - live 0\n03 - - - - live -", indicator)))
    assert reading.value == 100


def test_rate_uses_the_population_of_the_whole_level() -> None:
    indicator = an_indicator(PER_MILLION, minimum="0", measure="máy/triệu dân")
    reading = read(indicator, a_view(tally("01 - - - 3 - -\n02", indicator, people=881_384)))
    assert reading.value == Fraction(3_000_000, 881_384)
    assert reading.arithmetic == "Σ 3 / 881.384 người (2025) × 1.000.000 = 3,4 máy/triệu dân"


def test_rate_without_population_cannot_be_assessed() -> None:
    indicator = an_indicator(PER_MILLION)
    reading = read(indicator, a_view(tally("01 - - - 3 - -", indicator)))
    assert reading.assessment == "cannot_be_assessed"
    assert [reason.code for reason in reading.reasons] == ["no_population"]
    assert reading.numerator == 3


def test_one_scanner_in_a_small_commune_is_no_rate_per_million() -> None:
    indicator = an_indicator(PER_MILLION, levels=("province",))
    view = a_view(tally("01 - - - 1 - -", indicator, people=8_000), level="commune")
    reading = read(indicator, view)
    assert (reading.value, reading.numerator, reading.denominator, reading.targets) == (None, 1, None, ())
    assert [reason.code for reason in reading.reasons] == ["not_meaningful_at_level"]
    assert reading.arithmetic == "Σ 1"


def test_minimum_is_the_smallest_of_the_sums() -> None:
    computation = Computation(kind="minimum", figures=("items", "reached"))
    indicator = an_indicator(computation)
    reading = read(indicator, a_view(tally("01 2 0 - - - -\n02 1 1 - - - -", indicator)))
    assert reading.value == 1
    assert reading.arithmetic.startswith("min(Σ 3; Σ 1) = 1")


def test_minimum_with_a_figure_nobody_gave_cannot_be_assessed() -> None:
    indicator = an_indicator(Computation(kind="minimum", figures=("items", "reached")))
    reading = read(indicator, a_view(tally("01 2 - - - - -", indicator)))
    assert reading.assessment == "cannot_be_assessed"


def test_milestone_is_as_far_as_the_least_advanced_unit() -> None:
    indicator = an_indicator(Computation(kind="milestone", figure="portal", reaches="live"))
    reading = read(indicator, a_view(tally("01 - - - - live -\n02 - - - - building -", indicator)))
    assert (reading.status, reading.value, reading.numerator, reading.denominator) == ("building", None, 1, 2)
    assert reading.assessment == "assessed"


def test_what_the_source_does_not_define_says_why() -> None:
    indicator = an_indicator(Computation(kind="none", reason=say("“Hệ số truy cập” chưa được định nghĩa.")))
    reading = read(indicator, a_view(tally("01 1 - - - - -", indicator)))
    assert reading.assessment == "cannot_be_assessed"
    assert reading.reasons[0].message.vi == "“Hệ số truy cập” chưa được định nghĩa."


def test_figure_that_the_form_did_not_ask_yet_is_not_zero() -> None:
    indicator = an_indicator(Computation(kind="sum", figures=("new_figure",)))
    reading = read(indicator, a_view(tally("01 1 - - - - -", indicator)))
    assert [reason.code for reason in reading.reasons] == ["figure_not_asked"]


def test_the_least_given_figure_decides_how_many_reported() -> None:
    indicator = an_indicator(Computation(kind="sum", figures=("items", "reached")))
    reading = read(indicator, a_view(tally("01 1 1 - - - -\n02 1 - - - - -", indicator)))
    assert (reading.reported, reading.obliged, reading.assessment) == (1, 2, "provisional")


def test_a_lower_minimum_coverage_of_the_plan_is_enough() -> None:
    indicator = an_indicator(SUM, minimum="50")
    assert read(indicator, a_view(tally("01 4 - - - - -\n02", indicator))).assessment == "assessed"


# ---------------------------------------------------------------- windows

YEAR = Computation(kind="sum", figures=("items",), window="year")
SINCE = Computation(kind="sum", figures=("items",), window="since_start")


def test_flow_adds_over_the_year() -> None:
    indicator = an_indicator(YEAR)
    first, second = (
        tally("01 4 - - - - -", indicator, "2026-H1"),
        tally("01 5 - - - - -", indicator, "2026-H2"),
    )
    assert read(indicator, a_view(second, first)).value == 9
    assert read(indicator, a_view(first)).value == 4


def test_stock_is_never_summed_over_periods() -> None:
    indicator = an_indicator(Computation(kind="sum", figures=("machines",), window="year"))
    first = tally("01 - - - 4 - -", indicator, "2026-H1")
    second = tally("01 - - - 5 - -", indicator, "2026-H2")
    assert read(indicator, a_view(second, first)).value == 5


def test_sum_since_the_start_runs_over_years_and_not_into_the_future() -> None:
    indicator = an_indicator(SINCE)
    rounds = [
        tally(f"01 {n} - - - - -", indicator, code)
        for n, code in [(1, "2025-H2"), (2, "2026-H1"), (4, "2026-H2"), (100, "2027-H1")]
    ]
    assert read(indicator, a_view(rounds[2], rounds[0], rounds[1], rounds[3])).value == 7


def test_a_scheduled_period_without_reports_makes_the_year_provisional() -> None:
    indicator = an_indicator(YEAR)
    second = tally("01 5 - - - - -", indicator, "2026-H2")
    reading = read(indicator, a_view(second, scheduled="2026-H1 2026-H2"))
    assert (reading.value, reading.assessment) == (5, "provisional")
    assert [reason.code for reason in reading.reasons] == ["period_missing"]
    assert read(indicator, a_view(second, scheduled="2026-H2")).assessment == "assessed"


def test_a_thin_earlier_half_year_makes_the_year_provisional() -> None:
    indicator = an_indicator(YEAR)
    first, second = (
        tally("01 4 - - - - -\n02", indicator, "2026-H1"),
        tally("01 5 - - - - -", indicator, "2026-H2"),
    )
    reading = read(indicator, a_view(second, first))
    assert (reading.assessment, reading.reported, reading.obliged) == ("provisional", 1, 1)
    assert "2026-H1" in reading.reasons[0].message.vi


def test_present_period_is_not_missing_from_the_sum_since_the_start() -> None:
    indicator = an_indicator(SINCE)
    first, second = tally("01 1 - - - - -", indicator, "2026-H1"), tally("01 2 - - - - -", indicator, "2026-H2")
    reading = read(indicator, a_view(second, first, scheduled="2026-H1 2026-H2 2027-H1"))
    assert (reading.value, reading.assessment) == (3, "assessed")


def test_ratio_over_the_year_adds_the_flow_and_takes_the_stock_at_the_close() -> None:
    indicator = an_indicator(replace(SHARE, window="year"))
    first, second = tally("01 - 10 90 - - -", indicator, "2026-H1"), tally("01 - 15 100 - - -", indicator, "2026-H2")
    assert read(indicator, a_view(second, first)).value == 25


def test_stock_numerator_is_not_added_up_though_the_denominator_flows() -> None:
    over = Computation(kind="ratio", numerator=("machines",), denominator=("items",), window="year")
    indicator = an_indicator(over)
    first, second = tally("01 1 - - 6 - -", indicator, "2026-H1"), tally("01 2 - - 6 - -", indicator, "2026-H2")
    assert read(indicator, a_view(second, first)).value == 2


def test_ratio_whose_units_differ_between_the_periods_is_provisional() -> None:
    indicator = an_indicator(replace(SHARE, window="year"), minimum="0")
    first = tally("01 - 10 90 - - -\n02 - 5 5 - - -", indicator, "2026-H1")
    second = tally("01 - 15 100 - - -\n02", indicator, "2026-H2")
    reading = read(indicator, a_view(second, first))
    assert [reason.code for reason in reading.reasons] == ["units_differ"]


# ---------------------------------------------------------------- growth

GROWTH = Computation(kind="growth", of=SUM, mode="year_on_year")
AVERAGE = Computation(kind="growth", of=SUM, mode="average_from_baseline")


@pytest.mark.parametrize(
    ("before", "now", "value"),
    [("100", "110", "10.0"), ("100", "90", "-10.0"), ("3", "4", "33.3"), ("0", "4", None), ("-", "4", None)],
)
def test_growth_on_the_year_before(before: str, now: str, value: str | None) -> None:
    indicator = an_indicator(GROWTH)
    then = tally(f"01 {before} 1 1 - - -", indicator, "2025")
    reading = read(indicator, a_view(tally(f"01 {now} - - - - -", indicator), then))
    assert reading.shown == value
    assert (reading.assessment == "cannot_be_assessed") == (value is None)


def test_growth_shows_both_sums() -> None:
    indicator = an_indicator(GROWTH)
    then = tally("01 1000 - - - - -", indicator, "2025")
    reading = read(indicator, a_view(tally("01 1250 - - - - -", indicator), then))
    assert reading.arithmetic == "((Σ 1.250) / (Σ 1.000) − 1) × 100 = 25,0%"


def test_growth_compares_the_same_half_of_the_year_before() -> None:
    indicator = an_indicator(GROWTH)
    others = [tally(f"01 {n} - - - - -", indicator, c) for n, c in [(10, "2025-H1"), (50, "2025-H2")]]
    assert read(indicator, a_view(tally("01 11 - - - - -", indicator, "2026-H1"), *others)).shown == "10.0"


def test_growth_of_a_ratio_compares_ratios() -> None:
    indicator = an_indicator(Computation(kind="growth", of=SHARE, mode="year_on_year"))
    then = tally("01 - 10 30 - - -", indicator, "2025")
    assert read(indicator, a_view(tally("01 - 20 30 - - -", indicator), then)).value == 100


def test_average_growth_needs_a_baseline() -> None:
    indicator = an_indicator(AVERAGE)
    reading = read(indicator, a_view(tally("01 5 - - - - -", indicator)))
    assert [reason.code for reason in reading.reasons] == ["no_baseline"]


def test_average_growth_of_ten_percent_in_three_years_is_exactly_ten() -> None:
    indicator = an_indicator(AVERAGE, baseline=(2025, "1000"))
    reading = read(indicator, a_view(tally("01 1331 - - - - -", indicator, "2028")))
    assert reading.value == 10
    assert reading.arithmetic == "(((Σ 1.331) / (1.000 (năm 2025)))^(1/3) − 1) × 100 = 10,0%"


def test_average_growth_is_not_told_before_the_year_is_over() -> None:
    indicator = an_indicator(AVERAGE, baseline=(2025, "1000"))
    reading = read(indicator, a_view(tally("01 600 - - - - -", indicator, "2026-H1")))
    assert [reason.code for reason in reading.reasons] == ["year_not_over"]
