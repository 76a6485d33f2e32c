"""Redacting over HTTP: what a person may remove of what was sent, and how everybody sees that it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.hub.evidence import one_moment, prove
from tests.builders.hub import Hub, a_report
from tests.builders.ingest_http import Answer, Served, serving

RESULTS = "/report/narrative/results"


@pytest.fixture
def served(hub: Hub) -> Iterator[Served]:
    with serving(hub.conninfo) as made:
        yield made


def redact(served: Served, receipt: str, *pointers: str, token: str | None = None, **more: Any) -> Answer:
    by = token or served.token(client="tinh-20", role="province", scopes=("operate:rounds",))
    body = json.dumps({"pointers": pointers, "reason": "có dữ liệu cá nhân", **more}).encode()
    return served.request("POST", f"/v1/receipts/{receipt}/redaction", body, media="application/json", token=by)


def sent(served: Served, hub: Hub, **data: Any) -> str:
    answer = served.post(a_report(hub, **data))
    assert answer.status == 201, answer.json
    return str(answer.json["receipt"])


def test_the_text_is_gone_and_when_and_why_stands_in_its_place(served: Served, hub: Hub) -> None:
    receipt = sent(served, hub, narrative={"results": "Ông A đạt giải", "shortcomings": "Bà B", "proposals": ""})
    done = redact(served, receipt, RESULTS, document={"number": "7/QĐ"})
    assert (done.status, done.json) == (201, {"receipt": receipt, "pointers": [RESULTS]})
    [revision] = served.get(f"/v1/reports/{receipt}").json["revisions"]
    assert revision["content"]["narrative"] == {"results": "", "shortcomings": "Bà B", "proposals": ""}
    [removed] = revision["redactions"]
    assert (removed["reason"], removed["pointers"], removed["document"]["number"]) == (
        "có dữ liệu cá nhân",
        [RESULTS],
        "7/QĐ",
    )
    assert hub.rows("SELECT count(*) FROM eventlog.events AS t WHERE t::text LIKE '%Ông A%'") == [(0,)]
    assert hub.rows("SELECT actor, subject FROM ingest.audit WHERE act = 'text.redacted'") == [
        ("client:tinh-20", receipt)
    ]


def test_another_text_may_go_later_and_the_log_still_proves_itself(served: Served, hub: Hub) -> None:
    receipt = sent(served, hub)
    assert redact(served, receipt, RESULTS).status == 201
    assert redact(served, receipt, "/report/narrative/shortcomings", RESULTS).status == 201
    with one_moment(hub.conn):
        assert prove(hub.conn, lambda done, total: None).findings == ()


def test_every_place_without_a_text_is_told_and_nothing_is_removed(served: Served, hub: Hub) -> None:
    receipt = sent(served, hub)
    answer = redact(served, receipt, "/report/figures/events_commune", RESULTS, "report/narrative/results")
    told = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
    assert (answer.status, told) == (422, [("/pointers/0", "no_text_there"), ("/pointers/2", "no_text_there")])
    assert "/report/figures/events_commune" in answer.json["errors"][0]["message_vi"]
    [revision] = served.get(f"/v1/reports/{receipt}").json["revisions"]
    assert revision["content"]["narrative"]["results"] and revision["redactions"] == []


@pytest.mark.parametrize("receipt", ["20-99999", "33-1", "VN-1"])
def test_what_is_not_there_is_not_found(served: Served, receipt: str) -> None:
    answer = redact(served, receipt, RESULTS)
    assert (answer.status, answer.codes) == (404, {"receipt_unknown"})


def test_who_reports_may_not_remove_what_it_said(served: Served, hub: Hub) -> None:
    receipt = sent(served, hub)
    assert redact(served, receipt, RESULTS, token=served.token()).codes == {"scope_missing"}


@pytest.mark.parametrize(
    ("receipt", "pointers", "more"),
    [
        ("20-0", [RESULTS], {}),
        ("20", [RESULTS], {}),
        ("20-1", [], {}),
        ("20-1", ["/a\nb"], {}),
        ("20-1", [RESULTS], {"reason": ""}),
        ("20-1", [RESULTS], {"why": "x"}),
    ],
)
def test_a_malformed_request_is_refused(served: Served, receipt: str, pointers: list[str], more: Any) -> None:
    assert redact(served, receipt, *pointers, **more).status in (400, 422)
