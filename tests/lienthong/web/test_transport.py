"""Plain HTTP is for this machine alone; a proxy counts only when it is listed."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from lienthong.web.transport import (
    SecureTransport,
    is_loopback,
    judge,
    networks,
)

PROXIES = networks(["10.0.0.5", "10.1.0.0/16"])

# peer, scheme, X-Forwarded-Proto, X-Forwarded-For → allowed, address
CASES = [
    ("127.0.0.1", "http", None, None, True, "127.0.0.1"),
    ("127.8.8.8", "http", None, None, True, "127.8.8.8"),
    ("::1", "http", None, None, True, "::1"),
    ("::ffff:127.0.0.1", "http", None, None, True, "::ffff:127.0.0.1"),
    ("", "http", None, None, True, ""),
    ("192.0.2.7", "http", None, None, False, "192.0.2.7"),
    ("192.0.2.7", "https", None, None, True, "192.0.2.7"),
    ("localhost", "http", None, None, False, "localhost"),
    # a stranger's headers are not believed
    ("192.0.2.7", "http", "https", "127.0.0.1", False, "192.0.2.7"),
    ("192.0.2.7", "https", "http", "127.0.0.1", True, "192.0.2.7"),
    # an unlisted proxy on this machine may be forwarding plain HTTP from anywhere
    ("127.0.0.1", "http", "https", "192.0.2.7", False, "127.0.0.1"),
    ("127.0.0.1", "http", None, "192.0.2.7", False, "127.0.0.1"),
    # listed proxies
    ("10.0.0.5", "http", "https", "192.0.2.7", True, "192.0.2.7"),
    ("10.0.0.5", "http", "http", "192.0.2.7", False, "192.0.2.7"),
    ("10.0.0.5", "http", None, "192.0.2.7", False, "192.0.2.7"),
    ("10.0.0.5", "http", "https", None, True, "10.0.0.5"),
    ("10.0.0.5", "http", None, None, False, "10.0.0.5"),
    ("10.0.0.6", "http", "https", "192.0.2.7", False, "10.0.0.6"),
    # what the sender wrote before the proxy's own value does not count
    ("10.0.0.5", "http", "https, http", "192.0.2.7", False, "192.0.2.7"),
    ("10.0.0.5", "http", "https", "127.0.0.1, 192.0.2.7", True, "192.0.2.7"),
    ("10.0.0.5", "http", "https", "192.0.2.7, 10.1.2.3", True, "192.0.2.7"),
    ("10.0.0.5", "http", "https", "nonsense", True, "10.0.0.5"),
]


@pytest.mark.parametrize("case", CASES)
def test_who_may_come_over_plain_http(case: tuple[str, str, str | None, str | None, bool, str]) -> None:
    peer, scheme, proto, origin, allowed, address = case
    judgement = judge(
        peer=peer,
        scheme=scheme,
        forwarded_proto=proto,
        forwarded_for=origin,
        trusted=PROXIES,
        has_forwarded=proto is not None or origin is not None,
    )
    assert (judgement.allowed, judgement.address) == (allowed, address)


def test_loopback_counts_as_a_proxy_when_it_is_listed() -> None:
    judgement = judge(
        peer="127.0.0.1",
        scheme="http",
        forwarded_proto="http",
        forwarded_for="192.0.2.7",
        trusted=networks(["127.0.0.1"]),
        has_forwarded=True,
    )
    assert not judgement.allowed


def test_blanks_of_a_list_of_proxies_are_nobody() -> None:
    assert networks(["", " 10.0.0.1 "]) == networks(["10.0.0.1"])


def test_only_addresses_of_this_machine_are_loopback() -> None:
    assert [is_loopback(a) for a in ("127.0.0.1", "::1", "0.0.0.0", "10.0.0.1", "127.0.0.1.example")] == [
        True,
        True,
        False,
        False,
        False,
    ]


async def _seen(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.url.scheme} {request.client.host if request.client else '-'}")


def a_client(address: str) -> TestClient:
    app = Starlette(routes=[Route("/seen", _seen), Route("/livez", _seen)])
    return TestClient(SecureTransport(app, trusted=PROXIES), client=(address, 40_000))


def test_the_app_sees_the_senders_scheme_and_address() -> None:
    answer = a_client("10.0.0.5").get("/seen", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    assert answer.text == "https 192.0.2.7"
    assert a_client("127.0.0.1").get("/seen").text == "http 127.0.0.1"


def test_the_refusal_says_what_to_do_and_redirects_nowhere() -> None:
    answer = a_client("192.0.2.7").get("/seen", headers={"Accept-Language": "en"}, follow_redirects=False)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "https_required" and "https" in answer.json()["detail"]


def test_probes_answer_over_plain_http() -> None:
    assert a_client("192.0.2.7").get("/livez").status_code == 200
