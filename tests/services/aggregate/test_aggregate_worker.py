"""What the consumer makes of facts: rollups that equal a recomputation, releases cut at their sign-off."""

from __future__ import annotations

import jsonschema_rs
import orjson
import pytest

from bench import aggregation as load
from lienthong import events
from lienthong.contracts.canonical import digest_of
from lienthong.eventlog.stops import PartitionStopped
from lienthong.postgres.pool import Pool
from services.aggregate import store
from services.aggregate.worker import Aggregator
from tests.builders.aggregating import Hub
from tests.builders.small_plan import BUSY, RATE, SHARE, a_plan, an_opening
from tests.conftest import ROOT

SCHEMA = ROOT / "schemas" / "platform" / "release-dataset.schema.json"


@pytest.fixture
def hub(pool: Pool) -> Hub:
    found = Hub(pool)
    plan = a_plan()
    found.plan(plan)
    found.opened(an_opening(plan))
    return found


def test_first_report_is_in_the_rollup(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)"), hub.slot("sum(hours)")) == (1, 4, 15)


def test_higher_revision_replaces_the_lower_one(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.report("06001", [None, 12, 20, 15], revision=3)
    hub.consume()
    assert hub.slot("reports") == 1
    assert (hub.slot("sum(items)"), hub.slot("given(items)"), hub.slot("sum(reached)")) == (0, 0, 12)


@pytest.mark.parametrize("batches", [1, 2])
def test_a_correction_after_the_deadline_makes_nobody_late_and_a_late_first_report_stays_late(
    hub: Hub, batches: int
) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.report("06002", [4, 10, 20, 15], late=True)
    if batches == 2:
        hub.consume()
    hub.report("06001", [5, 10, 20, 15], revision=2, late=True)
    hub.withdraw("06002", revision=1)
    hub.report("06002", [4, 10, 20, 15], revision=2)
    hub.consume()
    assert (hub.slot("reports"), hub.slot("late")) == (2, 1)


def test_an_extension_given_afterwards_counts_for_its_unit(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15], late=True)
    hub.report("06002", [4, 10, 20, 15], late=True)
    hub.consume()
    assert hub.slot("late") == 2
    hub.append(
        events.ROUND_EXTENDED,
        {
            "round": "P1-LS.2026",
            "obligation": "R-1-1",
            "unit": "06002",
            "until": "2026-12-25T00:00:00+07:00",
            "original": "2026-12-20T00:00:00+07:00",
            "reason": "bão",
            "document": {"number": "1", "date": None},
            "by": "x",
        },
        subject="P1-LS.2026",
    )
    hub.consume()
    assert hub.slot("late") == 1
    hub.sign()
    hub.consume()
    assert {one["unit"]: one["late"] for one in hub.dataset()["provenance"]} == {"06001": True, "06002": False}


