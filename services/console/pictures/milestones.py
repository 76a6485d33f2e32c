"""An indicator over the years to its milestones: path so far, line to the targets, band of a range. Pure.

x is time in years (2026.5 is the middle of 2026), y the indicator's value. What is not known leaves a gap in the path.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 460.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 14.0, 14.0, 26.0
_HALF_BAND = 6.0  # a range stands at the end of its year, this wide to both sides
_TICKS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartPoint:
    """A value at the close of a round. provisional: drawn hollow."""

    at: float
    value: Decimal | None
    label: str
    provisional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What is to be reached by the end of `until`, from `since` on where it holds for each year of a span.

    low and high alike for a single value; None for an open end (at least, at most).
    """

    until: int
    low: Decimal | None
    high: Decimal | None
    label: str
    since: int | None = None

    @property
    def bounds(self) -> tuple[Decimal, ...]:
        return tuple(value for value in (self.low, self.high) if value is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    place: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    x: float
    y: float
    label: str
    hollow: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Everything in its place. paths: runs of known points. lines: the way to the targets and levels of spans."""

    title: str
    summary: str
    years: tuple[Tick, ...]
    levels: tuple[tuple[float, Decimal], ...]
    paths: tuple[str, ...]
    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    goals: tuple[Dot, ...]
    bands: tuple[Band, ...]
    now: float | None
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    bottom: float = HEIGHT - _BOTTOM
    top: float = _TOP
    width: float = WIDTH
    height: float = HEIGHT


def chart(
    *,
    title: str,
    summary: str,
    points: Sequence[ChartPoint],
    goals: Sequence[Goal],
    baseline: tuple[int, Decimal] | None = None,
    first: int = 2026,
    last: int = 2035,
    now: float | None = None,
) -> Chart:
    """Lay a chart out. summary: the same in words, for who doesn't see it. baseline: (year, value) at its end."""
    readings = [point for point in points if point.value is not None]
    start = min([first, *([] if baseline is None else [baseline[0]]), *(math.floor(p.at) for p in readings)])
    values = [p.value for p in readings if p.value is not None] + [b for goal in goals for b in goal.bounds]
    values += [] if baseline is None else [baseline[1]]
    levels = _levels(values)
    across = _scale(float(start), float(last + 1), _LEFT, WIDTH - _RIGHT)
    up = _scale(float(levels[0]), float(levels[-1]), HEIGHT - _BOTTOM, _TOP)
    return Chart(
        title=title,
        summary=summary,
        years=tuple(Tick(place=across(year + 0.5), text=str(year)) for year in range(start, last + 1)),
        levels=tuple((up(float(level)), level) for level in levels),
        paths=tuple(_line((across(p.at), up(float(p.value or 0))) for p in run) for run in _runs(points)),
        dots=tuple(
            Dot(x=across(p.at), y=up(float(p.value or 0)), label=p.label, hollow=p.provisional) for p in readings
        ),
        lines=tuple(_ways(readings, goals, baseline, across, up)),
        goals=tuple(_goal(goal, bound, across, up) for goal in goals for bound in goal.bounds if len(goal.bounds) == 1),
        bands=tuple(
            _band(goal, across, up)
            for goal in goals
            if goal.low is not None and goal.high is not None and goal.low != goal.high
        ),
        now=None if now is None or not start <= now <= last + 1 else across(now),
    )


class _Scale:
    """From one range of numbers to another."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start = low, start
        self._factor = (end - start) / (high - low)

    def __call__(self, value: float) -> float:
        return round(self._start + (value - self._low) * self._factor, 1)


_scale = _Scale


def _levels(values: Sequence[Decimal]) -> list[Decimal]:
    """Round numbers from at most 0 to at least the highest value: 0, 20, 40 …"""
    low, high = min([Decimal(0), *values]), max([Decimal(0), *values])
    if low == high:
        high = low + 1
    step = _step((high - low) / _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [Decimal(f"{(step * place).normalize():f}") for place in range(first, last + 1)]


def _step(rough: Decimal) -> Decimal:
    """The next of 1, 2, 2.5, 5, 10 times a power of ten."""
    power = Decimal(10) ** rough.adjusted()
    factor = next(f for f in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)) if f * power >= rough)
    return factor * power


def _runs(points: Sequence[ChartPoint]) -> Iterable[list[ChartPoint]]:
    """Known points that follow each other without a gap; a single one needs no line."""
    run: list[ChartPoint] = []
    for point in [*points, ChartPoint(at=0.0, value=None, label="")]:
        if point.value is not None:
            run.append(point)
            continue
        if len(run) > 1:
            yield run
        run = []


def _ways(
    readings: Sequence[ChartPoint],
    goals: Sequence[Goal],
    baseline: tuple[int, Decimal] | None,
    across: _Scale,
    up: _Scale,
) -> Iterable[str]:
    """From the baseline (else the first known value, if that is short of the goal) through the milestones; a level for
    each span of years.
    """
    milestones = sorted((g for g in goals if g.since is None and len(g.bounds) == 1), key=lambda g: g.until)
    if milestones:
        start = [(float(baseline[0] + 1), baseline[1])] if baseline else _short_of(readings[:1], milestones[0])
        way = start + [(float(g.until + 1), g.bounds[0]) for g in milestones]
        yield _line((across(at), up(float(value))) for at, value in way)
    for goal in goals:
        if goal.since is not None and len(goal.bounds) == 1:
            level = up(float(goal.bounds[0]))
            yield _line([(across(float(goal.since)), level), (across(float(goal.until + 1)), level)])


def _short_of(first: Sequence[ChartPoint], goal: Goal) -> list[tuple[float, Decimal]]:
    return [
        (p.at, p.value)
        for p in first
        if p.value is not None
        and ((goal.low is not None and p.value < goal.low) or (goal.high is not None and p.value > goal.high))
    ]


def _goal(goal: Goal, bound: Decimal, across: _Scale, up: _Scale) -> Dot:
    return Dot(x=across(float(goal.until + 1)), y=up(float(bound)), label=goal.label)


def _band(goal: Goal, across: _Scale, up: _Scale) -> Band:
    assert goal.low is not None and goal.high is not None, "asked for by the caller"
    end = across(float(goal.until + 1)) + _HALF_BAND
    start = end - 2 * _HALF_BAND if goal.since is None else across(float(goal.since))
    top, bottom = up(float(goal.high)), up(float(goal.low))
    return Band(x=start, y=top, width=round(end - start, 1), height=max(2.0, round(bottom - top, 1)), label=goal.label)


def _line(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
