"""Two people stand behind a release: one drafts, another signs what was drafted, as it was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lienthong import events
from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from services.ingest.content import acts as content
from services.ingest.pairs import acts as pairs
from services.ingest.releases import acts, drafts, standing
from services.ingest.rights.acting import Actor
from tests.builders.hub import ROUND, SOURCE, Hub, a_report, an_operator
from tests.builders.signing import DRAFTER, NOWHERE, drafted

SIGNER = Actor(name="person:hung")
ITEM = {
    "unit": "05977",
    "item": "tin-1",
    "revision": 1,
    "kind": "news",
    "title": "Ngày hội khoa học",
    "link": "https://tamthanh.langson.example/tin-1",
    "language": "vi",
    "licence": "CC-BY-4.0",
    "programmes": ["P119"],
    "publishedAt": "2026-10-01T02:00:00Z",
}


def sign(hub: Hub, by: Actor = SIGNER, **how: Any) -> str:
    with hub.desk.office.act(by) as act:
        return acts.sign(act, round_=ROUND, confirm=how.pop("confirm", True), **how)[0]


def refusal(hub: Hub, by: Actor = SIGNER, **how: Any) -> str:
    with pytest.raises(Rejected) as refused:
        sign(hub, by, **how)
    assert refused.value.status == 409
    return refused.value.problems[0].code


def allow(hub: Hub, unit: str, *, allowed: bool = True) -> None:
    with hub.desk.act() as act:
        pairs.decide(act, unit=unit, allowed=allowed, reason="Chỉ có một công chức", document=NOWHERE)


def fact(hub: Hub, kind: str) -> dict[str, Any]:
    rows = hub.rows(f"SELECT data::jsonb FROM eventlog.events WHERE type = '{kind}' ORDER BY position DESC")
    return dict(rows[0][0])


def test_nothing_is_signed_that_nobody_drafted(hub: Hub) -> None:
    assert refusal(hub) == "draft_missing"


def test_who_drafted_does_not_sign(hub: Hub) -> None:
    drafted(hub.desk)
    assert refusal(hub, DRAFTER) == "second_person_needed"
    assert sign(hub) == f"{ROUND}/1"
    signed = fact(hub, events.RELEASE_SIGNED)
    assert (signed["draftedBy"], signed["by"]) == (DRAFTER.name, SIGNER.name)


def test_one_person_signs_alone_where_an_operator_allowed_it_and_no_longer_when_that_was_taken_back(hub: Hub) -> None:
    allow(hub, "20")
    allow(hub, "20", allowed=False)
    drafted(hub.desk)
    assert refusal(hub, DRAFTER) == "second_person_needed"
    allow(hub, "20")
    assert sign(hub, DRAFTER) == f"{ROUND}/1"
    audited = hub.rows(
        "SELECT details::jsonb ->> 'allowed' FROM ingest.audit WHERE act LIKE '%%single_person%%' ORDER BY seq"
    )
    assert audited == [("true",), ("false",), ("true",)]


def test_what_is_allowed_to_a_commune_is_not_allowed_to_its_province(hub: Hub) -> None:
    allow(hub, "05977")
    drafted(hub.desk)
    assert refusal(hub, DRAFTER) == "second_person_needed"


def test_who_signs_allows_nobody_to_sign_alone(hub: Hub) -> None:
    signer = an_operator("20", scopes=["operate:releases", "release:draft"])
    with pytest.raises(Rejected) as refused, hub.desk.office.act(signer) as act:
        pairs.decide(act, unit="20", allowed=True, reason="thử", document=NOWHERE)
    assert refused.value.status == 403


@pytest.mark.parametrize("part", ["operate:releases", "release:draft"])
def test_who_drafts_or_signs_does_not_exempt_himself(hub: Hub, part: str) -> None:
    both = an_operator("20", scopes=["operate:people", part])
    with pytest.raises(Rejected) as refused, hub.desk.office.act(both) as act:
        pairs.decide(act, unit="20", allowed=True, reason="thử", document=NOWHERE)
    assert [problem.code for problem in refused.value.problems] == ["exempts_himself"]
    with hub.desk.office.act(both) as act:  # that it is allowed no longer, anybody of them may say
        pairs.decide(act, unit="20", allowed=False, reason="thử", document=NOWHERE)


def test_a_draft_whose_figures_changed_since_is_drafted_anew(hub: Hub) -> None:
    hub.send(a_report(hub, unit="05977"))
    drafted(hub.desk)
    hub.send(a_report(hub, unit="05977", revision=2))
    assert standing.preview(hub.conn, ROUND, hub_now(hub.conn))["draft"]["outdated"]
    assert refusal(hub) == "draft_outdated"
    drafted(hub.desk)
    assert sign(hub) == f"{ROUND}/1"


def test_a_signer_signs_the_draft_that_was_seen(hub: Hub) -> None:
    first, second = drafted(hub.desk), drafted(hub.desk, recipients=["VN"])
    assert refusal(hub, draft=first.position) == "draft_replaced"
    assert sign(hub, draft=second.position) == f"{ROUND}/1"
    assert fact(hub, events.RELEASE_SIGNED)["recipients"] == ["VN"]


def test_a_draft_is_signed_once(hub: Hub) -> None:
    hub.send(a_report(hub, unit="05977"))
    drafted(hub.desk)
    sign(hub)
    hub.send(a_report(hub, unit="05977", revision=2))
    assert refusal(hub) == "draft_missing"


def test_the_digest_tells_which_reports_were_seen(hub: Hub) -> None:
    empty = drafts.standing_reports(hub.conn, ROUND)
    hub.send(a_report(hub, unit="05977"))
    draft = drafted(hub.desk)
    assert (draft.reports, empty.reports) == (1, 0) and draft.digest != empty.digest
    assert fact(hub, events.RELEASE_DRAFTED)["digest"] == draft.digest
    hub.send(a_report(hub, unit="06040"))
    assert drafts.standing_reports(hub.conn, ROUND).digest != draft.digest


def test_who_submitted_an_item_does_not_approve_it(hub: Hub) -> None:
    [outcome] = hub.send(
        {"specversion": "1.0", "type": events.CONTENT_SUBMITTED, "source": SOURCE, "id": "tin-1", "data": ITEM}
    )
    assert outcome.receipt is not None, outcome.problems
    [(name,)] = hub.rows("SELECT submitted_by FROM ingest.contents")
    sender = replace(SIGNER, name=name)
    with pytest.raises(Rejected) as refused, hub.desk.office.act(sender) as act:
        content.approve(act, unit="05977", item="tin-1")
    assert [problem.code for problem in refused.value.problems] == ["second_person_needed"]
    allow(hub, "05977")
    with pytest.raises(Rejected) as unseen, hub.desk.office.act(sender) as act:
        content.approve(act, unit="05977", item="tin-1", seen=2)
    assert [problem.code for problem in unseen.value.problems] == ["item_revised"]
    assert hub.rows("SELECT state FROM ingest.contents") == [("submitted",)]
    with hub.desk.office.act(sender) as act:
        assert content.approve(act, unit="05977", item="tin-1") == 1
