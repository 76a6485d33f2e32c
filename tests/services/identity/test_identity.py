"""Clients, tokens and revocation against a real PostgreSQL, over HTTP where a sender would use HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.testclient import TestClient

from lienthong.access import audit
from lienthong.access.principals import Principal, Unauthenticated
from lienthong.access.tokens import Verifier
from lienthong.access.trust import STALE, TrustWatch
from lienthong.errors import Rejected, Transient
from lienthong.postgres.pool import Pool
from services.identity import keys, proofs, store
from services.identity.clients import Registration
from services.identity.grant import ASSERTION_TYPE
from services.identity.issuance import FAILURES_OF_ADDRESS, FAILURES_OF_CLIENT, TOKENS_OF_CLIENT, TokenIssuer
from services.identity.routes import router

HUB = "http://hub.example"
TOKEN_URL = f"{HUB}/oauth/token"


@pytest.fixture
def ingest(database: str) -> Iterator[Pool]:
    """Connections with the rights of the identity service, no more."""
    with Pool(database, role="lienthong_identity", max_size=8) as opened:
        yield opened


@pytest.fixture
def hub(ingest: Pool) -> TestClient:
    app = FastAPI()
    app.include_router(router(TokenIssuer(ingest, issuer=HUB)))
    return TestClient(app, client=("192.0.2.7", 40_000))


@pytest.fixture
def watch(database: str) -> Iterator[TrustWatch]:
    """What the export service believes: read with its own role. Read by hand: no test waits for a thread."""
    with Pool(database, role="lienthong_export", max_size=2) as pool:
        trust_watch = TrustWatch(pool)
        yield trust_watch


def a_registration(client_id: str = "ld-06040", **changes: Any) -> Registration:
    settings: dict[str, Any] = {"client_id": client_id, "name": "UBND xã", "province": "20", "units": ("06040",)}
    return Registration(**{**settings, **changes})


def added(pool: Pool, *wanted: Registration, by: Principal | str = "cli:test") -> tuple[store.Issued, ...]:
    with pool.connection() as conn:
        return store.add(conn, wanted, by=by)


def ask(hub: TestClient, client_id: str, secret: str | None, **form: str) -> httpx.Response:
    return hub.post("/oauth/token", auth=(client_id, secret or ""), data={"grant_type": "client_credentials", **form})


def verified(watch: TrustWatch, answer: httpx.Response) -> Principal:
    watch.refresh()
    return Verifier(issuer=HUB, trust=watch.current).verify(answer.json()["access_token"])


def test_a_client_gets_a_token_that_another_service_believes(ingest: Pool, hub: TestClient, watch: TrustWatch) -> None:
    (issued,) = added(ingest, a_registration())
    answer = ask(hub, "ld-06040", issued.secret)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["token_type"] == "Bearer" and answer.json()["expires_in"] == 600
    principal = verified(watch, answer)
    assert principal.province == "20" and principal.units == {"06040"} and principal.sources == {"/20/06040"}
    assert " ".join(sorted(principal.scopes)) == answer.json()["scope"]


def test_the_secret_may_also_stand_in_the_body(ingest: Pool, hub: TestClient) -> None:
    (issued,) = added(ingest, a_registration())
    form = {"grant_type": "client_credentials", "client_id": "ld-06040", "client_secret": issued.secret or ""}
    assert hub.post("/oauth/token", data=form).status_code == 200
    twice = hub.post("/oauth/token", data=form, auth=("ld-06040", issued.secret or ""))
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


def test_a_client_may_ask_for_less_than_it_has_but_not_for_more(
    ingest: Pool, hub: TestClient, watch: TrustWatch
) -> None:
    (issued,) = added(ingest, a_registration())
    assert verified(watch, ask(hub, "ld-06040", issued.secret, scope="report:read")).scopes == {"report:read"}
    more = ask(hub, "ld-06040", issued.secret, scope="report:read operate:rounds")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


def test_an_unknown_client_and_a_wrong_secret_get_the_same_answer(ingest: Pool, hub: TestClient) -> None:
    added(ingest, a_registration())
    answers = [ask(hub, name, "lts_wrong") for name in ("ld-06040", "nobody-here", "not an id\0")]
    assert {a.status_code for a in answers} == {401}
    assert len({a.text for a in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"].startswith("Basic ")
    assert answers[0].json()["error"] == "invalid_client"


MALFORMED: dict[str, tuple[dict[str, str], bytes]] = {
    "no body": ({}, b""),
    "JSON": ({"content-type": "application/json"}, b"{}"),
    "not ASCII": ({"content-type": "application/x-www-form-urlencoded"}, "grant_type=đ".encode()),
    "bad UTF-8 behind percents": ({"content-type": "application/x-www-form-urlencoded"}, b"grant_type=%ff"),
    "twice the same": ({"content-type": "application/x-www-form-urlencoded"}, b"grant_type=a&grant_type=a"),
    "too long": ({"content-type": "application/x-www-form-urlencoded"}, b"a=" + b"b" * 20_000),
    "too many": ({"content-type": "application/x-www-form-urlencoded"}, b"&".join(b"a%d=1" % n for n in range(99))),
}


@pytest.mark.parametrize(("headers", "body"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_can_not_be_read_is_an_invalid_request(hub: TestClient, headers: dict[str, str], body: bytes) -> None:
    answer = hub.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_description"].isascii() and answer.json()["error_description_vi"]


@pytest.mark.parametrize("authorization", ["Basic", "Basic %%%", "Basic YWJj", "Digest x", "Basic /w=="])
def test_an_authorization_that_can_not_be_read_is_an_invalid_client(hub: TestClient, authorization: str) -> None:
    answer = hub.post(
        "/oauth/token", headers={"Authorization": authorization}, data={"grant_type": "client_credentials"}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_only_client_credentials_are_granted(hub: TestClient) -> None:
    answer = hub.post("/oauth/token", data={"grant_type": "password", "username": "a", "password": "b"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


# ---- private_key_jwt

KINDS = {
    "EdDSA": Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65_537, 2048),
}
TO_JWK = {"EdDSA": OKPAlgorithm.to_jwk, "ES256": ECAlgorithm.to_jwk, "RS256": RSAAlgorithm.to_jwk}


def a_jwk(kind: str) -> dict[str, Any]:
    public: Any = KINDS[kind].public_key()
    document: dict[str, Any] = json.loads(TO_JWK[kind](public))
    return document


def an_assertion(kind: str = "EdDSA", jti: str = "1", **changes: Any) -> str:
    claims = {"iss": "ld-06040", "sub": "ld-06040", "aud": TOKEN_URL, "exp": time.time() + 60, "jti": jti}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, KINDS[kind], algorithm=kind)


def ask_with(hub: TestClient, assertion: str, **form: str) -> httpx.Response:
    return hub.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_assertion": assertion,
            "client_assertion_type": ASSERTION_TYPE,
            **form,
        },
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_registered_key_proves_the_client_and_each_assertion_counts_once(
    kind: str, ingest: Pool, hub: TestClient, watch: TrustWatch
) -> None:
    (issued,) = added(ingest, a_registration(jwks=(a_jwk(kind),)))
    assert issued.secret is None
    assertion = an_assertion(kind)
    assert verified(watch, ask_with(hub, assertion)).client_id == "ld-06040"
    again = ask_with(hub, assertion)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert ask_with(hub, an_assertion(kind, jti="2")).status_code == 200


def test_one_assertion_sent_many_times_at_once_counts_once(ingest: Pool, hub: TestClient) -> None:
    added(ingest, a_registration(jwks=(a_jwk("EdDSA"),)))
    assertion = an_assertion()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ask_with(hub, assertion).status_code, range(8)))
    assert sorted(answers) == [200] + [401] * 7


BAD_ASSERTIONS: dict[str, dict[str, Any]] = {
    "expired": {"exp": time.time() - 60},
    "more than five minutes away": {"exp": time.time() + 86_400},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "soon"},
    "for another": {"aud": "https://elsewhere.example/token"},
    "an audience that is no text": {"aud": [{"x": 1}]},
    "no jti": {"jti": None},
    "a jti too long": {"jti": "x" * 500},
    "a jti with NUL": {"jti": "a\0b"},
    "not yet": {"nbf": time.time() + 86_400},  # made when tests are collected; the run may take a while
    "another subject": {"sub": "ld-06041"},
}


@pytest.mark.parametrize("changes", BAD_ASSERTIONS.values(), ids=BAD_ASSERTIONS.keys())
def test_an_assertion_that_proves_nothing_is_refused(changes: dict[str, Any], ingest: Pool, hub: TestClient) -> None:
    added(ingest, a_registration(jwks=(a_jwk("EdDSA"),)))
    answer = ask_with(hub, an_assertion(**changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_registered_key_decides_the_algorithm(ingest: Pool, hub: TestClient) -> None:
    added(ingest, a_registration(jwks=(a_jwk("RS256"),)))
    claims = jwt.decode(an_assertion(), options={"verify_signature": False})
    forged = jwt.encode(claims, "x" * 64, algorithm="HS256")
    assert ask_with(hub, forged).status_code == 401
    assert ask_with(hub, an_assertion("ES256")).status_code == 401


def test_a_private_key_is_not_taken_for_a_public_one(ingest: Pool) -> None:
    private: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(KINDS["EdDSA"]))  # type: ignore[arg-type]
    with pytest.raises(Rejected) as caught:
        added(ingest, a_registration(jwks=(private,)))
    assert caught.value.code == "jwk_private"


# ---- revoke, rotate


def test_a_revoked_client_gets_no_token_and_its_living_ones_are_refused(
    ingest: Pool, hub: TestClient, watch: TrustWatch
) -> None:
    (issued,) = added(ingest, a_registration())
    answer = ask(hub, "ld-06040", issued.secret)
    verifier = Verifier(issuer=HUB, trust=watch.current)
    watch.refresh()
    verifier.verify(answer.json()["access_token"])
    with ingest.connection() as conn:
        store.revoke(conn, "ld-06040", by="cli:test", reason="mất thiết bị")
    watch.refresh()
    with pytest.raises(Unauthenticated):
        verifier.verify(answer.json()["access_token"])
    assert ask(hub, "ld-06040", issued.secret).status_code == 401


def test_a_running_watch_learns_of_a_revocation_by_itself(ingest: Pool, hub: TestClient, database: str) -> None:
    (issued,) = added(ingest, a_registration())
    token = ask(hub, "ld-06040", issued.secret).json()["access_token"]
    with Pool(database, role="lienthong_aggregate", max_size=1) as pool, TrustWatch(pool, interval=0.02) as watch:
        verifier = Verifier(issuer=HUB, trust=watch.current)
        verifier.verify(token)
        with ingest.connection() as conn:
            store.revoke(conn, "ld-06040", by="cli:test", reason="thử")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                verifier.verify(token)
            except Unauthenticated:
                return
            time.sleep(0.01)
    pytest.fail("the revocation was not noticed")


def test_whoever_can_not_learn_of_revocations_lets_nobody_in(database: str) -> None:
    now = [0.0]
    with Pool(database, role="lienthong_export", max_size=1) as pool:
        watch = TrustWatch(pool, clock=lambda: now[0])
        with pytest.raises(Transient):
            watch.current()
        watch.refresh()
        now[0] = STALE
        watch.current()
        now[0] = STALE + 1
        with pytest.raises(Transient):
            watch.current()


def test_old_and_new_secret_overlap_for_the_stated_time(ingest: Pool, hub: TestClient) -> None:
    (first,) = added(ingest, a_registration())
    with ingest.connection() as conn:
        second = proofs.rotate(conn, "ld-06040", by="cli:test", overlap=timedelta(hours=1))
        assert [ask(hub, "ld-06040", s.secret).status_code for s in (first, second)] == [200, 200]
        third = proofs.rotate(conn, "ld-06040", by="cli:test", overlap=timedelta(hours=1))
    statuses = [ask(hub, "ld-06040", s.secret).status_code for s in (first, second, third)]
    assert statuses == [401, 200, 200]  # two overlap, never three


def test_the_old_secret_ends_when_the_overlap_does(ingest: Pool) -> None:
    (first,) = added(ingest, a_registration())
    with ingest.connection() as conn:
        second = proofs.rotate(conn, "ld-06040", by="cli:test", overlap=timedelta(hours=1))
    later = TestClient(FastAPI())
    later.app.include_router(router(TokenIssuer(ingest, issuer=HUB, clock=lambda: time.time() + 3_601)))  # type: ignore[attr-defined]
    assert [ask(later, "ld-06040", s.secret).status_code for s in (first, second)] == [401, 200]


def test_a_leaked_secret_ends_at_once_with_the_tokens_it_got(ingest: Pool, hub: TestClient, watch: TrustWatch) -> None:
    (first,) = added(ingest, a_registration())
    stolen = ask(hub, "ld-06040", first.secret)
    with ingest.connection() as conn:
        second = proofs.rotate(conn, "ld-06040", by="cli:test", overlap=timedelta(0))
    with pytest.raises(Unauthenticated):
        verified(watch, stolen)
    assert ask(hub, "ld-06040", first.secret).status_code == 401
    assert verified(watch, ask(hub, "ld-06040", second.secret)).client_id == "ld-06040"


def test_a_secret_can_give_way_to_a_key(ingest: Pool, hub: TestClient) -> None:
    (first,) = added(ingest, a_registration())
    with ingest.connection() as conn:
        proofs.rotate(conn, "ld-06040", by="cli:test", overlap=timedelta(0), jwk=a_jwk("ES256"))
    assert ask(hub, "ld-06040", first.secret).status_code == 401
    assert ask_with(hub, an_assertion("ES256")).status_code == 200


def test_the_signing_key_rotates_without_anybody_noticing(ingest: Pool, hub: TestClient, watch: TrustWatch) -> None:
    (issued,) = added(ingest, a_registration())
    before = ask(hub, "ld-06040", issued.secret)
    with ingest.connection() as conn:
        new = keys.rotate(conn, by="cli:test")
    assert new in {key["kid"] for key in hub.get("/oauth/jwks").json()["keys"]}
    during = ask(hub, "ld-06040", issued.secret)
    assert jwt.get_unverified_header(during.json()["access_token"])["kid"] != new  # published, not yet signing
    with ingest.connection() as conn:
        conn.execute("UPDATE ingest.signing_keys SET signs_from = clock_timestamp() WHERE kid = %s", (new,))
    after = ask(hub, "ld-06040", issued.secret)
    assert jwt.get_unverified_header(after.json()["access_token"])["kid"] == new
    assert {verified(watch, answer).client_id for answer in (before, during, after)} == {"ld-06040"}


def test_a_leaked_signing_key_ends_every_token_it_signed(ingest: Pool, hub: TestClient, watch: TrustWatch) -> None:
    (issued,) = added(ingest, a_registration())
    before = ask(hub, "ld-06040", issued.secret)
    with ingest.connection() as conn:
        keys.rotate(conn, by="cli:test", leaked=True)
    with pytest.raises(Unauthenticated):
        verified(watch, before)
    assert verified(watch, ask(hub, "ld-06040", issued.secret)).client_id == "ld-06040"


def test_an_old_signing_key_is_replaced_by_the_next_token_request(ingest: Pool, hub: TestClient) -> None:
    (issued,) = added(ingest, a_registration())
    ask(hub, "ld-06040", issued.secret)
    with ingest.connection() as conn:
        conn.execute("UPDATE ingest.signing_keys SET signs_from = signs_from - interval '100 days'")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: ask(hub, "ld-06040", issued.secret), range(4)))
    assert len(hub.get("/oauth/jwks").json()["keys"]) == 2


def test_processes_that_start_at_once_make_one_first_key(ingest: Pool) -> None:
    def start(_: int) -> str:
        with ingest.connection() as conn:
            return keys.current_key(conn).kid

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(start, range(6)))) == 1


def test_the_metadata_leads_to_endpoints_that_answer(hub: TestClient) -> None:
    document = hub.get("/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == HUB and document["token_endpoint"] == TOKEN_URL
    assert hub.get(document["jwks_uri"].removeprefix(HUB)).status_code == 200


# ---- who may see and do what


def test_the_private_signing_key_is_for_ingest_alone(database: str, ingest: Pool) -> None:
    with ingest.connection() as conn:
        keys.ensure(conn)
    for role in ("lienthong_aggregate", "lienthong_export"):
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(f"SET ROLE {role}")
            for table in ("ingest.signing_keys", "ingest.client_secrets", "ingest.clients", "ingest.audit"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(f"SELECT * FROM {table}")
            assert conn.execute("SELECT count(*) FROM identity.signing_keys").fetchone() == (1,)


def test_nothing_stored_gives_a_secret_back(ingest: Pool) -> None:
    (issued,) = added(ingest, a_registration())
    with ingest.connection() as conn:
        for table in ("clients", "client_secrets", "client_sources", "audit"):
            rows = conn.execute(f"SELECT * FROM ingest.{table}").fetchall()
            assert (issued.secret or "?") not in str(rows)
            assert (issued.secret or "?").encode() not in b"".join(
                v for row in rows for v in row if isinstance(v, bytes)
            )


def test_a_province_registers_all_its_communes_at_once(ingest: Pool, hub: TestClient) -> None:
    wanted = [a_registration(f"ld-{n:05}", units=(f"{n:05}",)) for n in range(6001, 6066)]
    issued = added(ingest, *wanted)
    assert len({one.secret for one in issued}) == 65
    assert ask(hub, issued[-1].client_id, issued[-1].secret).status_code == 200
    with ingest.connection() as conn:
        assert len(store.list_clients(conn, province="20")) == 65
        assert len(audit.read(conn, "20", act="client.added")) == 65


def test_registering_is_all_or_nothing(ingest: Pool) -> None:
    added(ingest, a_registration("taken"))
    for wanted, code in (
        ([a_registration("one", units=("06041",)), a_registration("taken", units=("06042",))], "client_exists"),
        ([a_registration("one", units=("06041",)), a_registration("two", units=("06040",))], "source_taken"),
    ):
        with pytest.raises(Rejected) as caught:
            added(ingest, *wanted)
        assert (caught.value.code, caught.value.status) == (code, 409)
    with ingest.connection() as conn:
        assert [client.client_id for client in store.list_clients(conn)] == ["taken"]
        assert len(audit.read(conn, "20")) == 1


def test_a_source_passes_on_when_its_holder_is_revoked(ingest: Pool) -> None:
    added(ingest, a_registration("old"))
    with ingest.connection() as conn:
        store.revoke(conn, "old", by="cli:test", reason="thay hệ thống")
    added(ingest, a_registration("new"))
    with ingest.connection() as conn:
        assert [(c.client_id, set(c.sources)) for c in store.list_clients(conn, revoked=True)] == [
            ("new", {"/20/06040"}),
            ("old", {"/20/06040"}),
        ]


def test_an_operator_manages_the_clients_of_its_own_province_alone(ingest: Pool) -> None:
    added(ingest, a_registration())
    other = Principal(
        client_id="dh-33",
        name="Điều hành",
        province="33",
        units=frozenset(),
        sources=frozenset(),
        scopes=frozenset({"operate:clients"}),
        role="province",
    )
    with ingest.connection() as conn:
        for act in (
            lambda: store.revoke(conn, "ld-06040", by=other, reason="x"),
            lambda: proofs.rotate(conn, "ld-06040", by=other),
            lambda: store.add(conn, [a_registration("more", units=("06041",))], by=other),
        ):
            with pytest.raises(Rejected) as caught:
                act()
            assert caught.value.status in (403, 404)


def test_a_kafka_principal_names_one_living_client(ingest: Pool) -> None:
    added(ingest, a_registration(kafka_principal="User:ld-06040"))
    with pytest.raises(Rejected):
        added(ingest, a_registration("other", units=("06041",), kafka_principal="User:ld-06040"))


# ---- braking


def test_a_client_that_keeps_failing_is_slowed_down_and_recorded_ten_times(ingest: Pool, hub: TestClient) -> None:
    added(ingest, a_registration())
    answers = [ask(hub, "ld-06040", "lts_wrong") for _ in range(FAILURES_OF_CLIENT + 5)]
    assert [a.status_code for a in answers] == [401] * FAILURES_OF_CLIENT + [429] * 5
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60 and answers[-1].json()["error"] == "slow_down"
    with ingest.connection() as conn:
        assert len(audit.read(conn, "20", act="token.refused")) == 10


def test_failures_at_a_shared_address_never_lock_out_a_right_secret(ingest: Pool, hub: TestClient) -> None:
    one, other = added(ingest, a_registration(), a_registration("ld-06041", units=("06041",)))
    for _ in range(FAILURES_OF_CLIENT + 1):
        ask(hub, "ld-06040", "lts_wrong")
    for n in range(FAILURES_OF_ADDRESS):
        ask(hub, f"nobody-{n}", "lts_wrong")
    assert ask(hub, "ld-06041", "lts_wrong").status_code == 429  # the address has failed enough
    assert ask(hub, "ld-06041", other.secret).status_code == 200
    assert ask(hub, "ld-06040", one.secret).status_code == 200


def test_a_client_keeps_its_token_instead_of_getting_one_for_each_request(ingest: Pool) -> None:
    one, other = added(ingest, a_registration(), a_registration("ld-06041", units=("06041",)))
    now = [0.0]
    app = FastAPI()
    app.include_router(router(TokenIssuer(ingest, issuer=HUB, monotonic=lambda: now[0])))
    hub = TestClient(app, client=("192.0.2.7", 40_000))
    assert {ask(hub, "ld-06040", one.secret).status_code for _ in range(TOKENS_OF_CLIENT)} == {200}
    refused = ask(hub, "ld-06040", one.secret)
    assert (refused.status_code, refused.json()["error"], refused.headers["Retry-After"]) == (429, "slow_down", "60")
    assert ask(hub, "ld-06041", other.secret).status_code == 200
    now[0] += 60
    assert ask(hub, "ld-06040", one.secret).status_code == 200


def test_a_form_that_is_too_long_or_drips_is_not_read_to_its_end(ingest: Pool) -> None:
    patient, app = FastAPI(), FastAPI()
    patient.include_router(router(TokenIssuer(ingest, issuer=HUB)))
    app.include_router(router(TokenIssuer(ingest, issuer=HUB), body_seconds=0.05))
    long = TestClient(patient).post("/oauth/token", data={"grant_type": "x" * 20_000})
    assert (long.status_code, long.json()["error"], long.headers["Connection"]) == (400, "invalid_request", "close")

    async def drip() -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        first = iter([{"type": "http.request", "body": b"grant_type=", "more_body": True}])

        async def receive() -> dict[str, Any]:
            return next(first, None) or await asyncio.Event().wait() or {}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/oauth/token",
            "query_string": b"",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
            "client": ("192.0.2.7", 1),
            "server": ("h", 80),
            "scheme": "http",
            "http_version": "1.1",
            "root_path": "",
        }
        await app(scope, receive, send)
        return sent

    assert asyncio.run(drip())[0]["status"] == 408


def test_a_stranger_can_not_lock_a_client_out(ingest: Pool, hub: TestClient) -> None:
    (issued,) = added(ingest, a_registration())
    stranger = TestClient(hub.app, client=("198.51.100.9", 40_000))
    for _ in range(FAILURES_OF_CLIENT + 1):
        ask(stranger, "ld-06040", "lts_wrong")
    assert ask(hub, "ld-06040", issued.secret).status_code == 200


def test_many_tokens_are_one_entry_in_the_audit_log(ingest: Pool, hub: TestClient) -> None:
    (issued,) = added(ingest, a_registration())
    for _ in range(5):
        ask(hub, "ld-06040", issued.secret)
    with ingest.connection() as conn:
        (entry,) = audit.read(conn, "20", act="token")
    assert (entry.act, entry.subject, entry.address) == ("token.issued", "ld-06040", "192.0.2.7")
