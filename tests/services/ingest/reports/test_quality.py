"""The quality grade of a unit's deliveries: what counts, what it costs, and that the sum shown is the sum."""

from __future__ import annotations

from typing import Any

import pytest

from services.ingest.reports.quality import grade_rounds, grade_rules

DEADLINE = "2026-12-15T17:00:00Z"
IN_TIME, AFTER = "2026-12-10T02:00:00Z", "2026-12-20T02:00:00Z"


def a_line(form: str = "f", state: str = "reported", came: tuple[str, ...] = (IN_TIME,), **more: Any) -> dict[str, Any]:
    return {
        "round": "R.2026",
        "form": form,
        "state": state,
        "overdue": False,
        "obliged": True,
        "deadline": DEADLINE,
        "late": bool(came) and came[0] >= DEADLINE,
        "revisions": [{"receivedAt": at} for at in came],
        **more,
    }


def missing(form: str = "f", overdue: bool = True) -> dict[str, Any]:
    return a_line(form, "missing", (), overdue=overdue)


CHANGE = {"params": {"check": "jump", "previous": "1"}}
QUERY = {"params": {"check": "sum"}}

CASES = [
    ([a_line()], [], 100, "A"),
    ([a_line(came=(IN_TIME, IN_TIME))], [], 100, "A"),  # a correction within the time costs nothing
    ([a_line(came=(AFTER,))], [], 90, "A"),
    ([a_line(came=(AFTER, AFTER))], [], 85, "B"),
    ([a_line(came=(IN_TIME, *[AFTER] * 9))], [], 85, "B"),  # never below nothing
    ([a_line()], [QUERY], 95, "A"),
    ([a_line()], [QUERY, CHANGE, CHANGE, CHANGE], 85, "B"),
    ([a_line("a"), missing("b")], [], 80, "B"),
    ([a_line("a", state="returned", overdue=True), a_line("b", came=(AFTER,))], [], 70, "C"),
    ([missing("a"), missing("b")], [], 0, "D"),  # who delivers nothing has made no mistakes
]


@pytest.mark.parametrize(("lines", "queries", "points", "code"), CASES)
def test_each_shortcoming_costs_what_the_rules_say(
    lines: list[dict[str, Any]], queries: list[dict[str, Any]], points: int, code: str
) -> None:
    [body] = grade_rounds(lines, {("R.2026", lines[0]["form"]): queries}, grade_rules())
    assert (body["points"], body["grade"]["code"]) == (points, code)
    assert sum(row["earned"] for row in body["arithmetic"]) == points


def test_a_round_with_time_left_is_not_graded_yet() -> None:
    [body] = grade_rounds([a_line("a"), missing("b", overdue=False)], {}, grade_rules())
    assert (body["grade"], body["points"]) == (None, None)


def test_who_rests_or_reports_unasked_is_not_graded() -> None:
    assert grade_rounds([a_line(state="dormant", came=()), a_line(obliged=False)], {}, grade_rules()) == []


def test_the_best_is_a_hundred_and_every_sum_has_a_grade() -> None:
    assert grade_rules().at_best == 100
    least = [grade.from_points for grade in grade_rules().grades]
    assert least == sorted(least, reverse=True) and least[-1] == 0
