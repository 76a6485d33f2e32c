"""A fact that aggregate can't apply: it stops one province, and goes with what depends on it when it is set aside."""

from __future__ import annotations

import pytest

from lienthong import events
from lienthong.eventlog import stops
from lienthong.eventlog.stops import PartitionStopped
from lienthong.events import Recorded
from lienthong.postgres.pool import Pool
from services.aggregate.replay import replay
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER
from tests.builders.aggregating import Hub
from tests.builders.small_plan import a_plan, an_opening

NUL = "lý do \x00 dán từ tệp khác"
"""What PostgreSQL's jsonb can't hold, although the log's text can say it."""


def a_province(hub: Hub, key: str) -> str:
    """A plan with an open round and a report; the round's code."""
    plan = a_plan(f"P1-{key}", issued_by=key)
    hub.plan(plan, key=key)
    hub.opened(an_opening(plan, province=key))
    hub.report("06001", [4, 10, 20, 15], round_=f"P1-{key}.2026", form=f"P1-{key}.commune", key=key)
    return f"P1-{key}.2026"


def a_poisoned_extension(hub: Hub, round_: str, key: str) -> Recorded:
    return hub.append(
        events.ROUND_EXTENDED,
        {
            "round": round_,
            "obligation": "R-1-1",
            "unit": None,
            "until": "2027-01-10T00:00:00Z",
            "original": None,
            "reason": NUL,
            "document": {"number": None, "date": None},
            "by": "x",
        },
        subject=round_,
        key=key,
    )


def set_aside(hub: Hub, poison: Recorded, key: str) -> None:
    hub.append(
        events.FACT_SET_ASIDE,
        {
            "partition": key,
            "position": poison.position,
            "type": poison.event.type,
            "consumers": [CONSUMER],
            "code": "fact_not_applicable",
            "cause": "",
            "reason": "hỏng",
            "document": {"number": None, "date": None},
            "by": "x",
        },
        subject=stops.subject_of(key, poison.position),
        key=key,
    )


def consume_what_goes(hub: Hub) -> None:
    with pytest.raises(PartitionStopped):
        hub.consume()


def test_a_poisoned_fact_stops_its_province_alone_until_it_is_set_aside(pool: Pool, database: str) -> None:
    hub = Hub(pool)
    hanoi, thaibinh = a_province(hub, "01"), a_province(hub, "33")
    poison = a_poisoned_extension(hub, hanoi, "01")
    hub.report("06002", [1, 1, 1, 1], round_=hanoi, form="P1-01.commune", key="01")
    hub.report("06002", [1, 1, 1, 1], round_=thaibinh, form="P1-33.commune", key="33")
    consume_what_goes(hub)
    assert hub.slot("reports", round_=thaibinh, form="P1-33.commune") == 2
    assert hub.slot("reports", round_=hanoi, form="P1-01.commune") == 1
    with pool.connection() as conn:
        [stop] = stops.stops(conn)
    assert (stop.key, stop.position) == ("01", poison.position)
    assert "22P05" in stop.reason
    replayed = replay(database, processes=2)
    assert [(stop.key, stop.position) for stop in replayed.stopped] == [("01", poison.position)]
    assert hub.slot("reports", round_=thaibinh, form="P1-33.commune") == 2, "a replay stops one province too"

    set_aside(hub, poison, "01")
    hub.consume()
    assert hub.slot("reports", round_=hanoi, form="P1-01.commune") == 2
    assert verify(pool).is_good
    assert replay(database, processes=2).is_good
    assert hub.slot("reports", round_=hanoi, form="P1-01.commune") == 2


def test_what_is_about_a_round_whose_opening_was_set_aside_goes_with_it(pool: Pool, database: str) -> None:
    hub = Hub(pool)
    plan = a_plan()
    hub.plan(plan)
    poison = hub.append(events.ROUND_OPENED, {**an_opening(plan), "reason": NUL}, subject="P1-LS.2026")
    hub.report("06001", [4, 10, 20, 15])
    hub.sign()
    consume_what_goes(hub)
    set_aside(hub, poison, "20")
    hub.opened(an_opening(plan, 2027))
    hub.report("06001", [4, 10, 20, 15], round_="P1-LS.2027")
    hub.consume()
    assert hub.slot("reports", round_="P1-LS.2027") == 1
    assert hub.log.find(events.RELEASE_MADE, "P1-LS.2026/1") == []
    assert verify(pool).is_good
    assert replay(database, processes=1).is_good