def test_correction_in_a_later_batch_is_minus_old_plus_new(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.consume()
    hub.report("06001", [5, 10, 20, 15], revision=2)
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (1, 5)


def test_withdrawn_report_is_gone_and_a_higher_revision_brings_it_back(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.consume()
    hub.withdraw("06001")
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (0, 0)
    hub.report("06001", [6, 10, 20, 15], revision=2)
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (1, 6)


def test_returned_report_counts_no_more_until_a_higher_revision_comes(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.report("06002", [1, 10, 20, 15])
    hub.review(events.REPORT_RETURNED, "06001")
    hub.review(events.REPORT_PASSED_ON, "06002")
    hub.sign()
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (1, 1)
    dataset = hub.dataset()
    [counts] = [c for c in dataset["completeness"] if c["form"] == "P1-LS.commune"]
    assert "06001" in counts["missing"]
    states = {(o["unit"], o["state"], o["value"]) for o in dataset["observations"] if o["figure"] == "items"}
    assert ("06001", "returned", None) in states
    assert [p["unit"] for p in dataset["provenance"]] == ["06002"]
    hub.report("06001", [5, 10, 20, 15], revision=2)
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (2, 6)


def test_a_return_after_the_cut_is_pending_with_the_corrections(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.sign()
    hub.review(events.REPORT_RETURNED, "06001")
    hub.consume()
    with hub.pool.connection() as conn:
        cut = store.releases(conn, ["P1-LS.2026"])["P1-LS.2026"][0].position
        [waiting] = store.pending_reports(conn, "P1-LS.2026", cut)
    assert (waiting.unit, waiting.returned, waiting.withdrawn) == ("06001", True, False)


def test_report_of_a_unit_that_is_not_obliged_is_kept_and_not_counted(hub: Hub) -> None:
    hub.report("06999", [4, 10, 20, 15])
    hub.consume()
    assert hub.slot("reports") == 0
    with hub.pool.connection() as conn:
        assert "06999" in store.reports(conn, "P1-LS.2026", "P1-LS.commune")


def test_unit_that_loses_its_duty_is_no_longer_counted_and_its_heir_is(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.report("06009", [1, 1, 2, 3])
    hub.consume()
    hub.append(
        events.ROUND_OBLIGED_CHANGED,
        {
            "round": "P1-LS.2026",
            "reason": "merger",
            "obliged": {"P1-LS.commune": ["06002", "06003", "06009"], "P1-LS.department": ["20.SYT"]},
        },
        subject="P1-LS.2026",
    )
    hub.consume()
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (1, 1)
    hub.report("06001", [100, 10, 20, 15], revision=2)
    hub.consume()
    assert hub.slot("sum(items)") == 1


def test_new_plan_version_changes_the_layout_of_unlocked_rounds(hub: Hub) -> None:
    hub.report("06001", [7, 10, 20, 15])
    hub.report("06002", [4, 10, 20, 15])
    hub.consume()
    hub.plan(a_plan(version=2, indicators=(SHARE, RATE, BUSY)))
    hub.report("06003", [5, 1, 2, 3])
    hub.consume()
    assert hub.slot("reaches(items,5)") == 2
    assert hub.slot("sum(items)") == 16
    assert hub.round().reading.version == 2


def test_locked_round_keeps_the_indicators_it_was_locked_with(hub: Hub) -> None:
    hub.append(events.ROUND_LOCKED, {"round": "P1-LS.2026", "by": "x", "reason": "y"}, subject="P1-LS.2026")
    hub.plan(a_plan(version=2, indicators=(SHARE, RATE, BUSY)))
    hub.consume()
    assert hub.round().reading.version == 1
    assert not hub.round().layouts["P1-LS.commune"].has("reaches(items,5)")


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_release_is_cut_at_its_sign_off_whatever_the_batches(pool: Pool, batch: int) -> None:
    hub = Hub(pool, batch=batch)
    plan = a_plan()
    hub.plan(plan)
    hub.opened(an_opening(plan))
    hub.append(events.POPULATION_SET, {"unit": "20", "year": 2025, "value": 881384, "source": "s"}, subject="20")
    hub.report("06001", [4, 10, 20, 15])
    signed = hub.sign()
    hub.report("06002", [100, 10, 20, 15])
    hub.consume()
    dataset = hub.dataset()
    assert dataset["cut"] == {"partition": "20", "position": signed.position}
    assert {f["code"]: f["sum"] for f in dataset["figures"]}["items"] == "4"
    assert hub.slot("sum(items)") == 104


def test_dataset_satisfies_its_schema_and_its_digest(hub: Hub) -> None:
    hub.report("06001", [0, 10, 20, None])
    hub.report("20.SYT", [3, 1], form="P1-LS.department", late=True)
    hub.report("06002", [1, 1, 1, 1])
    hub.withdraw("06002")
    hub.report("06999", [1, 1, 1, 1])
    hub.sign()
    hub.consume()
    dataset = hub.dataset()
    errors = jsonschema_rs.validator_for(orjson.loads(SCHEMA.read_bytes()), validate_formats=True).iter_errors(dataset)
    assert [f"{e.instance_path} {e.message}" for e in errors] == []
    [made] = hub.log.find(events.RELEASE_MADE, "P1-LS.2026/1")
    assert made.event.content()["digest"] == digest_of(dataset)
    states = {(o["unit"], o["figure"]): (o["state"], o["value"], o["counted"]) for o in dataset["observations"]}
    assert states["06001", "items"] == ("zero", "0", True)
    assert states["06001", "reached"] == ("reported", "10", True)
    assert states["06001", "hours"] == ("missing", None, True)
    assert states["06002", "items"] == ("withdrawn", None, True)
    assert states["06003", "items"] == ("missing", None, True)
    assert states["20.SYT", "portal"] == ("status", "live", True)
    assert states["06999", "items"] == ("reported", "1", False)
    by_form = {c["form"]: c for c in dataset["completeness"]}
    assert by_form["P1-LS.commune"]["missing"] == ["06002", "06003"]
    assert by_form["P1-LS.commune"]["notObliged"] == ["06999"]
    assert by_form["P1-LS.department"]["late"] == 1


def test_correction_after_a_release_makes_the_next_version_which_names_what_changed(hub: Hub) -> None:
    hub.report("06001", [4, 10, 20, 15])
    hub.sign(1)
    hub.report("06001", [6, 10, 20, 15], revision=2, late=True)
    hub.report("06002", [1, 1, 2, 3], late=True)
    hub.sign(2, at="2027-01-05T00:00:00+00:00")
    hub.consume()
    second = hub.dataset("P1-LS.2026/2")
    assert second["supersedes"] == "P1-LS.2026/1"
    changes = second["changes"]
    assert changes["reports"] == [
        {"unit": "06001", "form": "P1-LS.commune", "before": 1, "after": 2},
        {"unit": "06002", "form": "P1-LS.commune", "before": None, "after": 1},
    ]
    assert {"code": "items", "form": "P1-LS.commune", "before": "4", "after": "7"} in changes["figures"]
    assert hub.dataset("P1-LS.2026/1")["changes"] is None


def test_release_within_the_deadline_is_on_time_and_its_correction_is_not_late(hub: Hub) -> None:
    hub.sign(1, at="2026-12-30T16:59:59+00:00")
    hub.sign(2, at="2027-02-01T00:00:00+00:00")
    hub.consume()
    for release in ("P1-LS.2026/1", "P1-LS.2026/2"):
        [duty] = hub.dataset(release)["duties"]
        assert (duty["obligation"], duty["onTime"], duty["metBy"]) == ("R-1-2", True, "P1-LS.2026/1")


def test_release_at_the_deadline_is_late_and_an_extension_moves_it(hub: Hub) -> None:
    hub.sign(1, at="2026-12-30T17:00:00+00:00")
    hub.consume()
    assert hub.dataset()["duties"][0]["onTime"] is False
    hub2 = an_opening(a_plan(), 2027)
    hub.opened(hub2)
    hub.append(
        events.ROUND_EXTENDED,
        {
            "round": "P1-LS.2027",
            "obligation": "R-1-2",
            "unit": None,
            "until": "2028-01-31T00:00:00+07:00",
            "original": "2027-12-31T00:00:00+07:00",
            "reason": "bão",
            "document": {"number": "1", "date": None},
            "by": "x",
        },
        subject="P1-LS.2027",
    )
    hub.sign(1, round_="P1-LS.2027", at="2028-01-10T00:00:00+00:00")
    hub.consume()
    [duty] = hub.dataset("P1-LS.2027/1")["duties"]
    assert (duty["onTime"], duty["originalDeadline"]) == (True, "2027-12-30T17:00:00Z")


def test_a_nil_report_is_neither_missing_nor_zero(hub: Hub) -> None:
    hub.report("06001", [None] * 4, nil=True)
    hub.report("06002", [4, 10, 20, 15])
    hub.sign()
    hub.consume()
    assert (hub.slot("reports"), hub.slot("given(items)"), hub.slot("sum(items)")) == (2, 1, 4)
    form = next(one for one in hub.dataset()["completeness"] if one["form"] == "P1-LS.commune")
    assert (form["reported"], form["nil"], form["missing"]) == (2, ["06001"], ["06003"])
    states = {observation["state"] for observation in hub.dataset()["observations"] if observation["unit"] == "06001"}
    assert states == {"nil"}
    hub.report("06001", [1, 10, 20, 15], revision=2)
    hub.sign(2)
    hub.consume()
    assert "nil" not in hub.dataset("P1-LS.2026/2")["completeness"][0]


def test_a_dormant_unit_is_neither_missing_nor_in_the_denominator(hub: Hub) -> None:
    hub.append(
        events.ROUND_DORMANT,
        {
            "round": "P1-LS.2026",
            "unit": "06003",
            "forms": ["P1-LS.commune"],
            "dormant": True,
            "reason": "di dời",
            "document": {"number": "1", "date": None},
            "by": "x",
        },
        subject="P1-LS.2026",
    )
    obliged = {"P1-LS.commune": ["06001", "06002"], "P1-LS.department": ["20.SYT"]}
    hub.append(
        events.ROUND_OBLIGED_CHANGED,
        {
            "round": "P1-LS.2026",
            "obliged": obliged,
            "added": {},
            "gone": {"P1-LS.commune": ["06003"]},
            "reason": "dormant",
        },
        subject="P1-LS.2026",
    )
    hub.report("06001", [4, 10, 20, 15])
    hub.sign()
    hub.consume()
    form = next(one for one in hub.dataset()["completeness"] if one["form"] == "P1-LS.commune")
    assert (form["obliged"], form["missing"], form["dormant"]) == (2, ["06002"], ["06003"])


def test_release_for_the_platform_alone_meets_no_duty_to_the_ministry(hub: Hub) -> None:
    hub.sign(recipients=["platform"])
    hub.consume()
    [duty] = hub.dataset()["duties"]
    assert (duty["to"], duty["metBy"], duty["metAt"]) == (["VN"], None, None)


def test_population_of_the_close_of_data_is_used(hub: Hub) -> None:
    for year, people in ((2024, 1), (2026, 500_000), (2027, 2)):
        hub.append(events.POPULATION_SET, {"unit": "20", "year": year, "value": people, "source": "s"}, subject="20")
    hub.report("20.SYT", [3, 0], form="P1-LS.department")
    hub.sign()
    hub.consume()
    rate = next(i for i in hub.dataset()["indicators"] if i["code"] == "I-1-02")
    assert (rate["value"], rate["denominator"]) == ("6.0", "500000")


def test_names_are_those_of_the_close_of_data(hub: Hub) -> None:
    rows = [
        {"code": "06001", "valid_from": start, "valid_to": end, "level": "commune", "full_name": name}
        for start, end, name in [
            ("2025-07-01", "2026-12-01", "Xã A"),
            ("2026-12-01", "2027-01-01", "Phường A"),
            ("2027-01-01", None, "Phường B"),
        ]
    ]
    hub.append(events.UNIT_CHANGED, {"units": rows, "relations": []}, subject="units")
    hub.sign()
    hub.consume()
    assert {u["code"]: u["name"] for u in hub.dataset()["units"]}["06001"] == "Phường A"


def test_report_for_a_round_that_the_log_does_not_hold_stops_its_partition(hub: Hub) -> None:
    hub.report("06001", [1, 1, 1, 1], round_="P1-LS.2031")
    with pytest.raises(PartitionStopped, match=r"P1-LS\.2031 is not in the log"):
        hub.consume()


def test_worker_that_forgot_nothing_gives_the_same_as_a_fresh_one(hub: Hub) -> None:
    kept = Aggregator(hub.appender, hub.log)
    for number in range(1, 6):
        hub.report("06001", [number, 10, 20, 15], revision=number)
        hub.consume(kept if number % 2 else None)
    assert (hub.slot("reports"), hub.slot("sum(items)")) == (1, 5)


def test_the_facts_that_the_load_tests_make_can_be_applied(hub: Hub) -> None:
    """They are made by hand; what every round must say came later, and the load tests measured stopped partitions."""
    reports = load.Log(hub.pool).fill(["33"], range(2026, 2027))
    hub.consume()
    assert hub.slot("reports", form="P9-33.commune", round_="P9-33.2026") == reports
