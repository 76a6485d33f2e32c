"""Each road that a source lays down, walked by name on the hub that lived through the year: who sends, through whom,
by when, to whom, and what arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from lienthong.client import Hub, Refused, report
from lienthong.contracts import canonical
from lienthong.shipped import shipped_yaml
from services.demo import difficulties, road, script, supplying, tasks
from services.demo.people import COMMUNE, SUPERIOR, client_of, drafter_of
from services.demo.script import MINISTRY, at
from services.hub import filling
from tests.builders.living_year import Lived

pytest_plugins = ("tests.builders.kafka_broker",)

ROADS: Mapping[str, str] = shipped_yaml(Path(__file__).with_name("roads.yaml"))
LS, HY = "20.SKHCN", "33.SKHCN"


@dataclass(frozen=True, kw_only=True)
class Due:
    """What units owe in a round: by when (the first instant that is late), on how many forms. on_demand: it was asked
    for, of these units."""

    round: str
    late_from: datetime
    forms: Collection[str]
    of: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A release that the issuer sends. late_from: None where the source names no day. by: who signs and sends it."""

    release: str
    late_from: datetime | None
    by: str


# ---------------------------------------------------------------- reports of units


def units_report(lived: Lived, code: str, *, operator: str, to: str, via: str | None, owed: Sequence[Due]) -> None:
    """They are told what they owe, in time and late are told apart, and whom it is for reads what they sent."""
    for due in owed:
        _stated(lived, code, operator, to, via, due)
        units = _told_to_the_units(lived, code, due)
        assert set(due.of) in (set(), units)
        _arrives(lived, operator, via, due)


def _stated(lived: Lived, code: str, operator: str, to: str, via: str | None, due: Due) -> None:
    """What the round says of the duty."""
    round_ = lived.year.people.account(operator).get(f"/v1/rounds/{due.round}")["round"]
    [duty] = [each for each in round_["deadlines"] if each["obligation"] == code]
    assert (duty["sender"], duty["to"], duty["via"]) == ("units", [to], via)
    assert datetime.fromisoformat(duty["original"]) == due.late_from
    assert set(duty["forms"]) == set(due.forms)


def _told_to_the_units(lived: Lived, code: str, due: Due) -> set[str]:
    """The units that report, of which one of each form is asked; each is late from the plan's day on alone."""
    page = lived.year.book.page(due.round)
    sent = {key: latest for key, latest in page.standing.items() if key[0] in due.forms}
    assert {form for form, _ in sent} == set(due.forms)
    asked = dict(sent.keys()) | {form: unit for (form, unit), latest in sent.items() if latest.late}
    for form, unit in asked.items():
        lines = lived.year.people.by_unit[unit].obligations(round=due.round, unit=unit)
        [line] = [each.raw for each in lines if each.form == form]
        first = datetime.fromisoformat(line["firstReceivedAt"])
        assert (line["obligation"], line["state"]) == (code, "reported")
        assert datetime.fromisoformat(line["originalDeadline"]) == due.late_from
        assert line["late"] == sent[form, unit].late == (first >= datetime.fromisoformat(line["deadline"]))
    return {unit for _, unit in sent}


def _arrives(lived: Lived, operator: str, via: str | None, due: Due) -> None:
    """Whom it is for (those who draw the figures together) reads each as it was sent; what passes through a unit on its
    way was passed on by it; where none is named, nothing waits on the way."""
    standing = lived.year.book.page(due.round).standing
    reads = lived.year.people.account(drafter_of(operator))
    for form in due.forms:
        unit, latest = next((unit, each) for (of, unit), each in standing.items() if of == form)
        whole = reads.get(f"/v1/reports/{latest.receipt}")
        newest = whole["revisions"][-1]
        assert (whole["unit"], newest["receipt"]["contentHash"]) == (unit, latest.content_hash)
    passing = list(reads.pages("/v1/reviews", "reports", {"round": due.round}))
    if via is None:
        assert passing == []
        return
    assert {(each["form"], each["unit"]) for each in passing} >= {key for key in standing if key[0] in due.forms}
    assert {each["via"] for each in passing} == {via}
    own = lived.year.people.account(client_of(via)).pages("/v1/reviews", "reports", {"round": due.round, "via": via})
    assert len(list(own)) == len(passing)


