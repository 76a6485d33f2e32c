"""Operators' people, over HTTP against a real PostgreSQL: who sees and changes whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from lienthong.access import audit
from lienthong.access.principals import Principal, Unauthenticated
from lienthong.errors import Rejected
from services.identity.people.person import Bound, PersonToAdd
from tests.builders.people import HUB, OFFICE, Identity, an_identity, bound


@pytest.fixture
def identity(database: str) -> Iterator[Identity]:
    with an_identity(database) as made:
        yield made


@pytest.fixture
def hub(identity: Identity) -> TestClient:
    return TestClient(identity.app, base_url=HUB, client=(OFFICE, 40_000))


def an_operator(*units: str, province: str = "20", person: str = "op.20") -> Principal:
    held = Bound(role="operator", province=province, units=units)
    return Principal.of_person(person, name="Điều hành", province=province, bindings=[held.binding])


def a_person(**changes: Any) -> dict[str, Any]:
    base = {
        "person": "lan.nt",
        "name": "Nông Thị Lan",
        "province": "20",
        "bindings": [{"role": "reporter", "province": "20", "units": ["06040"]}],
    }
    return {**base, **changes}


def a_role(role: str, *units: str, province: str = "20") -> Mapping[str, Any]:
    return {"role": role, "province": province, "units": list(units)}


def test_an_operator_adds_a_person_whose_password_is_shown_once(identity: Identity, hub: TestClient) -> None:
    header = identity.bearer(an_operator())
    answer = hub.post("/v1/people", json=a_person(email="lan@xa.example"), headers=header)
    assert answer.status_code == 201 and len(answer.json()["password"]) >= 16
    assert identity.browser().login(password=answer.json()["password"]).json()["state"] == "password"
    body = hub.get("/v1/people/lan.nt", headers=header).json()
    assert "password" not in body and body["bindings"] == [a_role("reporter", "06040")] and body["mustChangePassword"]
    with identity.pool.connection() as conn:
        [entry] = audit.read(conn, "20", act="person.added")
    assert (entry.actor, entry.subject, entry.address) == ("person:op.20", "lan.nt", OFFICE)


def test_everything_wrong_with_a_person_is_said_at_once(identity: Identity, hub: TestClient) -> None:
    wrong = a_person(
        person="Lan",
        name=" ",
        email="nowhere",
        bindings=[
            a_role("reporter"),
            a_role("boss"),
            a_role("signer", "12103"),
            a_role("ministry"),
            a_role("drafter", "*"),
        ],
    )
    answer = hub.post("/v1/people", json=wrong, headers=identity.bearer(an_operator()))
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == {
        ("/person", "person_id_malformed"),
        ("/name", "person_name_malformed"),
        ("/email", "email_malformed"),
        ("/bindings/0/units", "units_missing"),
        ("/bindings/1/role", "role_unknown"),
        ("/bindings/2/units/0", "unit_not_in_province"),
        ("/bindings/3/province", "role_national"),
        ("/bindings/4/units/0", "unit_not_in_province"),
    }


def test_control_characters_are_refused_where_they_stand(identity: Identity, hub: TestClient) -> None:
    header = identity.bearer(an_operator())
    identity.add("lan.nt", bound("reporter", "06040"))
    for text in ("nghỉ\x00việc", "nghỉ\x1bviệc"):
        answer = hub.post("/v1/people/lan.nt/disable", json={"reason": text}, headers=header)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/reason")
    lone = b'{"reason": "ngh\\ud800"}'
    headers = {**header, "Content-Type": "application/json"}
    assert hub.post("/v1/people/lan.nt/disable", content=lone, headers=headers).status_code == 400


def test_names_and_addresses_belong_to_one_person(identity: Identity, hub: TestClient) -> None:
    header = identity.bearer(an_operator())
    hub.post("/v1/people", json=a_person(email="lan@xa.example"), headers=header)
    again = hub.post("/v1/people", json=a_person(), headers=header)
    assert (again.status_code, again.json()["code"]) == (409, "person_exists")
    other = hub.post("/v1/people", json=a_person(person="hoa.lv", email="LAN@xa.example"), headers=header)
    assert (other.status_code, other.json()["code"]) == (409, "email_taken")


ACTS = [
    ("GET", "", None),
    ("GET", "/sessions", None),
    ("DELETE", "/sessions", None),
    ("PUT", "/roles", {"bindings": [a_role("drafter", province="33")]}),
    ("POST", "/disable", {"reason": "nghỉ việc"}),
    ("POST", "/enable", {"reason": "đi làm lại"}),
    ("POST", "/password", None),
    ("POST", "/second-factor/reset", {"reason": "mất điện thoại"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ACTS)
def test_a_person_of_another_province_is_one_that_does_not_exist(
    identity: Identity, hub: TestClient, method: str, path: str, body: Any
) -> None:
    identity.add("la.33", bound("reporter", "12103", province="33"))
    header = identity.bearer(an_operator())
    foreign = hub.request(method, f"/v1/people/la.33{path}", json=body, headers=header)
    missing = hub.request(method, f"/v1/people/nobody{path}", json=body, headers=header)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"].replace("la.33", "nobody") == missing.json()["detail"]
    assert identity.rows("SELECT generation FROM identity.people") == [(1,)]


def test_an_operator_sees_the_people_of_its_province_alone(identity: Identity, hub: TestClient) -> None:
    identity.add("la.20", bound("reporter", "06040"))
    identity.add("la.33", bound("reporter", "12103", province="33"))
    identity.add("hub.op", bound("operator", province="VN"), bound("drafter", province="20"))
    assert hub.get("/v1/people?province=33", headers=identity.bearer(an_operator())).status_code == 404
    listed = hub.get("/v1/people", headers=identity.bearer(an_operator())).json()["people"]
    assert {one["person"]: [b["province"] for b in one["bindings"]] for one in listed} == {
        "la.20": ["20"],
        "hub.op": ["20"],
    }
    everywhere = hub.get("/v1/people", headers=identity.bearer(an_operator(province="VN"))).json()["people"]
    assert {one["person"] for one in everywhere} == {"la.20", "la.33", "hub.op"}
    assert hub.post("/v1/people/hub.op/password", headers=identity.bearer(an_operator())).status_code == 404


def test_who_operates_one_unit_manages_that_units_people(identity: Identity, hub: TestClient) -> None:
    identity.add("la.40", bound("reporter", "06040"))
    identity.add("la.43", bound("reporter", "06043"))
    identity.add("tinh", bound("drafter"))
    header = identity.bearer(an_operator("06040"))
    assert [person["person"] for person in hub.get("/v1/people", headers=header).json()["people"]] == ["la.40"]
    assert hub.get("/v1/people/tinh", headers=header).status_code == 404
    beyond = {"bindings": [a_role("drafter")]}
    assert hub.put("/v1/people/la.40/roles", json=beyond, headers=header).status_code == 403
    within = {"bindings": [a_role("reporter", "06040"), a_role("drafter", "06040")]}
    assert hub.put("/v1/people/la.40/roles", json=within, headers=header).status_code == 200


def test_a_province_gives_no_role_beyond_itself(identity: Identity, hub: TestClient) -> None:
    header = identity.bearer(an_operator())
    elsewhere = hub.post(
        "/v1/people", json=a_person(province="33", bindings=[a_role("drafter", province="33")]), headers=header
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "people_elsewhere")
    beyond = hub.post("/v1/people", json=a_person(bindings=[a_role("operator", province="VN")]), headers=header)
    assert (beyond.status_code, beyond.json()["code"]) == (422, "binding_elsewhere")


def test_nobody_gives_himself_a_role(identity: Identity, hub: TestClient) -> None:
    identity.add("op.20", bound("operator"))
    more = {"bindings": [a_role("operator"), a_role("signer")]}
    answer = hub.put("/v1/people/op.20/roles", json=more, headers=identity.bearer(an_operator()))
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


def test_only_who_may_manage_people_does(identity: Identity, hub: TestClient) -> None:
    signer = Principal.of_person("ky", name="Ký", province="20", bindings=[bound("signer").binding])
    client = replace(an_operator(), client_id="tinh-20", bindings=(), scopes=frozenset({"operate:clients"}))
    for who in (signer, client):
        assert hub.get("/v1/people", headers=identity.bearer(who)).status_code == 403
    assert hub.get("/v1/people").status_code == 401


def test_disabling_ends_sessions_and_tokens_at_once(identity: Identity, hub: TestClient) -> None:
    identity.add("lan.nt", bound("reporter", "06040"))
    lan = identity.browser()
    lan.login()
    token = lan.token()
    header = identity.bearer(an_operator())
    assert hub.post("/v1/people/lan.nt/disable", json={"reason": "nghỉ việc"}, headers=header).json()["disabledAt"]
    assert lan.get().status_code == 401 and identity.browser().login().status_code == 401
    with pytest.raises(Unauthenticated):
        identity.principal(token)
    assert hub.get("/v1/people", headers=header).json()["people"] == []
    assert len(hub.get("/v1/people?disabled=true", headers=header).json()["people"]) == 1
    hub.post("/v1/people/lan.nt/enable", json={"reason": "đi làm lại"}, headers=header)
    assert identity.browser().login().status_code == 201


def test_a_changed_role_counts_in_the_next_token_and_ends_the_one_before(identity: Identity, hub: TestClient) -> None:
    identity.add("lan.nt", bound("reporter", "06040"))
    lan = identity.browser()
    lan.login()
    before = lan.token()
    roles = {"bindings": [a_role("reporter", "06043")]}
    hub.put("/v1/people/lan.nt/roles", json=roles, headers=identity.bearer(an_operator()))
    with pytest.raises(Unauthenticated):
        identity.principal(before)
    assert identity.principal(lan.token()).units == {"06043"}


def test_an_operator_resets_password_and_second_factor(identity: Identity, hub: TestClient) -> None:
    identity.add("ky.hv", bound("signer"))
    signer, header = identity.browser(), identity.bearer(an_operator())
    signer.login("ky.hv")
    signer.enrol(identity.clock)
    reset = hub.post("/v1/people/ky.hv/second-factor/reset", json={"reason": "mất điện thoại"}, headers=header)
    assert reset.json()["secondFactor"] is False and signer.get().status_code == 401
    again = identity.browser()
    assert again.login("ky.hv").json()["state"] == "enrolment"
    made = hub.post("/v1/people/ky.hv/password", headers=header).json()["password"]
    assert again.get().status_code == 401 and identity.browser().login("ky.hv", made).json()["state"] == "password"


def test_what_stands_of_people_is_for_identity_alone(database: str, identity: Identity) -> None:
    identity.add("lan.nt", bound("reporter", "06040"))
    for role in ("lienthong_ingest", "lienthong_aggregate", "lienthong_export"):
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(f"SET ROLE {role}")
            for table in ("people", "passwords", "second_factors", "sessions", "bindings"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(f"SELECT * FROM identity.{table}")


def test_a_subject_of_no_provider_is_refused(identity: Identity) -> None:
    wanted = PersonToAdd(
        person="nt.lan", name="Lan", province="20", bindings=(Bound(role="drafter", province="20"),), subject="s-1"
    )
    with identity.pool.connection() as conn, pytest.raises(Rejected) as refusal:
        identity.office.add(conn, wanted, by="cli:test")
    assert [(fault.pointer, fault.code) for fault in refusal.value.problems] == [("/subject", "subject_without_issuer")]
