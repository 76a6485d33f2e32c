"""Kafka is killed in the middle of the demonstration's year: the hub goes on, says so, and nothing is out of order.

(That all of it stands in Kafka in order at the year's end: test_all_four_plans.py.)
"""

from __future__ import annotations

import pytest

from services.demo import script
from tests.acceptance.conftest import HARDEST
from tests.builders.kafka_outage import Outage
from tests.builders.living_year import Lived

pytest_plugins = ("tests.builders.kafka_broker",)
pytestmark = pytest.mark.parametrize("lived", [HARDEST], ids=[HARDEST], indirect=True)


@pytest.fixture
def outage(lived: Lived) -> Outage:
    assert lived.outage is not None
    return lived.outage


def test_before_kafka_died_nothing_was_amiss(outage: Outage) -> None:
    assert (outage.before.ready, outage.before.degraded, outage.before.reachable) == (True, {}, True)


def test_the_hub_says_that_kafka_is_away_and_is_ready_all_the_same(outage: Outage) -> None:
    for seen in (outage.dead, outage.worked):
        assert seen.ready and "kafka" in seen.degraded and not seen.reachable


def test_a_round_is_corrected_signed_and_released_meanwhile(outage: Outage) -> None:
    assert outage.wrong == ()
    assert outage.releases == (f"{script.FIRST_HALF.round}/1",)
    assert outage.worked.waiting > outage.dead.waiting


def test_what_waited_drains_when_kafka_is_back(outage: Outage) -> None:
    assert (outage.after.degraded, outage.after.reachable, outage.after.waiting) == ({}, True, 0)
