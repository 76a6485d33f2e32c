"""A unit's figure may come from several of its systems; the hub offers what they add up to as a draft."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.contracts.schemas import Contracts, event_id
from lienthong.errors import Problem, Rejected
from lienthong.eventlog.installation import hub_now
from lienthong.postgres.pool import connect
from lienthong.programmes import Plan, files
from lienthong.refusals import advice_of
from lienthong.shipped import schemas_folder
from services.hub.evidence import one_moment, prove
from services.ingest.reports.outside import with_channels
from services.ingest.reports.redaction import empty_text
from services.ingest.supplied import reading
from services.ingest.supplied.assembling import Supply, assemble
from services.ingest.supplied.checks import figure_problems
from tests.builders.hub import FORM, ROUND, SOURCE, Hub, a_principal, a_report
from tests.builders.plans import shipped

UNIT = "05977"


def a_supply(number: int, **data: Any) -> dict[str, Any]:
    body = {"unit": UNIT, "round": ROUND, "form": FORM, "system": "so-thiet-bi", **data}
    return {
        "specversion": "1.0",
        "type": "vn.lienthong.figures.supplied.v1",
        "source": SOURCE,
        "id": f"sl-{number}",
        "data": body,
    }


def supplied(hub: Hub, number: int, **data: Any) -> None:
    [outcome] = hub.send(a_supply(number, **data))
    assert outcome.receipt is not None, outcome.problems


def draft(hub: Hub, who: Any = None, unit: str = UNIT) -> dict[str, Any]:
    with connect(hub.conninfo, role="lienthong_ingest") as conn:
        reader = who or a_principal(units=[UNIT])
        asked = {"unit": unit, "round_": ROUND, "form": FORM}
        return reading.draft(conn, hub.desk.definitions(), reader, now=hub_now(conn), **asked)


def counts(hub: Hub) -> list[str]:
    return [figure.code for figure in hub.form.figures if not figure.is_status]


def test_partial_values_of_systems_add_up_the_latest_of_each_and_become_a_report(hub: Hub) -> None:
    first, second, *rest = counts(hub)
    supplied(hub, 1, figures={first: 2, second: 1})
    supplied(hub, 2, figures={first: 3})
    supplied(hub, 3, system="truyen-thanh", figures={first: 10})
    body = draft(hub)
    assert (body["figures"][first], body["figures"][second], body["complete"]) == (13, 1, False)
    [told] = [one for one in body["provenance"] if one["figure"] == first]
    assert [(source["system"], source["value"]) for source in told["sources"]] == [
        ("so-thiet-bi", 3),
        ("truyen-thanh", 10),
    ]
    assert rest and body["figures"][rest[0]] is None, "what nobody supplied is no zero"
    report = a_report(hub, figures={code: value for code, value in body["figures"].items() if value is not None})
    [outcome] = hub.send(report)
    assert outcome.receipt is not None
    assert draft(hub)["figures"] == body["figures"], "a draft is no report: it goes on as the systems have it"


def receipts(body: dict[str, Any]) -> list[str]:
    return sorted({source["receipt"] for figure in body["provenance"] for source in figure["sources"]})


def confirmed(hub: Hub, who: Any = None, unit: str | None = None) -> list[dict[str, Any]]:
    with connect(hub.conninfo, role="lienthong_ingest") as conn:
        reader, asked = who or a_principal(units=[UNIT]), {"round_": ROUND, "form": FORM, "unit": unit}
        body = reading.confirmed_reports(conn, hub.desk.definitions(), reader, now=hub_now(conn), **asked)
    return list(body["reports"])


def test_a_report_says_which_supplies_it_was_assembled_from_and_no_others(hub: Hub) -> None:
    first, second, *_ = counts(hub)
    supplied(hub, 1, system="cap-phep", figures={first: 2})
    supplied(hub, 2, figures={first: 3, second: 4})
    [elsewhere] = hub.send(a_supply(3, unit="05986", figures={first: 9}))
    assert elsewhere.receipt is not None
    known = receipts(draft(hub))
    report = a_report(hub, figures={first: 5, second: 4})
    for wrong in (elsewhere.receipt["receipt"], "20-999999", "33-1"):
        [outcome] = hub.send({**report, "data": {**report["data"], "assembledFrom": [*known, wrong]}})
        [problem] = outcome.problems
        assert (problem.code, problem.pointer) == ("assembled_from_unknown", f"/data/assembledFrom/{len(known)}")
    for malformed in ([], ["20.1"], "20-1", [known[0]] * 2):
        [outcome] = hub.send({**report, "data": {**report["data"], "assembledFrom": malformed}})
        assert outcome.problems and outcome.problems[0].pointer.startswith("/data/assembledFrom"), malformed
    [outcome] = hub.send({**report, "data": {**report["data"], "assembledFrom": known}})
    assert outcome.receipt is not None, outcome.problems
    [told_of] = confirmed(hub)
    assert (told_of["unit"], told_of["revision"]) == (UNIT, 1)
    assert [(supply["system"], supply["figures"]) for supply in told_of["supplies"]] == [
        ("cap-phep", {first: 2}),
        ("so-thiet-bi", {first: 3, second: 4}),
    ]
    assert confirmed(hub, a_principal(scopes=["read:province"]), unit=UNIT) == [told_of]
    assert confirmed(hub, a_principal(units=["05980"])) == []


def test_a_draft_is_for_who_sees_the_units_reports(hub: Hub) -> None:
    assert draft(hub, a_principal(scopes=["read:province"]))["unit"] == UNIT
    for stranger in (a_principal(units=["05980"]), a_principal(province="33", scopes=["read:province"])):
        with pytest.raises(Rejected) as refused:
            draft(hub, stranger)
        assert refused.value.status == 404


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"figures": {"no_such": 1}}, "supplied_figure_unknown"),
        ({"asOf": "2027-01-01"}, "supplied_day_ahead"),
        ({"asOf": "2025-06-01"}, "supplied_day_before"),
        ({"system": "so-thiet-bi\u200b"}, "control_character"),
        ({"system": "so\u00ad-thiet-bi"}, "control_character"),
        ({"asOf": "1900-01-01"}, "supplied_day_before"),
        ({"round": "P119-LS.2031"}, "round_not_open"),
        ({"unit": "20.SKHCN"}, "unit_not_obliged"),
        ({"figures": {}}, "too_few_items"),
    ],
)
def test_what_is_refused_says_why(hub: Hub, data: dict[str, Any], code: str) -> None:
    [outcome] = hub.send(a_supply(9, **{"figures": {counts(hub)[0]: 1}, **data}))
    assert code in [problem.code for problem in outcome.problems]


def test_words_for_a_count_are_refused(hub: Hub) -> None:
    [outcome] = hub.send(a_supply(9, figures={counts(hub)[0]: "ba"}))
    assert [problem.code for problem in outcome.problems] == ["supplied_figure_unfit"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1.5", "too_many_decimals"),
        ("1e18", "number_out_of_range"),
        ("1000000000000001", "number_out_of_range"),
        ("9223372036854775808", "number_out_of_range"),
        ("-1", "number_out_of_range"),
    ],
)
def test_a_number_that_no_report_could_hold_is_refused_when_it_is_supplied(hub: Hub, written: str, code: str) -> None:
    event = a_supply(9, figures={counts(hub)[0]: 7777})
    [outcome] = hub.send(json.dumps(event).replace("7777", written).encode())
    assert [problem.code for problem in outcome.problems] == [code]


def test_what_was_supplied_is_sealed_like_every_fact(hub: Hub) -> None:
    supplied(hub, 1, figures={counts(hub)[0]: 2})
    with connect(hub.conninfo) as owner, one_moment(owner):
        assert prove(owner, lambda done, total: None).findings == ()


def test_a_supplied_status_is_a_figure_and_no_text_to_be_redacted() -> None:
    body = {"data": {"figures": {"status": "done"}, "system": "a"}}
    kind = "vn.lienthong.figures.accepted.v1"
    assert not empty_text(kind, body, "/data/figures/status") and not empty_text(kind, body, "/data/system")


# ---------------------------------------------------------------- pure


def test_the_documents_example_of_a_licence_platform_is_what_a_system_may_send() -> None:
    text = (schemas_folder().parent / "docs" / "integrating.md").read_text()
    [event] = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", text, re.S) if "figures.supplied" in one]
    contracts, [plan] = (
        Contracts.load(),
        [plan for plan in files.plans(shipped()) if plan.code == "P438-HY"],
    )
    assert contracts.problems(event_id(event["type"]), event["data"], at="/data") == []
    form = plan.form(event["data"]["form"])
    assert form is not None and figure_problems(form, event["data"]["figures"], plan) == []


def test_readings_and_incidents_are_told_the_channel_that_the_plan_names() -> None:
    [plan] = [plan for plan in files.plans(shipped()) if plan.code == "P438-HY"]
    form = plan.forms[0]
    [figure_problem] = figure_problems(form, {"gamma_dose_rate": 1}, plan)
    assert (figure_problem.code, figure_problem.params["system"]) == ("figure_goes_elsewhere", "S-07")
    unknown = Problem(pointer="/data/figures/incidents_today", code="unknown_figure", message=figure_problem.message)
    [incident] = with_channels([unknown], plan)
    advice = advice_of(incident)
    assert advice is not None and "Chỉ huy ứng phó sự cố" in advice.vi and "không chờ kỳ báo cáo" in advice.vi
    for code, system in (("suat_lieu_gamma", "S-07"), ("su_co_buc_xa", "S-08"), ("sucobucxa.so_su_co", "S-08")):
        [said] = figure_problems(form, {code: 1}, plan)
        assert said.params["system"] == system, code
    [other] = figure_problems(form, {"no_such": 1}, plan)
    assert other.code == "supplied_figure_unknown" and with_channels([other], plan) == [other]


def a(system: str, value: Any, code: str, *, position: int = 1, share: str = "part", day: int = 1) -> Supply:
    return Supply(
        system=system,
        share=share,
        as_of=date(2026, 10, day),
        position=position,
        at=datetime(2026, 10, 10, tzinfo=UTC),
        receipt=f"20-{position}",
        client="c",
        figures={code: value},
    )


def of(form: Any, code: str, *supplies: Supply) -> tuple[str, Any]:
    [one] = [each for each in assemble(form, supplies) if each.figure.code == code]
    return one.state, one.value


def test_one_that_says_it_is_the_whole_stands_alone_and_two_that_differ_are_left_to_the_unit(hub: Hub) -> None:
    code = counts(hub)[0]
    whole = a("w", 7, code, share="whole")
    assert of(hub.form, code, a("p", 2, code), whole) == ("supplied", 7)
    assert of(hub.form, code, whole, a("v", 7, code, share="whole")) == ("supplied", 7)
    assert of(hub.form, code, whole, a("v", 8, code, share="whole")) == ("conflict", None)
    assert of(hub.form, code) == ("missing", None)
    assert of(hub.form, code, a("p", Decimal("0.1"), code), a("q", Decimal("0.2"), code)) == (
        "supplied",
        Decimal("0.3"),
    )


def test_any_order_of_arrival_gives_the_same_draft(hub: Hub) -> None:
    code, form = counts(hub)[0], hub.form

    @given(st.permutations([(1, 5, 3), (2, 9, 1), (3, 4, 3), (4, 8, 2)]))
    def same(order: list[tuple[int, int, int]]) -> None:
        supplies = [a("s", value, code, position=position, day=day) for position, value, day in order]
        assert of(form, code, *supplies) == ("supplied", 4)

    same()


@pytest.mark.parametrize("plan", [plan for plan in files.plans(shipped()) if plan.programme == "P1169"])
def test_budget_estimates_go_to_the_finance_agency(plan: Plan) -> None:
    channel = plan.belongs_outside("du_toan_kinh_phi")
    assert channel is not None and (channel.agency or "").startswith("Cơ quan tài chính")
