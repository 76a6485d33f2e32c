"""The receiving platform keeps the contract: schemas/platform/openapi.yaml, docs/platform-contract.md."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from lienthong.contracts import canonical
from lienthong.contracts.canonical import digest_of as digest_of_data
from lienthong.contracts.schemas import Contracts
from lienthong.pushes import signing
from lienthong.pushes.reconciliation import Held, digest_of
from tests.builders.running_platform import Running, a_sender, running
from tests.builders.unencrypted import UNENCRYPTED
from tests.conftest import ROOT

EXAMPLES = ROOT / "schemas" / "platform" / "examples" / "valid"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("platform")) as found:
        yield found


@pytest.fixture
def platform(server: Running) -> Iterator[Running]:
    with a_sender(server) as made:
        yield made


def a_message(platform: Running, name: str = "release.published", *, version: int = 1, **changed: Any) -> bytes:
    """A committed example as this sender would send it, in some version, with parts of its data changed."""
    document = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    document["sender"]["id"] = platform.sender
    document["subject"]["version"] = document["data"]["version"] = version
    document["data"] |= changed
    document["digest"] = digest_of_data(document["data"])
    return canonical.write(document)


def held(body: bytes, *, withdrawn: bool = False) -> Held:
    document = json.loads(body)
    return Held(
        id=document["subject"]["id"],
        version=document["subject"]["version"],
        digest="withdrawn" if withdrawn else document["digest"],
    )


def _minutes(off: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=off)


def codes(response: httpx.Response) -> set[str]:
    return {error["code"] for error in response.json()["errors"]}


def test_a_message_is_stored_and_given_back_as_it_came(platform: Running) -> None:
    body = a_message(platform)
    answer = platform.post(body)
    assert (answer.status_code, answer.json()["status"]) == (200, "stored")
    found = platform.get("/v1/items/release/P119-LS.2026")
    assert (found.status_code, found.content) == (200, body)


def test_the_same_message_twice_has_the_effect_of_once(platform: Running) -> None:
    body = a_message(platform)
    assert [platform.post(body).json()["status"] for _ in range(3)] == ["stored", "repeated", "repeated"]
    assert len(platform.held("release")) == 1


def test_the_same_id_with_other_content_is_refused(platform: Running) -> None:
    platform.post(a_message(platform))
    answer = platform.post(a_message(platform, version=2))
    assert (answer.status_code, codes(answer)) == (409, {"webhook_id_reused"})


def test_a_version_can_not_be_rewritten_under_another_id(platform: Running) -> None:
    platform.post(a_message(platform))
    answer = platform.post(a_message(platform, supersedes="P119-LS.2026/9"), message="msg_2")
    assert (answer.status_code, codes(answer)) == (409, {"version_conflict"})


def test_an_older_version_never_overtakes_a_newer_one(platform: Running) -> None:
    newer, older = a_message(platform, version=2), a_message(platform)
    assert platform.post(newer, message="msg_2").json()["status"] == "stored"
    assert platform.post(older, message="msg_1").json()["status"] == "superseded"
    assert platform.get("/v1/items/release/P119-LS.2026").content == newer
    assert platform.get("/v1/items/release/P119-LS.2026?version=1").content == older


def test_a_withdrawn_item_is_gone_with_its_tombstone_and_not_missing(platform: Running) -> None:
    item, tombstone = a_message(platform, "content.published"), a_message(platform, "content.withdrawn")
    platform.post(item, message="msg_1")
    platform.post(tombstone, message="msg_2")
    answer = platform.get("/v1/items/content/20.SKHCN%2F2026-0042")
    assert (answer.status_code, answer.content) == (410, tombstone)
    assert platform.get("/v1/items/content/20.SKHCN%2F2026-0043").status_code == 404
    assert platform.held("content")[0]["state"] == "withdrawn"


def test_a_tombstone_that_comes_before_its_item_still_wins(platform: Running) -> None:
    platform.post(a_message(platform, "content.withdrawn"), message="msg_2")
    late = platform.post(a_message(platform, "content.published"), message="msg_1")
    assert late.json()["status"] == "superseded"
    assert platform.held("content")[0]["state"] == "withdrawn"


def test_a_higher_version_reinstates_what_was_withdrawn(platform: Running) -> None:
    platform.post(a_message(platform, "content.withdrawn"), message="msg_1")
    platform.post(a_message(platform, "content.published", version=2), message="msg_2")
    assert platform.held("content")[0] | {"digest": ""} == {
        "id": "20.SKHCN/2026-0042",
        "version": 2,
        "state": "published",
        "digest": "",
    }


def test_the_digest_is_over_what_is_in_force(platform: Running) -> None:
    first, second = a_message(platform), a_message(platform, version=2)
    platform.post(first, message="msg_1")
    platform.post(second, message="msg_2")
    count, digest = digest_of([held(second)])
    assert platform.get("/v1/digest/release").json() == {"kind": "release", "count": count, "digest": digest}
    assert platform.get("/v1/digest/content").json()["count"] == 0


def test_the_list_comes_in_pages_without_losing_any(platform: Running) -> None:
    for number in range(5):
        document = json.loads(a_message(platform))
        document["subject"]["id"] = document["data"]["round"] = f"R{number}"
        document["digest"] = digest_of_data(document["data"])
        platform.post(canonical.write(document), message=f"m{number}")
    seen, after, more = [], "", True
    while more:
        page = platform.get(f"/v1/items/release?limit=2&after={after}").json()
        seen += [item["id"] for item in page["items"]]
        after, more = seen[-1], page["more"]
    assert seen == [f"R{number}" for number in range(5)]


@pytest.mark.parametrize(
    "wrong",
    [{"secret": signing.new_secret()}, {"sender": "somebody"}, {"at": _minutes(-6)}, {"at": _minutes(600)}],
    ids=["other secret", "unknown sender", "too old", "from the future"],
)
def test_a_signature_that_does_not_hold_is_refused(platform: Running, wrong: dict[str, Any]) -> None:
    answer = platform.post(a_message(platform), **wrong)
    assert (answer.status_code, codes(answer)) == (401, {"signature_refused"})
    assert platform.held("release") == []


@pytest.mark.parametrize("signature", ["", "v1", "v1,%%%", "v1,é", "v2,AAAA", "v1,AAAA v1,BBBB"])
def test_a_malformed_signature_is_refused_and_breaks_nothing(platform: Running, signature: str) -> None:
    answer = platform.post(a_message(platform), **{"webhook-signature": signature.encode("latin-1", "replace")})  # type: ignore[arg-type]
    assert answer.status_code == 401


def test_a_body_changed_on_the_way_is_refused(platform: Running) -> None:
    body = a_message(platform)
    signed = signing.headers(
        secrets=[platform.secret], sender=platform.sender, message="m", at=datetime.now(UTC), payload=body
    )
    answer = httpx.post(
        f"{platform.url}/v1/messages",
        content=body.replace(b'"12"', b'"13"'),
        headers={"content-type": "application/json"} | signed,
        timeout=60,
        verify=UNENCRYPTED,
    )
    assert answer.status_code == 401


def test_a_signed_question_can_not_be_carried_to_another(platform: Running) -> None:
    signed = signing.headers(
        secrets=[platform.secret],
        sender=platform.sender,
        message="q",
        at=datetime.now(UTC),
        payload=signing.question("GET", "/v1/digest/release"),
    )
    assert (
        httpx.get(f"{platform.url}/v1/digest/release", headers=signed, timeout=60, verify=UNENCRYPTED).status_code
        == 200
    )
    assert (
        httpx.get(f"{platform.url}/v1/items/release", headers=signed, timeout=60, verify=UNENCRYPTED).status_code == 401
    )


def test_one_sender_never_sees_or_changes_what_another_sent(server: Running, platform: Running) -> None:
    platform.post(a_message(platform))
    assert platform.held("release")
    assert server.held("release") == []


def test_a_message_against_the_schema_is_refused_with_every_place(platform: Running) -> None:
    document = json.loads(a_message(platform, "content.published"))
    document["data"]["kind"] = "rumour"
    del document["data"]["licence"]
    answer = platform.post(canonical.write(document))
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) >= 2


def test_a_digest_that_is_not_that_of_the_data_is_refused(platform: Running) -> None:
    document = json.loads(a_message(platform))
    document["digest"] = "sha256:" + "0" * 64
    answer = platform.post(canonical.write(document))
    assert (answer.status_code, codes(answer)) == (422, {"digest_mismatch"})


def test_a_subject_other_than_the_data_is_refused(platform: Running) -> None:
    document = json.loads(a_message(platform))
    document["subject"]["id"] = "P438-HY.2026"
    answer = platform.post(canonical.write(document))
    assert (answer.status_code, codes(answer)) == (422, {"subject_mismatch"})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"null"])
def test_whatever_is_signed_and_no_message_is_refused_and_never_a_500(platform: Running, body: bytes) -> None:
    answer = httpx.post(
        f"{platform.url}/v1/messages",
        content=body,
        headers={"content-type": "application/json"} | _signed_raw(platform, body),
        timeout=60,
        verify=UNENCRYPTED,
    )
    assert 400 <= answer.status_code < 500


def test_nothing_is_read_of_a_sender_that_is_not_known(platform: Running) -> None:
    address = httpx.URL(platform.url)
    stranger = http.client.HTTPConnection(address.host, address.port, timeout=10)
    stranger.putrequest("POST", "/v1/messages")
    for name, value in {"Content-Type": "application/json", "Content-Length": "30000000", signing.SENDER: "x"}.items():
        stranger.putheader(name, value)
    stranger.endheaders()  # and nothing of the body
    assert stranger.getresponse().status == 401
    stranger.close()


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"'])
def test_an_item_that_is_no_object_is_refused(platform: Running, body: str) -> None:
    put = httpx.put(
        f"{platform.url}/admin/published/tin",
        content=body,
        headers={"Content-Type": "application/json"},
        timeout=60,
        verify=UNENCRYPTED,
    )
    assert put.status_code == 422


def test_it_can_be_told_to_refuse_fail_break_and_forget_to_answer(platform: Running) -> None:
    body = a_message(platform)
    platform.tell(mode="refuse", status=400, times=1)
    assert platform.post(body).status_code == 400
    platform.tell(mode="fail", times=2, retry_after=7)
    assert [platform.post(body).status_code for _ in range(2)] == [503, 503]
    platform.tell(mode="close", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        platform.post(body)
    assert platform.held("release") == []
    platform.tell(mode="lose", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        platform.post(body)
    assert platform.post(body).json()["status"] == "repeated"


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"x-forwarded-for": "203.0.113.9"}])
def test_the_admin_corner_is_for_this_machine_alone(platform: Running, headers: dict[str, str]) -> None:
    answer = httpx.put(
        f"{platform.url}/admin/fault", json={"mode": "fail"}, headers=headers, timeout=60, verify=UNENCRYPTED
    )
    assert answer.status_code == 403


def test_the_page_shows_what_arrived_and_says_when_it_is_sample_data(platform: Running) -> None:
    platform.post(a_message(platform, "release.published-sample"))
    page = httpx.get(platform.url + "/", timeout=60, verify=UNENCRYPTED)
    assert "Nền tảng tiếp nhận" in page.text
    assert "dữ liệu mẫu" in page.text
    number = page.text.split('href="/xem/')[1].split('"')[0]
    shown = httpx.get(f"{platform.url}/xem/{number}", timeout=60, verify=UNENCRYPTED).text
    assert "Số liệu của từng đơn vị không chuyển sang nền tảng truyền thông" in shown


def test_the_page_tells_missing_from_zero_where_units_values_are_public(platform: Running) -> None:
    platform.post(a_message(platform, "release.published"))
    page = httpx.get(platform.url + "/", timeout=60, verify=UNENCRYPTED).text
    number = page.split('href="/xem/')[1].split('"')[0]
    shown = httpx.get(f"{platform.url}/xem/{number}", timeout=60, verify=UNENCRYPTED).text
    assert "chưa báo cáo" in shown and "bằng 0" in shown
    assert "đã rút" in shown
    assert "bằng 0" in shown


@pytest.mark.parametrize("target", ["/xem/99999999999999999999", "/xem/x", "/xem/999999", "/v1/items/other"])
def test_whatever_is_asked_it_is_a_refusal_and_never_a_failure(platform: Running, target: str) -> None:
    assert 400 <= platform.get(target).status_code < 500


@pytest.mark.parametrize("query", ["version=99999999999999999999", "limit=0", "version=%00"])
def test_a_signed_question_with_nonsense_is_refused(platform: Running, query: str) -> None:
    assert platform.get(f"/v1/items/release/x%00y?{query}").status_code in (400, 404)


def test_what_a_sender_writes_is_text_on_the_page_and_never_markup(platform: Running) -> None:
    platform.post(a_message(platform, "content.published", title="<script>alert(1)</script>"))
    page = httpx.get(platform.url + "/", timeout=60, verify=UNENCRYPTED).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def _signed_raw(platform: Running, body: bytes) -> dict[str, str]:
    try:
        return signing.headers(
            secrets=[platform.secret], sender=platform.sender, message="m", at=datetime.now(UTC), payload=body
        )
    except UnicodeDecodeError:
        return signing.headers(
            secrets=[platform.secret], sender=platform.sender, message="m", at=datetime.now(UTC), payload=b""
        )


@pytest.mark.parametrize(
    ("name", "changed", "pointer"),
    [
        ("release.published", {"province": "33"}, "/data/province"),
        ("release.published", {"issuer": {"code": "33", "name": "x", "level": "province"}}, "/data/issuer/code"),
        ("release.published", {"issuer": {"code": "12499", "name": "x", "level": "commune"}}, "/data/issuer/code"),
        ("content.published", {"publisher": {"unit": "33.SKHCN"}}, "/data/publisher/unit"),
        ("content.published", {"publisher": {"unit": "33"}}, "/data/publisher/unit"),
        ("content.published", {"publisher": {"unit": "12499"}}, "/data/publisher/unit"),
        ("content.published", {"approval": {"unit": "33", "at": "2026-10-01T02:00:00Z"}}, "/data/approval/unit"),
    ],
)
def test_a_sender_speaks_for_its_own_province_alone(
    platform: Running, name: str, changed: dict[str, Any], pointer: str
) -> None:
    answer = platform.post(a_message(platform, name, **changed))
    assert answer.status_code == 422, answer.text
    assert (pointer, "province_mismatch") in [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert platform.held("release") == platform.held("content") == []


def test_a_sender_may_not_call_itself_one_of_another_province(platform: Running) -> None:
    document = json.loads(a_message(platform))
    document["sender"]["province"] = "33"
    answer = platform.post(canonical.write(document))
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/sender/province"]


def shown_now(platform: Running, after: int = 0) -> dict[str, Any]:
    page: dict[str, Any] = platform.get(f"/v1/published?after={after}&limit=1000").json()
    return page


def of_mine(platform: Running, after: int = 0) -> list[tuple[str, int, str]]:
    found = shown_now(platform, after)["items"]
    return [(one["id"], one["version"], one["state"]) for one in found if one["sender"] == platform.sender]


def test_what_is_published_is_listed_by_cursor_and_a_change_goes_to_the_end(platform: Running) -> None:
    begin = shown_now(platform)["next"]
    platform.post(a_message(platform, "content.published"))
    first = shown_now(platform, begin)
    assert of_mine(platform, begin) == [("20.SKHCN/2026-0042", 1, "published")]
    assert first["items"][-1]["data"]["title"] == "Điện hạt nhân và đời sống"
    assert (first["next"], first["more"]) == (first["head"], False)

    platform.post(a_message(platform, "content.published", version=2, title="Điện hạt nhân"), message="msg_2")
    assert of_mine(platform) == [("20.SKHCN/2026-0042", 2, "published")], "the older version is not shown any more"
    assert of_mine(platform, first["next"]) == [("20.SKHCN/2026-0042", 2, "published")]

    platform.post(a_message(platform, "content.withdrawn", version=2), message="msg_3")
    assert of_mine(platform, first["next"]) == [("20.SKHCN/2026-0042", 2, "withdrawn")]


def test_an_older_version_that_comes_late_is_no_change(platform: Running) -> None:
    platform.post(a_message(platform, "content.published", version=3))
    seen = shown_now(platform)["next"]
    assert platform.post(a_message(platform, "content.published", version=2), message="msg_2").status_code == 200
    assert of_mine(platform, seen) == []


def test_the_list_of_what_is_published_keeps_its_schema(platform: Running) -> None:
    platform.post(a_message(platform, "content.published"))
    own = {key: value for key, value in _content().items() if key not in ("id", "version")}
    assert httpx.put(f"{platform.url}/admin/published/tin-1", json=own, timeout=60, verify=UNENCRYPTED).json() == {
        "id": "tin-1",
        "version": 1,
    }
    assert httpx.delete(f"{platform.url}/admin/published/tin-1", timeout=60).json() == {"id": "tin-1", "version": 2}
    page = shown_now(platform)
    assert Contracts.load().problems("https://lienthong.vn/schemas/platform/published-page.schema.json", page) == []
    assert [item["state"] for item in page["items"] if item["id"] == "tin-1"] == ["withdrawn"]


def test_the_list_goes_on_page_by_page(platform: Running) -> None:
    begin = shown_now(platform)["next"]
    for number in range(5):
        platform.post(a_content(platform, f"20.SKHCN/tin-{number}"), message=f"msg_{number}")
    ids, after, more = [], begin, True
    while more:
        page = platform.get(f"/v1/published?after={after}&limit=2").json()
        ids += [item["id"] for item in page["items"]]
        after, more = page["next"], page["more"]
    assert ids == [f"20.SKHCN/tin-{number}" for number in range(5)]


def test_what_is_published_is_told_to_senders_alone(platform: Running) -> None:
    assert httpx.get(f"{platform.url}/v1/published", timeout=60, verify=UNENCRYPTED).status_code == 401


def test_no_sender_is_called_as_the_platform_itself(platform: Running) -> None:
    asked = {"secret": signing.new_secret(), "province": "20"}
    assert (
        httpx.put(f"{platform.url}/admin/senders/platform", json=asked, timeout=60, verify=UNENCRYPTED).status_code
        == 422
    )


def a_content(platform: Running, identifier: str) -> bytes:
    document = json.loads(a_message(platform, "content.published", id=identifier))
    document["subject"]["id"] = identifier
    return canonical.write(document)


def _content() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((EXAMPLES / "content.published.json").read_text("utf-8"))["data"]
    return data
