"""Destinations and deliveries over HTTP: who sees them, who changes them, and that strangers learn nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from lienthong.eventlog.append import PostgresAppender
from lienthong.postgres.pool import Pool
from lienthong.pushes import signing
from services.export.deliveries import acts
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.destinations import Destination
from tests.builders.export_http import asking, client_of
from tests.builders.exporting import Export, a_dataset, approved, released

LIST = "/v1/destinations"
NEW = {"id": "20-nen-tang", "province": "20", "url": "https://nềntảng.vn/api", "name": "Nền tảng"}
OPERATOR = ("read:province", "operate:deliveries", "feed:read")


@pytest.fixture
def export(pool: Pool, appender: PostgresAppender) -> Export:
    return Export(pool, appender)


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    with Pool(database, role="lienthong_export") as pool, client_of(pool) as found:
        yield found


def test_an_operator_adds_shows_edits_pauses_resumes_rotates_and_removes(export: Export, client: TestClient) -> None:
    export.take_in(approved())
    ask = asking(client, "20", *OPERATOR)
    made = ask(LIST, "POST", NEW)
    assert made.status_code == 201, made.text
    added = made.json()
    assert added["secret"].startswith("whsec_")
    assert (added["queued"], added["address"]) == (1, "https://nềntảng.vn/api")
    text = f"{LIST}/{NEW['id']}"
    shown = ask(text).json()
    assert (shown["pending"], shown["active"], "secret" in shown) == (1, True, False)
    assert ask(text, "PATCH", {"perMinute": 30, "name": "Mới"}).json()["perMinute"] == 30
    assert ask(f"{text}/pause", "POST", {"reason": "Bảo trì"}).json()["pausedReason"] == "Bảo trì"
    assert ask(f"{text}/resume", "POST").json()["active"] is True
    turned = ask(f"{text}/rotate", "POST", {"overlapDays": 3}).json()
    assert turned["secret"] not in ("", added["secret"])
    assert [destination["id"] for destination in ask(LIST).json()["destinations"]] == [NEW["id"]]
    assert ask(text, "DELETE").json()["noLongerWaiting"] == 1
    assert ask(text).status_code == 404
    with export.pool.connection() as conn:
        rows = conn.execute("SELECT actor, act FROM ingest.audit ORDER BY seq").fetchall()
    acts_ = ("added", "changed", "paused", "resumed", "rotated", "removed")
    assert rows == [("client:c-20", f"destination.{act}") for act in acts_]


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"url": "https://a..b.vn"}, "/url", "url_host"),
        ({"url": "https://x.vn:84430"}, "/url", "url_port"),
        ({"url": "http://127.0.0.1:80"}, "/reach", "reach_not_loopback"),
        ({"reach": "loopback", "url": "http://127.0.0.1:80"}, "/reach", "reach_not_allowed"),
        ({"reach": "private"}, "/reach", "reach_not_allowed"),
        ({"id": "33-nen-tang"}, "/id", "destination_id_not_own"),
        ({"province": "33"}, "/province", "province_not_allowed"),
        ({"kinds": ["report"]}, "/kinds", "kinds_unknown"),
        ({"mapping": "fax"}, "/mapping", "mapping_unknown"),
        ({"perMinute": 0}, "/perMinute", "destination_limits"),
        ({"sender": "a b"}, "/sender", "sender_malformed"),
        ({"secret": "whsec_x"}, "/secret", "secret_malformed"),
        ({"name": "a\u0000b"}, "/name", "nul_character"),
    ],
)
def test_what_can_not_be_is_refused_and_says_what_to_do(
    export: Export, client: TestClient, changed: dict[str, Any], pointer: str, code: str
) -> None:
    answer = asking(client, "20", *OPERATOR)(LIST, "POST", NEW | changed)
    assert 400 <= answer.status_code < 500, answer.text
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_everything_wrong_with_a_destination_is_said_at_once(export: Export, client: TestClient) -> None:
    wrong = NEW | {"url": "https://a..b.vn:99999", "kinds": [], "perMinute": 0, "sender": "a b"}
    answer = asking(client, "20", *OPERATOR)(LIST, "POST", wrong)
    assert {error["code"] for error in answer.json()["errors"]} == {
        "url_host",
        "url_port",
        "kinds_unknown",
        "destination_limits",
        "sender_malformed",
    }


def test_what_is_anothers_is_answered_as_what_does_not_exist(export: Export, client: TestClient) -> None:
    lang_son, hung_yen = asking(client, "20", *OPERATOR), asking(client, "33", *OPERATOR)
    assert lang_son(LIST, "POST", NEW).status_code == 201
    export.take_in(approved())
    [delivery] = lang_son("/v1/deliveries").json()["deliveries"]
    asked = [
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/rotate", None),
    ]
    for method, behind, body in asked:
        foreign = hung_yen(f"{LIST}/{NEW['id']}{behind}", method, body)
        missing = hung_yen(f"{LIST}/20-khong-co{behind}", method, body)
        assert _same(foreign.text, NEW["id"]) == _same(missing.text, "20-khong-co")
        assert foreign.status_code == missing.status_code == 404
    for method, behind in (("GET", ""), ("POST", "/retry")):
        foreign = hung_yen(f"/v1/deliveries/{delivery['id']}{behind}", method)
        missing = hung_yen(f"/v1/deliveries/msg_0{behind}", method)
        assert _same(foreign.text, delivery["id"]) == _same(missing.text, "msg_0")
        assert foreign.status_code == missing.status_code == 404
    assert hung_yen(f"/v1/deliveries?destination={NEW['id']}").json()["code"] == "destination_unknown"
    assert hung_yen(LIST).json()["destinations"] == hung_yen("/v1/deliveries").json()["deliveries"] == []


def _same(text: str, identifier: str) -> str:
    return text.replace(identifier, "…")


def test_an_operator_bound_to_a_unit_sees_and_retries_what_that_unit_issues_alone(
    export: Export, client: TestClient
) -> None:
    commune = a_dataset(round_="P119-NC.2026", issuer={"code": "05977", "name": "x", "level": "commune"})
    whole = asking(client, "20", *OPERATOR)
    assert whole(LIST, "POST", NEW).status_code == 201
    export.take_in(released(commune), released(a_dataset()), approved(), approved(unit="05977", province="20"))
    bound = asking(client, "20", *OPERATOR, units=frozenset({"05977"}))
    own = {delivery["subject"] for delivery in bound("/v1/deliveries").json()["deliveries"]}
    assert own == {"P119-NC.2026", "05977/2026-0042"}
    foreign = next(
        delivery for delivery in whole("/v1/deliveries").json()["deliveries"] if delivery["subject"] not in own
    )
    assert bound(f"/v1/deliveries/{foreign['id']}").status_code == 404
    assert bound(f"/v1/deliveries/{foreign['id']}/retry", "POST").status_code == 404
    assert [e["release"] for e in bound("/v1/feed/releases").json()["entries"]] == ["P119-NC.2026/1"]
    assert bound("/v1/feed/releases/P119-LS.2026/1/dataset").status_code == 404
    assert bound("/v1/feed/digest").json()["count"] == 1
    assert bound(LIST).json()["destinations"] == []
    assert bound(f"{LIST}/{NEW['id']}").status_code == 404
    assert bound(f"{LIST}/{NEW['id']}/pause", "POST").status_code == 404
    assert bound(LIST, "POST", NEW | {"id": "20-khac"}).json()["code"] == "destinations_are_the_provinces"


def test_the_hubs_own_operator_lists_what_it_may_retry(export: Export, client: TestClient) -> None:
    for province in ("20", "33"):
        assert (
            asking(client, province, *OPERATOR)(
                LIST, "POST", NEW | {"id": f"{province}-x", "province": province}
            ).status_code
            == 201
        )
    export.take_in(approved(), approved(unit="33.SKHCN"))
    export.push_all(export.pusher(resolve=lambda host, port: ["10.0.0.1"]))
    hub = asking(client, "VN", "operate:deliveries", role="hub")
    listed = hub("/v1/deliveries?state=dead").json()["deliveries"]
    assert {one["province"] for one in listed} == {"20", "33"}
    assert [delivery["province"] for delivery in hub("/v1/deliveries?province=33").json()["deliveries"]] == ["33"]
    assert hub(f"/v1/deliveries/{listed[0]['id']}/retry", "POST").status_code == 202
    assert len(hub(LIST).json()["destinations"]) == 2


def test_deliveries_are_followed_by_next_to_their_end(export: Export, client: TestClient) -> None:
    ask = asking(client, "20", *OPERATOR)
    ask(LIST, "POST", NEW)
    export.take_in(*(approved(f"tin-{n}") for n in range(7)))
    seen, link, pages = [], "/v1/deliveries?state=pending&limit=3", 0
    while link:
        page = ask(link).json()
        seen += [delivery["subject"] for delivery in page["deliveries"]]
        link, pages = page["links"].get("next", ""), pages + 1
    assert (seen, pages) == ([f"20.SKHCN/tin-{n}" for n in reversed(range(7))], 3)
    first = ask("/v1/deliveries?state=pending&limit=3").json()["links"]["next"]
    other = urlsplit(first).query.replace("state=pending", "state=dead")
    assert ask(f"/v1/deliveries?{other}").json()["code"] == "cursor_of_another_question"


def test_a_stranger_learns_nothing_of_destinations(client: TestClient) -> None:
    assert client.get(LIST).status_code == 401
    assert asking(client, "20", "report:read")(LIST).status_code == 403
    assert asking(client, "20", "read:province")(LIST, "POST", NEW).status_code == 403


def test_the_command_line_gives_any_reach_and_any_id(export: Export) -> None:
    wanted = Destination(
        id="platform",
        name="x",
        province="20",
        url="http://localhost:9",
        reach="loopback",
        sender="x",
        secret=signing.new_secret(),
    )
    assert acts.add(export.pool, wanted, ExportActor(name="cli:test")) == 0