# ---------------------------------------------------------------- reports of issuers


def issuer_sends(lived: Lived, code: str, *, to: Mapping[str, str], sent: Sequence[Sent]) -> None:
    """Each recipient got it, in time where there is a day, and reads it. to: recipient → the client that reads."""
    for each in sent:
        dataset = lived.outcome.pulled.datasets[each.release]
        duties = [duty for duty in dataset["duties"] if duty["obligation"] == code]
        assert {duty["to"][0] for duty in duties} == set(to)
        for duty in duties:
            on_time = None if each.late_from is None else True
            assert (duty["sentBy"], duty["metBy"], duty["onTime"]) == (each.by, each.release, on_time), duty["to"]
            due = duty["deadline"]
            assert (None if due is None else datetime.fromisoformat(due)) == each.late_from
        for client in to.values():
            assert _reads(lived.year.people.account(client), each.release) == canonical.digest_of(dataset)


def _reads(who: Hub, release: str) -> str:
    """The digest of the release as the feed offers it to somebody, whose dataset is the same."""
    entries = {each["release"]: each for each in who.pages("/v1/feed/releases", "entries")}
    assert canonical.digest_of(who.get(entries[release]["dataset"], {"format": "json"})) == entries[release]["digest"]
    return str(entries[release]["digest"])


# ---------------------------------------------------------------- difficulties


def a_difficulty_is_told(lived: Lived, code: str, *, release: str) -> None:
    """It went along the plan's route to its answer; sender and recipients see each step, a neighbour nothing; it goes
    with the release of its programme."""
    raised = next(each for each in difficulties.raised_in_2026() if each.obligation == code)
    people, receipt = lived.year.people, lived.year.difficulties.receipts[code]
    sees = [people.by_unit[raised.unit], *(people.account(_holder(holder)) for holder in raised.route)]
    for who in sees:
        [body] = [each for each in who.pages("/v1/difficulties", "difficulties") if each["receipt"] == receipt]
        assert (body["unit"], body["route"], body["state"]) == (raised.unit, list(raised.route), "closed")
        assert [(step["state"], step["holder"]) for step in body["steps"]] == raised.steps
        assert (body["asksForAmendment"], body["steps"][-2]["text"]) == (raised.amends, raised.answer)
    neighbour = people.account(client_of("20.SCT" if raised.unit.startswith("20") else "33.SCT"))
    assert receipt not in [each["receipt"] for each in neighbour.pages("/v1/difficulties", "difficulties")]
    told = {each["receipt"]: each for each in lived.outcome.pulled.datasets[release]["difficulties"]}
    assert (told[receipt]["obligation"], told[receipt]["answer"]["text"]) == (code, raised.answer)


def the_first_difficulty_is_told(lived: Lived, code: str) -> None:
    """The one of the autumn afternoon: through the department to the province, and back to the commune."""
    year = lived.year
    assert year.road.seen["difficulty"] == ("closed", "20", ["forwarded", "answered", "closed"])
    unit = next(each for each in lived.outcome.pulled.datasets["P119-LS.2026/1"]["difficulties"])["unit"]
    for who in (year.people.by_unit[unit], year.people.account(client_of(LS)), year.people.account("tinh-20")):
        listed = who.pages("/v1/difficulties", "difficulties")
        [body] = [each for each in listed if each["receipt"] == year.road.difficulty]
        assert (body["difficulty"]["data"]["obligation"], body["route"]) == (code, [LS, "20"])
        assert body["steps"][1]["text"] == road.ANSWER


