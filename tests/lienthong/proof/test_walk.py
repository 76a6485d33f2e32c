"""What a fact tells twice has to agree, also where an earlier fact decides it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson
import pytest

from lienthong.events import REPORT_ACCEPTED, Event, Recorded, link
from lienthong.instants import wire
from lienthong.proof.links import note_of
from lienthong.proof.seals import seal
from lienthong.proof.walk import LogWalk, problems_of

SEED = bytes(32)
IN_TIME, DEADLINE, AFTER = (datetime(2026, 6, day, tzinfo=UTC) for day in (4, 9, 25))


def accepted(*revisions: tuple[datetime, bool]) -> Iterator[Recorded]:
    """A report's revisions: when each came, and whether its fact says that it was late."""
    chain = SEED
    for number, (came, late) in enumerate(revisions, 1):
        report = {"round": "P119-LS.2026", "form": "P119-LS.commune", "unit": "06040", "revision": number}
        data: dict[str, Any] = {
            **report,
            "report": report,
            "claim": {"source": "/20/06040", "id": f"bc-{number}"},
            "client": "donvi.20.06040",
            "salt": "1a" * 16,
            "contentHash": "",
            "receivedAt": wire(came),
            "deadline": wire(DEADLINE),
            "late": late,
            "position": number,
        }
        event = Event(
            type=REPORT_ACCEPTED,
            source="/hub/20",
            id=f"20-{number}",
            time=came,
            partition_key="20",
            data="",
            subject="P119-LS.2026/P119-LS.commune/06040",
            causation_id=f"bc-{number}",
        )
        sealed = seal(event, data)
        chain = link(chain, sealed)
        text = orjson.dumps({**data, "contentHash": f"sha256:{sealed.hex()}", "link": chain.hex()}).decode()
        yield Recorded(
            event=replace(event, data=text),
            partition=9,
            position=number,
            recorded_at=came,
            seal=sealed,
            link=chain,
        )


@pytest.mark.parametrize(
    ("revisions", "wrong"),
    [
        ([(IN_TIME, False), (AFTER, False)], []),  # a correction makes nobody late
        ([(IN_TIME, False), (AFTER, True)], ["/20/2/late"]),
        ([(AFTER, True), (AFTER, True)], []),
        ([(AFTER, True), (AFTER, False)], ["/20/2/late"]),
        ([(AFTER, False)], ["/20/1/late"]),
        ([(IN_TIME, True)], ["/20/1/late"]),
    ],
)
def test_lateness_follows_from_the_first_accepted_revision(
    revisions: list[tuple[datetime, bool]], wrong: list[str]
) -> None:
    problems = list(problems_of(LogWalk("20", SEED), accepted(*revisions)))
    assert [(problem.pointer, problem.code) for problem in problems] == [
        (place, "fact_field_differs") for place in wrong
    ]


def facts(*times: tuple[float, float, bool]) -> Iterator[Recorded]:
    """Reports by seconds: when each came, when it was recorded, and whether anything was noted of it."""
    chain = SEED
    for number, (came, recorded, noting) in enumerate(times, 1):
        [one] = islice(accepted(*[(IN_TIME + timedelta(seconds=came), False)] * number), number - 1, None)
        one = replace(one, recorded_at=IN_TIME + timedelta(seconds=recorded))
        data = orjson.loads(one.event.data)
        chain = link(chain, one.seal, note_of(one, data) if noting else b"")
        text = orjson.dumps({**data, "link": chain.hex()}).decode()
        yield replace(one, event=replace(one.event, data=text), link=chain)


@pytest.mark.parametrize(
    ("times", "wrong"),
    [
        ([(0, 1, True), (1, 1, True), (0, 2, True)], []),
        ([(0, 5, True), (0, 4, True), (0, 4, True)], ["/20/2/recordedAt"]),
        ([(3, 2, True)], ["/20/1/recordedAt"]),
        ([(0, 5, False), (0, 4, True), (0, 5, True)], []),  # a version of before had the server's clock as it was
        ([(0, 5, True), (0, 4, False), (0, 5, True)], []),
        ([(3, 2, False)], []),
    ],
)
def test_recorded_not_before_it_came_nor_before_the_one_before(
    times: list[tuple[float, float, bool]], wrong: list[str]
) -> None:
    found = list(problems_of(LogWalk("20", SEED), facts(*times)))
    assert [(problem.pointer, problem.code) for problem in found] == [(place, "recorded_too_early") for place in wrong]


def test_the_clock_of_sample_data_goes_where_it_is_set_but_nothing_is_recorded_before_it_came() -> None:
    walk = LogWalk("20", SEED, sample=True)
    found = list(problems_of(walk, facts((0, 5, True), (0, 4, True), (5, 4, True))))
    assert [problem.pointer for problem in found] == ["/20/3/recordedAt"]
