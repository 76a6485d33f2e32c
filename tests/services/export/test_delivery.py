"""The decision on one attempt."""

from __future__ import annotations

import re

import pytest

from services.export.deliveries.retry import (
    LONGEST_WAIT,
    SCHEDULE,
    UNSIGNED_TRIES,
    AttemptOutcome,
    Dead,
    Delivered,
    Pause,
    TryAgain,
    decide,
)
from tests.conftest import ROOT

_SECONDS = {"s": 1, "min": 60, "h": 3600}


def _contract() -> str:
    """What both sides agreed on."""
    return (ROOT / "docs" / "platform-contract.md").read_text("utf-8")


def answered(status: int, **more: int) -> AttemptOutcome:
    return AttemptOutcome(status=status, code=f"http_{status}", **more)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_delivered(status: int) -> None:
    assert decide(answered(status), attempt=1, luck=0.5) == Delivered()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(status: int) -> None:
    assert isinstance(decide(answered(status), attempt=1, luck=0.5), TryAgain)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 404, 409, 413, 422])
def test_a_refusal_or_redirect_needs_a_person_at_once(status: int) -> None:
    assert decide(answered(status), attempt=1, luck=0.5) == Dead(reason=f"http_{status}")


def test_a_refused_signature_is_tried_again_a_few_times_for_clocks_that_drift() -> None:
    """As often, and over as long, as the contract's text says."""
    decisions = [decide(answered(401), attempt=number, luck=0.5) for number in range(1, UNSIGNED_TRIES + 1)]
    waits = [decision.seconds for decision in decisions if isinstance(decision, TryAgain)]
    assert decisions[-1] == Dead(reason="http_401")
    [(again, minutes)] = re.findall(r"\| 401 \| tries again (\d+) times, over (\d+) minutes", _contract())
    assert (int(again), int(minutes)) == (len(waits), round(sum(waits) / 60))


def test_gone_pauses_the_destination() -> None:
    assert decide(answered(410), attempt=1, luck=0.5) == Pause(reason="http_410")


def test_a_receiver_that_asks_for_a_pause_is_left_alone_altogether() -> None:
    asked = SCHEDULE[0] + 600
    for status in (429, 503):
        held = decide(answered(status, retry_after=asked), attempt=1, luck=0.5)
        assert held == TryAgain(seconds=asked, holds=True)
    assert decide(answered(500, retry_after=asked), attempt=1, luck=0.5) == TryAgain(seconds=asked)


def test_no_answer_is_tried_again() -> None:
    assert isinstance(decide(AttemptOutcome(status=None, code="timeout"), attempt=3, luck=0.5), TryAgain)


def test_a_refused_address_is_not_tried_again() -> None:
    outcome = AttemptOutcome(status=None, code="address_refused", permanent=True)
    assert decide(outcome, attempt=1, luck=0.5) == Dead(reason="address_refused")


def test_waits_follow_the_documented_schedule() -> None:
    """The numbers of the contract's text, and how long it says they last."""
    contract = _contract()
    [told] = re.findall(r"\*\*Schedule\*\* after each failed attempt: (.+?); each", contract)
    documented = [int(number) * _SECONDS[unit] for number, unit in (wait.split() for wait in told.split(", "))]
    waits = [decide(answered(503), attempt=number, luck=0.5) for number in range(1, len(SCHEDULE) + 1)]
    assert [wait.seconds for wait in waits if isinstance(wait, TryAgain)] == documented
    [(attempts, days)] = re.findall(r"That is (\d+) attempts over ([\d.]+) days", contract)
    assert (int(attempts), float(days)) == (len(SCHEDULE) + 1, round(sum(SCHEDULE) / 86_400, 2))


def test_jitter_moves_a_wait_by_a_fifth_at_most() -> None:
    for number, wait in enumerate(SCHEDULE, 1):
        low, high = (decide(answered(503), attempt=number, luck=luck) for luck in (0.0, 0.999999))
        assert isinstance(low, TryAgain)
        assert isinstance(high, TryAgain)
        assert (low.seconds, high.seconds) == (pytest.approx(wait * 0.8), pytest.approx(wait * 1.2))


def test_after_the_last_attempt_it_is_put_aside_with_the_last_reason() -> None:
    decision = decide(AttemptOutcome(status=None, code="timeout"), attempt=len(SCHEDULE) + 1, luck=0.5)
    assert decision == Dead(reason="exhausted_timeout")


def test_the_receiver_may_ask_for_a_longer_wait_but_not_for_more_than_a_day() -> None:
    longer = SCHEDULE[0] + 600
    assert decide(answered(429, retry_after=longer), attempt=1, luck=0.5) == TryAgain(seconds=longer, holds=True)
    assert decide(answered(429, retry_after=1), attempt=2, luck=0.5) == TryAgain(seconds=SCHEDULE[1], holds=True)
    assert decide(answered(503, retry_after=10**9), attempt=1, luck=0.5) == TryAgain(seconds=LONGEST_WAIT, holds=True)
