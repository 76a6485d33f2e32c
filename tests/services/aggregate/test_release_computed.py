"""What the hub computes itself goes with a release beside what was reported, and never in its place."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson
import pytest

from lienthong import releases
from lienthong.contracts.schemas import schemas_folder
from lienthong.postgres.pool import Pool
from services.aggregate.older_rules import as_judged_then
from services.aggregate.replay import replay
from services.export.mapping import for_communication
from tests.builders.aggregating import Hub
from tests.builders.small_plan import a_plan, an_opening

FIRST, SECOND = "06001", "06002"
COMPUTED = [
    {"figure": "items", "content": {"kinds": ["news"], "sites": ["langson.gov.vn"]}},
    {"figure": "reached", "directives": {"posted": ["portal"], "within_working_days": 5, "shared": ["social"]}},
]
IN_TIME = {"posted": [{"place": "portal", "day": "2026-03-03"}], "shared": [{"channel": "zalo", "day": "2026-03-04"}]}
GROWTH: dict[str, Any] = {
    "code": "I-1-04",
    "title": {"vi": "Số tin, bài tăng so với năm trước"},
    "measure": {"vi": "%"},
    "decimals": 1,
    "levels": ["province"],
    "computation": {"kind": "growth", "mode": "year_on_year", "of": {"kind": "sum", "figures": ["items"]}},
}
PLAN = a_plan(
    computed=COMPUTED,
    indicators=(GROWTH,),
    reported_only=[{"figure": "portal", "why": {"vi": "Sở kết luận", "en": "The department concludes"}}],
)


@pytest.fixture
def hub(pool: Pool) -> Hub:
    found = Hub(pool)
    found.plan(PLAN)
    for year in (2025, 2026):
        found.opened(an_opening(PLAN, year, communes=(FIRST, SECOND), province="20"))
    return found


def released(hub: Hub, version: int = 1) -> Any:
    hub.sign(version)
    hub.consume()
    return hub.dataset(f"P1-LS.2026/{version}")


def counts(dataset: Any) -> dict[str, tuple[str, str | None, bool]]:
    """(computed, reported, differs) by figure."""
    return {
        figure["figure"]: (figure["computed"], figure["reported"], figure["differs"])
        for figure in dataset["computed"]["figures"]
    }


def test_a_release_has_the_count_beside_the_reported_sum_which_stays(hub: Hub) -> None:
    for name in ("a", "b", "c"):
        hub.item(name)
    hub.item("d", kind="video")
    hub.item("e", link="https://baolangson.vn/e")
    hub.directive("1", **IN_TIME)
    hub.directive("2", posted=IN_TIME["posted"])
    hub.report(FIRST, [4, 1, 1, 1])
    hub.report(SECOND, [1, None, 1, 1])
    dataset = released(hub)
    assert counts(dataset) == {"items": ("3", "5", True), "reached": ("1", "1", False)}
    assert next(figure["sum"] for figure in dataset["figures"] if figure["code"] == "items") == "5"
    assert [only["figure"] for only in dataset["computed"]["reportedOnly"]] == ["portal"]
    body = orjson.loads((schemas_folder() / "platform" / "release-dataset.schema.json").read_bytes())
    assert list(jsonschema_rs.validator_for(body, validate_formats=True).iter_errors(dataset)) == []


def test_an_indicator_of_computed_figures_is_measured_both_ways_over_the_rounds_before(hub: Hub) -> None:
    hub.item("năm trước", publishedAt="2025-03-02T01:00:00Z")
    for name in ("a", "b"):
        hub.item(name)
    hub.report(FIRST, [10, 1, 1, 1], round_="P1-LS.2025")
    hub.report(FIRST, [11, 1, 1, 1])
    [growth] = released(hub)["computed"]["indicators"]
    assert (growth["computed"]["value"], growth["reported"]["value"], growth["differs"]) == ("100.0", "10.0", True)


def test_what_is_not_approved_withdrawn_taken_off_or_after_the_cut_is_not_counted(hub: Hub) -> None:
    hub.item("a")
    hub.item("b")
    hub.item_withdrawn("b")
    hub.directive("1", **IN_TIME)
    hub.directive("1", **IN_TIME, withdrawn=True)
    hub.item("c", programmes=["P2"])
    hub.sign()
    hub.item("sau")
    hub.consume()
    assert {code: computed for code, (computed, _, _) in counts(hub.dataset()).items()} == {
        "items": "1",
        "reached": "0",
    }


def test_a_returned_report_is_not_counted_as_reported(hub: Hub) -> None:
    hub.report(FIRST, [4, 1, 1, 1])
    hub.review("vn.lienthong.report.returned.v1", FIRST)
    assert counts(released(hub))["items"] == ("0", None, False)


def test_a_commune_plans_count_is_of_its_own_items_alone(pool: Pool) -> None:
    hub, plan = Hub(pool), a_plan("P1-XA", issued_by=FIRST, computed=COMPUTED)
    hub.plan(plan)
    hub.opened(an_opening(plan, 2026, communes=(FIRST,), departments=(), province="20"))
    hub.item("a", unit=FIRST)
    hub.item("b", unit=SECOND)
    hub.sign(round_="P1-XA.2026")
    hub.consume()
    assert counts(hub.dataset("P1-XA.2026/1"))["items"][0] == "1"


def test_a_redacted_link_is_no_damage_to_what_was_released(hub: Hub, database: str) -> None:
    item = hub.item("a")
    assert counts(released(hub))["items"][0] == "1"
    hub.redact(item, "/content/link")
    assert counts(released(hub, 2))["items"][0] == "0"
    assert replay(database, processes=1).is_good


def test_a_release_of_older_rules_is_replayed_without_what_is_computed(hub: Hub) -> None:
    hub.item("a")
    now = released(hub)
    then = releases.without_tasks(now) | {"rules": 5}
    assert "computed" not in then
    assert as_judged_then(now, then) == then


def test_a_communication_platform_gets_nothing_of_it(hub: Hub) -> None:
    assert "computed" not in for_communication(releases.write(released(hub))).dataset
