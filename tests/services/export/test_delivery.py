"""The decision on one attempt, and the addresses that may be sent to."""

from __future__ import annotations

import pytest

from lienthong.errors import Rejected
from services.export.deliveries.addresses import address_allowed, check_destination
from services.export.deliveries.retry import SCHEDULE, Again, Dead, Delivered, Outcome, decide


def answered(status: int, **more: int) -> Outcome:
    return Outcome(status=status, code=f"http_{status}", **more)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_delivered(status: int) -> None:
    assert decide(answered(status), attempt=1, luck=0.5) == Delivered()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(status: int) -> None:
    assert isinstance(decide(answered(status), attempt=1, luck=0.5), Again)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 409, 410, 413, 422])
def test_a_refusal_or_redirect_needs_a_person_at_once(status: int) -> None:
    assert decide(answered(status), attempt=1, luck=0.5) == Dead(reason=f"http_{status}")


def test_no_answer_is_tried_again() -> None:
    assert isinstance(decide(Outcome(status=None, code="timeout"), attempt=3, luck=0.5), Again)


def test_a_refused_address_is_not_tried_again() -> None:
    outcome = Outcome(status=None, code="address_refused", permanent=True)
    assert decide(outcome, attempt=1, luck=0.5) == Dead(reason="address_refused")


def test_waits_follow_the_documented_schedule() -> None:
    waits = [decide(answered(503), attempt=number, luck=0.5) for number in range(1, len(SCHEDULE) + 1)]
    assert [wait.seconds for wait in waits if isinstance(wait, Again)] == list(SCHEDULE)
    assert 3 * 86400 < sum(SCHEDULE) < 4 * 86400


def test_jitter_moves_a_wait_by_a_fifth_at_most() -> None:
    low, high = (decide(answered(503), attempt=3, luck=luck) for luck in (0.0, 0.999999))
    assert isinstance(low, Again)
    assert isinstance(high, Again)
    assert (round(low.seconds), round(high.seconds)) == (240, 360)


def test_after_the_last_attempt_it_is_put_aside_with_the_last_reason() -> None:
    decision = decide(Outcome(status=None, code="timeout"), attempt=len(SCHEDULE) + 1, luck=0.5)
    assert decision == Dead(reason="exhausted_timeout")


def test_the_receiver_may_ask_for_a_longer_wait_but_not_for_more_than_a_day() -> None:
    assert decide(answered(429, retry_after=600), attempt=1, luck=0.5) == Again(seconds=600)
    assert decide(answered(429, retry_after=1), attempt=2, luck=0.5) == Again(seconds=60)
    assert decide(answered(503, retry_after=10**9), attempt=1, luck=0.5) == Again(seconds=86400)


@pytest.mark.parametrize(
    ("address", "reaches"),
    [
        ("8.8.8.8", {"public", "private", "loopback"}),
        ("2001:4860:4860::8888", {"public", "private", "loopback"}),
        ("127.0.0.1", {"loopback"}),
        ("::1", {"loopback"}),
        ("::ffff:127.0.0.1", {"loopback"}),
        ("10.1.2.3", {"private"}),
        ("172.20.0.1", {"private"}),
        ("192.168.1.1", {"private"}),
        ("fd00::1", {"private"}),
        ("::ffff:10.1.2.3", {"private"}),
        ("64:ff9b::a01:203", {"private"}),
        ("2002:a01:203::1", {"private"}),
        ("169.254.169.254", set()),
        ("64:ff9b::a9fe:a9fe", set()),
        ("fe80::1%eth0", set()),
        ("0.0.0.0", set()),
        ("::", set()),
        ("224.0.0.1", set()),
        ("100.64.0.1", set()),
        ("255.255.255.255", set()),
    ],
)
def test_an_address_is_sent_to_only_within_the_reach_of_its_destination(address: str, reaches: set[str]) -> None:
    assert {reach for reach in ("public", "private", "loopback") if address_allowed(address, reach)} == reaches


@pytest.mark.parametrize(
    ("url", "reach", "code"),
    [
        ("http://platform.example", "public", "destination_not_https"),
        ("http://10.0.0.1", "private", "destination_not_https"),
        ("https://user:pw@platform.example", "public", "destination_not_plain"),
        ("https://platform.example/?a=1", "public", "destination_not_plain"),
        ("https://", "public", "destination_not_plain"),
        ("https://platform.example", "everywhere", "reach_unknown"),
    ],
)
def test_a_destination_that_can_not_be_safe_is_refused(url: str, reach: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_destination(url, reach)
    assert code in [problem.code for problem in refused.value.problems]


def test_plain_http_is_for_this_machine_alone() -> None:
    check_destination("http://127.0.0.1:8090", "loopback")
    check_destination("https://platform.example/api", "public")
