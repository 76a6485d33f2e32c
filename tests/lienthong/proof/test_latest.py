"""Which fact about a thing is the last: the log's order within a partition, time between partitions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from lienthong.events import CONTENT_ACCEPTED, Event, Recorded
from lienthong.proof.latest import Order

Fact = tuple[str, int]  # the partition, and the hour that the clock showed


def recorded(fact: Fact) -> Recorded:
    partition, hour = fact
    at = datetime(2026, 10, 1, hour, tzinfo=UTC)
    event = Event(type=CONTENT_ACCEPTED, source="s", id="1", time=at, partition_key=partition, data="{}")
    return Recorded(event=event, partition=1, position=1, recorded_at=at, seal=b"", link=b"")


@pytest.mark.parametrize(
    ("facts", "last"),
    [
        pytest.param([("20", 8), ("20", 9)], ("20", 9), id="one after the other"),
        pytest.param([("20", 9), ("20", 8)], ("20", 8), id="the clock was set back"),
        pytest.param([("20", 8), ("33", 9)], ("33", 9), id="the unit moved"),
        pytest.param([("20", 8), ("20", 10), ("33", 9)], ("20", 10), id="it moved and came back"),
        pytest.param([("20", 8), ("33", 7), ("33", 9), ("33", 8)], ("33", 8), id="moved, then set back"),
    ],
)
def test_the_last_fact_about_a_thing(facts: Sequence[Fact], last: Fact) -> None:
    order = Order()
    taken = [fact for fact in facts if order.is_last("05977/tin-1", recorded(fact))]
    assert taken[-1] == last


def test_each_thing_has_an_order_of_its_own() -> None:
    order = Order()
    assert order.is_last("05977/tin-1", recorded(("20", 9)))
    assert order.is_last("05977/tin-2", recorded(("33", 8)))