def _holder(unit: str) -> str:
    return {"20": "tinh-20", "33": "tinh-33", COMMUNE: f"xa-{COMMUNE}"}.get(unit) or client_of(unit)


# ---------------------------------------------------------------- data, budget, documents


def systems_supply(lived: Lived, code: str) -> None:
    """What systems know is put together, confirmed as the unit's report, and arrives with where it came from."""
    page = lived.year.book.page("P438-HY.2026")
    standing = page.standing[supplying.FORM, supplying.UNIT]
    sees = lived.year.people.account(drafter_of("tinh-33"))
    [confirmed] = sees.get("/v1/supplied/reports", {"round": page.round, "form": supplying.FORM})["reports"]
    assert {each["receipt"] for each in confirmed["supplies"]} == set(lived.year.supplying.receipts)
    added: dict[str, int] = {}
    for supply in confirmed["supplies"]:
        for figure, value in supply["figures"].items():
            added[figure] = added.get(figure, 0) + value
    assert added == standing.figures
    plan = filling.shipped_plans()["P438-HY"]["plan"]
    [duty] = [each for each in plan["obligations"] if each["code"] == code]
    assert (duty["kind"], duty["to"], duty.get("deadlines", [])) == ("supply", [HY], [])


def the_budget_goes_elsewhere(lived: Lived, code: str) -> None:
    """No unit owes it here; who tries to send it is told to whom it goes, and the plan says so to whoever asks."""
    people = lived.year.people
    duties = {each.raw["obligation"] for each in people.account("tinh-20").obligations()}
    assert duties and code not in duties
    [plan] = [each for each in people.account(client_of(LS)).get("/v1/plans")["plans"] if each["plan"] == "P119-LS"]
    [channel] = [each for each in plan["outside"] if each["system"] == "S-22"]
    assert channel["agency"] == "Cơ quan tài chính cùng cấp"
    assert lived.year.book.refusals["figure_goes_elsewhere"] == 1
    sender = people.by_unit[LS]
    said = report(
        round="P119-LS.2026", form="P119-LS.skhcn", form_version="1.0.1", unit=LS, revision=99, figures={"budget": 1}
    )
    with pytest.raises(Refused) as refused:
        sender.try_out(sender.event(said, id="du-toan"))
    assert "figure_goes_elsewhere" in refused.value.codes


def a_document_is_due(lived: Lived, code: str, *, task: str, lead: str, due: str | None, state: str) -> None:
    """The lead is told its task, the province sees how far it is; done on its last day is done in time."""
    people = lived.year.people
    for who in (people.by_unit.get(lead) or people.account("tinh-20"), people.account("tinh-20")):
        told = {each["task"]: each for each in who.get("/v1/tasks", {"plan": tasks.ADDED})["tasks"]}
        one = told[task]
        assert (one["leads"], one["due"], one["state"], one["doneLate"]) == ([lead], due, state, False)
    assert code in {each["code"] for each in tasks.added_plan()["plan"]["obligations"]}


# ---------------------------------------------------------------- the roads


def forms(plan: str, *kinds: str) -> list[str]:
    return [f"{plan}.{kind}" for kind in kinds]


LS_1169 = forms("P1169-LS", "commune", "department", "armed_forces", "media", "skhcn")
HY_438 = forms("P438-HY", "commune", "department", "syt", "snnmt", "sct", "sgddt", "skhcn")

