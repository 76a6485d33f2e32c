"""A link covers what was said, when it came and what was decided; links of before cover what was said."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from lienthong.events import REPORT_ACCEPTED, REPORT_RETURNED, ROUND_LOCKED, Event, Recorded, link
from lienthong.proof.links import continues, is_noted, note_of
from lienthong.proof.walk import LogWalk, problems_of

BEFORE, SEAL = b"\x01" * 32, b"\x02" * 32
CAME = datetime(2026, 10, 9, 8, 0, 0, 250000, tzinfo=UTC)
REPORT: dict[str, Any] = {
    "claim": {"source": "/20/06040", "id": "bc-1"},
    "client": "donvi.20.06040",
    "contentHash": f"sha256:{SEAL.hex()}",
    "unit": "06040",
    "round": "P119-LS.2026",
    "form": "P119-LS.commune",
    "revision": 2,
    "deadline": "2026-10-10T00:00:00Z",
    "late": False,
    "queries": [{"check": "c", "figure": "f", "message": {"vi": "Tăng “gấp đôi”?", "en": "Twice?"}}],
    "report": {"narrative": {"results": "Đã tổ chức"}},
}
NOTED = (
    '["20",7,"/20/06040","bc-1","donvi.20.06040","06040","P119-LS.2026","P119-LS.commune",2,"2026-10-09T08:00:00.250000Z",'
    '"2026-10-10T00:00:00Z",false,["Tăng “gấp đôi”?"]]'
)


def recorded(kind: str, data: Any, **more: Any) -> Recorded:
    event = Event(type=kind, source="/hub/20", id="20-7", time=CAME, partition_key="20", data=json.dumps(data))
    place = {"partition": 9, "position": 7, "recorded_at": CAME + timedelta(seconds=1), "seal": SEAL, "link": b""}
    one = Recorded(event=event, **(place | more))
    return replace(one, link=link(BEFORE, SEAL, note_of(one, data)))


def test_of_a_claim_it_is_what_the_receipt_tells_as_anybody_can_write_it() -> None:
    one = recorded(REPORT_ACCEPTED, REPORT)
    assert note_of(one, REPORT).decode() == NOTED
    assert one.link == hashlib.sha256(BEFORE + SEAL + NOTED.encode()).digest()


def test_of_a_claim_without_a_round_what_there_is() -> None:
    data = {name: REPORT[name] for name in ("claim", "client", "contentHash", "unit", "late")}
    who = '"20",7,"/20/06040","bc-1","donvi.20.06040","06040"'
    told = f'[{who},null,null,null,"2026-10-09T08:00:00.250000Z",null,false,[]]'
    assert note_of(recorded(REPORT_ACCEPTED, data), data).decode() == told


def test_of_any_other_fact_its_times() -> None:
    assert note_of(recorded(ROUND_LOCKED, {}), {}) == b'["2026-10-09T08:00:00.250000Z","2026-10-09T08:00:01.250000Z"]'


@pytest.mark.parametrize(
    "change",
    [
        {"late": True},
        {"deadline": "2026-10-11T00:00:00Z"},
        {"revision": 1},
        {"unit": "06041"},
        {"client": "donvi.20.06041"},
        {"claim": {"source": "/20/06040", "id": "bc-2"}},
        {"queries": []},
        {"claim": None},
    ],
)
def test_a_link_covers_each_word_of_the_decision(change: dict[str, Any]) -> None:
    one = recorded(REPORT_ACCEPTED, REPORT)
    assert continues(BEFORE, one, REPORT)
    assert not continues(BEFORE, one, {**REPORT, **change})


def test_a_link_covers_when_it_came() -> None:
    for kind, data in ((REPORT_ACCEPTED, REPORT), (ROUND_LOCKED, {})):
        one = recorded(kind, data)
        assert continues(BEFORE, one, data)
        assert not continues(BEFORE, replace(one, event=replace(one.event, time=CAME - timedelta(days=1))), data)
    later = replace(one, recorded_at=one.recorded_at + timedelta(days=1))
    assert not continues(BEFORE, later, {})


def test_what_was_noted_can_not_be_hidden_in_the_seal() -> None:
    """It gives the same link by the rule of before, and of a redacted event nobody recomputes the seal."""
    data = {"salt": "0" * 32, "reason": ""}
    one = recorded(REPORT_RETURNED, data)
    forged = replace(one, seal=SEAL + note_of(one, data), event=replace(one.event, time=CAME - timedelta(days=1)))
    assert link(BEFORE, forged.seal) == one.link
    assert not continues(BEFORE, forged, data)
    broken = [each.code for each in LogWalk("20", BEFORE, after=6).see(forged, data)]
    assert broken == ["link_broken"]


def test_what_a_redaction_takes_is_not_in_it() -> None:
    one = recorded(REPORT_ACCEPTED, REPORT)
    emptied = {**REPORT, "salt": "0" * 32, "report": {"narrative": {"results": ""}}}
    assert continues(BEFORE, one, emptied)


def test_links_of_before_cover_the_seal_alone_and_may_stand_between_others() -> None:
    chain, log = bytes(32), []
    for position in range(1, 7):
        one = recorded(ROUND_LOCKED, {}, position=position)
        seal = hashlib.sha256(bytes([position])).digest()
        covered = b"" if position in (1, 4, 5) else note_of(one, {})
        chain = link(chain, seal, covered)
        log.append(replace(one, seal=seal, link=chain))
    assert [is_noted(before.link, one, {}) for before, one in pairwise(log)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    found = {problem.code for problem in problems_of(LogWalk("20", bytes(32)), log)}
    assert found == {"seal_differs"}, "these seals are of nothing; the links fit"
    forged = [*log[:2], replace(log[2], event=replace(log[2].event, time=CAME - timedelta(days=1))), *log[3:]]
    broken = [p for p in problems_of(LogWalk("20", bytes(32)), forged) if p.code == "link_broken"]
    assert [problem.pointer for problem in broken] == ["/20/3/link"]
