"""Queries and explanations go with a release: those of the revisions that stand, each with what was said last."""

from __future__ import annotations

from typing import Any

import pytest

from lienthong import events, releases
from lienthong.postgres.pool import Pool
from services.aggregate.queries import redacted_explanations, texts_as_then
from services.aggregate.replay import replay
from services.export.mapping import for_communication
from tests.builders.aggregating import Hub
from tests.builders.small_plan import a_plan, an_opening

FIRST, SECOND = "06001", "06002"


@pytest.fixture
def hub(pool: Pool) -> Hub:
    found, plan = Hub(pool), a_plan("P1-LS", issued_by="20")
    found.plan(plan)
    found.opened(an_opening(plan, 2026, communes=(FIRST, SECOND), province="20"))
    return found


def told(hub: Hub, version: int = 1) -> list[tuple[str, int, str | None]]:
    """(unit, revision, explanation) of each query of a release."""
    hub.sign(version)
    hub.consume()
    queries = hub.dataset(f"P1-LS.2026/{version}").get("queries", ())
    return [(one["unit"], one["revision"], (one["explanation"] or {}).get("text")) for one in queries]


def test_a_release_tells_open_queries_and_those_that_were_explained(hub: Hub) -> None:
    hub.report(FIRST, [2, 1, 1, 1], asks=True)
    hub.report(SECOND, [2, 1, 1, 1], asks=True, says="mở thêm lớp")
    assert told(hub) == [(FIRST, 1, None), (SECOND, 1, "mở thêm lớp")]


def test_what_was_said_last_before_the_sign_off_goes_with_it(hub: Hub) -> None:
    hub.report(FIRST, [2, 1, 1, 1], asks=True, says="một")
    hub.explain(FIRST, "hai")
    assert told(hub) == [(FIRST, 1, "hai")]
    hub.explain(FIRST, "ba")
    assert told(hub, 2) == [(FIRST, 1, "ba")]


@pytest.mark.parametrize("gone", ["corrected", "withdrawn", "returned"])
def test_queries_on_what_stands_no_more_are_left_behind(hub: Hub, gone: str) -> None:
    hub.report(FIRST, [2, 1, 1, 1], asks=True, says="một")
    if gone == "corrected":
        hub.report(FIRST, [1, 1, 1, 1], revision=2)
    elif gone == "withdrawn":
        hub.withdraw(FIRST)
    else:
        hub.review(events.REPORT_RETURNED, FIRST)
    assert told(hub) == []
    assert "queries" not in hub.dataset()


def test_a_text_that_is_redacted_stays_in_what_was_released_and_is_in_nothing_after_it(
    hub: Hub, pool: Pool, database: str
) -> None:
    hub.report(FIRST, [2, 1, 1, 1], asks=True)
    said = hub.explain(FIRST, "Ông A")
    assert told(hub) == [(FIRST, 1, "Ông A")]
    hub.redact(said, "/data/explanations/0/text")
    assert told(hub, 2) == [(FIRST, 1, "")]
    assert _kept(hub) == [""]
    assert replay(database, processes=1).is_good, "an erased text is no damage"
    assert _kept(hub) == [""]


def test_the_platform_is_not_told_what_offices_ask_each_other(hub: Hub) -> None:
    hub.report(FIRST, [2, 1, 1, 1], asks=True, says="mở thêm lớp")
    assert told(hub)
    dataset: Any = hub.dataset()
    whole = releases.write({**dataset, "unitValues": "internal"})
    assert "queries" not in for_communication(whole).dataset
    public = releases.write({**dataset, "unitValues": "public"})
    assert "queries" in for_communication(public).dataset


def test_only_the_texts_of_explanations_are_emptied() -> None:
    pointers = [
        "/report/explanations/2/text",
        "/data/explanations/0/text",
        "/report/narrative/results",
        "/reason",
        "/data/explanations/x/text",
        "/report/explanations/1/check",
    ]
    assert redacted_explanations({"pointers": pointers}) == [2, 0]


def test_a_text_that_was_not_erased_is_compared() -> None:
    """Only what is empty now is taken from the release: another text shows as a difference."""
    one: Any = {"unit": FIRST, "form": "f", "revision": 1, "check": "jump", "explanation": None}
    said = {"text": "đúng", "at": "2026-12-18T03:00:00Z", "position": 4}
    made: Any = {"queries": [{**one, "explanation": said}]}
    erased: Any = {"queries": [{**one, "explanation": {**said, "text": ""}}]}
    other: Any = {"queries": [{**one, "explanation": {**said, "text": "sai"}}]}
    assert texts_as_then(erased, made) == made
    assert texts_as_then(other, made) == other


def _kept(hub: Hub) -> list[str]:
    with hub.pool.connection() as conn:
        return [text for (text,) in conn.execute("SELECT text FROM aggregate.explanations ORDER BY position")]
