"""How far the plan's tasks are goes with a release, as the log holds it at the cut."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson
import pytest

from lienthong import events, releases
from lienthong.contracts.schemas import schemas_folder
from lienthong.postgres.pool import Pool
from services.aggregate.older_rules import as_judged_then
from services.aggregate.replay import replay
from services.aggregate.tasks import as_told_then
from services.export.mapping import for_communication
from tests.builders.aggregating import Hub
from tests.builders.small_plan import a_plan, an_opening

LEAD, OTHER = "20.SKHCN", "20.SYT"
TASKS = [
    {
        "code": "T-1",
        "title": {"vi": "Tập huấn"},
        "lead": ["Sở KH&CN", OTHER],
        "done_when": "each_lead",
        "result": "3 lớp",
    },
    {"code": "T-2", "title": {"vi": "Chuyên mục"}, "lead": [OTHER], "partners": ["Báo"], "due": "2026-12-28"},
    {"code": "T-3", "title": {"vi": "Hợp tác"}, "due_text": "Thường xuyên"},
]
NAMED = [{"agency": "Sở KH&CN", "unit": LEAD, "role": {"vi": "Chủ trì", "en": "Leads"}}]


@pytest.fixture
def hub(pool: Pool) -> Hub:
    found, plan = Hub(pool), a_plan("P1-LS", issued_by="20", tasks=TASKS, responsibilities=NAMED)
    rows = [
        {"code": code, "valid_from": "2025-07-01", "valid_to": None, "level": "agency", "full_name": name}
        for code, name in ((LEAD, "Sở Khoa học và Công nghệ"), (OTHER, "Sở Y tế"))
    ]
    found.append(events.UNIT_CHANGED, {"units": rows, "relations": []}, subject="units")
    found.plan(plan)
    found.opened(an_opening(plan, 2026, communes=("06001",), province="20"))
    return found


def released(hub: Hub, version: int = 1, **words: Any) -> Any:
    hub.sign(version, **words)
    hub.consume()
    return hub.dataset(f"P1-LS.2026/{version}")


def told(dataset: Any) -> dict[str, tuple[str, list[str]]]:
    """State, and whose word it follows from, of each task."""
    return {task["task"]: (task["state"], [each["unit"] for each in task["said"]]) for task in dataset["tasks"]}


def test_a_release_tells_where_each_task_stands_on_the_day_it_was_signed(hub: Hub) -> None:
    hub.task(LEAD, "done", note="Đã mở 3 lớp")
    hub.task("20", "in_hand", task="T-2")
    dataset = released(hub)
    assert dataset["tasksAsOf"] == "2026-12-29"
    assert told(dataset) == {"T-1": ("in_hand", [LEAD]), "T-2": ("overdue", ["20"]), "T-3": ("not_reported", [])}
    first = dataset["tasks"][0]
    assert first["leads"] == [{"code": LEAD, "name": "Sở Khoa học và Công nghệ"}, {"code": OTHER, "name": "Sở Y tế"}]
    assert (first["said"][0]["note"], first["said"][0]["asOf"]) == ("Đã mở 3 lớp", "2026-12-18")
    assert "phần mềm" not in orjson.dumps(dataset["tasks"]).decode(), "the unit is named, not who pressed"
    assert [each["code"] for each in dataset["tasks"][2]["leads"]] == ["20"], "without a lead it is the issuer's"
    body = orjson.loads((schemas_folder() / "platform" / "release-dataset.schema.json").read_bytes())
    assert list(jsonschema_rs.validator_for(body, validate_formats=True).iter_errors(dataset)) == []


def test_each_of_two_leads_has_to_say_done_where_the_plan_asks_each(hub: Hub) -> None:
    hub.task(LEAD, "done")
    hub.task(OTHER, "done")
    assert told(released(hub))["T-1"] == ("done", [LEAD, OTHER])


def test_what_is_said_after_the_cut_waits_for_the_next_version_which_tells_of_the_same_day(hub: Hub) -> None:
    hub.sign()
    hub.task(OTHER, "done", task="T-2", asOf="2026-12-20")
    hub.consume()
    assert told(hub.dataset())["T-2"] == ("overdue", [])
    hub.task(LEAD, "in_hand", task="T-3", at="2027-03-01T03:00:00+00:00")
    second = released(hub, 2, at="2027-03-02T03:00:00+00:00")
    assert second["tasksAsOf"] == "2026-12-29"
    assert (told(second)["T-2"], told(second)["T-3"]) == (("done", [OTHER]), ("not_reported", []))


def test_a_redacted_note_stays_in_what_was_released_and_is_no_damage(hub: Hub, database: str) -> None:
    said = hub.task(OTHER, task="T-2", note="Ông A làm")
    assert released(hub)["tasks"][1]["said"][0]["note"] == "Ông A làm"
    hub.redact(said, "/data/note")
    [later] = released(hub, 2)["tasks"][1]["said"]
    assert (later["note"], later["redacted"]) == ("", True)
    assert replay(database, processes=1).is_good, "an erased text is no damage"


def test_another_note_than_the_released_one_shows_in_a_replay(hub: Hub) -> None:
    hub.task(OTHER, task="T-2", note="đúng")
    made = released(hub)
    second = made["tasks"][1]
    forged = {**made, "tasks": [made["tasks"][0], {**second, "said": [{**second["said"][0], "note": "sai"}]}]}
    assert as_told_then(forged, made) == forged


def test_a_release_of_older_rules_is_replayed_without_tasks(hub: Hub) -> None:
    hub.task(OTHER, task="T-2")
    now = released(hub)
    then = releases.without_tasks(now) | {"rules": 5}
    assert as_judged_then(now, then) == then


@pytest.mark.parametrize("values", ["public", "internal"])
def test_a_communication_platform_gets_no_tasks(hub: Hub, values: str) -> None:
    hub.task(OTHER, task="T-2", note="nội bộ")
    whole = releases.write({**released(hub), "unitValues": values})
    shown = for_communication(whole)
    assert "tasks" not in shown.dataset and "nội bộ" not in shown.text
    assert shown.dataset["fullDigest"] == whole.digest
