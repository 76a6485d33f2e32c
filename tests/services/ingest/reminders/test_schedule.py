"""Who is reminded when: never before its time, never on a day off, never twice, never who has reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.calendar import VIETNAM, add_working_days, day_of, is_working_day, start_of_day, working_day_before
from lienthong.periods import Period
from lienthong.programmes import Reminders
from lienthong.rounds.round import Extension, OpenRound, RoundDeadline
from services.ingest.reminders.schedule import OFFICE_CLOSES, STALE_AFTER, Reminder, due_reminders, moments

RULES = Reminders()
FORM, UNIT, OTHER = "P119-LS.commune", "05977", "06001"
DEADLINE = start_of_day(date(2026, 10, 15))  # trước ngày 15/10: Wednesday 14/10 is the last day in time


def at(month: int, day: int, hour: int = 8, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=VIETNAM)


def a_round(
    deadline: datetime | None = DEADLINE,
    *,
    units: Iterable[str] = (UNIT,),
    forms: Iterable[str] = (FORM,),
    opened_at: datetime | None = None,
    extensions: tuple[Extension, ...] = (),
    locked: bool = False,
) -> OpenRound:
    named = tuple(forms)
    return OpenRound(
        code="P119-LS.2026",
        plan="P119-LS",
        plan_version=1,
        programme="P119",
        kind="periodic",
        root="20",
        province="20",
        period=Period(code="2026", first=date(2025, 10, 1), last=date(2026, 9, 30)),
        form_versions=dict.fromkeys(named, "1.0.0"),
        obliged=dict.fromkeys(named, frozenset(units)),
        deadlines=(RoundDeadline(obligation="R-1", sender="units", forms=named, to=("20",), via=None, at=deadline),),
        data={},
        extensions=extensions,
        locked=locked,
        opened_at=opened_at,
    )


def reminded(
    now: datetime,
    round_: OpenRound | None = None,
    *,
    rules: Reminders = RULES,
    reported: Iterable[tuple[str, str]] = (),
    sent: Iterable[str] = (),
) -> list[tuple[str, str, int]]:
    """Unit, kind and days of what goes out now."""
    reminders = due_reminders(round_ or a_round(), rules, reported=set(reported), sent=set(sent), now=now)
    return [(reminder.unit, reminder.moment.kind, reminder.moment.days) for reminder in reminders]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(10, 7, 7, 59), []),
        (at(10, 7), [(UNIT, "before", 5)]),
        (at(10, 12, 16), [(UNIT, "before", 5)]),  # made up for: the hub stood still
        (at(10, 13), [(UNIT, "before", 1)]),  # the later one overtakes the earlier
        (at(10, 15, 7, 59), []),  # overtaken by the deadline
        (at(10, 15), [(UNIT, "after", 1)]),
        (at(10, 21), [(UNIT, "after", 5)]),
    ],
)
def test_a_unit_that_owes_is_reminded_around_its_deadline(now: datetime, expected: list[tuple[str, str, int]]) -> None:
    assert reminded(now) == expected


@pytest.mark.parametrize("now", [at(10, 10), at(10, 11, 9), at(10, 9, 17), at(10, 12, 7)])
def test_what_was_missed_waits_for_office_hours_of_a_working_day(now: datetime) -> None:
    assert reminded(now) == []


def test_days_off_are_not_counted() -> None:
    tet = a_round(start_of_day(date(2026, 2, 25)))  # the last day in time is Tuesday 24/2; Tết is 16/2 to 20/2
    [first, *_] = moments(start_of_day(date(2026, 2, 25)), RULES)
    assert (first.days, is_working_day(day_of(first.at))) == (5, True)
    assert first.at < at(2, 16)
    assert reminded(at(2, 17), tet) == []


def test_a_deadline_on_a_day_off_reminds_on_the_last_working_day_before() -> None:
    sunday = start_of_day(date(2026, 10, 19))  # trước ngày 19/10
    found = moments(sunday, Reminders(before=(0, 1), after=()))
    assert [(moment.days, day_of(moment.at)) for moment in found] == [(1, date(2026, 10, 15)), (0, date(2026, 10, 16))]


def test_a_deadline_before_the_hour_is_not_reminded_of_on_its_day() -> None:
    early = at(10, 14, 7)
    assert [moment.days for moment in moments(early, Reminders(before=(0, 1), after=()))] == [1]


def test_what_was_sent_is_not_sent_again() -> None:
    [reminder] = due_reminders(a_round(), RULES, reported=(), sent=(), now=at(10, 13))
    assert reminded(at(10, 13, 9), sent=[reminder.key]) == []


def test_who_has_reported_is_left_in_peace() -> None:
    both = a_round(units=(UNIT, OTHER))
    assert reminded(at(10, 13), both, reported=[(FORM, UNIT)]) == [(OTHER, "before", 1)]


def test_who_is_dormant_is_not_among_the_obliged() -> None:
    assert reminded(at(10, 13), a_round(units=())) == []


def test_one_reminder_names_all_forms_that_are_owed_by_the_same_deadline() -> None:
    round_ = a_round(forms=("b", "a", "c"))
    [reminder] = due_reminders(round_, RULES, reported={("c", UNIT)}, sent=(), now=at(10, 13))
    assert reminder.forms == ("a", "b")


def test_an_extension_moves_the_reminders_of_its_unit_only() -> None:
    granted = Extension(obligation="R-1", unit=OTHER, until=start_of_day(date(2026, 11, 2)))
    round_ = a_round(units=(UNIT, OTHER), extensions=(granted,))
    assert reminded(at(10, 15), round_) == [(UNIT, "after", 1)]
    assert reminded(at(10, 23), round_) == [(UNIT, "after", 5), (OTHER, "before", 5)]


def test_a_moved_deadline_is_reminded_of_anew() -> None:
    [first] = due_reminders(a_round(), RULES, reported=(), sent=(), now=at(10, 13))
    granted = Extension(obligation="R-1", unit=None, until=start_of_day(date(2026, 10, 23)))
    moved = a_round(extensions=(granted,))
    assert reminded(at(10, 21), moved, sent=[first.key]) == [(UNIT, "before", 1)]


@pytest.mark.parametrize("round_", [a_round(locked=True), a_round(None)])
def test_a_round_that_is_locked_or_has_no_deadline_reminds_nobody(round_: OpenRound) -> None:
    assert reminded(at(10, 13), round_) == []


def test_a_round_opened_late_reminds_of_nothing_that_lay_before_it() -> None:
    late = a_round(opened_at=at(10, 15, 9))
    assert reminded(at(10, 15, 10), late) == []
    assert reminded(at(10, 21), late) == [(UNIT, "after", 5)]


def test_old_debts_are_not_reminded_of_when_a_hub_begins_to_send() -> None:
    last = day_of(moments(DEADLINE, RULES)[-1].at)
    fresh, stale = add_working_days(last, STALE_AFTER), add_working_days(last, STALE_AFTER + 1)
    assert reminded(start_of_day(fresh) + timedelta(hours=9)) == [(UNIT, "after", 5)]
    assert reminded(start_of_day(stale) + timedelta(hours=9)) == []


def test_a_plan_may_ask_for_none() -> None:
    none = Reminders(before=(), after=())
    assert moments(DEADLINE, none) == []
    assert reminded(at(10, 13), rules=none) == []


HOURS = 70 * 24
days = st.dates(date(2025, 1, 1), date(2029, 12, 31))
rules = st.builds(
    Reminders,
    before=st.lists(st.integers(0, 12), unique=True, max_size=4).map(tuple),
    after=st.lists(st.integers(1, 12), unique=True, max_size=4).map(tuple),
    hour=st.integers(7, 16),
)


@settings(max_examples=200)
@given(days, st.integers(0, 20))
def test_no_two_counts_of_working_days_give_the_same_day(day: date, count: int) -> None:
    found = working_day_before(day, count)
    assert is_working_day(found) and found <= day
    assert working_day_before(day, count + 1) < found
    assert count == 0 or add_working_days(found, count) == working_day_before(day, 0)


def history(
    round_: OpenRound, plan: Reminders, ticks: Iterable[datetime], stops: datetime
) -> list[tuple[datetime, Reminder]]:
    """What goes out when a hub looks at these times, and the unit reports at `stops`."""
    sent: list[tuple[datetime, Reminder]] = []
    for now in ticks:
        reported = {(FORM, UNIT)} if now >= stops else set()
        reminders = due_reminders(round_, plan, reported=reported, sent={reminder.key for _, reminder in sent}, now=now)
        sent.extend((now, reminder) for reminder in reminders)
    return sent


def hours_around(deadline: datetime) -> list[datetime]:
    first = deadline - timedelta(days=35)
    return [first + timedelta(hours=n) for n in range(HOURS)]


waking = st.lists(st.tuples(st.integers(-20 * 24, 25 * 24), st.integers(1, 30)), min_size=6, max_size=16)
"""Hours from the deadline at which a hub that mostly stands still wakes, and for how long."""


@settings(max_examples=100)
@given(days, rules, st.integers(-20 * 24, 25 * 24), waking)
def test_whatever_the_plan_and_the_outages_no_rule_is_broken(
    day: date, plan: Reminders, stop: int, awake: list[tuple[int, int]]
) -> None:
    deadline = start_of_day(day)
    hours = sorted({first + n for first, long in awake for n in range(long)})
    looked = [deadline + timedelta(hours=hour) for hour in hours]
    stops = deadline + timedelta(hours=stop)
    sent = history(a_round(deadline), plan, looked, stops)
    for now, reminder in sent:
        assert reminder.moment.at <= now < stops
        assert is_working_day(day_of(now)) and plan.hour <= now.astimezone(VIETNAM).hour < OFFICE_CLOSES
        assert (reminder.moment.kind == "before") == (now < deadline)
    assert all(count == 1 for count in Counter(reminder.key for _, reminder in sent).values())
    assert all(count == 1 for count in Counter(day_of(now) for now, _ in sent).values())


@settings(max_examples=15)
@given(days, rules)
def test_a_hub_that_never_sleeps_sends_each_reminder_at_its_hour(day: date, plan: Reminders) -> None:
    deadline = start_of_day(day)
    times = hours_around(deadline)
    sent = history(a_round(deadline), plan, times, times[-1])
    planned = [moment for moment in moments(deadline, plan) if times[0] <= moment.at < times[-1]]
    assert [(now, reminder.moment) for now, reminder in sent] == [(moment.at, moment) for moment in planned]


def test_the_key_tells_apart_all_that_is_sent_apart() -> None:
    round_ = a_round(units=(UNIT, OTHER))
    keys = {
        reminder.key
        for now in (at(10, 7), at(10, 13), at(10, 15))
        for reminder in due_reminders(round_, RULES, reported=(), sent=(), now=now)
    }
    assert len(keys) == 6
    renamed = replace(round_, code="P119-LS.2027")
    assert keys.isdisjoint(
        reminder.key for reminder in due_reminders(renamed, RULES, reported=(), sent=(), now=at(10, 7))
    )
