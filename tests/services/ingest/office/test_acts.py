"""What operators do on a running hub: plans, forms, rounds, extensions, locks, sign-offs, units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
import pytest

from lienthong import units
from lienthong.calendar import VIETNAM
from lienthong.contracts.schemas import event_id
from lienthong.errors import Rejected, Transient
from lienthong.programmes import parse_published
from lienthong.rounds import opening
from services.ingest.office.act import Act
from services.ingest.plans import acts as plans
from services.ingest.plans import checking
from services.ingest.releases import acts as releases
from services.ingest.rounds import acts as rounds
from services.ingest.rounds import obligations
from tests.builders.hub import FORM, OCTOBER, ROUND, Hub, a_principal, a_report, the_plan
from tests.builders.signing import released


def facts(hub: Hub, kind: str) -> list[dict[str, Any]]:
    rows = hub.rows(
        f"SELECT data FROM eventlog.events WHERE type = 'vn.lienthong.{kind}.v1' ORDER BY partition, position"
    )
    return [orjson.loads(data) for (data,) in rows]


def with_commune_form(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    [form] = [f for f in document["plan"]["forms"] if f["reporters"] == "commune"]
    form.update(changes)
    return document


def codes(refusal: pytest.ExceptionInfo[Rejected]) -> set[str]:
    return {p.code for p in refusal.value.problems}


def test_publishing_the_same_plan_again_changes_nothing(hub: Hub) -> None:
    before = len(facts(hub, "plan.published"))
    assert hub.publish(the_plan()).version == 0
    assert len(facts(hub, "plan.published")) == before


def test_a_changed_form_without_a_new_version_is_refused(hub: Hub) -> None:
    document = with_commune_form(the_plan(), figures=[*hub.form.codes][1:], checks=[])
    with pytest.raises(Rejected) as refusal:
        hub.publish(document)
    assert codes(refusal) == {"form_changed_without_version"}
    assert hub.rows("SELECT max(version) FROM ingest.plans WHERE plan = 'P119-LS'") == [(1,)]


def test_reports_on_an_older_form_version_are_brought_up_and_the_original_stays(hub: Hub) -> None:
    old = hub.form
    document = the_plan()
    figures = document["programme"]["figures"]
    [renamed] = [f for f in figures if f["code"] == "events_commune"]
    figures += [{**renamed, "code": "gatherings_commune"}, {**renamed, "code": "fresh_commune"}]
    with_commune_form(
        document,
        version="1.1.0",
        checks=[c for c in document["plan"]["forms"][0]["checks"] if c["code"] != "attendances_for_events"],
        figures=["gatherings_commune", *old.codes[1:], "fresh_commune"],
        renames=[{"old": "events_commune", "new": "gatherings_commune", "since": "1.1.0"}],
    )
    text = orjson.dumps(document["plan"]["indicators"]).decode().replace("events_commune", "gatherings_commune")
    document["plan"]["indicators"] = orjson.loads(text)
    assert hub.publish(document).version == 2
    hub.set_clock(datetime(2027, 10, 5, tzinfo=VIETNAM))
    [outcome] = hub.send(a_report(hub, round="P119-LS.2027", formVersion=old.version, figures={"events_commune": 7}))
    assert outcome.verdict == "accepted", outcome.problems
    [fact] = facts(hub, "report.accepted")
    assert fact["formVersion"] == "1.1.0"
    assert fact["report"]["figures"]["events_commune"] == 7
    assert (fact["values"][0], fact["values"][-1]) == (7, None)


def test_a_version_newer_than_the_rounds_is_refused_naming_the_rounds(hub: Hub) -> None:
    document = with_commune_form(the_plan(), version="2.0.0", figures=[*hub.form.codes][:-1], checks=[])
    text = orjson.dumps(document["plan"]["indicators"]).decode().replace(hub.form.codes[-1], hub.form.codes[-2])
    document["plan"]["indicators"] = orjson.loads(text)
    hub.publish(document)
    [outcome] = hub.send(a_report(hub, formVersion="2.0.0"))
    assert "form_version_too_new" in {p.code for p in outcome.problems}


def test_another_provinces_office_adds_its_plan_to_a_running_hub(hub: Hub) -> None:
    text = orjson.dumps(the_plan()).decode()
    document = orjson.loads(text.replace('"P119-LS"', '"P119-TN"').replace('"20"', '"19"').replace('"20.', '"19.'))
    checking.check_document(document, hub.desk.definitions())
    assert hub.publish(document).version == 1
    commune = hub.desk.definitions().registry.communes_of("19", date(2026, 10, 1))[0].code
    thai_nguyen = a_principal(province="19", sources=["/19/test"])
    [outcome] = hub.send(
        a_report(hub, unit=commune, round="P119-TN.2026", form="P119-TN.commune", source="/19/test"),
        principal=thai_nguyen,
    )
    assert outcome.verdict == "accepted", outcome.problems
    assert outcome.receipt is not None and outcome.receipt["partition"] == "19"


def test_an_ad_hoc_round_has_its_own_deadline_and_forms(hub: Hub) -> None:
    until = datetime(2026, 10, 20, tzinfo=VIETNAM)
    with hub.desk.act() as act:
        code = rounds.open_special(
            act,
            plan="P119-LS",
            period="2026-DX1",
            first=date(2026, 9, 1),
            last=date(2026, 9, 30),
            deadline=until,
            reason="theo yêu cầu của UBND tỉnh",
            forms=[FORM],
        )
    round_ = hub.desk.definitions().rounds[code]
    assert (round_.kind, set(round_.obliged), round_.deadline_of(FORM, "05977")) == ("adhoc", {FORM}, until)
    [outcome] = hub.send(a_report(hub, round=code))
    assert outcome.verdict == "accepted"


def test_an_ad_hoc_round_may_be_for_chosen_units_and_stays_theirs(hub: Hub) -> None:
    with hub.desk.act() as act:
        code = rounds.open_special(
            act,
            plan="P119-LS",
            period="2026-DX1",
            first=date(2026, 9, 1),
            last=date(2026, 9, 10),
            deadline=datetime(2026, 10, 20, tzinfo=VIETNAM),
            reason="sau bão",
            units=["05977", "20.SNGV"],
        )
    owed = obligations.owed_lines(hub.conn, hub.desk.definitions(), a_principal(), unit=None, round_=code, now=OCTOBER)
    assert {line["unit"] for line in owed} == {"05977", "20.SNGV"}
    assert [p.code for p in hub.send(a_report(hub, unit="05983", round=code))[0].problems] == ["unit_not_obliged"]
    assert hub.send(a_report(hub, round=code))[0].verdict == "accepted"
    hub.change_units(list(units.rows_of("units", [_renamed(hub)])))
    assert hub.desk.definitions().rounds[code].obliged[FORM] == {"05977"}, "a change of units adds nobody"


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"units": ["05977", "99999"]}, "unit_owes_nothing"),
        ({"last": date(2026, 12, 1)}, "close_in_future"),
        ({"deadline": datetime(2026, 10, 1, tzinfo=VIETNAM)}, "deadline_passed"),
        ({"deadline": datetime(2029, 10, 20, tzinfo=VIETNAM)}, "deadline_too_far"),
        ({"deadline": datetime(2200, 12, 31, tzinfo=VIETNAM)}, "deadline_too_far"),
        ({"first": date(1926, 9, 1)}, "period_too_long"),
        ({"forms": ["P119-LS.nobody"]}, "form_unknown"),
        ({"period": "2026"}, "period_not_special"),
    ],
)
def test_an_ad_hoc_round_that_makes_no_sense_is_refused(hub: Hub, changes: dict[str, Any], code: str) -> None:
    wanted: dict[str, Any] = {
        "plan": "P119-LS",
        "period": "2026-DX1",
        "first": date(2026, 9, 1),
        "last": date(2026, 9, 30),
        "deadline": datetime(2026, 10, 20, tzinfo=VIETNAM),
        "reason": "thử",
        **changes,
    }
    with pytest.raises(Rejected) as refusal, hub.desk.act() as act:
        rounds.open_special(act, **wanted)
    assert code in codes(refusal)


def test_an_extension_keeps_the_original_visible_and_never_shortens(hub: Hub) -> None:
    with pytest.raises(Rejected) as refusal, hub.desk.act() as act:
        rounds.extend(
            act,
            round_=ROUND,
            obligation="R-119-LS-1",
            until=datetime(2026, 10, 1, tzinfo=VIETNAM),
            reason="thử",
            document={},
        )
    assert codes(refusal) == {"extension_not_later"}
    with pytest.raises(Rejected) as refusal, hub.desk.act() as act:
        until = datetime(2206, 10, 22, tzinfo=VIETNAM)
        rounds.extend(act, round_=ROUND, obligation="R-119-LS-1", until=until, reason="thử", document={})
    assert codes(refusal) == {"deadline_too_far"}
    with hub.desk.act() as act:
        rounds.extend(
            act,
            round_=ROUND,
            obligation="R-119-LS-1",
            until=datetime(2026, 10, 22, tzinfo=VIETNAM),
            reason="thử",
            document={"number": "1/UBND", "date": None},
        )
    [fact] = facts(hub, "round.extended")
    assert fact["original"] == "2026-10-14T17:00:00Z"


def test_a_nil_report_counts_as_reported_and_holds_no_figures(hub: Hub) -> None:
    nil = a_report(hub)
    nil["data"] |= {"nil": True, "figures": {}}
    full = a_report(hub, unit="05983")
    full["data"]["nil"] = True
    of_nothing = a_report(hub, unit="05986")
    of_nothing["data"]["figures"] = {}
    said, refused, missing = hub.send(nil, full, of_nothing)
    assert said.verdict == "accepted"
    assert [p.code for p in refused.problems] == ["nil_with_figures"]
    assert "missing_figure" in {p.code for p in missing.problems}
    [fact] = facts(hub, "report.accepted")
    assert fact["nil"] is True and set(fact["values"]) == {None}
    assert _line(hub, "05977")["state"] == "reported" and _line(hub, "05977")["nil"] is True
    hub.send(a_report(hub, revision=2))
    assert _line(hub, "05977")["nil"] is False


def test_a_dormant_unit_owes_nothing_until_that_is_ended(hub: Hub) -> None:
    def excuse(unit: str = "05977", dormant: bool = True) -> None:
        with hub.desk.act() as act:
            rounds.excuse(act, round_=ROUND, unit=unit, reason="di dời", document={}, dormant=dormant)

    hub.send(a_report(hub, unit="05983"))
    for unit, dormant, code in (
        ("05983", True, "unit_reported_already"),
        ("05977", False, "unit_not_dormant"),
        ("99999", True, "unit_owes_nothing"),
    ):
        with pytest.raises(Rejected) as refusal:
            excuse(unit, dormant)
        assert codes(refusal) == {code}
    excuse()
    with pytest.raises(Rejected) as refusal:
        excuse()
    assert codes(refusal) == {"unit_dormant_already"}
    assert (_line(hub, "05977")["state"], _line(hub, "05977")["overdue"]) == ("dormant", False)
    assert [p.code for p in hub.send(a_report(hub))[0].problems] == ["unit_dormant"]
    hub.change_units(list(units.rows_of("units", [_renamed(hub)])))
    assert "05977" not in hub.desk.definitions().rounds[ROUND].obliged[FORM], "a change of units wakes nobody"
    excuse(dormant=False)
    assert _line(hub, "05977")["state"] == "missing" and hub.send(a_report(hub))[0].verdict == "accepted"
    assert [fact["dormant"] for fact in facts(hub, "round.dormant")] == [True, False]
    assert list(facts(hub, "round.obliged_changed")[0]["gone"].values()) == [["05977"]]


def test_official_codes_of_regime_and_period_stand_beside_ours_on_what_is_owed(hub: Hub) -> None:
    code, document = {"code": "CD.119", "list": "Danh mục thử"}, the_plan()
    for duty in document["plan"]["obligations"]:
        duty["regime"] = code
    document["plan"]["schedules"][0]["official"] = [{**code, "code": "NAM"}]
    hub.publish(document)
    now = datetime(2027, 10, 2, 9, 0, tzinfo=VIETNAM)
    hub.set_clock(now)
    hub.desk.open_due()
    who = a_principal(["05977"])
    owed = obligations.owed_lines(hub.conn, hub.desk.definitions(), who, unit=None, round_=None, now=now)
    official = {line["round"]: line.get("official") for line in owed}
    assert official["P119-LS.2027"] == {"regime": code, "period": {**code, "code": "NAM"}}
    assert official[ROUND] is None, "it opened with a version that named none"


def _line(hub: Hub, unit: str) -> dict[str, Any]:
    bodies = obligations.owed_lines(
        hub.conn, hub.desk.definitions(), a_principal(), unit=None, round_=ROUND, now=OCTOBER
    )
    return next(line for line in bodies if (line["unit"], line["form"]) == (unit, FORM))


def _renamed(hub: Hub) -> dict[str, Any]:
    return {**units.to_row(hub.desk.definitions().registry.unit("20.SNGV", date(2026, 9, 1))), "valid_to": "2026-09-15"}


def test_an_office_can_be_replaced_by_import_and_open_rounds_follow(hub: Hub) -> None:
    registry = hub.desk.definitions().registry
    gone = {**units.to_row(registry.unit("20.SNGV", date(2026, 9, 1))), "valid_to": "2026-09-15"}
    rows = list(units.rows_of("units", [gone]))
    preview = hub.change_units(rows, dry_run=True)
    assert [c.kind for c in preview.changes] == ["closed"]
    assert facts(hub, "round.obliged_changed") == []
    hub.change_units(rows)
    [fact] = facts(hub, "round.obliged_changed")
    assert fact["gone"]["P119-LS.department"] == ["20.SNGV"]
    assert "20.SNGV" not in hub.desk.definitions().rounds[ROUND].obliged["P119-LS.department"]


def test_a_locked_round_keeps_its_units(hub: Hub) -> None:
    with hub.desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="xong")
    registry = hub.desk.definitions().registry
    gone = {**units.to_row(registry.unit("20.SNGV", date(2026, 9, 1))), "valid_to": "2026-09-15"}
    hub.change_units(units.rows_of("units", [gone]))
    assert facts(hub, "round.obliged_changed") == []


def test_nobody_decides_on_definitions_that_changed_meanwhile(hub: Hub) -> None:
    desk, old = hub.desk, hub.desk.definitions()
    with desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="xong")
    late = Act(tx=desk.conn, definitions=old, actor=desk.actor, appender=desk.office.appender)
    with pytest.raises(Transient, match="changed meanwhile"), desk.conn.transaction():
        releases.sign(late, round_=ROUND, confirm=True)


def test_every_fact_fits_its_schema(hub: Hub) -> None:
    hub.send(a_report(hub))
    test_an_extension_keeps_the_original_visible_and_never_shortens(hub)
    released(hub.desk, recipients=["VN"])
    with hub.desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="xong")
    rows = hub.rows("SELECT type, data FROM eventlog.events")
    wrong = [(kind, hub.contracts.problems(event_id(kind), orjson.loads(data))[:2]) for kind, data in rows]
    assert [item for item in wrong if item[1]] == []


def test_a_plan_that_cannot_be_computed_is_refused_with_file_and_line(hub: Hub) -> None:
    document = the_plan()
    document["plan"]["indicators"][0]["computation"]["numerator"] = ["unheard_of"]
    with pytest.raises(Rejected) as refusal:
        checking.check_document(document, hub.desk.definitions())
    assert "unheard_of" in str([p.message.vi for p in refusal.value.problems])


def test_a_release_can_be_withdrawn_once_and_stays_on_record(hub: Hub) -> None:
    release = released(hub.desk, recipients=["VN"])
    with hub.desk.act() as act:
        releases.withdraw(
            act,
            release=release,
            reason="sai số liệu",
            document={"number": None, "date": None},
        )
    [fact] = facts(hub, "release.withdrawn")
    assert hub.contracts.problems(event_id("vn.lienthong.release.withdrawn.v1"), fact) == []
    for wrong, code in ((release, "release_withdrawn_already"), (f"{ROUND}/9", "release_unknown")):
        with pytest.raises(Rejected) as refusal, hub.desk.act() as act:
            releases.withdraw(act, release=wrong, reason="thử", document={})
        assert codes(refusal) == {code}
    assert len(facts(hub, "release.signed")) == 1


IDENTIFIED = (
    "parent,code,type,group,name,full_name,valid_from,identifier\n"
    "VN,G06,bkhcn,department,Bộ KH&CN,Bộ Khoa học và Công nghệ,2025-07-01,\n"
    "20,20.SYT,syt,department,Sở Y tế,Sở Y tế tỉnh Lạng Sơn,2025-07-01,H37.09\n"
)
DOCUMENT = {
    "number": "12/BC-UBND",
    "date": "2026-10-20",
    "agency": "UBND tỉnh",
    "electronicId": "000.00.00.H37,2026,12",
    "fileHash": f"sha256:{'a' * 64}",
}


def test_a_sign_off_names_official_codes_as_they_are_known_then(hub: Hub) -> None:
    released(hub.desk, recipients=["VN"], document=DOCUMENT)
    hub.change_units(units.read_csv("agencies", IDENTIFIED, "co-quan.csv"))
    hub.send(a_report(hub))
    released(hub.desk, recipients=["VN"], document=DOCUMENT)
    before, after = facts(hub, "release.signed")
    assert "identifiers" not in before, "a shipped code that is not certain is not passed on"
    assert after["identifiers"] == {"20.SYT": "H37.09", "VN": "G06"}, "of VN the Ministry's, which is not the nation's"
    assert hub.contracts.problems(event_id("vn.lienthong.release.signed.v1"), after) == []
    assert after["document"] == DOCUMENT


def test_a_dissolved_issuer_opens_no_more_rounds_and_stops_nobody_else(hub: Hub) -> None:
    registry = hub.desk.definitions().registry
    commune = registry.unit("02026", date(2026, 9, 1))
    hub.publish(the_plan("p1169", "P1169-NC"))
    hub.change_units(
        [
            *units.rows_of(
                "units",
                [
                    {**units.to_row(u), "valid_to": "2026-10-15"}
                    for u in (commune, *registry.children("02026", date(2026, 9, 1)))
                ],
            )
        ]
    )
    hub.set_clock(datetime(2027, 7, 1, tzinfo=VIETNAM))
    opened = set(hub.desk.definitions().rounds)
    assert "P1169-NC.2026-H1" in opened and "P1169-NC.2026-H2" not in opened
    [outcome] = hub.send(a_report(hub))
    assert outcome.verdict == "accepted"


def test_a_dissolved_unit_that_a_plan_names_passes_its_duty_to_its_successor(hub: Hub) -> None:
    document = the_plan()
    document["plan"].setdefault("reporters", {})["commune"] = {
        "label": {"vi": "Xã thí điểm", "en": "Pilot"},
        "level": "commune",
        "units": ["05977", "05983"],
    }
    registry = hub.desk.definitions().registry
    gone = {**units.to_row(registry.unit("05977", date(2026, 9, 1))), "valid_to": "2027-01-01"}
    hub.change_units(
        [
            *units.rows_of("units", [gone]),
            *units.rows_of(
                "relations",
                [
                    {
                        "predecessor": "05977",
                        "successor": "05986",
                        "date": "2027-01-01",
                        "kind": "merge",
                        "resolution": "thử",
                    }
                ],
            ),
        ]
    )
    plan = parse_published(document)
    form = plan.form(FORM)
    assert form is not None
    registry = hub.desk.definitions().registry
    assert opening.obliged_units(plan, form, registry, date(2026, 9, 30)) == ["05977", "05983"]
    assert opening.obliged_units(plan, form, registry, date(2027, 9, 30)) == ["05983", "05986"]


def test_a_check_says_what_publishing_would_change(hub: Hub) -> None:
    with hub.desk.act() as act:
        assert plans.preview(act, the_plan()).version == 0
        document = the_plan()
        document["plan"]["indicators"] = document["plan"]["indicators"][1:]
        would = plans.preview(act, document)
    assert would.version == 2 and [change.en[:27] for change in would.changes] == ["removed indicator I-119-01 "]


def test_a_locked_round_takes_no_extension_and_can_still_be_released(hub: Hub) -> None:
    with hub.desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="xong")
    with pytest.raises(Rejected) as refusal, hub.desk.act() as act:
        rounds.extend(
            act,
            round_=ROUND,
            obligation="R-119-LS-1",
            until=datetime(2026, 11, 1, tzinfo=VIETNAM),
            reason="thử",
            document={},
        )
    assert codes(refusal) == {"round_locked_for_good"}
    release = released(hub.desk, recipients=["VN"])
    assert release == f"{ROUND}/1"


def test_a_locked_round_is_kept_in_memory_without_its_units(hub: Hub) -> None:
    with hub.desk.act() as act:
        rounds.lock(act, round_=ROUND, reason="xong")
    round_ = hub.desk.definitions().rounds[ROUND]
    assert (round_.locked, round_.obliged, "obliged" in round_.data) == (True, {}, False)
