"""What documents mean once read: computations, deadlines, periods, figures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lienthong.calendar import VIETNAM
from lienthong.periods import Period
from lienthong.programmes import Computation, Reminders, deadline_instant, parse, parse_published
from tests.builders.plans import a_figure, a_plan, a_plan_document, a_programme, an_indicator, an_obligation


def computed(**computation: Any) -> Computation:
    return a_plan(indicators=[an_indicator(computation=computation)]).indicators[0].computation


def test_numbers_are_exact() -> None:
    plan = a_plan(indicators=[an_indicator(targets=[{"operator": "range", "low": 0.1, "high": 0.3, "year": 2030}])])
    target = plan.indicators[0].targets[0]
    assert (target.low, target.high) == (Decimal("0.1"), Decimal("0.3"))


def test_coverage_may_name_one_figure_or_several() -> None:
    computation = computed(kind="coverage", figure="channel", reaches="live")
    assert (computation.figure, computation.figures) == ("channel", ("channel",))
    several = computed(kind="coverage", figures=["channel", "other"], reaches="live", among=["a", "b"])
    assert (several.figure, several.figures, several.among) == (None, ("channel", "other"), ("a", "b"))


def test_growth_holds_what_it_is_the_growth_of() -> None:
    growth = computed(kind="growth", mode="year_on_year", of={"kind": "sum", "figures": "events"})
    assert growth.of is not None and growth.of.figures == ("events",)


def test_the_plans_kinds_of_unit_stand_in_for_the_programmes() -> None:
    own = {"commune": {"label": "Xã Nam Cường", "level": "commune", "units": ["02026"]}}
    plan = a_plan(reporters=own)
    assert plan.reporters["commune"].units == ("02026",) and "department" in plan.reporters


def test_figures_of_a_form_keep_their_order() -> None:
    form = a_plan().form("P1-LS.commune")
    assert form is not None and form.codes == ("staff", "informed", "events", "channel")
    assert form.figure("channel").index_of("live") == 1


def test_a_form_of_unknown_figures_is_not_read() -> None:
    with pytest.raises(KeyError):
        parse(a_programme(figures=[a_figure("staff")]), a_plan_document())


def test_what_was_published_reads_back_as_the_same_plan() -> None:
    assert parse_published({"programme": a_programme(), "plan": a_plan_document()}) == a_plan()


def test_a_plan_says_when_units_are_reminded_and_leaves_the_rest_as_usual() -> None:
    assert a_plan().reminders == Reminders(before=(5, 1), after=(1, 5), hour=8)
    assert a_plan(reminders={"before": [10, 0], "hour": 14}).reminders == Reminders(
        before=(10, 0), after=(1, 5), hour=14
    )
    assert a_plan(reminders={"after": []}).reminders.after == ()


YEAR = Period(code="2026", first=date(2025, 10, 1), last=date(2026, 9, 30))


def instant(**deadline: Any) -> datetime | None:
    return deadline_instant(a_plan(obligations=[an_obligation(deadlines=[deadline])]).obligations[0], YEAR)


@pytest.mark.parametrize(
    ("deadline", "first_late"),
    [
        ({"before": "10-15"}, datetime(2026, 10, 15, tzinfo=VIETNAM)),  # trước ngày 15/10
        ({"on_or_before": "10-15"}, datetime(2026, 10, 16, tzinfo=VIETNAM)),  # chậm nhất trong ngày
        ({"on_or_before": "12-31"}, datetime(2027, 1, 1, tzinfo=VIETNAM)),
        ({"before": "01-15", "year_offset": 1}, datetime(2027, 1, 15, tzinfo=VIETNAM)),
    ],
)
def test_before_is_exclusive_and_on_or_before_inclusive(deadline: dict[str, Any], first_late: datetime) -> None:
    assert instant(**deadline) == first_late


def test_a_deadline_on_29_february_is_the_last_of_the_month_in_other_years() -> None:
    assert instant(on_or_before="02-29") == datetime(2026, 3, 1, tzinfo=VIETNAM)


def test_no_date_means_no_deadline() -> None:
    assert deadline_instant(a_plan(obligations=[an_obligation(deadlines=[])]).obligations[0], YEAR) is None


def test_an_obligation_has_no_deadline_in_periods_of_another_frequency() -> None:
    half = Period(code="2026-H1", first=date(2025, 12, 1), last=date(2026, 5, 31))
    assert deadline_instant(a_plan().obligations[0], half) is None


def test_each_half_year_has_its_own_deadline() -> None:
    halves = an_obligation(
        frequency="semiannual", deadlines=[{"part": 1, "before": "06-10"}, {"part": 2, "before": "12-10"}]
    )
    spans = [
        {"first": {"year": -1, "day": "12-01"}, "last": {"day": "05-31"}},
        {"first": {"day": "06-01"}, "last": {"day": "11-30"}},
    ]
    plan = a_plan(
        obligations=[halves],
        schedules=[{"frequency": "semiannual", "first_year": 2026, "last_year": None, "spans": spans}],
    )
    found = [(p.code, p.first.isoformat(), deadline_instant(plan.obligations[0], p)) for p in plan.periods(2026)]
    assert found == [
        ("2026-H1", "2025-12-01", datetime(2026, 6, 10, tzinfo=VIETNAM)),
        ("2026-H2", "2026-06-01", datetime(2026, 12, 10, tzinfo=VIETNAM)),
    ]


@pytest.mark.parametrize(("year", "count"), [(2025, 0), (2026, 1), (2035, 1), (2036, 0)])
def test_a_plan_has_no_periods_outside_its_years(year: int, count: int) -> None:
    assert len(a_plan().periods(year)) == count


def test_the_last_of_february_follows_the_year() -> None:
    spans = [{"first": {"year": -1, "day": "03-01"}, "last": {"day": "02-29"}}]
    plan = a_plan(schedules=[{"frequency": "annual", "first_year": 2026, "last_year": None, "spans": spans}])
    assert [plan.periods(year)[0].last for year in (2027, 2028)] == [date(2027, 2, 28), date(2028, 2, 29)]
