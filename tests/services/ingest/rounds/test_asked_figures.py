"""An ad-hoc round may ask for some figures alone: of these something is owed, checked, added up, and of no others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
import pytest

from lienthong.calendar import VIETNAM
from lienthong.contracts.collected import MOST_PROBLEMS
from lienthong.errors import Rejected
from lienthong.postgres.pool import connect
from services.hub.evidence import one_moment, prove
from services.ingest.rounds import acts as rounds
from services.ingest.rounds import obligations
from tests.builders.hub import FORM, OCTOBER, Hub, a_principal, a_report
from tests.builders.living_hub import consume
from tests.builders.signing import released

ASKED = ("event_attendances_commune", "events_commune")


def opened(hub: Hub, **changes: Any) -> str:
    wanted: dict[str, Any] = {
        "plan": "P119-LS",
        "period": "2026-DX1",
        "first": date(2026, 9, 1),
        "last": date(2026, 9, 10),
        "deadline": datetime(2026, 10, 20, tzinfo=VIETNAM),
        "reason": "sau bão",
        "figures": list(ASKED),
        **changes,
    }
    with hub.desk.act() as act:
        return rounds.open_special(act, **wanted)


def asked_report(hub: Hub, round_: str, **more: Any) -> dict[str, Any]:
    """A report with nothing but what the round asks for."""
    report = a_report(hub, round=round_, **more)
    report["data"]["figures"] = dict.fromkeys(ASKED, 3)
    return report


def codes(hub: Hub, report: dict[str, Any]) -> list[tuple[str, str]]:
    [outcome] = hub.send(report)
    return [(problem.pointer, problem.code) for problem in outcome.problems]


def test_the_obligation_names_the_figures_and_only_forms_that_have_them_are_owed(hub: Hub) -> None:
    code = opened(hub, units=["05977"])
    [line] = obligations.owed_lines(
        hub.conn, hub.desk.definitions(), a_principal(), unit=None, round_=code, now=OCTOBER
    )
    asked = [figure for figure in hub.form.codes if figure in ASKED]
    assert (line["unit"], line["form"], line["figures"]) == ("05977", FORM, asked)
    whole = obligations.owed_lines(
        hub.conn, hub.desk.definitions(), a_principal(), unit="05977", round_=None, now=OCTOBER
    )
    assert {body["figures"] is None for body in whole if body["round"] != code} == {True}


def test_what_is_asked_for_is_enough_and_nothing_else_is_taken(hub: Hub) -> None:
    code = opened(hub)
    assert codes(hub, asked_report(hub, code)) == []
    beside = asked_report(hub, code, revision=2)
    others = [figure for figure in hub.form.codes if figure not in ASKED]
    beside["data"]["figures"] |= {others[0]: None}
    assert codes(hub, beside) == [], "null says that there is no figure, as ever"
    unasked = asked_report(hub, code, revision=3)
    unasked["data"]["figures"] |= {others[0]: 5}
    assert codes(hub, unasked) == [(f"/data/figures/{others[0]}", "figure_not_asked")]
    lacking = asked_report(hub, code, revision=3)
    del lacking["data"]["figures"][ASKED[0]]
    assert [problem for _, problem in codes(hub, lacking)] == ["missing_figure"]
    regular = a_report(hub)
    del regular["data"]["figures"][others[0]]
    assert [problem for _, problem in codes(hub, regular)] == ["missing_figure"], "a round that asks for all wants all"


def test_the_release_holds_the_figures_asked_for_and_verify_agrees(hub: Hub) -> None:
    code = opened(hub)
    for unit in ("05977", "05983"):
        assert codes(hub, asked_report(hub, code, unit=unit)) == []
    nil = a_report(hub, round=code, unit="05986", nil=True)
    nil["data"]["figures"] = {}
    assert codes(hub, nil) == []
    consume(hub.conninfo)
    released(hub.desk, round_=code)
    consume(hub.conninfo)
    [(data,)] = hub.rows("SELECT data FROM eventlog.events WHERE type = 'vn.lienthong.release.made.v1'")
    dataset = orjson.loads(data)["dataset"]
    assert {figure["code"] for figure in dataset["figures"]} == set(ASKED)
    told = {
        observation["unit"]: observation["value"]
        for observation in dataset["observations"]
        if observation["figure"] == "events_commune"
    }
    assert (told["05977"], told["05983"], told["05986"]) == ("3", "3", None)
    with connect(hub.conninfo) as owner, one_moment(owner):
        assert prove(owner, lambda done, total: None).findings == ()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"figures": ["events_commune", "khong_co"]}, "/figures/1"),
        ({"figures": ["events_commune"], "forms": ["P119-LS.skhcn"]}, "/figures/0"),
    ],
)
def test_a_figure_that_no_chosen_form_has_is_refused(hub: Hub, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Rejected) as found:
        opened(hub, **changes)
    assert [(problem.pointer, problem.code) for problem in found.value.problems] == [(pointer, "figure_not_of_plan")]


@pytest.mark.parametrize("period", ["2025-DX1", "2027-DX1", "1999-SK1"])
def test_the_code_of_a_round_is_of_a_year_from_its_first_day_to_now(hub: Hub, period: str) -> None:
    with pytest.raises(Rejected) as refusal:
        opened(hub, period=period)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [("/period", "period_year_apart")]
    assert opened(hub, period="2026-SK1", first=date(2024, 9, 1)) == "P119-LS.2026-SK1"


@pytest.mark.parametrize("period", ["0000-DX1", "9999-DX1", "2026-DX0", "2026-dx1", "2026-DX9999"])
def test_a_code_that_is_no_periods_is_said_at_its_place(hub: Hub, period: str) -> None:
    with pytest.raises(Rejected) as refusal:
        opened(hub, period=period)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [("/period", "period_code_unknown")]


def test_each_form_that_the_plan_lacks_is_named_at_its_place(hub: Hub) -> None:
    with pytest.raises(Rejected) as refusal:
        opened(hub, forms=["P119-HY.commune", FORM, "khong-co"], figures=None)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [
        ("/forms/0", "form_unknown"),
        ("/forms/2", "form_unknown"),
    ]


def test_of_a_thousand_that_are_wrong_a_few_are_told(hub: Hub) -> None:
    for name, wrong in (("figures", "so-khong-co"), ("units", "99999")):
        with pytest.raises(Rejected) as refusal:
            opened(hub, **{name: [wrong] * 1_000})
        assert len(refusal.value.problems) == MOST_PROBLEMS
        assert [p.code for p in refusal.value.problems].count("more_problems") == 1
