"""One exchange has one deadline, whatever the other side does."""

from __future__ import annotations

import ssl
import threading
import time

import pytest

from lienthong.pushes.addresses import Address
from lienthong.pushes.exchange import Answer, Question, Resolve, Unreachable, exchange, resolve
from tests.builders.bad_receiver import (
    DRIPPING_BODY,
    DRIPPING_HANDSHAKE,
    DRIPPING_HEAD,
    ENDLESS_CHUNKS,
    PROCESSING,
    Behaviour,
    answering,
    receiving,
    silent,
)

ASK = Question(method="POST", target="/v1/messages", headers={"content-type": "application/json"}, body=b"{}")


def ask(
    port: int,
    *,
    scheme: str = "http",
    host: str = "127.0.0.1",
    seconds: float = 60.0,
    most: int = 1000,
    reach: str = "loopback",
    resolve: Resolve = resolve,
    question: Question = ASK,
) -> Answer:
    address = Address(scheme=scheme, host=host, port=port, path="/api")
    return exchange(
        address,
        question,
        reach=reach,
        seconds=seconds,
        most=most,
        context=ssl.create_default_context(),
        resolve=resolve,
    )


@pytest.mark.parametrize(
    ("behaviour", "scheme"),
    [
        (silent, "http"),
        (DRIPPING_HEAD, "http"),
        (PROCESSING, "http"),
        (DRIPPING_BODY, "http"),
        (ENDLESS_CHUNKS, "http"),
        (DRIPPING_HANDSHAKE, "https"),
        (silent, "https"),
    ],
)
def test_nothing_a_receiver_does_moves_the_deadline(behaviour: Behaviour, scheme: str) -> None:
    with receiving(behaviour) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable) as failed:
            ask(port, scheme=scheme, seconds=1.0)
        assert failed.value.code == "timeout"
        assert 0.9 < time.monotonic() - began < 60  # a busy machine may be late, but nobody waits for ever


def test_a_receiver_that_takes_nothing_in_is_given_up() -> None:
    big = Question(method="POST", target="/", headers={}, body=b"x" * 30_000_000)
    with receiving(silent) as port, pytest.raises(Unreachable) as failed:
        ask(port, seconds=1.0, question=big)
    assert failed.value.code == "timeout"


def test_a_name_that_does_not_resolve_in_time_is_given_up() -> None:
    hang = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        hang.wait(20)
        return ["127.0.0.1"]

    with pytest.raises(Unreachable) as failed:
        ask(1, host="slow.example", seconds=0.5, resolve=slow)
    hang.set()
    assert failed.value.code == "name_not_resolved"


def test_an_address_that_does_not_answer_leaves_time_for_the_next() -> None:
    with receiving(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as port:
        answer = ask(port, host="platform.example", resolve=lambda host, port: ["127.0.0.77", "127.0.0.1"])
    assert answer.status == 204


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "connection_broken"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{}", "connection_broken"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "answer_malformed"),
    ],
)
def test_what_is_no_answer_is_named(said: bytes, code: str) -> None:
    with receiving(answering(said)) as port, pytest.raises(Unreachable) as failed:
        ask(port)
    assert (failed.value.code, failed.value.permanent) == (code, False)


def test_an_answer_is_read_up_to_its_limit() -> None:
    body = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"a" * 5000
    with receiving(answering(body)) as port:
        assert ask(port, most=1000).body == b"a" * 1000


def test_a_refusal_before_the_body_was_read_is_heard() -> None:
    big = Question(method="POST", target="/", headers={}, body=b"x" * 30_000_000)
    with receiving(answering(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")) as port:
        try:
            assert ask(port, question=big).status == 413
        except Unreachable as failed:  # the system may throw the answer away with the connection
            assert failed.code == "connection_broken"


def test_a_flood_of_interim_answers_is_no_answer_and_costs_nobody_a_core() -> None:
    flood = b"HTTP/1.1 102 Processing\r\n\r\n" * 10_000
    with receiving(answering(flood)) as port, pytest.raises(Unreachable, match="interim") as failed:
        ask(port)
    assert (failed.value.code, failed.value.permanent) == ("answer_malformed", False)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"])
def test_a_connection_that_closed_is_told_in_words(said: bytes) -> None:
    with receiving(answering(said)) as port, pytest.raises(Unreachable) as failed:
        ask(port)
    assert str(failed.value) == "the connection was closed before the answer was complete"


def test_an_early_hint_is_no_answer() -> None:
    pieces = (b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n", b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
    with receiving(answering(*pieces)) as port:
        assert ask(port).status == 202


@pytest.mark.parametrize("found", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_name_that_leads_inside_is_never_connected_to(found: list[str]) -> None:
    with pytest.raises(Unreachable) as failed:
        ask(1, host="platform.example", reach="public", resolve=lambda host, port: found)
    assert (failed.value.code, failed.value.permanent) == ("address_refused", True)


def test_plain_text_where_tls_was_expected_is_a_broken_connection() -> None:
    with receiving(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port, pytest.raises(Unreachable) as failed:
        ask(port, scheme="https")
    assert failed.value.code == "connection_broken"
