"""Figures that an official would sign: each case was once answered wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.indicators.arithmetic import agreeing, rounded
from lienthong.indicators.assessment import Reading, read
from lienthong.indicators.nation import repeated_figures, units_by_figure
from lienthong.indicators.tallies import Tally, View, moment
from lienthong.indicators.verdicts import of_target
from lienthong.periods import Period
from lienthong.programmes import Computation, Indicator, Target
from tests.builders.tallies import a_figure, a_form, a_tally, a_view, an_indicator, say

FORM = a_form(
    a_figure("items"),
    a_figure("reached", "cumulative"),
    a_figure("staff", "stock"),
    a_figure("machines", "stock"),
    a_figure("platform", "status", values="awaiting connecting integrated exploited"),
)
HEAD = "unit items reached staff machines platform\n"
SHARE = Computation(kind="ratio", numerator=("reached",), denominator=("staff",), multiplier=Decimal(100))
PEOPLE = Computation(kind="per_population", figures=("reached",), multiplier=Decimal(100))
PER_MILLION = Computation(kind="per_population", figures=("machines",), multiplier=Decimal(1_000_000))
GROWTH = Computation(kind="growth", of=Computation(kind="sum", figures=("items",)), mode="year_on_year")
PLATFORM = Computation(kind="milestone", figure="platform", reaches="exploited")


def at_least(value: str, year: int = 2030) -> Target:
    return Target(operator="at_least", year=year, value=Decimal(value))


def tally(rows: str, indicator: Indicator, code: str, people: int | None = None) -> Tally:
    return a_tally(code, HEAD + rows, FORM, [indicator], people)


def reading(
    computation: Computation,
    target: Target,
    code: str,
    rows: str,
    *,
    people: int | None = None,
    minimum: str = "100",
    decimals: int = 1,
) -> Reading:
    indicator = an_indicator(computation, target, minimum=minimum, decimals=decimals)
    return read(indicator, a_view(tally(rows, indicator, code, people)))


def test_more_than_a_range_asks_for_is_exceeded_and_not_behind() -> None:
    range_ = Target(operator="range", year=2035, low=Decimal(1), high=Decimal(2))
    for year in ("2027", "2035"):
        found = reading(PER_MILLION, range_, year, "01 - - - 8 -", people=3_567_943, decimals=2)
        assert (found.shown, found.targets[0].status) == ("2.24", "exceeded")
    assert of_target("exceeded", provisional=False).vi == "Vượt"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("awaiting", "condition_pending"),
        ("connecting", "not_reached"),
        ("exploited", "reached"),
    ],
)
def test_what_waits_for_the_ministry_is_not_failed(status: str, verdict: str) -> None:
    target = Target(operator="status", year=2026, value="exploited", awaits="awaiting", trigger=say("Trung ương …"))
    [found] = reading(PLATFORM, target, "2026", f"01 - - - - {status}").targets
    assert found.status == verdict
    assert of_target(found.status, provisional=True).vi in (
        "Chưa đến điều kiện",
        "Chưa đạt (tạm tính)",
        "Đạt (tạm tính)",
    )


def test_a_condition_without_a_status_of_its_own_is_awaited_until_it_is_met() -> None:
    target = Target(operator="status", year=2026, value="exploited", trigger=say("Trung ương …"))
    assert reading(PLATFORM, target, "2027", "01 - - - - connecting").targets[0].status == "condition_pending"
    assert reading(PLATFORM, target, "2027", "01 - - - - exploited").targets[0].status == "reached"


def test_a_level_reached_before_its_year_is_told_as_such() -> None:
    [target] = reading(SHARE, at_least("60"), "2027", "01 - 70 100 - -").targets
    assert of_target(target.status, provisional=False).vi == "Đã đạt mức mục tiêu (trước hạn)"


def test_without_a_baseline_the_gap_is_shown() -> None:
    found = reading(SHARE, at_least("60"), "2027", "01 - 475 1000 - -")
    [target] = found.targets
    assert (target.status, found.shown_gap(target)) == ("not_due", "12.5")
    assert target.reasons[0].code == "before_milestone"


@pytest.mark.parametrize(
    ("computation", "target", "row"),
    [
        (PLATFORM, Target(operator="status", year=2030, value="exploited"), "01 - - - - connecting"),
        (Computation(kind="sum", figures=("machines",)), at_least("1"), "01 - - - 0 -"),
        (Computation(kind="minimum", figures=("items", "machines")), at_least("1"), "01 0 - - 0 -"),
    ],
)
def test_a_status_and_a_minimum_count_never_lack_a_baseline(computation: Computation, target: Target, row: str) -> None:
    [found] = reading(computation, target, "2027", row).targets
    assert [reason.message.vi for reason in found.reasons] == ["Chưa đến năm mục tiêu 2030; chưa kết luận."]


def test_digits_are_added_until_value_and_verdict_agree() -> None:
    found = reading(SHARE, at_least("60"), "2030", "01 - 5996 10000 - -")
    assert (found.shown, found.targets[0].status) == ("59.96", "not_reached")
    assert found.arithmetic == "Σ 5.996 / Σ 10.000 × 100 = 59,96%"
    assert found.shown_gap(found.targets[0]) == "0.04"


def test_nearly_all_units_do_not_read_as_all_of_them() -> None:
    rows = "\n".join(f"{n} 1 - - - -" for n in range(2999)) + "\n2999"
    found = reading(Computation(kind="sum", figures=("items",)), at_least("1"), "2030", rows)
    assert found.reasons[0].message.vi == (
        "Kỳ 2030 mới có 2.999/3.000 đơn vị cung cấp (99,97%), dưới mức tối thiểu 100%."
    )


def test_nearly_everything_is_not_shown_as_a_hundred_percent() -> None:
    assert reading(SHARE, at_least("60"), "2030", "01 - 99999 100000 - -").shown == "99.999"
    assert reading(SHARE, at_least("60"), "2030", "01 - 1 100000 - -").shown == "0.001"


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.integers(0, 100), st.integers(0, 3))
def test_a_value_as_shown_lies_on_the_side_it_is_judged_to_lie(part: int, whole: int, wanted: int, digits: int) -> None:
    value, target = Fraction(100 * part, whole), Fraction(wanted)
    shown = Fraction(rounded(value, agreeing(value, digits, [target])))
    assert (shown >= target) == (value >= target) and (shown == target) == (value == target)


def test_more_people_than_there_are_is_doubted_and_not_reached() -> None:
    found = reading(PEOPLE, at_least("80"), "2030", "01 - 1200 - - -", people=1000)
    assert (found.shown, found.assessment) == ("120.0", "provisional")
    assert [reason.code for reason in found.reasons] == ["more_than_all"]
    assert [(t.status, t.reasons[0].code) for t in found.targets] == [("cannot_be_assessed", "more_than_all")]
    assert "1.200" in found.reasons[0].message.vi and "1.000" in found.reasons[0].message.vi


def a_growth(then: str, now: str, **reporters: str) -> Reading:
    indicator = an_indicator(
        GROWTH, Target(operator="at_least", each_year=(2026, 2030), value=Decimal(10)), minimum="0"
    )
    tallies = {code: tally(rows, indicator, code) for code, rows in (("2026", then), ("2027", now))}
    for code, units in ((name.removeprefix("y"), units) for name, units in reporters.items()):
        [form] = tallies[code].forms
        tallies[code] = replace(tallies[code], forms=(replace(form, reporters=frozenset(units.split())),))
    return read(indicator, a_view(tallies["2027"], tallies["2026"]))


def ten_each(units: int, obliged: int = 10) -> str:
    return "\n".join(f"{n:02d} 10 - - - -" if n < units else f"{n:02d}" for n in range(obliged))


def test_growth_that_comes_from_more_reporters_is_doubted_and_not_reached() -> None:
    found = a_growth(ten_each(8), ten_each(10))
    assert (found.shown, found.assessment, found.targets[0].status) == ("25.0", "provisional", "cannot_be_assessed")
    assert "8 đơn vị" in found.reasons[0].message.vi and "10 đơn vị" in found.reasons[0].message.vi


def test_growth_between_as_many_but_other_reporters_names_them() -> None:
    found = a_growth("01 10 - - - -\n02", "01\n02 20 - - - -", y2026="01", y2027="02")
    assert found.reasons[0].code == "reporters_differ" and "01, 02" in found.reasons[0].message.vi


def test_growth_of_the_same_reporters_is_judged() -> None:
    found = a_growth(ten_each(10), ten_each(10).replace(" 10 ", " 12 "), y2026="01 02", y2027="01 02")
    assert (found.assessment, found.targets[0].status) == ("assessed", "reached")


def test_a_ratio_whose_sides_come_from_different_units_is_not_assessed_as_reached() -> None:
    over = Computation(
        kind="ratio", numerator=("items",), denominator=("staff",), multiplier=Decimal(100), window="year"
    )
    indicator = an_indicator(over, at_least("10", 2026), minimum="0")
    first = tally("01 5 - 50 - -\n02", indicator, "2026-H1")
    second = tally("01\n02 5 - 50 - -", indicator, "2026-H2")
    first, second = (
        replace(one, forms=(replace(one.forms[0], reporters=frozenset([unit])),))
        for one, unit in ((first, "01"), (second, "02"))
    )
    found = read(indicator, a_view(second, first))
    assert [t.status for t in found.targets] == ["cannot_be_assessed"]
    assert "units_differ" in [reason.code for reason in found.reasons]


# ---------------------------------------------------------------- closing reviews


def a_review(
    code: str, first: str, last: str, rows: str, target: Target, computation: Computation, close: date | None = None
) -> Reading:
    indicator = an_indicator(computation, target)
    period = Period(code=code, first=date.fromisoformat(first), last=date.fromisoformat(last))
    view = View(level="province", now=replace(tally(rows, indicator, "2030"), period=period), year_close=close)
    return read(indicator, view)


STOCK = Computation(kind="sum", figures=("machines",))


@pytest.mark.parametrize(
    ("last", "close", "status"),
    [
        ("2030-12-31", None, "not_reached"),
        ("2030-12-30", None, "not_due"),
        ("2030-09-30", "2030-09-30", "not_reached"),  # the plan's year closes on that day
        ("2030-12-31", "2030-09-30", "not_reached"),
        ("2030-06-30", "2030-09-30", "not_due"),
    ],
)
def test_a_closing_review_is_judged_against_the_year_in_which_it_ends(
    last: str, close: str | None, status: str
) -> None:
    found = a_review(
        "2030-TK1",
        "2026-01-01",
        last,
        "01 - - - 9 -",
        at_least("10"),
        STOCK,
        None if close is None else date.fromisoformat(close),
    )
    assert [target.status for target in found.targets] == [status]


def test_a_review_is_judged_by_the_year_of_its_last_day_whatever_its_code_says() -> None:
    period = Period(code="2031-TK1", first=date(2030, 1, 1), last=date(2030, 12, 31))
    assert (moment(period).year, moment(period).at) == (2030, 2030)


def test_a_flow_of_several_years_is_not_held_against_the_target_of_one() -> None:
    flow = Computation(kind="sum", figures=("items",))
    found = a_review("2030-TK1", "2026-01-01", "2030-12-31", "01 50 - - - -", at_least("10"), flow)
    assert [(t.status, t.reasons[0].code) for t in found.targets] == [("cannot_be_assessed", "longer_than_a_year")]
    found = a_review("2030-TK1", "2030-01-01", "2030-12-31", "01 50 - - - -", at_least("10"), flow)
    assert [t.status for t in found.targets] == ["reached"]


# ---------------------------------------------------------------- the nation


def test_a_figure_asked_twice_is_counted_once_and_the_others_stay() -> None:
    own = units_by_figure([("items", ["06001"]), ("awards", ["06001"])])
    assert repeated_figures(own, [units_by_figure([("items", ["06001", "06004"])])]) == {"items"}
    assert repeated_figures(own, [units_by_figure([("items", ["06004"])])]) == frozenset()
