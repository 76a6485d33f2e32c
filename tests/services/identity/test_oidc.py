"""Logging in by an OpenID provider that really runs, on this machine; against a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from lienthong.access import audit
from lienthong.errors import Misconfigured
from services.identity.sessions.provider import OidcSettings, Provider
from tests.builders.openid_provider import Account, OpenIdProvider, an_openid_provider
from tests.builders.people import HUB, Browser, Identity, an_identity, bound

LAN = {"email": "lan@xa.example", "email_verified": True}


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProvider]:
    with an_openid_provider() as id_provider:
        yield id_provider


@pytest.fixture
def provider(running: OpenIdProvider) -> OpenIdProvider:
    fresh = OpenIdProvider(issuer=running.issuer)
    running.accounts, running.faults, running.codes = fresh.accounts, fresh.faults, fresh.codes
    running.ahead, running.says_issuer = 0.0, True
    running.accounts["lan"] = Account(subject="s-4711", password="ở chỗ khác", claims=dict(LAN))
    return running


@pytest.fixture
def identity(database: str, provider: OpenIdProvider) -> Iterator[Identity]:
    with an_identity(database, oidc=settings(provider)) as made:
        made.add("lan.nt", bound("reporter", "06040"), email="Lan@xa.example", password=None)
        yield made


def settings(provider: OpenIdProvider, **changes: Any) -> OidcSettings:
    given = {"issuer": provider.issuer, "client_secret": provider.client_secret, **changes}
    return OidcSettings(**given)


def leave(browser: Browser, **query: str) -> str:
    """Begin a login; the address at the provider."""
    answer = browser.client.get("/v1/session/oidc", params=query, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def at_provider(address: str, name: str = "lan", password: str = "ở chỗ khác") -> str:
    """What the person does there: type name and password into its form. The address it is sent back to."""
    with httpx.Client(timeout=60) as client:
        assert "<form" in client.get(address).text
        answer = client.post(address, data={"name": name, "password": password})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def back(browser: Browser, address: str) -> httpx.Response:
    return browser.client.get(address.removeprefix(HUB), follow_redirects=False)


def login(identity: Identity, name: str = "lan", **query: str) -> tuple[Browser, httpx.Response]:
    browser = identity.browser()
    return browser, back(browser, at_provider(leave(browser, **query), name))


def test_who_is_known_by_a_verified_address_logs_in_and_is_linked(identity: Identity) -> None:
    browser, answer = login(identity, next="/tong-quan?ky=2026")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tong-quan?ky=2026")
    body = browser.get().json()
    assert (body["state"], body["by"], body["person"]["id"]) == ("complete", "oidc", "lan.nt")
    assert identity.rows("SELECT subject, person FROM identity.subjects") == [("s-4711", "lan.nt")]
    with identity.pool.connection() as conn:
        assert [e.act for e in audit.read(conn, "20", actor="person:lan.nt")] == ["session.begun", "person.linked"]


def test_the_subject_stays_whoever_has_the_address_later(identity: Identity, provider: OpenIdProvider) -> None:
    login(identity)
    provider.accounts["moi"] = Account(subject="s-0815", password="ở chỗ khác", claims=dict(LAN))
    _, answer = login(identity, "moi")
    assert (answer.status_code, answer.json()["code"]) == (403, "oidc_person_unknown")
    provider.accounts["lan"].claims = {"email": "moi@xa.example"}
    assert login(identity)[1].status_code == 303


@pytest.mark.parametrize(
    "claims", [{"email": "lan@xa.example"}, {**LAN, "email_verified": "true"}, {}, {"email": None}]
)
def test_an_address_that_is_not_verified_names_nobody(
    identity: Identity, provider: OpenIdProvider, claims: dict[str, Any]
) -> None:
    provider.accounts["lan"].claims = claims
    assert login(identity)[1].json()["code"] == "oidc_person_unknown"
    assert identity.rows("SELECT count(*) FROM identity.sessions") == [(0,)]


def test_nobody_is_added_for_what_a_provider_says(identity: Identity, provider: OpenIdProvider) -> None:
    provider.accounts["la"] = Account(
        subject="s-1",
        password="ở chỗ khác",
        claims={"email": "la@xa.example", "email_verified": True, "roles": ["operator"]},
    )
    assert login(identity, "la")[1].status_code == 403
    assert identity.rows("SELECT person FROM identity.people") == [("lan.nt",)]


def test_a_disabled_person_stays_out(identity: Identity) -> None:
    with identity.pool.connection() as conn:
        identity.office.set_active(conn, "lan.nt", False, by="cli:test", reason="nghỉ việc")
    assert login(identity)[1].status_code == 401


def test_a_signer_needs_a_second_factor_here_or_there(identity: Identity, provider: OpenIdProvider) -> None:
    with identity.pool.connection() as conn:
        identity.office.set_roles(conn, "lan.nt", [bound("signer")], by="cli:test")
    browser, _ = login(identity)
    assert browser.get().json()["state"] == "enrolment"
    provider.accounts["lan"].claims["amr"] = ["pwd", "otp"]
    browser, _ = login(identity)
    assert browser.get().json()["state"] == "complete"


@pytest.mark.parametrize(
    ("claims", "without"),
    [
        ({"iss": "http://127.0.0.1:1"}, ()),
        ({"aud": "another client"}, ()),
        ({"aud": ["lienthong", "another"], "azp": "another"}, ()),
        ({"nonce": "of another login"}, ()),
        ({}, ("nonce",)),
        ({}, ("exp",)),
        ({}, ("sub",)),
        ({"exp": 1_700_000_000}, ()),
        ({"iat": 4_000_000_000, "exp": 4_000_000_300}, ()),
        ({"sub": ""}, ()),
        ({"sub": "x" * 256}, ()),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, ()),
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_login_is_not_believed(
    identity: Identity, provider: OpenIdProvider, claims: dict[str, Any], without: tuple[str, ...]
) -> None:
    provider.faults.claims, provider.faults.without = claims, without
    browser, answer = login(identity)
    assert (answer.status_code, answer.json()["code"]) == (401, "oidc_not_believed")
    assert browser.get().status_code == 401


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_token_signed_by_anything_but_the_providers_key_is_not_believed(
    identity: Identity, provider: OpenIdProvider, algorithm: str
) -> None:
    provider.faults.algorithm = algorithm
    assert login(identity)[1].json()["code"] == "oidc_not_believed"
    provider.faults.algorithm, provider.faults.foreign_key = "RS256", True
    assert login(identity)[1].json()["code"] == "oidc_not_believed"


@pytest.mark.parametrize(("ahead", "status"), [(50, 303), (-340, 303), (90, 401), (-400, 401)])
def test_clocks_may_differ_by_a_minute(identity: Identity, provider: OpenIdProvider, ahead: float, status: int) -> None:
    provider.ahead = ahead  # a token lives 300 s
    assert login(identity)[1].status_code == status


def test_keys_that_the_provider_rotated_are_read_again(database: str, provider: OpenIdProvider) -> None:
    now = [0.0]
    known = Provider(settings(provider), redirect_uri=provider.redirect_uri, monotonic=lambda: now[0])

    def named() -> str:
        address = known.address(state="s", nonce="n", verifier="v" * 43)
        code = parse_qs(urlsplit(at_provider(address)).query)["code"][0]
        return known.proven_person(code=code, verifier="v" * 43, nonce="n", issuer=provider.issuer).subject

    assert named() == "s-4711"
    provider.rotate()
    now[0] += 31
    assert named() == "s-4711"


def test_an_answer_works_once_and_in_the_browser_that_began(identity: Identity) -> None:
    browser, stranger = identity.browser(), identity.browser()
    address = at_provider(leave(browser))
    leave(stranger)
    assert back(stranger, address).json()["code"] == "oidc_flow_unknown"
    assert back(browser, address).json()["code"] == "oidc_flow_unknown"  # it was used up by the stranger's attempt
    again = at_provider(leave(browser))
    assert back(browser, again).status_code == 303
    assert back(browser, again).json()["code"] == "oidc_flow_unknown"
    assert back(browser, "/v1/session/oidc/callback?state=x&code=y").status_code == 400


def test_a_code_of_another_login_is_refused_by_its_challenge(identity: Identity) -> None:
    victim, attacker = identity.browser(), identity.browser()
    stolen = parse_qs(urlsplit(at_provider(leave(victim))).query)["code"][0]
    own = at_provider(leave(attacker))
    state = parse_qs(urlsplit(own).query)["state"][0]
    answer = back(
        attacker, f"/v1/session/oidc/callback?state={state}&code={stolen}&iss={identity.app.state.provider.issuer}"
    )
    assert answer.json()["code"] == "oidc_not_believed"


def test_an_answer_of_another_provider_is_not_believed(identity: Identity) -> None:
    browser = identity.browser()
    address = at_provider(leave(browser))
    mixed = address.replace("iss=http%3A%2F%2F127.0.0.1", "iss=http%3A%2F%2F127.9.9.9")
    assert mixed != address and back(browser, mixed).json()["code"] == "oidc_not_believed"
    browser = identity.browser()
    without = re.sub("&iss=[^&]*", "", at_provider(leave(browser)))
    assert back(browser, without).json()["code"] == "oidc_not_believed"  # it says that its answers name it


def test_a_refusal_there_is_told_on_the_page_that_asked(identity: Identity) -> None:
    browser = identity.browser()
    address = at_provider(leave(browser, next="/a", failed="/dang-nhap?x=1"), password="sai")
    answer = back(browser, address)
    assert answer.headers["location"] == "/dang-nhap?x=1&problem=oidc_refused&next=%2Fa"


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\x01"])
def test_people_are_sent_back_to_our_own_pages_alone(identity: Identity, page: str) -> None:
    for query in ({"next": page}, {"failed": page}):
        answer = identity.browser().client.get("/v1/session/oidc", params=query, follow_redirects=False)
        assert answer.status_code == 400
        # A control character is refused before anybody asks where it leads.
        assert answer.json()["code"] == ("control_character" if "\x01" in page else "return_elsewhere")


def test_a_provider_is_reached_by_https_and_says_its_own_name(provider: OpenIdProvider) -> None:
    with pytest.raises(Misconfigured):
        Provider(settings(provider, issuer="http://sso.example.vn"), redirect_uri="https://hub.example/x")
    other = Provider(settings(provider, issuer=provider.issuer + "/"), redirect_uri="https://hub.example/x")
    with pytest.raises(Misconfigured):
        other.address(state="s", nonce="n", verifier="v" * 43)


def test_a_provider_that_is_away_is_said_so(database: str) -> None:
    with an_identity(database, oidc=OidcSettings(issuer="http://127.0.0.1:9")) as identity:
        assert identity.browser().client.get("/v1/session/oidc", follow_redirects=False).status_code == 503


def test_without_a_provider_there_is_none(database: str) -> None:
    with an_identity(database) as identity:
        answer = identity.browser().get("/v1/session/oidc")
        assert (answer.status_code, answer.json()["code"]) == (404, "oidc_not_configured")
