"""Where a task stands, from what was said of it: pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong import tasks as rules
from lienthong.errors import Message
from lienthong.programmes import Task
from lienthong.tasks import TaskReport, state_of

TASK, ISSUER, ONE, OTHER = "T-1", "20", "20.SKHCN", "20.SYT"


def a_report(unit: str = ISSUER, status: str = "done", day: int = 1, position: int = 1, **changes: Any) -> TaskReport:
    body: dict[str, Any] = {"as_of": date(2026, 10, day), "at": datetime(2026, 10, 20, tzinfo=UTC), **changes}
    return TaskReport(
        task=TASK, unit=unit, status=status, note="", position=position, by="test", place=f"20-{position}", **body
    )


SAID = st.builds(
    lambda position, day, status, unit: a_report(unit, status, day, position),
    st.integers(1, 1000),
    st.integers(1, 20),
    st.sampled_from(("not_begun", "in_hand", "done")),
    st.sampled_from((ISSUER, ONE, OTHER)),
)
DATED = Task(code=TASK, title=Message(vi="a", en="a"), lead=(), due=date(2026, 10, 10))


@given(st.lists(SAID, max_size=8, unique_by=lambda one: one.position), st.integers(0, 7))
def test_in_whatever_order_reports_are_read_the_task_stands_the_same(told: list[TaskReport], turn: int) -> None:
    for mixed in (told[::-1], told[turn:] + told[:turn], sorted(told, key=lambda task_report: task_report.status)):
        assert state_of(DATED, (), mixed) == state_of(DATED, (), told)


@given(st.lists(SAID, min_size=1, max_size=8, unique_by=lambda one: one.position))
def test_an_older_day_that_comes_in_later_changes_nothing(said: list[TaskReport]) -> None:
    holds = state_of(DATED, (), said)
    [said_last] = holds.statements
    older = a_report(status="not_begun", as_of=date(2026, 9, 30), at=said_last.at, position=5000)
    assert state_of(DATED, (), [*said, older]) == holds


@pytest.mark.parametrize(
    ("status", "today", "state"),
    [
        (None, date(2026, 10, 10), "not_reported"),
        (None, date(2026, 10, 11), "overdue"),
        ("not_begun", date(2026, 10, 10), "not_begun"),
        ("in_hand", date(2026, 10, 11), "overdue"),
        ("done", date(2026, 10, 11), "done"),
    ],
)
def test_the_due_day_is_the_last_in_time(status: str | None, today: date, state: str) -> None:
    said = []
    if status is not None:
        at = datetime(2026, 10, 9, tzinfo=UTC)
        said.append(a_report(status=status, as_of=at.date(), at=at))
    assert rules.state(DATED, state_of(DATED, (), said), today) == state


EACH = replace(DATED, lead=(ONE, OTHER), done_when=rules.EACH_LEAD)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([], None),
        ([(ONE, "not_begun")], "not_begun"),
        ([(ONE, "done")], "in_hand"),
        ([(ONE, "done"), (OTHER, "not_begun")], "in_hand"),
        ([(ONE, "done"), (OTHER, "done")], "done"),
        ([(ONE, "in_hand"), (ISSUER, "done")], "done"),
    ],
)
def test_a_task_of_each_lead_is_done_when_all_or_the_issuer_said_so(said: list[tuple[str, str]], status: str) -> None:
    task_reports = [a_report(unit, word, place, place) for place, (unit, word) in enumerate(said, 1)]
    assert state_of(EACH, EACH.lead, task_reports).status == status


def test_a_task_of_each_lead_is_done_on_the_day_of_the_last_of_them() -> None:
    task_reports = [a_report(ONE, day=12, position=1), a_report(OTHER, day=9, position=2)]
    holds = state_of(EACH, EACH.lead, task_reports)
    assert (holds.day, rules.done_late(EACH, holds), [task_report.unit for task_report in holds.statements]) == (
        date(2026, 10, 12),
        True,
        [ONE, OTHER],
    )
    assert state_of(DATED, (ONE, OTHER), task_reports).day == date(2026, 10, 12)


@given(st.lists(SAID, max_size=8, unique_by=lambda one: one.position), st.integers(0, 7))
def test_in_whatever_order_the_leads_are_read_their_task_stands_the_same(told: list[TaskReport], turn: int) -> None:
    assert state_of(EACH, EACH.lead, told[turn:] + told[:turn]) == state_of(EACH, EACH.lead, told)
