"""Pictures as geometry: bars fill, tiles don't overlap, shared borders stay shared, charts show what is known."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.console.pictures import borders, maps, tiles
from services.console.pictures.assignment import assign
from services.console.pictures.completeness import WIDTH, Part, bar
from services.console.pictures.milestones import ChartPoint, Goal, chart
from services.console.showing import Pictures, environment

BUSY = settings(suppress_health_check=[HealthCheck.too_slow])  # machines share their cores
COORDINATE = st.floats(min_value=-1e4, max_value=1e4, allow_nan=False)


def test_the_parts_of_a_bar_fill_it_and_the_smallest_is_still_seen() -> None:
    drawn = bar(
        "x",
        [
            Part(tone="good", count=9_999, label="a"),
            Part(tone="warn", count=0, label="b"),
            Part(tone="bad", count=1, label="c"),
        ],
    )
    assert [piece.label for piece in drawn.pieces] == ["a", "c"]
    assert sum(piece.width for piece in drawn.pieces) == pytest.approx(WIDTH, abs=0.05)
    assert drawn.pieces[-1].width > 3
    assert bar("x", []).pieces == ()


@BUSY
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.lists(st.integers(0, 50), min_size=6, max_size=6), min_size=n, max_size=n)
        )
    )
)
def test_assignment_is_the_cheapest_there_is(drawn: tuple[int, list[list[int]]]) -> None:
    rows, cost = drawn
    numbers = assign(cost)
    assert len(set(numbers)) == rows
    best = min(sum(cost[r][c] for r, c in enumerate(chosen)) for chosen in permutations(range(6), rows))
    assert sum(cost[r][c] for r, c in enumerate(numbers)) == best


def test_more_rows_than_columns_have_no_assignment() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        assign([[1.0], [2.0]])


@BUSY
@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=40))
def test_every_unit_gets_a_tile_of_its_own_inside_the_grid(points: list[tuple[float, float]]) -> None:
    middles = {f"{place:05}": point for place, point in enumerate(points)}
    found = tiles.near(middles)
    assert found.places.keys() == middles.keys()
    assert len(set(found.places.values())) == len(points)
    assert all(0 <= c < found.columns and 0 <= r < found.rows for c, r in found.places.values())
    assert tiles.near(dict(reversed(middles.items()))) == found


def test_units_on_a_regular_grid_keep_their_places() -> None:
    middles = {f"{c}{r}": (c * 10.0, r * 10.0) for c in range(5) for r in range(4)}
    found = tiles.near(middles)
    assert found.places == {f"{c}{r}": (c, r) for c in range(5) for r in range(4)}


def test_tiles_lie_near_where_units_lie() -> None:
    rng = random.Random(20)
    middles = {f"{n:03}": (rng.uniform(0, 100), rng.uniform(0, 80)) for n in range(104)}
    found = tiles.near(middles)
    west = sorted(middles, key=lambda code: middles[code][0])
    means = [sum(found.places[code][0] for code in half) / 52 for half in (west[:52], west[52:])]
    assert means[0] + 2 < means[1]
    assert found.columns * found.rows < 104 * 2.2


def test_without_coordinates_tiles_stand_in_the_given_order() -> None:
    found = tiles.in_order(["b", "a", "c"], columns=2)
    assert found.places == {"b": (0, 0), "a": (1, 0), "c": (0, 1)}
    assert tiles.near({}) == tiles.Tiles(places={}, columns=0, rows=0)


def test_the_nations_34_provinces_have_a_tile_each_without_overlap() -> None:
    nation_tiles = maps.nation_tiles()
    assert len(nation_tiles.places) == 34 == len(set(nation_tiles.places.values()))
    assert nation_tiles.columns <= 6  # 34 tiles on a phone


def square(x: float, y: float, size: float = 1.0) -> list[list[list[float]]]:
    return [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]


def corners(path: str) -> set[tuple[int, int]]:
    numbers = [int(text) for text in re.findall(r"-?\d+", path)]
    points, (x, y) = set(), (numbers[0], numbers[1])
    points.add((x, y))
    for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
        x, y = x + dx, y + dy
        points.add((x, y))
    return points


def test_borders_that_two_units_share_stay_shared() -> None:
    wavy = [[1.0 + 0.004 * (-1) ** n, n / 50] for n in range(51)]
    left = [[0, 0], *wavy, [0, 1], [0, 0]]
    right = [[2, 0], [2, 1], *reversed(wavy), [2, 0]]
    found = borders.draw({"a": [left], "b": [right]})
    shared = corners(found.shapes["a"].path) & corners(found.shapes["b"].path)
    middle = {p for p in corners(found.shapes["a"].path) if 500 < p[0] < 700}
    assert middle == shared and len(shared) >= 2


def test_north_is_above_and_a_label_lies_within() -> None:
    found = borders.draw({"south": square(0, 0), "north": square(0, 1)})
    assert found.shapes["north"].y < found.shapes["south"].y
    assert 0 < found.shapes["north"].x < found.width
    assert tiles.near(found.middles).places == {"north": (0, 0), "south": (0, 1)}


def test_a_tiny_unit_does_not_vanish() -> None:
    found = borders.draw({"big": square(0, 0, 10), "dot": square(20, 0, 0.001)})
    assert found.shapes.keys() == {"big", "dot"}


def a_chart(points: list[Decimal | None], *goals: Goal, **more: Any) -> Any:
    steps = [ChartPoint(at=2026.5 + n, value=value, label=str(n)) for n, value in enumerate(points)]
    return chart(title="t", summary="s", points=steps, goals=goals, **more)


def test_a_chart_leaves_a_gap_where_nothing_is_known() -> None:
    drawn = a_chart([Decimal(1), Decimal(2), None, Decimal(3), Decimal(4)])
    assert len(drawn.paths) == 2 and len(drawn.dots) == 4


def test_the_line_to_the_targets_begins_at_the_baseline_else_at_the_first_value() -> None:
    goals = [
        Goal(until=2030, low=Decimal(60), high=None, label="60"),
        Goal(until=2035, low=Decimal(80), high=None, label="80"),
    ]
    [line] = a_chart([Decimal(20)], *goals, baseline=(2025, Decimal(10))).lines
    assert len(line.split()) == 3
    assert len(a_chart([], *goals).lines[0].split()) == 2
    assert len(a_chart([Decimal(20)], *goals).goals) == 2


def test_a_range_is_a_band_and_a_span_of_years_a_level() -> None:
    drawn = a_chart(
        [Decimal(1)],
        Goal(until=2030, low=Decimal(1), high=Decimal(2), label="r"),
        Goal(until=2030, since=2028, low=Decimal(5), high=None, label="l"),
    )
    assert len(drawn.bands) == 1 and len(drawn.goals) == 1 and len(drawn.lines) == 1


def test_levels_are_round_numbers_that_hold_every_value() -> None:
    drawn = a_chart([Decimal("0.3"), Decimal("97.5")])
    assert [str(level) for _, level in drawn.levels] == ["0", "25", "50", "75", "100"]
    assert all(drawn.top <= dot.y <= drawn.bottom for dot in drawn.dots)
    assert a_chart([Decimal(0)]).levels


def test_what_is_drawn_is_escaped() -> None:
    made = environment()
    made.globals["f"] = None
    field = maps.MapField(code="a", look="good", lines=("<b>",), initials="X", value='"<script>', href="/units/a")
    svg = Pictures(made)("map", maps.of_tiles("t", tiles.in_order(["a"]), [field]))
    assert "<script" not in svg and "<b>" not in svg


def test_names_break_between_words_and_shorten() -> None:
    assert maps.short_lines("Chi Lăng") == ("Chi Lăng",)
    assert maps.short_lines("Hoàng Văn Thụ") == ("Hoàng", "Văn Thụ")
    assert maps.initials("Hoàng Văn Thụ") == "HVT"
    assert all(len(line) <= 11 for line in maps.short_lines("Một cái tên rất dài và dài hơn nữa của xã"))
