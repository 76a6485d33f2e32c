"""Days and instants as Vietnamese reporting rules use them.

A deadline is kept as an exclusive instant: what is received before it is on time. "Trước ngày X" ends
with the day before X, "chậm nhất trong ngày X" with X itself. Everything returned is an aware datetime.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


# Asia/Ho_Chi_Minh is UTC+7 without daylight saving. A fixed offset needs no time-zone files on the host.
VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_ONE_DAY = timedelta(days=1)


def start_of_day(day: date) -> datetime:
    """The first instant of the day in Vietnam."""
    return datetime.combine(day, time.min, tzinfo=VIETNAM)


def end_of_day(day: date) -> datetime:
    """The exclusive end of the day in Vietnam: the first instant of the next day."""
    return start_of_day(day + _ONE_DAY)


def before(day: date) -> datetime:
    """The exclusive deadline of "trước ngày X": the last valid instant lies in the day before."""
    return start_of_day(day)


def on_or_before(day: date) -> datetime:
    """The exclusive deadline of "chậm nhất trong ngày X": the whole of X is still in time."""
    return end_of_day(day)


def day_of(instant: datetime) -> date:
    """The calendar day in Vietnam of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no day in Vietnam; give it a time zone")
    return instant.astimezone(VIETNAM).date()


def last_day(deadline: datetime) -> date:
    """The last day on which something is still in time for an exclusive deadline."""
    return day_of(deadline - timedelta.resolution)


def is_working_day(day: date) -> bool:
    """Monday to Friday except public holidays and days off in lieu, and Saturdays worked in their place.

    Swaps of days (hoán đổi ngày làm việc) are known as far as the `holidays` package has recorded them.
    """
    return _holidays().is_working_day(day)


def working_days_between(close: date, deadline: datetime) -> int:
    """Whole working days after the close of data and before the exclusive deadline; 0 if there are none.

    NĐ 09/2019/NĐ-CP asks for at least one.
    """
    first, end = close + _ONE_DAY, day_of(deadline)
    days = (first + timedelta(days=n) for n in range(max(0, (end - first).days)))
    return sum(is_working_day(day) for day in days)


def add_working_days(day: date, count: int) -> date:
    """The day that lies `count` working days after `day` (count ≥ 1)."""
    if count < 1:
        raise ValueError("count must be at least 1")
    left = count
    while left:
        day += _ONE_DAY
        left -= is_working_day(day)
    return day


def working_day_before(day: date, count: int) -> date:
    """The working day `count` working days back from `day`, or from the last working day before it where it is none.

    count 0: that day itself. So no two counts give the same day.
    """
    if count < 0:
        raise ValueError("count must be at least 0")
    while not is_working_day(day):
        day -= _ONE_DAY
    for _ in range(count):
        day -= _ONE_DAY
        while not is_working_day(day):
            day -= _ONE_DAY
    return day


@lru_cache(maxsize=1)
def _holidays() -> HolidayBase:
    import holidays  # noqa: PLC0415  (a tenth of a second, at every start of every command)

    return holidays.country_holidays("VN")
