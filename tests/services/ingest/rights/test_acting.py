"""Whose an act is: nobody acts on what another holds now, by whatever code, and nothing of it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from lienthong import units
from lienthong.access.principals import Principal
from lienthong.access.roles import PEOPLE, Binding
from lienthong.errors import Rejected
from lienthong.web import problems
from services.ingest.content import acts as content
from services.ingest.office.act import Act
from services.ingest.plans import acts as plans
from services.ingest.releases import acts as releases
from services.ingest.reports import redaction
from services.ingest.rights.acting import Actor
from services.ingest.rounds import acts as rounds
from services.ingest.units import acts as registry
from tests.builders.hub import ROUND, Hub, a_report, an_operator, publish, the_plan
from tests.builders.signing import drafted, released

DOCUMENT = {"number": None, "date": None}
HUNG_YEN = an_operator("33")
A_COMMUNE = an_operator("20", units=["05977"])
NAM_CUONG = an_operator("19", units=["02026"])

Attempt = Callable[[Act], object]
WHEN = {"first": date(2026, 9, 1), "last": date(2026, 9, 30), "deadline": datetime(2026, 10, 20, tzinfo=UTC)}
ON_A_ROUND: list[tuple[str, Callable[[Act, str], object]]] = [
    ("lock", lambda act, code: rounds.lock(act, round_=code, reason="thử")),
    (
        "extend",
        lambda act, code: rounds.extend(
            act, round_=code, until=datetime(2027, 1, 1, tzinfo=UTC), reason="thử", document={}
        ),
    ),
    ("sign", lambda act, code: releases.sign(act, round_=code, confirm=True)),
    ("draft", lambda act, code: releases.draft(act, round_=code, recipients=["VN"], document=DOCUMENT)),
    ("withdraw", lambda act, code: releases.withdraw(act, release=f"{code}/1", reason="thử", document={})),
    (
        "open",
        lambda act, code: rounds.open_special(
            act, plan=code.partition(".")[0], period="2026-DX1", reason="thử", **WHEN
        ),
    ),
]


def refusal(hub: Hub, actor: Actor, attempt: Attempt) -> dict[str, Any]:
    """What somebody is told, without the name that it gave itself."""
    with pytest.raises(Rejected) as refused, hub.desk.office.act(actor) as act:
        attempt(act)
    return problems.document(refused.value)


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["code"] for error in answer["errors"]]


@pytest.mark.parametrize("actor", [HUNG_YEN, A_COMMUNE], ids=["province", "commune"])
@pytest.mark.parametrize("attempt", [each for _, each in ON_A_ROUND], ids=[name for name, _ in ON_A_ROUND])
def test_a_foreign_round_is_answered_as_one_that_does_not_exist(
    hub: Hub, actor: Actor, attempt: Callable[[Act, str], object]
) -> None:
    unheard_of = "P119-XX.2026"
    foreign = refusal(hub, actor, lambda act: attempt(act, ROUND))
    assert foreign["status"] == 404
    missing = refusal(hub, actor, lambda act: attempt(act, unheard_of))
    plan, none = ROUND.partition(".")[0], unheard_of.partition(".")[0]
    assert str(foreign).replace(ROUND, unheard_of).replace(plan, none) == str(missing).replace(plan, none)


def test_its_own_operator_acts_on_a_round(hub: Hub) -> None:
    release = released(hub.desk, recipients=["VN"], by=an_operator("20"))
    assert release == f"{ROUND}/1"


def test_a_scope_that_is_not_held_gives_no_right(hub: Hub) -> None:
    signer = an_operator("20", scopes=["operate:releases"])
    answer = refusal(hub, signer, lambda act: rounds.lock(act, round_=ROUND, reason="thử"))
    assert (answer["status"], codes(answer)) == (403, ["scope_missing"])


def a_hung_yen_plan(code: str = "P119-HY") -> dict[str, Any]:
    document = the_plan()
    document["plan"] |= {"plan": code, "issued_by": "33"}
    return document


def test_nobody_publishes_under_a_code_that_another_holds(hub: Hub) -> None:
    before = hub.rows("SELECT plan, version, province FROM ingest.plans ORDER BY plan, version")
    for act_by in (plans.publish, plans.preview):
        answer = refusal(hub, HUNG_YEN, lambda act, go=act_by: go(act, a_hung_yen_plan("P119-LS")))  # type: ignore[misc]
        assert (answer["status"], codes(answer)) == (409, ["plan_code_taken"])
    assert hub.rows("SELECT plan, version, province FROM ingest.plans ORDER BY plan, version") == before


def test_nobody_publishes_for_a_unit_that_is_not_its_own(hub: Hub) -> None:
    for actor in (HUNG_YEN, A_COMMUNE):
        answer = refusal(hub, actor, lambda act: plans.publish(act, the_plan()))
        assert (answer["status"], codes(answer)) == (403, ["issuer_not_yours"])


def test_a_commune_takes_no_plan_of_its_province_over(hub: Hub) -> None:
    document = the_plan()
    document["plan"]["issued_by"] = "05977"
    assert codes(refusal(hub, A_COMMUNE, lambda act: plans.publish(act, document))) == ["plan_code_taken"]


def test_a_commune_publishes_and_operates_its_own_plan(hub: Hub) -> None:
    with hub.desk.office.act(NAM_CUONG) as act:
        assert plans.publish(act, the_plan("p1169", "P1169-NC"), past=True).version == 1
    hub.desk.open_due()
    [own] = [code for code in hub.desk.definitions().rounds if code.startswith("P1169-NC")]
    answer = refusal(hub, A_COMMUNE, lambda act: rounds.lock(act, round_=own, reason="thử"))
    assert codes(answer) == ["round_unknown"]
    with hub.desk.office.act(NAM_CUONG) as act:
        rounds.lock(act, round_=own, reason="Đã tổng kết")
    assert hub.desk.definitions().rounds[own].locked


A_POPULATION = {"year": 2026, "value": 8123, "source": "thử"}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("populations", {"unit": "20", **A_POPULATION}),
        ("populations", {"unit": "05977", **A_POPULATION}),
        ("aliases", {"code": "05977", "alias": "XA-X", "kind": "name"}),
        ("aliases", {"code": "20", "alias": "H99", "kind": "identifier"}),
        ("units", {"code": "05977", "valid_from": "2025-07-01", "parent": "33"}),
        ("relations", {"predecessor": "05977", "successor": "12103", "date": "2027-01-01", "kind": "split"}),
    ],
)
def test_the_registry_of_another_province_is_not_changed_by_whatever_row(
    hub: Hub, table: units.TableName, row: dict[str, Any]
) -> None:
    own = hub.desk.definitions().registry.history("05977")[-1]
    body = {**units.to_row(own), **row} if table == "units" else row
    rows = list(units.rows_of(table, [body]))
    for act_by in (registry.change, registry.preview):
        answer = refusal(hub, HUNG_YEN, lambda act, go=act_by: go(act, rows))  # type: ignore[misc]
        assert (answer["status"], codes(answer)) == (403, ["other_province"]), answer
    assert hub.rows("SELECT count(*) FROM ingest.audit WHERE act = 'units.changed'") == [(1,)]


def test_a_province_keeps_the_population_of_its_communes(hub: Hub) -> None:
    rows = list(units.rows_of("populations", [{"unit": "05977", **A_POPULATION}]))
    with hub.desk.office.act(an_operator("20")) as act:
        registry.change(act, rows)
    [(key,)] = hub.rows(
        "SELECT p.key FROM eventlog.events AS e JOIN eventlog.partitions AS p USING (partition)"
        " WHERE e.type = 'vn.lienthong.population.set.v1' AND e.subject = '05977'"
    )
    assert key == "20"


def test_who_is_bound_to_units_keeps_no_registry(hub: Hub) -> None:
    rows = list(units.rows_of("populations", [{"unit": "05977", **A_POPULATION}]))
    assert codes(refusal(hub, A_COMMUNE, lambda act: registry.change(act, rows))) == ["registry_is_the_provinces"]


def test_a_foreign_text_is_redacted_by_nobody(hub: Hub) -> None:
    [outcome] = hub.send(a_report(hub))
    assert outcome.receipt is not None
    position = int(outcome.receipt["position"])

    def redact(at: int) -> Attempt:
        return lambda act: redaction.redact(
            act, province="20", position=at, pointers=["/report/narrative/results"], reason="thử", document={}
        )

    for actor in (HUNG_YEN, A_COMMUNE):
        foreign, missing = refusal(hub, actor, redact(position)), refusal(hub, actor, redact(9999))
        assert str(foreign).replace(str(position), "9999") == str(missing)
    with hub.desk.office.act(an_operator("20")) as act:
        redact(position)(act)


def test_an_item_is_approved_by_its_own_units_approver_alone(hub: Hub) -> None:
    def approve(unit: str, item: str) -> Attempt:
        return lambda act: content.approve(act, unit=unit, item=item)

    hub.rows(
        "INSERT INTO ingest.contents (unit, item, revision, state, body, changed_at)"
        " VALUES ('05977', 'tin-1', 1, 'submitted', '{}', now()) RETURNING unit"
    )
    for actor in (HUNG_YEN, NAM_CUONG):
        foreign = refusal(hub, actor, approve("05977", "tin-1"))
        assert (foreign["status"], codes(foreign)) == (404, ["item_unknown"])
        assert str(foreign).replace("tin-1", "tin-2") == str(refusal(hub, actor, approve("05977", "tin-2")))
    with hub.desk.office.act(A_COMMUNE) as act:
        assert content.approve(act, unit="05977", item="tin-1") == 1


def a_person(*bindings: Binding, province: str = "20") -> Actor:
    who = Principal.of_person("lan", name="Lan", province=province, bindings=bindings)
    return Actor(name=who.actor, principal=who)


def bound(role: str, *of_units: str) -> Binding:
    return Binding(role=role, scopes=PEOPLE[role].scopes, units=frozenset(of_units))


def test_a_persons_rights_are_those_of_each_role_for_its_own_units(hub: Hub) -> None:
    lan = a_person(bound("operator", "05977"), bound("signer"))
    assert codes(refusal(hub, lan, lambda act: rounds.lock(act, round_=ROUND, reason="thử"))) == ["round_unknown"]
    drafted(hub.desk)
    with hub.desk.office.act(lan) as act:
        releases.sign(act, round_=ROUND, confirm=True)


def test_the_hubs_own_operator_publishes_for_every_province_and_signs_for_none(hub: Hub) -> None:
    national = an_operator("VN", scopes=["operate:plans", "operate:units"], role="hub")
    with hub.desk.office.act(national) as act:
        assert plans.preview(act, the_plan()).version == 0
    answer = refusal(hub, national, lambda act: releases.sign(act, round_=ROUND, confirm=True))
    assert codes(answer) == ["scope_missing"]


def test_an_act_that_asks_for_no_right_writes_nothing(hub: Hub) -> None:
    with pytest.raises(AssertionError, match="ask for a right"), hub.desk.office.act(HUNG_YEN) as act:
        act.append()


def test_a_plan_of_another_province_can_be_published_by_its_own_office(hub: Hub) -> None:
    text_of = a_hung_yen_plan()
    publish(hub.desk, text_of)
    assert codes(refusal(hub, an_operator("20"), lambda act: plans.publish(act, text_of))) == ["issuer_not_yours"]