WALKS: Mapping[str, Callable[[Lived, str], None]] = {
    "R-119-LS-1": partial(
        units_report,
        operator="tinh-20",
        to="20",
        via=LS,
        owed=[
            Due(
                round="P119-LS.2026",
                late_from=at(10, 15, 0),
                forms=forms(
                    "P119-LS", "commune", "department", "core_department", "other_department", "skhcn", "sgddt"
                ),
            )
        ],
    ),
    "R-119-LS-2": partial(
        issuer_sends, to={"VN": MINISTRY}, sent=[Sent(release="P119-LS.2026/1", late_from=at(10, 25, 0), by="20")]
    ),
    "R-119-LS-3": the_first_difficulty_is_told,
    "R-119-LS-4": the_budget_goes_elsewhere,
    "R-438-HY-1": partial(
        units_report,
        operator="tinh-33",
        to=HY,
        via=None,
        owed=[
            Due(round="P438-HY.2026", late_from=at(10, 31, 0), forms=HY_438),
            Due(
                round="P438-HY.2026-DX1",
                late_from=at(11, 20, 0),
                forms=forms("P438-HY", "commune", "department", "sct"),
                of=script.STRATEGY_ASKED.units_asked,
            ),
        ],
    ),
    "R-438-HY-2": partial(
        issuer_sends, to={"VN": MINISTRY}, sent=[Sent(release="P438-HY.2026/1", late_from=None, by=HY)]
    ),
    "R-438-HY-3": partial(a_difficulty_is_told, release="P438-HY.2026/1"),
    "R-438-HY-4": partial(a_difficulty_is_told, release="P438-HY.2026/1"),
    "R-438-HY-5": systems_supply,
    "R-1169-LS-1": partial(
        units_report,
        operator="tinh-20",
        to=LS,
        via=None,
        owed=[
            Due(round="P1169-LS.2026-H1", late_from=at(6, 10, 0), forms=LS_1169),
            Due(round="P1169-LS.2026-H2", late_from=at(12, 10, 0), forms=LS_1169),
            Due(
                round="P1169-LS.2026-DX1",
                late_from=at(11, 21, 0),
                forms=forms("P1169-LS", "commune", "department"),
                of=script.RESOLUTION_ASKED.units_asked,
            ),
        ],
    ),
    "R-1169-LS-2": partial(
        issuer_sends,
        to={"VN": MINISTRY, "20": "tinh-20"},
        sent=[Sent(release="P1169-LS.2026-H2/1", late_from=None, by="20")],
    ),
    "R-1169-LS-3": partial(a_difficulty_is_told, release="P1169-LS.2026-H2/1"),
    "R-1169-NC-1": partial(
        issuer_sends,
        to={"VN": MINISTRY, "19": SUPERIOR},
        sent=[
            Sent(release="P1169-NC.2026-H1/1", late_from=at(6, 20, 0), by=COMMUNE),
            Sent(release="P1169-NC.2026-H2/1", late_from=at(12, 20, 0), by=COMMUNE),
            Sent(release="P1169-NC.2026-DX1/1", late_from=None, by=COMMUNE),
        ],
    ),
    "R-1169-NC-2": partial(a_difficulty_is_told, release="P1169-NC.2026-H2/1"),
    "R-D4-1": partial(a_document_is_due, task="T-D4-1", lead=LS, due="2026-02-15", state="done"),
    "R-D4-2": partial(a_document_is_due, task="T-D4-2", lead=LS, due=None, state="done"),
    "R-2736-1": partial(a_document_is_due, task="T-2736-1", lead="20", due=None, state="in_hand"),
}


@pytest.mark.parametrize("code", WALKS)
def test_the_road_is_walked(lived: Lived, code: str) -> None:
    WALKS[code](lived, code)


def test_every_road_is_walked_and_every_duty_of_a_plan_is_a_road() -> None:
    assert set(WALKS) == set(ROADS)
    assert all(said and said.endswith(".") for said in ROADS.values())
    plans = [*filling.shipped_plans().values(), tasks.added_plan()]
    duties = {each["code"] for document in plans for each in document["plan"]["obligations"]}
    assert {code for code in duties if code.startswith("R-")} == set(ROADS)
    assert {code for code in duties if not code.startswith("R-")} == {"A-119-LS-1", "A-1169-NC-1", "A-2815-1"}
