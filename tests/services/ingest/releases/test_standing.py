"""Signing is guarded: what lacks is asked for, what did not change is not released again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from lienthong.calendar import VIETNAM, on_or_before
from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.units import rows_of
from services.ingest.releases import acts, standing
from services.ingest.rounds import acts as rounds
from tests.builders.hub import FORM, ROUND, Hub, a_report, a_withdrawal
from tests.builders.signing import released

NONE = {"number": None, "date": None}


def sign(hub: Hub, *, confirm: bool = True, recipients: Any = None) -> str:
    return released(hub.desk, recipients=recipients, confirm=confirm)


def refusal(hub: Hub, **how: Any) -> str:
    with pytest.raises(Rejected) as refused:
        sign(hub, **how)
    assert refused.value.status == 409
    return refused.value.problems[0].code


def preview(hub: Hub) -> dict[str, Any]:
    return standing.preview(hub.conn, ROUND, hub_now(hub.conn))


def test_a_round_that_lacks_reports_is_signed_only_when_confirmed(hub: Hub) -> None:
    assert refusal(hub, confirm=False) == "release_incomplete"
    assert sign(hub, confirm=True) == f"{ROUND}/1"


def test_the_same_figures_are_not_released_again(hub: Hub) -> None:
    hub.send(a_report(hub, unit="05977"))
    sign(hub)
    assert refusal(hub) == "release_unchanged"
    assert not preview(hub)["changed"]


@pytest.mark.parametrize("what", ["correction", "withdrawal", "another unit", "extension", "population"])
def test_what_alters_the_consolidation_may_be_released(hub: Hub, what: str) -> None:
    hub.send(a_report(hub, unit="05977"))
    sign(hub)
    if what == "correction":
        hub.send(a_report(hub, unit="05977", revision=2))
    elif what == "withdrawal":
        hub.send(a_withdrawal(unit="05977"))
    elif what == "another unit":
        hub.send(a_report(hub, unit="06040"))
    elif what == "extension":
        until = on_or_before(datetime(2026, 11, 30, tzinfo=VIETNAM).date())
        with hub.desk.act() as act:
            rounds.extend(act, round_=ROUND, until=until, reason="mưa lũ", document=NONE, obligation="R-119-LS-1")
    else:
        hub.change_units(rows_of("populations", [{"unit": "06040", "year": 2026, "value": 8123, "source": "thử"}]))
    assert preview(hub)["changed"]
    assert sign(hub) == f"{ROUND}/2"


def test_another_recipient_or_a_withdrawn_release_is_no_repetition(hub: Hub) -> None:
    sign(hub, recipients=["VN"])
    assert (preview(hub)["changed"], preview(hub)["addedRecipients"]) == (False, ["platform"])
    assert sign(hub, recipients=["VN", "platform"]) == f"{ROUND}/2"
    assert refusal(hub, recipients=["platform"]) == "release_unchanged"
    assert preview(hub)["addedRecipients"] == []
    with hub.desk.act() as act:
        acts.withdraw(act, release=f"{ROUND}/2", reason="sai văn bản", document=NONE)
    assert sign(hub, recipients=["platform"]) == f"{ROUND}/3"


def test_the_preview_names_who_is_missing_and_what_came_since(hub: Hub) -> None:
    hub.send(a_report(hub, unit="05977"))
    sign(hub)
    hub.send(a_report(hub, unit="06040"), a_report(hub, unit="05977", revision=2))
    body = preview(hub)
    assert {(came["unit"], came["revision"]) for came in body["since"]} == {("06040", 1), ("05977", 2)}
    missing = {line["unit"] for line in body["missing"]}
    assert "06103" in missing and missing.isdisjoint({"05977", "06040"})
    assert body["recipients"] == ["VN", "platform"]
    assert (body["version"], body["lastRelease"]["release"], body["complete"]) == (2, f"{ROUND}/1", False)


def test_a_later_round_alters_no_earlier_one(hub: Hub) -> None:
    hub.send(a_report(hub, unit="05977"))
    sign(hub)
    with hub.desk.act() as act:
        later = rounds.open_special(
            act,
            plan="P119-LS",
            period="2026-DX1",
            first=date(2026, 10, 1),
            last=date(2026, 10, 5),
            deadline=datetime(2026, 10, 20, tzinfo=VIETNAM),
            reason="đột xuất",
            forms=[FORM],
        )
    [came] = hub.send(a_report(hub, unit="05977", round=later))
    assert came.verdict == "accepted"
    assert not preview(hub)["changed"]
