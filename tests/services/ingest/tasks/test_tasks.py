"""Tasks of the plans: who reports on them, where each stands, how many stand where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from lienthong.access.principals import Principal
from lienthong.access.roles import Binding, scopes_of
from lienthong.calendar import VIETNAM
from lienthong.errors import Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import connect
from services.hub.evidence import one_moment, prove
from services.ingest.reports.redaction import redact
from services.ingest.rights.acting import Actor
from services.ingest.tasks import acts, reading
from tests.builders.hub import SOURCE, Hub, a_principal, an_operator, the_plan

PLAN, TASK = "P119-LS", "T-119-LS-2.3"
DEPARTMENT = a_principal(units=["20.SKHCN"])
PROVINCE = a_principal(scopes=["read:province", "report:read"])


def a_task_report(number: int = 1, **data: Any) -> dict[str, Any]:
    body = {"unit": "20.SKHCN", "plan": PLAN, "task": TASK, "status": "in_hand", **data}
    return {
        "specversion": "1.0",
        "type": "vn.lienthong.task.reported.v1",
        "source": SOURCE,
        "id": f"nv-{number}",
        "data": body,
    }


def reported(hub: Hub, number: int = 1, **data: Any) -> None:
    [outcome] = hub.send(a_task_report(number, **data), principal=DEPARTMENT)
    assert outcome.receipt is not None, outcome.problems


def recorded(hub: Hub, by: Actor, **words: Any) -> str:
    with hub.desk.office.act(by) as act:
        return acts.record(act, **{"plan": PLAN, "task": TASK, "status": "done", **words})


def seen(hub: Hub, who: Any = PROVINCE, **words: Any) -> dict[str, Any]:
    with connect(hub.conninfo, role="lienthong_ingest") as conn:
        asked = {"plan": None, "unit": None, **words}
        return reading.tasks(conn, hub.desk.definitions(), who, now=hub_now(conn), **asked)


def the_task(hub: Hub) -> dict[str, Any]:
    [one] = [task for task in seen(hub)["tasks"] if task["task"] == TASK]
    return one


def a_dated_task(hub: Hub, due: str) -> None:
    document = the_plan()
    for task in document["plan"]["tasks"]:
        if task["code"] == TASK:
            task["due"] = due
    hub.publish(document)


def codes(hub: Hub, document: dict[str, Any], who: Any) -> list[str]:
    [outcome] = hub.send(document, principal=who)
    return [problem.code for problem in outcome.problems]


def test_a_lead_reports_and_the_task_stands_as_said(hub: Hub) -> None:
    assert the_task(hub)["state"] == "not_reported"
    reported(hub, note="Đã đăng 12 tin, bài")
    body = the_task(hub)
    assert (body["state"], body["leads"], body["reports"]) == ("in_hand", ["20.SKHCN"], 1)
    assert "Khoa học và Công nghệ" in body["leadNames"][0]
    assert (body["latest"]["note"], body["latest"]["by"], body["latest"]["asOf"]) == (
        "Đã đăng 12 tin, bài",
        "test",
        "2026-10-10",
    )


def test_a_task_past_its_date_is_overdue_until_it_is_done(hub: Hub) -> None:
    a_dated_task(hub, "2026-10-10")
    reported(hub)
    assert the_task(hub)["state"] == "in_hand"
    hub.set_clock(datetime(2026, 10, 11, 0, 1, tzinfo=VIETNAM))
    assert the_task(hub)["state"] == "overdue"
    reported(hub, 2, status="done", asOf="2026-10-11")
    body = the_task(hub)
    assert (body["state"], body["doneLate"]) == ("done", True)
    reported(hub, 3, status="done", asOf="2026-10-11", note="Sửa ghi chú")
    [counts] = seen(hub, plan=PLAN, unit="20.SKHCN")["consolidated"]
    assert (counts["total"], counts["done"], counts["doneLate"], counts["overdue"]) == (12, 1, 1, 0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"unit": "06040"}, "task_not_led"),
        ({"task": "T-119-LS-99"}, "task_unknown"),
        ({"asOf": "2026-10-11"}, "task_day_ahead"),
        ({"plan": "P438-HY"}, "plan_unknown"),
        ({"status": "overdue"}, "not_in_list"),
    ],
)
def test_what_a_task_report_may_not_say(hub: Hub, data: dict[str, Any], code: str) -> None:
    assert codes(hub, a_task_report(**data), a_principal()) == [code]


def test_who_may_not_report_for_the_lead_is_refused(hub: Hub) -> None:
    assert codes(hub, a_task_report(), a_principal(units=["06040"])) == ["unit_not_allowed"]
    assert codes(hub, a_task_report(), a_principal(scopes=["report:read"])) == ["scope_missing"]


def test_an_operator_of_the_issuer_records_and_to_others_there_is_no_plan(hub: Hub) -> None:
    recorded(hub, an_operator("20"), task="T-119-LS-1.1", note="Đã khảo sát")
    [one] = [task for task in seen(hub)["tasks"] if task["task"] == "T-119-LS-1.1"]
    assert (one["state"], one["latest"]["unit"], one["latest"]["by"]) == ("done", "20", "client:van-hanh")
    for other in (an_operator("33"), an_operator("20", ["06040"])):
        with pytest.raises(Rejected) as found:
            recorded(hub, other)
        assert [problem.code for problem in found.value.problems] == ["plan_unknown"]


def test_who_draws_the_plans_report_together_records_whatever_else_she_may_do(hub: Hub) -> None:
    bindings = [
        Binding(role=role, scopes=scopes_of(role, national=False), units=frozenset(units))
        for role, units in (("operator", ["05977"]), ("drafter", []))
    ]
    who = Principal.of_person("lan", name="Nông Thị Lan", province="20", bindings=bindings)
    recorded(hub, Actor(name=who.actor, principal=who), note="Đã đăng")
    assert (the_task(hub)["state"], the_task(hub)["latest"]["by"]) == ("done", "person:lan")
    alone = Principal.of_person("lan", name="Nông Thị Lan", province="20", bindings=bindings[:1])
    with pytest.raises(Rejected) as found:
        recorded(hub, Actor(name=alone.actor, principal=alone))
    assert [problem.code for problem in found.value.problems] == ["plan_unknown"]


def test_a_unit_is_told_of_its_own_tasks_and_another_province_of_none(hub: Hub) -> None:
    reported(hub)
    assert {task["task"] for task in seen(hub, a_principal(units=["20.BPTTH"]))["tasks"]} == {"T-119-LS-2.5"}
    assert {task["task"] for task in seen(hub, a_principal(units=["20.SYT"]))["tasks"]} == {"T-119-LS-2.1"}, (
        "as partner"
    )
    assert seen(hub, a_principal(units=["06040"]))["tasks"] == []
    for stranger in (a_principal(province="33", scopes=["read:province"]), a_principal(province="VN")):
        assert seen(hub, stranger) == {"tasks": [], "consolidated": []}


def test_counts_add_up_to_the_tasks_of_the_plan_and_of_each_lead(hub: Hub) -> None:
    reported(hub)
    recorded(hub, an_operator("20"), task="T-119-LS-1.1")
    [counts] = seen(hub, plan=PLAN)["consolidated"]
    assert counts["total"] == len(hub.desk.definitions().plans[PLAN].tasks)
    states = ("notReported", "notBegun", "inHand", "done", "overdue")
    for line in (counts, *counts["leads"]):
        assert sum(line[state] for state in states) == line["total"]
    assert (counts["inHand"], counts["done"]) == (1, 1)
    assert sum(line["total"] for line in counts["leads"]) == counts["total"], "each has one lead"


def test_a_note_can_be_redacted_and_verify_finds_everything_sound(hub: Hub) -> None:
    reported(hub, note="Bà Nguyễn Thị A làm")
    recorded(hub, an_operator("20"), note="Ông B làm")
    removed = {"reason": "có dữ liệu cá nhân", "document": {"number": "7/QĐ", "date": None}}
    places = hub.rows("SELECT position, type FROM eventlog.events WHERE type LIKE '%.task.%' ORDER BY position")
    for (place, _), pointer in zip(places, ("/data/note", "/note"), strict=True):
        with hub.desk.act() as act:
            redact(act, province="20", position=place, pointers=[pointer], **removed)
    assert hub.rows("SELECT count(*) FROM eventlog.events WHERE type LIKE '%.task.%' AND data LIKE '%làm%'") == [(0,)]
    latest = the_task(hub)["latest"]
    assert (latest["note"], latest["redactions"][0]["reason"]) == ("", "có dữ liệu cá nhân")
    with connect(hub.conninfo) as owner, one_moment(owner):
        assert prove(owner, lambda done, total: None).findings == ()


def test_a_status_can_not_be_redacted(hub: Hub) -> None:
    reported(hub, note="x")
    [(place,)] = hub.rows("SELECT position FROM eventlog.events WHERE type LIKE '%.task.%'")
    with hub.desk.act() as act, pytest.raises(Rejected):
        redact(act, province="20", position=place, pointers=["/data/status"], reason="thử", document={})


def test_a_lead_named_in_words_is_found_by_the_plans_responsibilities(hub: Hub) -> None:
    document = the_plan()
    for task in document["plan"]["tasks"]:
        if task["code"] == TASK:
            task["lead"] = ["Sở Khoa học và Công nghệ"]
    document["plan"]["responsibilities"] = [
        {"agency": "Sở Khoa học và Công nghệ", "unit": "20.SKHCN", "role": {"vi": "Chủ trì", "en": "Leads"}}
    ]
    hub.publish(document)
    assert the_task(hub)["leads"] == ["20.SKHCN"]


def test_who_takes_part_in_words_is_told_of_the_task_too(hub: Hub) -> None:
    document = the_plan()
    for task in document["plan"]["tasks"]:
        if task["code"] == TASK:
            task["partners"] = ["Sở Y tế"]
    document["plan"]["responsibilities"] = [{"agency": "Sở Y tế", "unit": "20.SYT", "role": {"vi": "Y tế", "en": "x"}}]
    hub.publish(document)
    assert TASK in {task["task"] for task in seen(hub, a_principal(units=["20.SYT"]))["tasks"]}
