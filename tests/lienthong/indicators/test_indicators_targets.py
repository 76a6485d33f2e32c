"""When a target is reached, on the way, behind, or cannot be assessed: one line of a table each."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lienthong.indicators.assessment import Reading, read
from lienthong.indicators.targets import OPEN
from lienthong.programmes import Computation, Target
from tests.builders.tallies import a_figure, a_form, a_tally, a_view, an_indicator

FORM = a_form(
    a_figure("items"),
    a_figure("machines", "stock"),
    a_figure("portal", "status", values="none building live"),
)
STOCK = Computation(kind="sum", figures=("machines",))
FLOW = Computation(kind="sum", figures=("items",), window="year")
STATUS = Computation(kind="milestone", figure="portal", reaches="live")


def parse(text: str) -> Target:
    """`2030 at_least 10`, `2035 range 1-2`, `2026-2030 at_least 1` (each year), `2030 status live`."""
    when, operator, value = [*text.split(), None][:3]
    first, dash, last = (when or "").partition("-")
    low, _, high = (value or "").partition("-") if operator == "range" else ("", "", "")
    number = Decimal(value) if value and operator not in ("range", "status") else None
    return Target(
        operator=operator or "",
        year=int(first) if first != "undated" and not dash else None,
        each_year=(int(first), int(last) if last else None) if dash else None,
        value=value if operator == "status" else number,
        low=Decimal(low) if low else None,
        high=Decimal(high) if high else None,
    )


def reading_of(
    computation: Computation,
    target: str,
    code: str,
    cell: str,
    baseline: str | None = None,
    minimum: str = "100",
) -> Reading:
    figure = computation.figure or computation.figures[0]
    row = " ".join(cell if f.code == figure else "-" for f in FORM.figures)
    base = None if baseline is None else (int(baseline.split(":")[0]), baseline.split(":")[1])
    indicator = an_indicator(computation, parse(target), baseline=base, minimum=minimum)
    table = f"unit items machines portal\n01 {row}\n02" if minimum != "100" else f"unit items machines portal\n01 {row}"
    return read(indicator, a_view(a_tally(code, table, FORM, [indicator])))


@pytest.mark.parametrize(
    ("computation", "target", "period", "value", "baseline", "status"),
    [
        # the milestone year itself: by the operator
        (STOCK, "2030 at_least 10", "2030", "10", None, "reached"),
        (STOCK, "2030 at_least 10", "2030", "9", None, "not_reached"),
        (STOCK, "2030 at_most 10", "2030", "11", None, "not_reached"),
        (STOCK, "2030 equal 10", "2030", "11", None, "not_reached"),
        (STOCK, "2035 range 1-2", "2035", "1", None, "reached"),
        (STOCK, "2035 range 1-2", "2035", "2", None, "reached"),
        (STOCK, "2035 range 1-2", "2035", "3", None, "exceeded"),
        (STOCK, "2035 range 1-2", "2035", "0", None, "not_reached"),
        (STOCK, "2030 at_least 10", "2031", "9", None, "not_reached"),
        # before it: the line from the baseline
        (STOCK, "2030 at_least 10", "2027", "5", "2024:2", "behind"),
        (STOCK, "2030 at_least 10", "2027", "6", "2024:2", "on_track"),
        (STOCK, "2030 at_most 2", "2027", "6", "2024:10", "on_track"),
        (STOCK, "2030 at_most 2", "2027", "7", "2024:10", "behind"),
        (STOCK, "2030 range 4-6", "2027", "3", "2024:2", "on_track"),
        (STOCK, "2030 range 4-6", "2027", "7", "2024:2", "exceeded"),
        (STOCK, "2030 range 4-6", "2027", "8", "2024:10", "on_track"),
        (STOCK, "2030 range 4-6", "2030", "8", "2024:10", "not_reached"),
        (STOCK, "2030 range 4-6", "2027", "2", "2024:2", "behind"),
        (STOCK, "2030 range 4-6", "2027", "5", "2024:2", "reached_early"),
        (STOCK, "2030 at_least 10", "2027-H1", "5", "2024:0", "on_track"),
        (STOCK, "2030 at_least 10", "2027-H1", "4", "2024:0", "behind"),
        # before it, without a baseline
        (STOCK, "2030 at_least 10", "2027", "5", None, "not_due"),
        (STOCK, "2030 at_least 10", "2027", "10", None, "reached_early"),
        (STOCK, "2030 at_least 10", "2030-H1", "10", None, "reached_early"),
        # items of 2026 prove nothing about 2027
        (FLOW, "2027 at_least 30", "2026", "40", None, "not_due"),
        (FLOW, "2027 at_least 30", "2026", "40", "2025:0", "on_track"),
        (FLOW, "2027 at_least 30", "2027-H1", "30", None, "reached"),
        (FLOW, "2027 at_least 30", "2027-H1", "29", "2025:0", "not_due"),
        (FLOW, "2027 at_most 30", "2027-H1", "29", None, "not_due"),
        # each year of a span
        (FLOW, "2026-2030 at_least 1", "2026", "1", None, "reached"),
        (FLOW, "2026-2030 at_least 1", "2026", "0", None, "not_reached"),
        (FLOW, "2026-2030 at_least 1", "2026-H1", "0", None, "not_due"),
        (FLOW, "2026-2030 at_least 1", "2026-H1", "1", None, "reached"),
        (FLOW, "2028-2030 at_least 1", "2026", "1", None, "not_due"),
        (STOCK, "2028-2030 at_least 1", "2026", "1", None, "not_due"),
        (STOCK, "2028-2030 at_least 1", "2028-H1", "1", None, "reached_early"),
        (FLOW, "2026-2030 at_least 1", "2031", "0", None, "cannot_be_assessed"),
        (FLOW, "2026- at_least 1", "2044", "1", None, "reached"),
        # statuses
        (STATUS, "2026 status live", "2026", "live", None, "reached"),
        (STATUS, "2026 status live", "2026", "building", None, "not_reached"),
        (STATUS, "2026 status building", "2026", "live", None, "reached"),
        (STATUS, "2030 status live", "2026", "building", None, "not_due"),
        (STATUS, "2030 status live", "2026", "live", None, "reached_early"),
        (STATUS, "2026 status", "2026", "live", None, "reached"),
        # what the plan leaves open
        (STOCK, "undated at_least 10", "2026", "10", None, "cannot_be_assessed"),
        (STOCK, "2026 at_least", "2026", "10", None, "cannot_be_assessed"),
        (STOCK, "2026 at_least 1", "2026", "-", None, "cannot_be_assessed"),
        (STATUS, "2026 at_least 1", "2026", "live", None, "cannot_be_assessed"),
        (STOCK, "2026 status live", "2026", "3", None, "cannot_be_assessed"),
    ],
)
def test_status(
    computation: Computation, target: str, period: str, value: str, baseline: str | None, status: str
) -> None:
    [found] = reading_of(computation, target, period, value, baseline=baseline).targets
    assert found.status == status
    assert bool(found.reasons) == (status in OPEN)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("undated at_least 10", "undated"),
        ("2030 at_least", "unquantified"),
        ("2030 at_least 10", "not_due"),
    ],
)
def test_reason_is_told(target: str, code: str) -> None:
    [found] = reading_of(STOCK, target, "2026", "1").targets
    assert [reason.code for reason in found.reasons] == [code]


def test_the_line_is_shown() -> None:
    [target] = reading_of(STOCK, "2030 at_least 10", "2027", "6", baseline="2024:2").targets
    assert target.line == 6


def test_below_minimum_coverage_a_reached_target_is_provisional() -> None:
    reading = reading_of(STOCK, "2030 at_least 10", "2030", "10", minimum="80")
    [target] = reading.targets
    assert (reading.assessment, target.status, target.provisional) == ("provisional", "reached", True)


def test_average_target_is_judged_by_the_average_from_the_baseline() -> None:
    growth = Computation(kind="growth", of=Computation(kind="sum", figures=("items",)), mode="year_on_year")
    target = Target(operator="at_least", each_year=(2026, 2030), value=Decimal(10), average=True)

    def status(baseline: tuple[int, str] | None) -> str:
        indicator = an_indicator(growth, target, baseline=baseline)
        tallies = [
            a_tally(c, f"unit items machines portal\n01 {n} - -", FORM, [indicator])
            for c, n in [("2026", 150), ("2027", 125)]
        ]
        return read(indicator, a_view(tallies[1], tallies[0])).targets[0].status

    assert status(None) == "cannot_be_assessed"
    assert status((2025, "100")) == "reached"  # fell on the year before, but 11.8 % a year since 2025
    assert status((2025, "110")) == "not_reached"
