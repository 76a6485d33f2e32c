"""What operators, approvers and senders can ask ingest over HTTP: units on a day, whom a plan obliges, items, acts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from lienthong import events
from tests.builders.hub import ROUND, SOURCE, a_hub, a_report
from tests.builders.ingest_http import Served, serving
from tests.conftest import _temporary_database

MEDIA = "20.BPTTH"
OPERATOR = ("report:read", "read:province", "read:audit", "operate:rounds", "content:submit", "content:approve")


@pytest.fixture
def served(postgres: str, filled: str) -> Iterator[Served]:
    with _temporary_database(postgres, filled) as name, serving(make_conninfo(postgres, dbname=name)) as made:
        yield made


def operator(served: Served, **more: Any) -> str:
    return served.token(client="tinh-20", role="province", scopes=OPERATOR, **more)


def an_item(item: str, title: str = "Bản tin khoa học") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": events.CONTENT_SUBMITTED,
        "source": SOURCE,
        "id": f"tt-{item}",
        "data": {
            "unit": MEDIA,
            "item": item,
            "revision": 1,
            "kind": "news",
            "title": title,
            "language": "vi",
            "link": "https://baolangson.vn/tin",
            "licence": "CC-BY-4.0",
            "programmes": ["P119"],
            "publishedAt": "2026-10-09T08:00:00+07:00",
        },
    }


def test_units_are_as_of_the_day_asked_for(served: Served) -> None:
    assert served.get("/v1/units?q=nam%20cuong&on=2025-06-30").json["units"] == []
    assert "02026" in {u["code"] for u in served.get("/v1/units?q=nam%20cuong&on=2025-07-01").json["units"]}
    assert len(served.get("/v1/units/20/children?on=2025-07-01&level=commune").json["units"]) == 65


def test_a_unit_is_found_by_its_other_names_and_tells_them(served: Served) -> None:
    [unit] = served.get("/v1/units?q=so%20kh%26cn&level=agency&limit=1").json["units"]
    [same] = served.get("/v1/units?q=so%20khcn%20lang%20son&limit=1").json["units"]  # nobody types the sign
    assert same["code"] == "20.SKHCN"
    told = served.get(f"/v1/units/{unit['code']}").json
    assert "Sở KH&CN" in {alias["alias"] for alias in told["aliases"]}
    assert served.get("/v1/units/H37").json["code"] == "20"
    assert [p["year"] for p in served.get("/v1/units/20").json["populations"]]


def test_units_stand_in_vietnamese_order(served: Served) -> None:
    names = [u["name"] for u in served.get("/v1/units/20/children?level=commune").json["units"]]
    assert names.index("Cao Lộc") < names.index("Châu Sơn") < names.index("Chi Lăng") < names.index("Đình Lập")
    assert names[-1] != sorted(names)[-1]  # code points put Đ behind Y


def test_whom_a_plan_obliges_can_be_asked_for_any_day(served: Served) -> None:
    forms = {f["form"]: f["units"] for f in served.get("/v1/plans/P119-LS/obliged?on=2026-09-30").json["forms"]}
    assert len(forms["P119-LS.commune"]) == 65
    assert [u["code"] for u in forms["P119-LS.skhcn"]] == ["20.SKHCN"]


def test_plans_of_another_province_are_not_shown(served: Served) -> None:
    stranger = served.token(province="33", sources=("/33/x",))
    assert served.get("/v1/plans", token=stranger).json["plans"] == []
    assert served.get("/v1/plans/P119-LS/obliged", token=stranger).status == 404
    ministry = served.token(province="VN", role="ministry", units=(), sources=(), scopes=("feed:read",))
    assert served.get("/v1/plans", token=ministry).json["plans"] == []


def test_an_approver_sees_what_waits_for_approval_and_nobody_elses_items(served: Served) -> None:
    for item in ("a1", "a2"):
        assert served.post(an_item(item)).status == 201
    approver = served.token(client="bao-duyet", units=(MEDIA,), scopes=("content:submit", "content:approve"))
    waiting = served.get("/v1/content?state=submitted", token=approver).json
    assert [(i["item"], i["content"]["title"]) for i in waiting["items"]] == [
        ("a1", "Bản tin khoa học"),
        ("a2", "Bản tin khoa học"),
    ]
    assert waiting["notice"] == "dữ liệu mẫu"
    assert served.request("POST", f"/v1/content/{MEDIA}/a1/approval", token=approver).status == 200
    assert [i["item"] for i in served.get("/v1/content?state=submitted", token=approver).json["items"]] == ["a2"]
    assert len(served.get("/v1/content", token=operator(served)).json["items"]) == 2
    for other in (served.token(units=("05977",)), served.token(province="33", sources=("/33/x",))):
        assert served.get("/v1/content", token=other).json["items"] == []


def test_every_act_can_be_read_with_who_when_and_what(served: Served) -> None:
    body = b'{"reason": "\xc4\x90\xc3\xa3 quy\xe1\xba\xbft to\xc3\xa1n"}'
    assert (
        served.request(
            "POST", "/v1/rounds/P119-LS.2026/lock", body, media="application/json", token=operator(served)
        ).status
        == 200
    )
    told = served.get("/v1/audit?act=round", token=operator(served)).json
    [act] = [a for a in told["acts"] if a["act"] == "round.locked"]
    assert (act["actor"], act["subject"], act["address"]) == ("client:tinh-20", "P119-LS.2026", "127.0.0.1")
    assert told["head"]["seq"] >= act["seq"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("act=khong.co", "act_unknown"),
        ("act=round.", "act_unknown"),
        ("actor=ai-do", "actor_unknown"),
        ("act=khong.co&actor=client:tinh-20", "act_unknown"),
    ],
)
def test_an_act_or_an_actor_that_there_is_not_is_no_empty_list(served: Served, asked: str, code: str) -> None:
    answer = served.get(f"/v1/audit?{asked}", token=operator(served))
    assert (answer.status, answer.codes) == (404, {code})


def test_the_audit_log_of_another_province_is_not_read(served: Served) -> None:
    stranger = served.token(province="33", scopes=("read:audit",), sources=("/33/x",))
    assert served.get("/v1/audit", token=stranger).json["acts"] == []
    assert served.get("/v1/audit?province=20", token=stranger).status == 404
    assert served.get("/v1/audit", token=served.token()).status == 403
    hub = served.token(province="VN", role="hub", units=(), sources=(), scopes=("read:audit",))
    assert served.get("/v1/audit?province=20", token=hub).json["acts"]


def test_a_commune_operator_reads_its_own_units_alone(served: Served) -> None:
    assert served.post(an_item("b1")).status == 201
    commune = operator(served, units=("05977",))
    assert served.get("/v1/receipts", token=commune).json["receipts"] == []
    assert served.get("/v1/receipts", token=operator(served)).json["receipts"]


def test_every_page_says_that_it_is_sample_data(served: Served) -> None:
    for path in ("obligations", "refusals", "receipts", "difficulties", "content", "audit"):
        assert served.get(f"/v1/{path}", token=operator(served)).json["notice"] == "dữ liệu mẫu", path
    receipt = served.post(an_item("c1")).json["receipt"]
    assert served.get(f"/v1/reports/{receipt}").json["notice"] == "dữ liệu mẫu"


def test_a_wrong_method_names_the_right_ones(served: Served) -> None:
    answer = served.request("PUT", "/v1/events")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        (b'{"reason": ', "", "không phải JSON"),
        (b"{}", "/reason", "còn thiếu"),
        (b'{"reason": "x"}', "/reason", "quá ngắn"),
        (b'{"reason": "xong", "by": "ai"}', "/by", "không có trong mẫu"),
        (b"[]", "", "phải là đối tượng JSON"),
    ],
)
def test_a_fault_of_an_operators_request_is_told_in_vietnamese_and_by_place(
    served: Served, body: bytes, pointer: str, said: str
) -> None:
    answer = served.request(
        "POST", "/v1/rounds/P119-LS.2026/lock", body, media="application/json", token=operator(served)
    )
    [fault] = answer.json["errors"]
    assert (answer.status, fault["pointer"]) == (400, pointer) and said in fault["message_vi"]


def test_the_statement_of_deliveries_holds_every_revision_and_what_is_still_owed(served: Served) -> None:
    unit, token = "05977", operator(served)
    with a_hub(served.conninfo) as hub:
        hub.send(a_report(hub, unit=unit))
        hub.send(a_report(hub, unit=unit, revision=2))
    found = served.get(f"/v1/units/{unit}/statement?year=2026", token=token).json
    [line] = found["lines"]
    assert (line["round"], line["state"], line["revision"]) == ("P119-LS.2026", "reported", 2)
    assert [
        (revision["revision"], revision["late"], revision["withdrawal"], revision["client"])
        for revision in line["revisions"]
    ] == [
        (1, False, False, "test"),
        (2, False, False, "test"),
    ]
    [owed] = served.get("/v1/units/05983/statement?year=2026", token=token).json["lines"]
    assert (owed["state"], owed["revisions"]) == ("missing", [])
    [grade] = found["quality"]
    assert (grade["round"], grade["grade"]["code"], grade["points"], grade["of"]) == ("P119-LS.2026", "A", 100, 100)
    assert served.get(f"/v1/units/{unit}/statement?year=2025", token=token).json["lines"] == []


def test_a_statement_is_had_as_csv_for_programs_and_for_a_vietnamese_spreadsheet(served: Served) -> None:
    token, unit = operator(served), "05977"
    with a_hub(served.conninfo) as hub:
        hub.send(a_report(hub, unit=unit))
        hub.send(a_report(hub, unit=unit, revision=2))
    path = f"/v1/units/{unit}/statement?year=2026"
    plain = served.get(f"{path}&format=csv", token=token)
    assert plain.headers["content-type"] == "text/csv; charset=utf-8"
    assert plain.headers["content-disposition"] == f'attachment; filename="statement_{unit}_2026.csv"'
    header, *lines = list(csv.DictReader(io.StringIO(plain.body.decode())))
    assert [(line["Lần gửi"], line["Tình trạng"]) for line in [header, *lines]] == [("1", "đúng hạn"), ("2", "đã sửa")]
    assert header["Nhận lúc"].endswith("Z") and header["Dữ liệu mẫu"] == "có"
    assert (header["Điểm chất lượng của kỳ"], header["Xếp loại của kỳ"]) == ("100", "Tốt")
    people = served.get(f"{path}&format=csv-vn", token=token).body
    assert people.startswith(b"\xef\xbb\xbf") and b";" in people
    told = list(csv.DictReader(io.StringIO(people.decode("utf-8-sig")), delimiter=";"))
    assert [one["Số biên nhận"] for one in told] == [header["Số biên nhận"], lines[0]["Số biên nhận"]]
    assert told[0]["Nhận lúc"].startswith("10/10/2026")
    assert served.get(f"{path}&format=xml", token=token).status == 400


def test_the_units_of_a_round_are_graded_each_as_in_its_statement(served: Served) -> None:
    token = operator(served)
    with a_hub(served.conninfo) as hub:
        hub.send(a_report(hub, unit="05977"))
    units = served.get(f"/v1/rounds/{ROUND}/quality", token=token).json["units"]
    grades = {unit.pop("unit"): unit for unit in units}
    [stated] = served.get("/v1/units/05977/statement?year=2026", token=token).json["quality"]
    assert grades["05977"] == stated
    assert (stated["points"], grades["05983"]["points"]) == (100, None), "who has time left is not graded yet"
    own = served.get(f"/v1/rounds/{ROUND}/quality", token=served.token(units=("05977",))).json["units"]
    assert [one["unit"] for one in own] == ["05977"]
    stranger = served.token(province="33", sources=("/33/x",), scopes=("read:province",))
    assert served.get(f"/v1/rounds/{ROUND}/quality", token=stranger).status == 404


def test_a_statement_is_for_the_unit_itself_and_its_province(served: Served) -> None:
    own = served.token(client="dv", units=("05977",))
    assert served.get("/v1/units/05977/statement?year=2026", token=own).status == 200
    assert served.get("/v1/units/05983/statement?year=2026", token=own).status == 404
    other = served.token(client="tinh-33", role="province", province="33", scopes=OPERATOR)
    assert served.get("/v1/units/05977/statement?year=2026", token=other).status == 404


def test_borders_are_imported_by_who_keeps_the_registry_and_read_by_version(served: Served) -> None:
    ring = [[106.0, 21.0], [106.1, 21.0], [106.1, 21.1], [106.0, 21.0]]
    feature = {"properties": {"code": "05977"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    path, media = "/v1/units/20/boundaries", "application/json"
    keeper = served.token(client="tinh-20", role="province", scopes=("operate:units",))
    assert served.get(path, token=keeper).json["code"] == "boundaries_missing"
    other = served.token(client="tinh-33", role="province", province="33", scopes=("operate:units",))
    assert served.request("PUT", path, body, media=media, token=other).status == 404
    done = served.request("PUT", path, body, media=media, token=keeper)
    assert (done.json["units"], len(done.json["missing"])) == (1, 64)
    answer = served.get(path, token=other)
    assert answer.json == {"05977": [ring]}
    again = served.get(path, token=other, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
