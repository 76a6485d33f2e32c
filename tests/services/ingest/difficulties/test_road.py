"""The road of a difficulty: raised, forwarded along the plan's route, answered, closed; who may, and in which order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from lienthong.errors import Rejected
from lienthong.postgres.pool import Pool, connect
from lienthong.programmes import parse_published as parse
from services.hub.evidence import one_moment, prove
from services.ingest.difficulties import acts, reading, rules
from services.ingest.reports.redaction import redact
from services.ingest.rights.acting import Actor
from tests.builders.hub import ROUND, SOURCE, Hub, a_principal, an_operator, the_plan

DEPARTMENT = an_operator("20", units=["20.SKHCN"], scopes=["report:review"], role="unit")
PROVINCE = an_operator("20", scopes=["report:review"])


def a_difficulty(hub: Hub, number: int = 1, **data: Any) -> int:
    """Raised by a commune; its position."""
    body = {"unit": "06040", "plan": "P119-LS", "text": "Thiếu tài liệu bằng tiếng dân tộc", **data}
    [outcome] = hub.send(
        {
            "specversion": "1.0",
            "type": "vn.lienthong.difficulty.raised.v1",
            "source": SOURCE,
            "id": f"kk-{number}",
            "data": body,
        }
    )
    assert outcome.receipt is not None, outcome.problems
    return outcome.receipt["position"]


def forward(hub: Hub, position: int, by: Actor = DEPARTMENT, to: str | None = None) -> str:
    with hub.desk.office.act(by) as act:
        return acts.forward(act, province="20", position=position, to=to, note="Kính chuyển", due=date(2026, 12, 20))


def answer(hub: Hub, position: int, by: Actor = PROVINCE) -> None:
    with hub.desk.office.act(by) as act:
        acts.answer(act, province="20", position=position, text="Sở cấp tài liệu trong tháng 12.")


def close(hub: Hub, position: int, by: Actor = PROVINCE) -> None:
    with hub.desk.office.act(by) as act:
        acts.close(act, province="20", position=position, note="")


def refused(call: Any, *given: Any) -> list[str]:
    with pytest.raises(Rejected) as found:
        call(*given)
    return [problem.code for problem in found.value.problems]


def seen(
    hub: Hub, unit: str = "06040", *more: str, province: str = "20", today: date = date(2026, 10, 10)
) -> list[dict[str, Any]]:
    """As a unit sees them: the commune that raised one, unless said otherwise. more: scopes."""
    who = a_principal(units=[unit], scopes=["report:read", *more], province=province)
    definitions = hub.desk.definitions()
    with Pool(hub.conninfo) as pool, pool.connection() as conn:
        wanted = reading.filter_for(definitions, who, None, datetime.now(UTC))
        return reading.list_difficulties(conn, definitions, wanted, after=0, limit=10, today=today)


def waiting(hub: Hub) -> tuple[int, int]:
    mine = reading.DifficultyFilter(province="20", units=["06040"])
    return reading.count_unanswered(hub.conn, mine), reading.count_unanswered(
        hub.conn, reading.DifficultyFilter(province="20")
    )


def test_who_stands_on_its_route_sees_it_and_no_other_unit_does(hub: Hub) -> None:
    by_duty = a_difficulty(hub, 1, obligation="R-119-LS-3")
    a_difficulty(hub, 2)  # names no obligation: it goes where the plan's difficulties go
    assert [each["position"] for each in seen(hub, "20.SKHCN", "report:review")] == [by_duty, by_duty + 1]
    assert seen(hub, "20.SKHCN") == [], "who may not review sees what its unit raised alone"
    assert seen(hub, "20.SYT", "report:review") == []
    assert seen(hub, "33.SKHCN", "report:review") == []


def renamed(document: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """The plan in a later version, in which one obligation has another code."""
    plan = document["plan"]
    duties = [each | ({"code": new} if each["code"] == old else {}) for each in plan["obligations"]]
    return {**document, "plan": {**plan, "obligations": duties, "version": plan["version"] + 1}}


def test_what_names_an_obligation_that_the_plan_lost_goes_where_the_plans_difficulties_go(hub: Hub) -> None:
    raised = a_difficulty(hub, obligation="R-119-LS-3")
    hub.publish(renamed(the_plan("p119", "P119-LS"), "R-119-LS-3", "R-119-LS-33"))
    assert [each["position"] for each in seen(hub, "20.SKHCN", "report:review")] == [raised]


def problems(hub: Hub, **data: Any) -> dict[str, tuple[str, str]]:
    """By its pointer the code of what is wrong with a difficulty of a commune, and what to name instead."""
    body = {"unit": "06040", "plan": "P119-LS", "text": "Thiếu tài liệu", **data}
    said = {"specversion": "1.0", "type": "vn.lienthong.difficulty.raised.v1", "source": SOURCE, "id": "kk-sai"}
    [outcome] = hub.send({**said, "data": body})
    return {wrong.pointer: (wrong.code, str(wrong.params.get("known", ""))) for wrong in outcome.problems}


def test_an_obligation_and_a_round_that_the_plan_lacks_are_refused_and_the_known_ones_named(hub: Hub) -> None:
    wrong = problems(hub, obligation="R-119-LS-30", round="P119-LS.2062")
    assert {pointer: code for pointer, (code, _) in wrong.items()} == {
        "/data/obligation": "difficulty_obligation_unknown",
        "/data/round": "difficulty_round_unknown",
    }
    assert "R-119-LS-3" in wrong["/data/obligation"][1].split(", ")
    assert ROUND in wrong["/data/round"][1].split(", ")
    elsewhere = problems(hub, obligation="R-438-HY-3", round="P438-HY.2026")
    assert set(elsewhere) == {"/data/obligation", "/data/round"}


def test_a_round_that_is_open_or_will_open_may_be_named(hub: Hub) -> None:
    a_difficulty(hub, 1, round=ROUND)
    a_difficulty(hub, 2, round="P119-LS.2027")


def test_a_plan_of_nobody_is_told_alone(hub: Hub) -> None:
    for plan in ("P119-XX", "P438-HY"):
        wrong = problems(hub, plan=plan, obligation="R-1", round="P119-XX.2026")
        assert wrong == {"/data/plan": ("plan_unknown", "P119-LS")}


def test_an_obligation_of_a_round_that_began_under_an_older_version_may_be_named(hub: Hub) -> None:
    [opened] = [round_ for round_ in hub.desk.definitions().rounds.values() if round_.code == ROUND]
    owed = opened.deadlines[0].obligation
    hub.publish(renamed(the_plan("p119", "P119-LS"), owed, "R-119-LS-99"))
    assert owed not in [duty.code for duty in hub.desk.definitions().plans["P119-LS"].obligations]
    a_difficulty(hub, 1, obligation=owed)
    a_difficulty(hub, 2, obligation="R-119-LS-99")


def test_those_without_an_answer_are_counted_for_a_unit_and_for_the_province(hub: Hub) -> None:
    position = a_difficulty(hub)
    a_difficulty(hub, 2, unit="05977")
    assert waiting(hub) == (1, 2)
    forward(hub, position)
    assert waiting(hub) == (1, 2)
    answer(hub, position)
    assert waiting(hub) == (0, 1)
    close(hub, position)
    assert waiting(hub) == (0, 1)


def test_a_difficulty_goes_its_route_and_the_sender_sees_each_step(hub: Hub) -> None:
    position = a_difficulty(hub, asksForAmendment=True)
    [body] = seen(hub)
    assert (body["state"], body["holder"], body["route"]) == ("raised", "20.SKHCN", ["20.SKHCN", "20"])
    assert body["asksForAmendment"]
    assert forward(hub, position) == "20"
    answer(hub, position)
    close(hub, position)
    [body] = seen(hub)
    assert [step["state"] for step in body["steps"]] == ["forwarded", "answered", "closed"]
    assert (body["state"], body["steps"][0]["due"], body["steps"][0]["by"]) == (
        "closed",
        "2026-12-20",
        "client:van-hanh",
    )
    assert body["steps"][1]["text"] == "Sở cấp tài liệu trong tháng 12."
    facts = hub.rows("SELECT type, data FROM eventlog.events WHERE type LIKE '%difficulty.%ed.v1' ORDER BY position")
    assert [kind.split(".")[3] for kind, _ in facts] == ["accepted", "forwarded", "answered", "closed"]
    assert orjson.loads(facts[1][1])["holder"] == "20"


def test_an_answer_can_be_redacted_and_says_that_it_was_when_and_why(hub: Hub) -> None:
    position = a_difficulty(hub)
    answer(hub, position, DEPARTMENT)
    [(place,)] = hub.rows("SELECT position FROM ingest.difficulty_steps")
    with hub.desk.act() as act:
        redact(
            act,
            province="20",
            position=place,
            pointers=["/text"],
            reason="có dữ liệu cá nhân",
            document={"number": "7/QĐ", "date": None},
        )
    for table in ("eventlog.events", "ingest.difficulty_steps"):
        assert hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%Sở cấp tài liệu%'") == [(0,)]
    [body] = seen(hub)
    [step] = body["steps"]
    [removed] = step["redactions"]
    assert (step["text"], removed["reason"], removed["pointers"]) == ("", "có dữ liệu cá nhân", ["/text"])
    assert (removed["document"]["number"], body["redactions"]) == ("7/QĐ", [])
    with connect(hub.conninfo) as owner, one_moment(owner):
        assert prove(owner, lambda done, total: None).findings == ()


def test_a_step_changed_behind_the_hubs_back_is_found(hub: Hub) -> None:
    answer(hub, a_difficulty(hub), DEPARTMENT)
    with connect(hub.conninfo) as owner:
        owner.execute("UPDATE ingest.difficulty_steps SET text = 'Không đồng ý'")
    with connect(hub.conninfo) as owner, one_moment(owner):
        [finding] = prove(owner, lambda done, total: None).findings
    assert (finding.code, finding.params["table"], finding.params["field"]) == (
        "table_field_differs",
        "ingest.difficulty_steps",
        "text",
    )


def test_steps_come_in_their_order(hub: Hub) -> None:
    position = a_difficulty(hub)
    assert refused(close, hub, position) == ["difficulty_not_open"]
    answer(hub, position)
    assert refused(answer, hub, position) == ["difficulty_not_open"]
    assert refused(forward, hub, position) == ["difficulty_not_open"]
    close(hub, position)
    assert refused(close, hub, position) == ["difficulty_not_open"]


def test_it_is_forwarded_only_to_who_is_ahead_on_the_plans_route(hub: Hub) -> None:
    position = a_difficulty(hub)
    assert refused(forward, hub, position, DEPARTMENT, "20.SGDDT") == ["difficulty_route"]
    forward(hub, position)
    assert refused(forward, hub, position, PROVINCE) == ["difficulty_route"]


def test_only_with_whom_it_lies_acts_and_to_others_there_is_none(hub: Hub) -> None:
    position = a_difficulty(hub)
    for other in (an_operator("33", scopes=["report:review"]), an_operator("20", ["06040"], ["report:review"])):
        assert refused(answer, hub, position, other) == ["difficulty_unknown"]
    forward(hub, position)
    assert refused(answer, hub, position, DEPARTMENT) == ["difficulty_unknown"]  # it lies with the province now
    assert refused(answer, hub, position + 1, PROVINCE) == ["difficulty_unknown"]


def hung_yen() -> dict[str, Any]:
    return the_plan("p438", "P438-HY")


@pytest.mark.parametrize(
    ("said", "route"),
    [
        ({"obligation": "R-438-HY-3"}, ["33"]),
        ({"obligation": "R-438-HY-4"}, ["33.SKHCN", "33"]),
        ({}, ["33"]),
        ({"asksForAmendment": False}, ["33"]),
        ({"asksForAmendment": True}, ["33.SKHCN", "33"]),
        ({"asksForAmendment": True, "obligation": "R-438-HY-3"}, ["33"]),
        ({"asksForAmendment": True, "obligation": "R-438-HY-1"}, ["33.SKHCN", "33"]),
    ],
)
def test_of_the_two_routes_of_hung_yen_what_asks_for_a_change_of_the_plan_takes_its_own(
    said: dict[str, Any], route: list[str]
) -> None:
    assert rules.route(parse(hung_yen()), said, "33") == route


def test_without_a_plan_it_goes_to_the_province() -> None:
    assert rules.route(None, {}, "33") == ["33"]


def test_the_department_sees_what_asks_for_a_change_and_not_what_goes_past_it(hub: Hub) -> None:
    document = hung_yen()
    document["plan"]["obligations"] = [
        each | ({"answer_within": 5} if each["code"] == "R-438-HY-4" else {})
        for each in document["plan"]["obligations"]
    ]
    hub.publish(document)
    sender = a_principal(province="33", units=["11977"], sources=["/33/11977"])
    for number, asks in enumerate([False, True]):
        body = {"unit": "11977", "plan": "P438-HY", "text": "Vướng", "asksForAmendment": asks}
        told = {"specversion": "1.0", "type": "vn.lienthong.difficulty.raised.v1", "source": "/33/11977"}
        [outcome] = hub.send({**told, "id": f"kk-{number}", "data": body}, principal=sender)
        assert outcome.receipt is not None, outcome.problems
    [passing] = seen(hub, "33.SKHCN", "report:review", province="33")
    assert passing["asksForAmendment"]
    assert (passing["due"], passing["overdue"]) == ("2026-10-16", False)  # five working days after Saturday the 10th
    [late] = seen(hub, "33.SKHCN", "report:review", province="33", today=date(2026, 10, 17))
    assert late["overdue"]
    other, asking = seen(hub, "11977", province="33")
    assert (other["due"], other["overdue"], asking["due"]) == (None, False, "2026-10-16")


def test_the_day_named_in_forwarding_takes_the_place_of_the_plans(hub: Hub) -> None:
    position = a_difficulty(hub)
    assert [each["due"] for each in seen(hub)] == [None]
    forward(hub, position)
    [body] = seen(hub, today=date(2026, 12, 21))
    assert (body["due"], body["overdue"]) == ("2026-12-20", True)
    answer(hub, position)
    [body] = seen(hub, today=date(2026, 12, 21))
    assert not body["overdue"]
