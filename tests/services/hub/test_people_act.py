"""A person who has logged in acts on all of the hub's routes with its own rights, and with nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from lienthong.postgres.pool import Pool, connect
from lienthong.settings import Settings
from services.hub import base, roster
from services.hub import http as serving
from services.identity import keys
from services.identity.people.passwords import Hasher
from services.identity.people.person import Bound, PersonToAdd
from services.identity.people.store import Office
from tests.builders.hub import ROUND, Hub, a_report
from tests.builders.people import PASSWORD, Browser, Clock, bound


@pytest.fixture
def front(hub: Hub) -> Iterator[TestClient]:
    with connect(hub.conninfo, role="lienthong_identity") as conn:
        keys.ensure(conn)  # as a hub does before it serves
    with ExitStack() as stack:
        database = base.Base(settings=Settings(public_url="https://hub.example"), conninfo=hub.conninfo)
        made = serving.http(database, tuple(service.name for service in roster.serving()), stack)
        yield stack.enter_context(TestClient(made, base_url="https://hub.example", client=("127.0.0.1", 40_000)))


def logged_in(hub: Hub, front: TestClient, person: str, *bindings: Bound) -> dict[str, str]:
    """Somebody with these roles, at a browser of its own; the header it acts with."""
    with Pool(hub.conninfo, role="lienthong_identity", max_size=1) as pool, pool.connection() as conn:
        wanted = PersonToAdd(person=person, name="Nông Thị Lan", province=bindings[0].province, bindings=bindings)
        office = Office(hasher=Hasher(), province_of=lambda unit: "33" if unit == "12103" else "20")
        office.add(conn, wanted, by="cli:test", password=PASSWORD)
        conn.execute("UPDATE identity.passwords SET temporary = false WHERE person = %s", (person,))
    front.cookies.clear()
    browser = Browser(client=front)
    if browser.login(person).json()["state"] == "enrolment":
        browser.enrol(Clock())
    header = {"Authorization": f"Bearer {browser.token()}"}
    front.cookies.clear()  # from here on the token alone speaks
    return header


def submitted(front: TestClient, header: dict[str, str], event: dict[str, Any]) -> Any:
    media = {"Content-Type": "application/cloudevents+json"}
    return front.post("/v1/events", json=event, headers={**header, **media})


def test_a_reporter_reports_for_its_unit_from_its_own_source(hub: Hub, front: TestClient) -> None:
    lan = logged_in(hub, front, "lan.nt", bound("reporter", "05977"))
    accepted = submitted(front, lan, a_report(hub, source="/20/people/lan.nt", id="bc-1"))
    assert accepted.status_code == 201, accepted.text
    assert hub.rows("SELECT client FROM ingest.ledger WHERE id = 'bc-1'") == [("person:lan.nt",)]
    assert front.get(f"/v1/reports/{accepted.json()['receipt']}", headers=lan).status_code == 200
    other = submitted(front, lan, a_report(hub, unit="06004", source="/20/people/lan.nt"))
    assert other.status_code in (403, 404, 422)
    assert submitted(front, lan, a_report(hub, source="/20/people/hoa.lv")).status_code in (403, 422)
    assert {obligation["unit"] for obligation in front.get("/v1/obligations", headers=lan).json()["obligations"]} == {
        "05977"
    }


def test_an_operator_opens_a_round_under_its_own_name(hub: Hub, front: TestClient) -> None:
    operator = logged_in(hub, front, "op.20", bound("operator"))
    wanted = {
        "plan": "P119-LS",
        "period": "2026-DX1",
        "first": "2026-09-01",
        "last": "2026-10-01",
        "deadline": "2026-10-20T00:00:00+07:00",
        "reason": "Theo yêu cầu của UBND tỉnh",
    }
    answer = front.post("/v1/rounds", json=wanted, headers=operator)
    assert answer.status_code == 201, answer.text
    assert hub.rows("SELECT actor FROM ingest.audit WHERE act = 'round.opened' AND subject LIKE '%DX1'") == [
        ("person:op.20",)
    ]
    assert front.post(f"/v1/rounds/{ROUND}/releases", json={}, headers=operator).status_code == 403


def test_a_person_of_another_province_gets_nothing(hub: Hub, front: TestClient) -> None:
    foreign = logged_in(
        hub, front, "op.33", bound("operator", province="33"), bound("reporter", "12103", province="33")
    )
    assert submitted(front, foreign, a_report(hub, source="/33/people/op.33")).status_code in (403, 404, 422)
    assert front.post(
        f"/v1/rounds/{ROUND}/lock", json={"reason": "không phải của tôi"}, headers=foreign
    ).status_code in (403, 404)
    assert front.get("/v1/obligations", headers=foreign).json()["obligations"] == []


def test_a_drafter_who_reports_for_one_unit_speaks_for_no_other(hub: Hub, front: TestClient) -> None:
    both = logged_in(hub, front, "lan.nt", bound("reporter", "05977"), bound("drafter"))
    accepted = submitted(front, both, a_report(hub, source="/20/people/lan.nt"))
    assert accepted.status_code == 201
    other = submitted(front, both, a_report(hub, unit="06004", source="/20/people/lan.nt"))
    assert other.status_code != 201
