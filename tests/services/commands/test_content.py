"""`lienthong content approve`: an item is released by the command line as over HTTP."""

from __future__ import annotations

from typing import Any

import orjson

from lienthong import events
from tests.builders.hub import SOURCE, Hub
from tests.services.commands.conftest import Call

LIST = ("content", "list", "--province", "20", "--json")


def submitted(hub: Hub, revision: int = 1) -> None:
    data = {
        "unit": "05977",
        "item": "tin-1",
        "revision": revision,
        "kind": "news",
        "title": f"Ngày hội khoa học, bản {revision}",
        "link": "https://tamthanh.langson.example/tin-1",
        "language": "vi",
        "licence": "CC-BY-4.0",
        "programmes": ["P119"],
        "publishedAt": "2026-10-01T02:00:00Z",
    }
    event = {"specversion": "1.0", "type": events.CONTENT_SUBMITTED, "source": SOURCE, "id": f"tin-{revision}"}
    [outcome] = hub.send({**event, "data": data})
    assert outcome.receipt is not None, outcome.problems


def listed(call: Call) -> Any:
    return [(item["revision"], item["state"]) for item in orjson.loads(call(*LIST).stdout)]


def test_an_item_is_approved_once_as_it_was_looked_at(hub: Hub, call: Call) -> None:
    submitted(hub)
    submitted(hub, revision=2)
    stale = call("content", "approve", "05977", "tin-1", "--revision", "1")
    assert stale.exit_code == 1 and "item_revised" in stale.output, stale.output
    assert listed(call) == [(2, "submitted")]
    done = call("content", "approve", "05977", "tin-1", "--revision", "2")
    assert done.exit_code == 0 and "05977/tin-1, lần gửi 2" in done.output, done.output
    assert listed(call) == [(2, "approved")]
    [(actor, subject)] = hub.rows("SELECT actor, subject FROM ingest.audit WHERE act = 'content.approved'")
    assert actor.startswith("cli:") and subject == "05977/tin-1/r2"
    again = call("content", "approve", "05977", "tin-1")
    assert again.exit_code == 1 and "item_not_waiting" in again.output
    submitted(hub, revision=3)
    assert call("content", "approve", "05977", "tin-1").exit_code == 0
    assert listed(call) == [(3, "approved")]


def test_an_item_or_a_unit_that_there_is_not_is_told(hub: Hub, call: Call) -> None:
    for unit, item in (("05977", "tin-[b]9"), ("99999", "tin-1")):
        refused = call("content", "approve", unit, item)
        assert refused.exit_code == 1 and "item_unknown" in refused.output and item in refused.output, refused.output
