"""Operators' clients over HTTP: registered, listed, revoked, with keys; of the own province alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from starlette.testclient import TestClient

from lienthong.access.principals import Principal
from services.identity import store
from services.identity.clients import Registration
from services.identity.grant import ASSERTION_TYPE
from services.identity.people.person import Bound
from tests.builders.people import HUB, OFFICE, Identity, an_identity


@pytest.fixture
def identity(database: str) -> Iterator[Identity]:
    with an_identity(database) as made:
        yield made


@pytest.fixture
def hub(identity: Identity) -> TestClient:
    return TestClient(identity.app, base_url=HUB, client=(OFFICE, 40_000))


def an_operator(*units: str, province: str = "20") -> Principal:
    held = Bound(role="operator", province=province, units=units)
    return Principal.of_person("op", name="Điều hành", province=province, bindings=[held.binding])


def a_client(client_id: str = "ld-06040", **changes: Any) -> dict[str, Any]:
    return {"client_id": client_id, "name": "Xã", "province": "20", "units": ["06040"], **changes}


def registered(identity: Identity, client_id: str, unit: str, province: str = "20") -> None:
    with identity.pool.connection() as conn:
        store.add(conn, [Registration(client_id=client_id, name="Xã", province=province, units=(unit,))], by="cli:test")


def test_an_operator_registers_clients_that_get_tokens(identity: Identity, hub: TestClient) -> None:
    body = {"clients": [a_client(), a_client("ld-06043", units=["06043"])]}
    answer = hub.post("/v1/clients", json=body, headers=identity.bearer(an_operator()))
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    for client in answer.json()["clients"]:
        form = {"grant_type": "client_credentials"}
        assert (
            hub.post("/oauth/token", data=form, auth=(client["client_id"], client["client_secret"])).status_code == 200
        )


def test_units_are_those_of_the_registry(identity: Identity, hub: TestClient) -> None:
    body = {"clients": [a_client(units=["99999"]), a_client("b-1", units=["12103"])]}
    answer = hub.post("/v1/clients", json=body, headers=identity.bearer(an_operator()))
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/0/units/0", "unit_unknown"),
        ("/1/units/0", "unit_elsewhere"),
    }


def test_a_bound_that_is_passed_is_named(identity: Identity, hub: TestClient) -> None:
    registered(identity, "ld-06040", "06040")
    header = identity.bearer(an_operator())
    answer = hub.post("/v1/clients/ld-06040/rotate", json={"overlapHours": 800}, headers=header)
    assert answer.status_code == 400 and "(720)" in answer.json()["detail"]


def test_a_foreign_client_is_one_that_does_not_exist(identity: Identity, hub: TestClient) -> None:
    registered(identity, "ld-33", "12103", "33")
    header = identity.bearer(an_operator())
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/keys", None),
        ("POST", "/keys", {"jwk": {"kty": "what"}}),
        ("DELETE", "/keys/some", None),
        ("POST", "/revoke", {"reason": "thay hệ thống"}),
        ("POST", "/rotate", {}),
    ):
        answers = [
            hub.request(method, f"/v1/clients/{name}{path}", json=body, headers=header) for name in ("ld-33", "nobody")
        ]
        assert [a.status_code for a in answers] == [404, 404], (method, path)
        assert answers[0].json()["detail"].replace("ld-33", "nobody") == answers[1].json()["detail"]
    assert hub.get("/v1/clients", headers=header).json() == {"clients": []}


def test_who_operates_one_unit_manages_that_units_clients(identity: Identity, hub: TestClient) -> None:
    registered(identity, "ld-a", "06040")
    registered(identity, "ld-b", "06043")
    header = identity.bearer(an_operator("06040"))
    assert [client["client_id"] for client in hub.get("/v1/clients", headers=header).json()["clients"]] == ["ld-a"]
    assert hub.post("/v1/clients/ld-b/rotate", json={}, headers=header).status_code == 404
    more = {"clients": [a_client("ld-c", units=["06043"])]}
    assert hub.post("/v1/clients", json=more, headers=header).status_code == 403
    assert hub.post("/v1/clients/ld-a/revoke", json={"reason": "thay hệ thống"}, headers=header).status_code == 204


def test_a_registered_key_proves_the_client_until_it_is_removed(identity: Identity, hub: TestClient) -> None:
    registered(identity, "ld-a", "06040")
    private, header = Ed25519PrivateKey.generate(), identity.bearer(an_operator())
    public = json.loads(OKPAlgorithm.to_jwk(private.public_key()))
    answer = hub.post("/v1/clients/ld-a/keys", json={"jwk": public}, headers=header)
    assert answer.status_code == 201

    def ask(jti: str) -> int:
        now = int(time.time())
        claims = {"iss": "ld-a", "sub": "ld-a", "aud": f"{HUB}/oauth/token", "jti": jti, "exp": now + 60}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jwt.encode(claims, private, algorithm="EdDSA"),
        }
        return hub.post("/oauth/token", data=form).status_code

    assert ask("one") == 200 and ask("one") == 401
    kid = answer.json()["kid"]
    assert [key["kid"] for key in hub.get("/v1/clients/ld-a/keys", headers=header).json()["keys"]] == [kid]
    assert hub.delete(f"/v1/clients/ld-a/keys/{kid}", headers=header).status_code == 204
    assert ask("two") == 401


def test_a_client_has_five_keys_at_most_and_no_private_one(identity: Identity, hub: TestClient) -> None:
    registered(identity, "ld-a", "06040")
    header = identity.bearer(an_operator())

    def add(jwk: str) -> Any:
        return hub.post("/v1/clients/ld-a/keys", json={"jwk": json.loads(jwk)}, headers=header)

    assert add(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate())).json()["code"] == "jwk_private"
    answers = [add(OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key())) for _ in range(6)]
    assert [a.status_code for a in answers] == [201] * 5 + [422]
    assert len(hub.get("/v1/clients/ld-a/keys", headers=header).json()["keys"]) == 5
