"""The via unit: what waits for it, returning with reasons, passing on; who may, and in which order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from psycopg.conninfo import make_conninfo

from lienthong.access.principals import Principal
from lienthong.access.roles import Binding, scopes_of
from lienthong.errors import Rejected
from services.ingest.releases.acts import withdraw
from services.ingest.reports.redaction import redact
from services.ingest.reviews import acts
from services.ingest.reviews.rules import Doubt, NamedReport
from services.ingest.rights.acting import Actor
from services.ingest.rounds import acts as rounds
from tests.builders.hub import FORM, ROUND, Hub, a_hub, a_report, a_withdrawal
from tests.builders.ingest_http import Served, serving
from tests.builders.living_hub import sign
from tests.conftest import _temporary_database

VIA = "20.SKHCN"
ONE = NamedReport(form=FORM, unit="05977", revision=1)


def a_reviewer(unit: str = VIA, province: str = "20") -> Actor:
    """Who reviews for a department."""
    held = Binding(role="drafter", scopes=scopes_of("drafter", national=False), units=frozenset({unit}))
    who = Principal.of_person("lan", name="Nguyễn Thị Lan", province=province, bindings=[held])
    return Actor(name=who.actor, principal=who)


def give_back(hub: Hub, *reports: NamedReport, by: Actor | None = None, figures: Any = ()) -> list[acts.Reviewed]:
    with hub.desk.office.act(by or a_reviewer()) as act:
        return acts.give_back(act, round_=ROUND, reports=reports or [ONE], reason="Số liệu cao quá", figures=figures)


def pass_on(hub: Hub, *reports: NamedReport, by: Actor | None = None) -> list[acts.Reviewed]:
    with hub.desk.office.act(by or a_reviewer()) as act:
        return acts.pass_on(act, round_=ROUND, reports=reports or [ONE])


def refused(call: Any, *given: Any, **more: Any) -> list[str]:
    with pytest.raises(Rejected) as found:
        call(*given, **more)
    return [problem.code for problem in found.value.problems]


def facts(hub: Hub, kind: str) -> list[dict[str, Any]]:
    rows = hub.rows(f"SELECT data FROM eventlog.events WHERE type = 'vn.lienthong.{kind}.v1' ORDER BY position")
    return [orjson.loads(data) for (data,) in rows]


def test_a_return_is_an_event_with_who_why_and_which_figures(hub: Hub) -> None:
    hub.send(a_report(hub))
    [done] = give_back(hub, figures=[Doubt(code="events_commune", reason="Đề nghị đối chiếu")])
    [fact] = facts(hub, "report.returned")
    assert (fact["unit"], fact["revision"], fact["via"], fact["by"]) == ("05977", 1, VIA, "person:lan")
    assert (fact["reason"], fact["figures"][0]["code"]) == ("Số liệu cao quá", "events_commune")
    assert done.position == hub.rows("SELECT max(position) FROM ingest.reviews")[0][0]
    assert hub.rows("SELECT act, subject FROM ingest.audit WHERE act = 'report.returned'") == [
        ("report.returned", ROUND)
    ]


def test_many_are_passed_on_at_once_each_as_an_event_of_its_own(hub: Hub) -> None:
    units = ["05977", "06040", "06058"]
    hub.send(*(a_report(hub, unit=unit) for unit in units))
    pass_on(hub, *(NamedReport(form=FORM, unit=unit, revision=1) for unit in units))
    assert [fact["unit"] for fact in facts(hub, "report.passed_on")] == units


def test_one_wrong_report_stops_the_whole_act_and_every_reason_is_told(hub: Hub) -> None:
    hub.send(a_report(hub), a_report(hub, unit="06040"), a_withdrawal(unit="06040"))
    wrong = [
        ONE,
        NamedReport(form=FORM, unit="06040", revision=1),
        NamedReport(form=FORM, unit="06058", revision=1),
    ]
    assert refused(pass_on, hub, *wrong) == ["already_withdrawn", "unit_has_not_reported"]
    assert refused(pass_on, hub, ONE, ONE) == ["report_named_twice"]
    assert refused(give_back, hub, figures=[Doubt(code="no_such", reason="x")]) == ["figure_not_in_form"]
    assert facts(hub, "report.passed_on") == []


def test_only_the_highest_revision_is_reviewed_and_a_returned_one_waits_for_a_higher(hub: Hub) -> None:
    hub.send(a_report(hub))
    pass_on(hub)
    assert refused(pass_on, hub) == ["report_passed_on_already"]
    give_back(hub)  # what was passed on can still be returned
    assert refused(give_back, hub) == ["report_returned_already"]
    assert refused(pass_on, hub) == ["report_returned_already"]
    hub.send(a_report(hub, revision=2))
    assert refused(pass_on, hub) == ["reviewed_revision_not_highest"]
    pass_on(hub, NamedReport(form=FORM, unit="05977", revision=2))


def test_who_is_not_on_the_way_is_answered_as_if_the_round_did_not_exist(hub: Hub) -> None:
    hub.send(a_report(hub))
    for other in (a_reviewer("20.SGDDT"), a_reviewer("33.SKHCN", "33"), a_reviewer("05977")):
        assert refused(pass_on, hub, by=other) == ["round_unknown"]


def test_nothing_is_reviewed_in_a_locked_round(hub: Hub) -> None:
    hub.send(a_report(hub))
    with hub.desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="hết kỳ")
    assert refused(pass_on, hub) == ["round_locked_for_good"]


# ---------------------------------------------------------------- over HTTP


@pytest.fixture
def served(postgres: str, filled: str) -> Iterator[Served]:
    with _temporary_database(postgres, filled) as name, serving(make_conninfo(postgres, dbname=name)) as made:
        yield made


def department(served: Served, **more: Any) -> str:
    scopes = ("report:submit", "report:read", "report:review")
    return served.token(client="so-khcn", units=[VIA], scopes=scopes, sources=["/20/so-khcn"], **more)


def act(served: Served, path: str, body: Any, token: str) -> Any:
    media = "application/json"
    return served.request("POST", f"/v1/rounds/{ROUND}/{path}", json.dumps(body).encode(), media=media, token=token)


def a_served_report(served: Served, unit: str, revision: int = 1) -> str:
    """Sent over HTTP; its receipt."""
    with a_hub(served.conninfo) as hub:
        report = a_report(hub, unit=unit, revision=revision)
    sent = served.post(report)
    assert sent.status == 201, sent.json
    return str(sent.json["receipt"])


def test_the_sender_follows_its_report_from_review_to_return_to_the_next_revision(served: Served) -> None:
    receipt, reviewer = a_served_report(served, "05977"), department(served)
    commune = served.token(units=["05977"])
    assert served.get(f"/v1/reports/{receipt}", token=commune).json["state"] == "under_review"
    [waiting] = served.get(f"/v1/reviews?via={VIA}&state=under_review", token=reviewer).json["reports"]
    assert (waiting["unit"], waiting["receipt"], waiting["via"]) == ("05977", receipt, VIA)
    assert served.get(f"/v1/reports/{receipt}", token=reviewer).json["unit"] == "05977"  # sees what passes
    named = {"reports": [{"form": FORM, "unit": "05977", "revision": 1}]}
    assert act(served, "returns", {**named, "reason": "Thiếu số liệu"}, reviewer).status == 201
    told = served.get(f"/v1/reports/{receipt}", token=commune).json
    assert (told["state"], told["revisions"][0]["reviews"][0]["reason"]) == ("returned", "Thiếu số liệu")
    assert told["revisions"][0]["receipt"]["receipt"] == receipt
    [line] = served.get(f"/v1/obligations?unit=05977&round={ROUND}", token=commune).json["obligations"]
    assert (line["state"], line["returned"]["reason"], line["nextRevision"]) == ("returned", "Thiếu số liệu", 2)
    a_served_report(served, "05977", 2)
    named["reports"][0]["revision"] = 2
    assert act(served, "passed-on", named, reviewer).status == 201
    after = served.get(f"/v1/reports/{receipt}", token=commune).json
    assert [each["state"] for each in after["revisions"]] == ["superseded", "passed_on"]
    [line] = served.get(f"/v1/obligations?unit=05977&round={ROUND}", token=commune).json["obligations"]
    assert (line["state"], line["review"]) == ("reported", "passed_on")


def test_a_list_of_what_waits_goes_on_by_its_link(served: Served) -> None:
    units = ["05977", "06040", "06058"]
    receipts = [a_served_report(served, unit) for unit in units]
    first = served.get("/v1/reviews?limit=2", token=department(served)).json
    rest = served.get(first["links"]["next"], token=department(served)).json
    assert [each["receipt"] for each in first["reports"] + rest["reports"]] == receipts
    assert "next" not in rest["links"]


def test_a_unit_that_nothing_passes_through_sees_and_does_nothing(served: Served) -> None:
    receipt = a_served_report(served, "05977")
    other = served.token(client="so-gd", units=["20.SGDDT"], scopes=("report:read", "report:review"))
    assert served.get("/v1/reviews", token=other).json["reports"] == []
    assert served.get(f"/v1/reviews?via={VIA}", token=other).status == 404
    assert served.get(f"/v1/reports/{receipt}", token=other).status == 404
    assert served.get("/v1/reviews", token=served.token()).status == 403


def test_a_released_report_waits_for_nobody_until_its_release_is_taken_back(served: Served) -> None:
    receipt, reviewer = a_served_report(served, "05977"), department(served)
    with a_hub(served.conninfo) as hub:
        release = sign(hub)
        page = served.get(f"/v1/reports/{receipt}", token=reviewer).json
        [listed] = served.get("/v1/reviews?state=released", token=reviewer).json["reports"]
        assert (page["state"], listed["state"], listed["receipt"]) == ("released", "released", receipt)
        assert served.get("/v1/reviews?state=under_review", token=reviewer).json["reports"] == []
        with hub.desk.act() as office:
            withdraw(office, release=release, reason="Sai", document={"number": None, "date": None})
    [waiting] = served.get("/v1/reviews?state=under_review", token=reviewer).json["reports"]
    assert waiting["receipt"] == receipt


def test_a_redacted_reason_is_gone_and_says_that_it_was_when_and_why(served: Served) -> None:
    receipt, reviewer = a_served_report(served, "05977"), department(served)
    named = {"reports": [{"form": FORM, "unit": "05977", "revision": 1}]}
    [done] = act(served, "returns", {**named, "reason": "Ông ZQXJ nhập nhầm"}, reviewer).json["reports"]
    with a_hub(served.conninfo) as hub:
        with hub.desk.act() as office:
            redact(
                office,
                province="20",
                position=done["position"],
                pointers=["/reason"],
                reason="tên người",
                document={"number": None, "date": None},
            )
        for table in ("eventlog.events", "ingest.reviews"):
            assert hub.rows(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%ZQXJ%'") == [(0,)]
    [review] = served.get(f"/v1/reports/{receipt}", token=reviewer).json["revisions"][0]["reviews"]
    [listed] = served.get("/v1/reviews", token=reviewer).json["reports"]
    assert (review["reason"], review["redactions"][0]["reason"]) == ("", "tên người")
    assert listed["redactions"] == review["redactions"]
