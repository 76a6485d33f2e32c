"""Which texts may be redacted, by what the event is. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from lienthong import events
from services.ingest.reports.redaction import REDACTABLE, empty_text

RETURNED: dict[str, Any] = {
    "round": "P119-LS.2026",
    "unit": "05977",
    "via": "20.SKHCN",
    "reason": "Ông A nhập nhầm",
    "by": "person:lan",
    "figures": [{"code": "events_commune", "reason": "Ông A"}],
}


def a_return() -> dict[str, Any]:
    return {**RETURNED, "figures": [dict(RETURNED["figures"][0])]}


@pytest.mark.parametrize("pointer", ["/reason", "/figures/0/reason"])
def test_the_words_of_a_return_may_go(pointer: str) -> None:
    body = a_return()
    assert empty_text(events.REPORT_RETURNED, body, pointer)
    assert str(body).count("Ông A") == 1


@pytest.mark.parametrize(
    "pointer",
    [
        "",
        "/",
        "/by",
        "/via",
        "/unit",
        "/round",
        "/figures",
        "/figures/0",
        "/figures/0/code",
        "/figures/1/reason",
        "/figures/-1/reason",
        "/figures/x/reason",
        "/figures/00/reason",
        "/figures/٠/reason",
        "reason",
        "x/reason",
        "/none",
        "/reason/0",
    ],
)
def test_what_a_return_is_about_stays(pointer: str) -> None:
    body = a_return()
    assert not empty_text(events.REPORT_RETURNED, body, pointer)
    assert body == RETURNED


@pytest.mark.parametrize(
    ("kind", "pointer"),
    [
        (events.REPORT_PASSED_ON, "/note"),
        (events.DIFFICULTY_FORWARDED, "/text"),
        (events.DIFFICULTY_ANSWERED, "/text"),
        (events.DIFFICULTY_CLOSED, "/text"),
    ],
)
def test_so_may_a_note_and_each_step_of_a_difficulty(kind: str, pointer: str) -> None:
    body: dict[str, Any] = {"note": "Ông A", "text": "Ông A", "holder": "20"}
    assert empty_text(kind, body, pointer)
    assert body[pointer[1:]] == "" and not empty_text(kind, body, "/holder")


def test_of_a_report_only_what_was_submitted_may_go_and_no_figure_be_it_a_status() -> None:
    body: dict[str, Any] = {
        "reason": "x",
        "report": {"figures": {"section": "live"}, "narrative": {"results": "Ông A"}},
    }
    assert empty_text(events.REPORT_ACCEPTED, body, "/report/narrative/results")
    for pointer in ("/reason", "/report/figures/section", "/report/figures"):
        assert not empty_text(events.REPORT_ACCEPTED, body, pointer), pointer
    assert body["report"] == {"figures": {"section": "live"}, "narrative": {"results": ""}}


def test_which_route_a_difficulty_goes_is_no_free_text() -> None:
    body: dict[str, Any] = {"data": {"text": "Ông A", "obligation": "R-438-HY-3"}}
    assert not empty_text(events.DIFFICULTY_ACCEPTED, body, "/data/obligation")
    assert empty_text(events.DIFFICULTY_ACCEPTED, body, "/data/text")


def test_what_was_submitted_or_said_may_be_redacted_whatever_its_type() -> None:
    submitted = {made.fact for made in events.ACCEPTED.values()}
    assert submitted | {events.CONTENT_APPROVED, events.REPORT_RETURNED, events.TASK_RECORDED} <= set(REDACTABLE)
    assert set(REDACTABLE) <= events.FACTS


@pytest.mark.parametrize("member", ["unit", "item", "channel", "day", "classification"])
def test_of_a_reach_no_text_is_free(member: str) -> None:
    data = {"unit": "05977", "item": "tin-1", "channel": "zalo", "day": "2026-10-15", "classification": "public"}
    assert not empty_text(events.REACH_ACCEPTED, {"data": data}, f"/data/{member}")
