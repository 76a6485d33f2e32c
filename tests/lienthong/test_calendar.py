"""Deadlines and working days as NĐ 09/2019/NĐ-CP and the plans word them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lienthong import calendar


def test_before_a_day_ends_with_the_day_before_in_vietnam() -> None:
    deadline = calendar.before(date(2026, 6, 10))
    assert deadline == datetime(2026, 6, 9, 17, 0, tzinfo=UTC)
    assert calendar.last_day(deadline) == date(2026, 6, 9)


def test_on_or_before_a_day_includes_the_whole_day() -> None:
    deadline = calendar.on_or_before(date(2026, 2, 15))
    assert deadline == datetime(2026, 2, 15, 17, 0, tzinfo=UTC)
    assert calendar.last_day(deadline) == date(2026, 2, 15)


def test_on_or_before_is_one_day_later_than_before() -> None:
    day = date(2026, 10, 15)
    assert calendar.on_or_before(day) - calendar.before(day) == timedelta(days=1)


def test_a_day_ends_where_the_next_one_starts() -> None:
    assert calendar.end_of_day(date(2026, 12, 31)) == calendar.start_of_day(date(2027, 1, 1))


def test_every_instant_is_aware_and_seven_hours_ahead_of_utc() -> None:
    for instant in (calendar.before(date(2026, 1, 1)), calendar.on_or_before(date(2026, 7, 1))):
        assert instant.utcoffset() == timedelta(hours=7)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 6, 9, 16, 59, 59, tzinfo=UTC), date(2026, 6, 9)),
        (datetime(2026, 6, 9, 17, 0, tzinfo=UTC), date(2026, 6, 10)),
    ],
)
def test_the_day_of_an_instant_is_the_day_in_vietnam(instant: datetime, day: date) -> None:
    assert calendar.day_of(instant) == day


def test_a_naive_instant_has_no_day() -> None:
    with pytest.raises(ValueError, match="naive"):
        calendar.day_of(datetime(2026, 6, 9))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 15), True),  # a Thursday
        (date(2026, 10, 17), False),  # a Saturday
        (date(2026, 9, 2), False),  # National Day
        (date(2026, 2, 17), False),  # first day of the lunar year
        (date(2026, 4, 27), False),  # in lieu of Hùng Kings' Day, which fell on a Sunday
        (date(2026, 8, 31), False),  # swapped with Saturday 22 August
        (date(2026, 8, 22), True),  # worked in its place
    ],
)
def test_working_days_know_weekends_holidays_and_swapped_days(day: date, works: bool) -> None:
    assert calendar.is_working_day(day) is works


@pytest.mark.parametrize(
    ("close", "deadline", "days"),
    [
        (date(2026, 10, 13), calendar.before(date(2026, 10, 15)), 1),  # the 14th
        (date(2026, 10, 14), calendar.before(date(2026, 10, 15)), 0),  # nothing in between
        (date(2026, 10, 14), calendar.on_or_before(date(2026, 10, 15)), 1),
        (date(2026, 10, 16), calendar.before(date(2026, 10, 19)), 0),  # a weekend
        (date(2026, 2, 13), calendar.before(date(2026, 2, 23)), 0),  # Tết
        (date(2026, 10, 20), calendar.before(date(2026, 10, 15)), 0),  # a deadline before the close
    ],
)
def test_working_days_between_close_and_deadline(close: date, deadline: datetime, days: int) -> None:
    assert calendar.working_days_between(close, deadline) == days


def test_adding_working_days_skips_the_weekend() -> None:
    assert calendar.add_working_days(date(2026, 10, 16), 1) == date(2026, 10, 19)


def test_adding_no_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        calendar.add_working_days(date(2026, 10, 16), 0)
