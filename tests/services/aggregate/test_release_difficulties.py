"""Difficulties and the signed documents of single reports go with a release, as the log holds them at the cut."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson
import pytest

from lienthong import events, releases
from lienthong.contracts.schemas import schemas_folder
from lienthong.postgres.pool import Pool
from services.aggregate import difficulties, documents
from services.aggregate.older_rules import as_judged_then
from services.aggregate.replay import replay
from services.export.mapping import for_communication
from tests.builders.aggregating import Hub
from tests.builders.small_plan import a_plan, an_opening

FIRST, SECOND = "06001", "06002"
DOCUMENT = {"number": "12/BC-UBND", "date": "2026-12-10", "agency": "UBND xã", "electronicId": "000.00.21.H37-12"}


@pytest.fixture
def hub(pool: Pool) -> Hub:
    found, plan = Hub(pool), a_plan("P1-LS", issued_by="20")
    found.plan(plan)
    found.opened(an_opening(plan, 2026, communes=(FIRST, SECOND), province="20"))
    return found


def as_told_then(dataset: Any, original: Any) -> Any:
    """As a replay has it: first the documents, then the difficulties."""
    return difficulties.as_told_then(documents.as_told_then(dataset, original), original)


def released(hub: Hub, version: int = 1) -> Any:
    hub.sign(version)
    hub.consume()
    return hub.dataset(f"P1-LS.2026/{version}")


def told(dataset: Any) -> list[tuple[str, str, str, str | None]]:
    """(unit, state, text, answer) of each difficulty."""
    return [
        (difficulty["unit"], difficulty["state"], difficulty["text"], (difficulty["answer"] or {}).get("text"))
        for difficulty in dataset.get("difficulties", ())
    ]


def test_a_release_tells_of_its_plans_difficulties_with_state_and_answer_by_unit(hub: Hub) -> None:
    answered, forwarded = hub.difficulty(SECOND), hub.difficulty(FIRST, text="Thiếu người")
    hub.difficulty(FIRST, plan="P2-LS")
    hub.step(events.DIFFICULTY_ANSWERED, answered, "Đã cấp")
    hub.step(events.DIFFICULTY_FORWARDED, forwarded, "")
    dataset = released(hub)
    assert told(dataset) == [(FIRST, "forwarded", "Thiếu người", None), (SECOND, "answered", "Thiếu máy", "Đã cấp")]
    assert "person:a" not in orjson.dumps(dataset["difficulties"]).decode(), "the office is named, not who pressed"
    body = orjson.loads((schemas_folder() / "platform" / "release-dataset.schema.json").read_bytes())
    assert list(jsonschema_rs.validator_for(body, validate_formats=True).iter_errors(dataset)) == []


def test_what_was_settled_before_the_period_or_raised_after_the_cut_is_not_in(hub: Hub) -> None:
    hub.step(events.DIFFICULTY_ANSWERED, hub.difficulty(FIRST), "Đã cấp", at="2025-06-01T03:00:00+00:00")
    hub.sign()
    hub.difficulty(SECOND)
    hub.consume()
    assert told(hub.dataset()) == [] and "difficulties" not in hub.dataset()


def test_a_later_version_tells_what_came_of_the_same_difficulties_and_not_what_came_up_long_after(hub: Hub) -> None:
    known = hub.difficulty(FIRST)
    released(hub)
    hub.step(events.DIFFICULTY_ANSWERED, known, "Đã cấp", at="2027-03-01T03:00:00+00:00")
    hub.difficulty(SECOND, text="của năm sau")
    hub.difficulty(SECOND, text="của kỳ này", round_="P1-LS.2026")
    assert told(released(hub, 2)) == [
        (FIRST, "answered", "Thiếu máy", "Đã cấp"),
        (SECOND, "raised", "của kỳ này", None),
    ]


def test_the_signed_document_of_a_report_goes_with_its_revision(hub: Hub) -> None:
    hub.report(FIRST, [2, 1, 1, 1], document=DOCUMENT)
    hub.report(SECOND, [2, 1, 1, 1], document={"number": None, "date": None})
    found = {one["unit"]: one.get("signedDocument") for one in released(hub)["provenance"]}
    assert found == {FIRST: DOCUMENT, SECOND: None}
    hub.report(FIRST, [3, 1, 1, 1], revision=2)
    assert [one.get("signedDocument") for one in released(hub, 2)["provenance"]] == [None, None]


def test_redacted_texts_stay_in_what_was_released_say_so_after_it_and_are_no_damage(
    hub: Hub, pool: Pool, database: str
) -> None:
    raised = hub.difficulty(FIRST, text="Ông A")
    answer = hub.step(events.DIFFICULTY_ANSWERED, raised, "Bà B")
    report = hub.report(FIRST, [2, 1, 1, 1], document=DOCUMENT)
    assert told(released(hub)) == [(FIRST, "answered", "Ông A", "Bà B")]
    hub.redact(raised, "/data/text")
    hub.redact(answer, "/text")
    hub.redact(report, "/report/signedDocument/agency")
    second = released(hub, 2)
    assert told(second) == [(FIRST, "answered", "", "")]
    [difficulty] = second["difficulties"]
    assert difficulty["redacted"] == ["text"] and difficulty["answer"]["redacted"] is True
    assert "agency" not in second["provenance"][0]["signedDocument"]
    assert replay(database, processes=1).is_good, "an erased text is no damage"


def test_another_text_than_the_released_one_shows_in_a_replay(hub: Hub) -> None:
    hub.difficulty(FIRST, text="đúng")
    hub.report(FIRST, [2, 1, 1, 1], document=DOCUMENT)
    made = released(hub)
    [one], [source] = made["difficulties"], made["provenance"]
    forged = {**made, "difficulties": [{**one, "text": "sai"}]}
    assert as_told_then(forged, made) == forged
    other = {**made, "provenance": [{**source, "signedDocument": {**DOCUMENT, "number": "13"}}]}
    assert as_told_then(other, made) == other


def test_a_release_of_older_rules_is_replayed_without_them(hub: Hub) -> None:
    hub.difficulty(FIRST)
    hub.report(FIRST, [2, 1, 1, 1], document=DOCUMENT)
    now = released(hub)
    then = releases.without_offices(now) | {"rules": 4}
    assert as_judged_then(as_told_then(now, then), then) == then


@pytest.mark.parametrize("values", ["public", "internal"])
def test_the_platform_gets_neither_difficulties_nor_documents_of_single_reports(hub: Hub, values: str) -> None:
    hub.difficulty(FIRST)
    hub.report(FIRST, [2, 1, 1, 1], document=DOCUMENT)
    whole = releases.write({**released(hub), "unitValues": values})
    shown = for_communication(whole).dataset
    assert "difficulties" not in shown and "signedDocument" not in shown["provenance"][0]
    assert shown["fullDigest"] == whole.digest
