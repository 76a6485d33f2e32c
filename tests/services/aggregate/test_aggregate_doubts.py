"""What a release doubts: more people than live there, other reporters, reviews judged by the year in which they end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lienthong import events
from lienthong.postgres.pool import Pool
from services.aggregate import reading
from tests.builders.aggregating import Hub
from tests.builders.small_plan import a_plan, an_opening

PEOPLE: dict[str, Any] = {
    "code": "I-1-04",
    "title": {"vi": "Tỷ lệ người dân"},
    "measure": {"vi": "%"},
    "levels": ["province", "commune"],
    "computation": {"kind": "per_population", "figures": ["reached"], "multiplier": 100},
    "targets": [{"operator": "at_least", "year": 2026, "value": 1}],
}
GROWTH: dict[str, Any] = {
    "code": "I-1-05",
    "title": {"vi": "Tốc độ tăng"},
    "measure": {"vi": "%"},
    "levels": ["province", "nation"],
    "minimum_coverage": 0,
    "computation": {"kind": "growth", "mode": "year_on_year", "of": {"kind": "sum", "figures": ["items"]}},
    "targets": [{"operator": "at_least", "each_year": {"first": 2026, "last": 2030}, "value": 10}],
}
DUTY: dict[str, Any] = {
    "code": "R-1-1",
    "kind": "periodic",
    "level": "units",
    "reporters": ["commune"],
    "to": ["20"],
    "frequency": "annual",
    "deadlines": [{"before": "12-20"}],
}
STAFF: dict[str, Any] = {
    "code": "I-1-06",
    "title": {"vi": "Biên chế"},
    "measure": {"vi": "người"},
    "levels": ["province"],
    "computation": {"kind": "sum", "figures": ["staff"]},
    "targets": [{"operator": "at_least", "year": 2026, "value": 100}],
}


@pytest.fixture
def hub(pool: Pool) -> Hub:
    found = Hub(pool)
    plan = a_plan(indicators=(PEOPLE, GROWTH, STAFF))
    found.plan(plan)
    for year in (2025, 2026):
        found.opened(an_opening(plan, year, communes=("06001", "06002"), departments=()))
    return found


def released(hub: Hub, code: str, round_: str = "P1-LS.2026") -> Any:
    hub.sign(round_=round_)
    hub.consume()
    return next(indicator for indicator in hub.dataset(f"{round_}/1")["indicators"] if indicator["code"] == code)


def populated(hub: Hub, **people: int) -> None:
    for unit, value in people.items():
        code = unit.removeprefix("u")
        data = {"unit": code, "year": 2026, "value": value, "source": "s"}
        hub.append(events.POPULATION_SET, data, subject=code)


def test_a_commune_that_reached_more_people_than_live_there_is_named_and_the_province_not_called_reached(
    hub: Hub,
) -> None:
    populated(hub, u20=100_000, u06001=1_000, u06002=5_000)
    hub.report("06001", [1, 1_200, 10, 1])
    hub.report("06002", [1, 1_300, 10, 1])
    found = released(hub, "I-1-04")
    assert (found["value"], found["assessment"]) == ("2.5", "provisional")
    assert [reason["code"] for reason in found["reasons"]] == ["more_than_live_there"]
    assert "06001" in found["reasons"][0]["message"]["vi"] and "06002" not in found["reasons"][0]["message"]["vi"]
    assert [target["status"] for target in found["targets"]] == ["cannot_be_assessed"]


def test_as_many_people_as_live_there_are_no_doubt(hub: Hub) -> None:
    populated(hub, u20=100_000, u06001=1_200)
    hub.report("06001", [1, 1_200, 10, 1])
    hub.report("06002", [1, 1_300, 10, 1])
    assert released(hub, "I-1-04")["targets"][0]["status"] == "reached"


def test_growth_between_other_reporters_names_them_and_judges_nothing(hub: Hub) -> None:
    hub.report("06001", [10, 1, 1, 1], round_="P1-LS.2025")
    hub.report("06002", [20, 1, 1, 1])
    found = released(hub, "I-1-05")
    assert (found["value"], found["targets"][0]["status"]) == ("100.0", "cannot_be_assessed")
    assert found["reasons"][0]["code"] == "reporters_differ"
    assert "06001, 06002" in found["reasons"][0]["message"]["vi"]


def test_growth_between_the_same_reporters_is_judged(hub: Hub) -> None:
    hub.report("06001", [10, 1, 1, 1], round_="P1-LS.2025")
    hub.report("06001", [20, 1, 1, 1])
    assert released(hub, "I-1-05")["targets"][0]["status"] == "reached"


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ("2026-12-31", "not_reached"),
        ("2026-12-14", "not_reached"),  # the plan closes its year on that day
        ("2026-12-13", "not_due"),
    ],
)
def test_a_closing_review_is_judged_against_the_year_in_which_it_ends(hub: Hub, last: str, status: str) -> None:
    plan = a_plan(indicators=(PEOPLE, GROWTH, STAFF))
    opening = an_opening(plan, communes=("06001",), departments=()) | {
        "round": "P1-LS.2026-TK1",
        "kind": "final_review",
        "period": {"code": "2026-TK1", "first": "2025-07-01", "last": last},
    }
    hub.opened(opening)
    hub.report("06001", [1, 1, 50, 1], round_="P1-LS.2026-TK1")
    [target] = released(hub, "I-1-06", "P1-LS.2026-TK1")["targets"]
    assert (target["status"], target["gap"]) == (status, "50.0")


def test_official_codes_stand_beside_ours_in_a_dataset(hub: Hub) -> None:
    official = {"code": "0203", "list": "Danh mục"}
    plan = a_plan("P1-HY", issued_by="20", indicators=({**STAFF, "official": official},))
    plan["programme"] = {
        **plan["programme"],
        "figures": [
            {**figure, "official": official} if figure["code"] == "staff" else figure
            for figure in plan["programme"]["figures"]
        ],
    }
    plan["plan"]["schedules"][0]["official"] = [official]
    plan["plan"]["obligations"] = [{**DUTY, "regime": official}]
    hub.plan(plan)
    hub.opened(an_opening(plan, departments=()))
    hub.sign(round_="P1-HY.2026")
    hub.consume()
    dataset = hub.dataset("P1-HY.2026/1")
    assert dataset["period"]["official"] == dataset["indicators"][0]["official"] == official
    assert [f["code"] for f in dataset["figures"] if "official" in f] == ["staff"]
    with hub.pool.connection() as conn:
        [told] = reading.describe(conn, [hub.round("P1-HY.2026")], datetime.now(UTC))
    assert told["period"]["official"] == official
    regimes = {deadline["obligation"]: deadline.get("regime") for deadline in told["deadlines"]}
    assert regimes == {"R-1-1": official, "R-1-2": None}
