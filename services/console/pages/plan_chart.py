"""The path of an indicator towards its milestones, as a chart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from services.console.page import Visit
from services.console.pages.rounds import Text
from services.console.pages.targets import LAST, goal_text, number
from services.console.pictures.milestones import Chart, ChartPoint, Goal, chart


def chart_of(body: Mapping[str, Any], visit: Visit) -> Chart | None:
    """None where it would show nothing that the page does not say: no target in numbers, and no two values."""
    t, measure = visit.words, visit.words.say(body["measure"])
    points = [_point(step, measure, visit) for step in body["path"] if step["kind"] == "periodic"]
    goals = [_goal(goal, body["measure"], visit) for goal in body["goals"] if goal["operator"] != "status"]
    goals_in_numbers = [goal for goal in goals if goal is not None and goal.bounds]
    readings = [point for point in points if point.value is not None]
    if not goals_in_numbers and len(readings) < 2:
        return None
    baseline = body["baseline"]
    return chart(
        title=t.say(body["title"]),
        summary="; ".join([*(point.label for point in readings), *(goal.label for goal in goals_in_numbers)]),
        points=points,
        goals=goals_in_numbers,
        baseline=None if baseline is None else (baseline["year"], Decimal(baseline["value"])),
        last=max([LAST, *(goal.until for goal in goals_in_numbers)]),
        now=None if not readings else readings[-1].at,
    )


def _point(step: Mapping[str, Any], measure: str, visit: Visit) -> ChartPoint:
    closes = date.fromisoformat(step["period"]["last"])
    value = number(step["value"])
    return ChartPoint(
        at=closes.year + closes.timetuple().tm_yday / 366,
        value=value,
        provisional=step["assessment"] == "provisional",
        label=f"{step['period']['code']}: {visit.formats.number(value, measure)}",
    )


def _goal(goal: Mapping[str, Any], measure: Text, visit: Visit) -> Goal | None:
    span = goal["eachYear"]
    until = goal["year"] if span is None else span["last"] or LAST
    if until is None:
        return None
    value = number(goal["value"])
    low, high = {
        "range": (number(goal["low"]), number(goal["high"])),
        "at_most": (None, value),
    }.get(goal["operator"], (value, None))
    return Goal(
        until=until,
        low=low,
        high=high,
        since=None if span is None else span["first"],
        label=goal_text(goal, measure, {}, visit),
    )
