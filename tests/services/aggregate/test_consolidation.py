"""What a release's dataset says of a round, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import orjson
import pytest

from lienthong.contracts import canonical, strict
from lienthong.contracts.canonical import digest_of
from lienthong.indicators.tallies import FormTally, Tally
from lienthong.programmes import Obligation, parse_published
from services.aggregate.changes import changes
from services.aggregate.consolidation import RULES, consolidate
from services.aggregate.counting import RETURNED, Report, change, rollup
from services.aggregate.cut import SignOff, State
from services.aggregate.older_rules import as_judged_then
from services.aggregate.queries import Explanation, Query, RoundQueries
from services.aggregate.rounds import Round, round_of
from services.aggregate.views import root_view
from tests.builders.small_plan import a_plan, an_opening
from tests.conftest import ROOT

PLATFORM = ROOT / "schemas" / "platform"
NOW = datetime(2026, 12, 16, tzinfo=UTC)


def a_round(**opening: Any) -> Round:
    plan = parse_published(a_plan())
    return round_of(an_opening(a_plan(), **opening), plan, plan, opened_at=NOW, changed_position=2)


def a_report(unit: str, *values: int | None, revision: int = 1, withdrawn: bool = False, late: bool = False) -> Report:
    return Report(
        unit=unit,
        revision=revision,
        values=None if withdrawn else values,
        content_hash=bytes(32),
        position=5,
        received_at=NOW,
        first_received_at=NOW,
        late=late,
    )


def a_state(round_: Round, **reports: list[Report]) -> State:
    held = {f"P1-LS.{name}": {report.unit: report for report in found} for name, found in reports.items()}
    forms = tuple(
        FormTally(
            layout=layout,
            obliged=len(round_.obliged_in(form)),
            slots=rollup(layout, round_.obliged_in(form), held.get(form, {}).values()),
        )
        for form, layout in round_.layouts.items()
    )
    view = root_view(round_, [], {round_.code: Tally(period=round_.period, forms=forms)})
    return State(round=round_, view=view, reports=held, names={"20": "Tỉnh Lạng Sơn"}, sample=True)


def signed(version: int = 1, at: datetime = NOW) -> SignOff:
    return SignOff(
        release=f"P1-LS.2026/{version}",
        version=version,
        recipients=("platform", "VN"),
        by="client:x",
        note="",
        document=None,
        at=at,
        position=9 + version,
    )


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Validator:
    body = orjson.loads((PLATFORM / "release-dataset.schema.json").read_bytes())
    return jsonschema_rs.validator_for(body, validate_formats=True)


def test_round_without_any_report_can_be_released_and_shows_everything_missing(schema: jsonschema_rs.Validator) -> None:
    dataset = consolidate(a_state(a_round()), signed(), None)
    assert schema.is_valid(dataset)
    assert {o["state"] for o in dataset["observations"]} == {"missing"}
    assert {f["sum"] for f in dataset["figures"]} == {None}
    assert {i["assessment"] for i in dataset["indicators"]} == {"cannot_be_assessed"}


SIGNED = {
    "number": "12/BC-UBND",
    "date": "2026-10-24",
    "agency": "UBND tỉnh",
    "electronicId": "000.00.00.H37,2026,12",
    "fileHash": f"sha256:{'a' * 64}",
}


def test_a_release_names_its_document_as_the_document_exchange_knows_it(schema: jsonschema_rs.Validator) -> None:
    dataset = consolidate(a_state(a_round()), replace(signed(), document=SIGNED), None)
    assert schema.is_valid(dataset)
    assert dataset["signedOff"]["document"] == SIGNED
    before = replace(signed(), document={"number": "1", "date": None})
    assert consolidate(a_state(a_round()), before, None)["signedOff"]["document"] == {"number": "1", "date": None}


def test_official_codes_of_units_stand_beside_ours(schema: jsonschema_rs.Validator) -> None:
    codes = {"06001": "H37.21.1", "VN": "G06"}
    dataset = consolidate(a_state(a_round()), replace(signed(), identifiers=codes), None)
    assert [error.message for error in schema.iter_errors(dataset)] == []
    assert {unit["code"]: unit["identifier"] for unit in dataset["units"] if "identifier" in unit} == codes


def coded_round() -> Round:
    """A plan that names what official lists call its form, regime and period."""
    document = a_plan()
    code = {"code": "TH.01", "list": "Danh mục thử"}
    for form in document["plan"]["forms"]:
        form["official"] = code
    document["plan"]["obligations"] = [
        {
            "code": f"R-1-{place}",
            "kind": "periodic",
            "level": level,
            "reporters": ["commune"],
            "to": ["VN"],
            "frequency": "annual",
            "regime": {**code, "code": f"CD-{level}"},
        }
        for place, level in enumerate(("units", "issuer"), 1)
    ]
    plan = parse_published(document)
    return round_of(an_opening(document), plan, plan, opened_at=NOW, changed_position=2)


def test_official_codes_of_forms_and_regimes_stand_in_the_dataset(schema: jsonschema_rs.Validator) -> None:
    dataset = consolidate(a_state(coded_round()), signed(), None)
    assert [error.message for error in schema.iter_errors(dataset)] == []
    assert {completeness["official"]["code"] for completeness in dataset["completeness"]} == {"TH.01"}
    assert {completeness["regime"]["code"] for completeness in dataset["completeness"] if "regime" in completeness} == {
        "CD-units"
    }
    assert {duty["regime"]["code"] for duty in dataset["duties"]} == {"CD-issuer"}


def test_a_release_made_before_official_codes_is_proved_without_them() -> None:
    now = consolidate(a_state(coded_round()), signed(), None)
    then: Any = {
        **now,
        "rules": 3,
        "completeness": [
            {name: value for name, value in completeness.items() if name not in ("official", "regime")}
            for completeness in now["completeness"]
        ],
    }
    assert as_judged_then(now, then) == then
    assert as_judged_then(now, {**then, "rules": 4}) != then


def test_zero_missing_and_withdrawn_are_told_apart() -> None:
    state = a_state(a_round(), commune=[a_report("06001", 0, None, 5, 12), a_report("06002", withdrawn=True)])
    found = {
        (o["unit"], o["figure"]): (o["state"], o["value"]) for o in consolidate(state, signed(), None)["observations"]
    }
    assert found["06001", "items"] == ("zero", "0")
    assert found["06001", "reached"] == ("missing", None)
    assert found["06001", "hours"] == ("reported", "1.2")
    assert found["06002", "items"] == ("withdrawn", None)


def test_every_state_that_a_figure_can_be_in_is_one_that_the_schema_knows(schema: jsonschema_rs.Validator) -> None:
    reports = [
        a_report("06001", 3, 0, None, 12),
        a_report("06002", withdrawn=True),
        replace(a_report("06003", None, None, None, None), nil=True),
        replace(a_report("06004", 3, 1, 5, 12), review=RETURNED),
    ]
    round_ = a_round(communes=("06001", "06002", "06003", "06004", "06005"))
    dataset = consolidate(a_state(round_, commune=reports), signed(), None)
    assert {each["state"] for each in dataset["observations"]} >= {
        "reported",
        "zero",
        "nil",
        "missing",
        "withdrawn",
        "returned",
    }
    assert schema.is_valid(dataset)


def test_a_query_and_its_explanation_are_as_the_schema_has_them(schema: jsonschema_rs.Validator) -> None:
    place: dict[str, Any] = {"round": "P1-LS.2026", "form": "P1-LS.commune", "unit": "06001", "revision": 1}
    query = Query(**place, check_code="jump", figure="items", message_vi="Tăng gấp đôi", message_en="Twice as many")
    said = Explanation(**place, province="20", position=4, number=0, check_code="jump", text="Mở thêm lớp", said_at=NOW)
    state = a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12)])
    for explanations in ([], [said]):
        dataset = consolidate(
            replace(state, round_queries=RoundQueries(queries=[query], explanations=explanations)), signed(), None
        )
        assert len(dataset["queries"]) == 1 and schema.is_valid(dataset)


def test_withdrawn_report_is_no_provenance_and_an_uncounted_one_says_so() -> None:
    state = a_state(
        a_round(),
        commune=[a_report("06001", 1, 1, 1, 1), a_report("06002", withdrawn=True), a_report("09999", 7, 7, 7, 7)],
    )
    dataset = consolidate(state, signed(), None)
    assert [(p["unit"], p["counted"]) for p in dataset["provenance"]] == [("06001", True), ("09999", False)]
    assert {f["code"]: f["sum"] for f in dataset["figures"]}["items"] == "1"
    assert dataset["completeness"][0]["notObliged"] == ["09999"]


def test_every_sum_equals_the_sum_of_its_counted_observations() -> None:
    state = a_state(
        a_round(),
        commune=[
            a_report("06001", 3, 1, 5, 12),
            a_report("06003", 4, None, 0, 9),
            a_report("09999", 100, 100, 100, 100),
        ],
    )
    dataset = consolidate(state, signed(), None)
    for figure in dataset["figures"]:
        counted = [
            o["value"]
            for o in dataset["observations"]
            if o["figure"] == figure["code"] and o["counted"] and o["state"] in ("reported", "zero")
        ]
        if figure["sum"] is not None:
            tenths = sum(round(float(value) * 10) for value in counted)
            assert round(float(figure["sum"]) * 10) == tenths, figure["code"]


def test_equal_state_gives_equal_bytes() -> None:
    state = a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12), a_report("06003", 4, None, 0, 9)])
    two = a_state(a_round(), commune=[a_report("06003", 4, None, 0, 9), a_report("06001", 3, 1, 5, 12)])
    assert canonical.write(consolidate(state, signed(), None)) == canonical.write(consolidate(two, signed(), None))


def test_digest_can_be_recomputed_from_re_serialised_json() -> None:
    dataset = consolidate(a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12)]), signed(), None)
    assert digest_of(strict.read(orjson.dumps(dataset, option=orjson.OPT_INDENT_2))) == digest_of(dataset)


def test_changes_name_what_differs_and_nothing_else() -> None:
    first = consolidate(a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12)]), signed(), None)
    state = a_state(a_round(), commune=[a_report("06001", 3, 2, 5, 12, revision=2, late=True)])
    second = consolidate(state, signed(2), first)
    found = second["changes"]
    assert found["reports"] == [{"unit": "06001", "form": "P1-LS.commune", "before": 1, "after": 2}]
    assert [(o["figure"], o["before"]["value"], o["after"]["value"]) for o in found["observations"]] == [
        ("reached", "1", "2")
    ]
    assert found["figures"] == [{"code": "reached", "form": "P1-LS.commune", "before": "1", "after": "2"}]
    assert [i["code"] for i in found["indicators"]] == ["I-1-01"]
    assert found["completeness"][0]["after"]["late"] == 1


def test_nothing_changed_is_an_empty_list_of_changes() -> None:
    first = consolidate(a_state(a_round()), signed(), None)
    found = changes(first, consolidate(a_state(a_round()), signed(2), first))
    assert {name for name, value in found.items() if value} == {"supersedes"}


def test_extension_for_the_issuer_moves_its_own_deadline_only() -> None:
    round_ = a_round()
    due = {d.obligation: round_.due(d) for d in round_.deadlines}
    assert due["R-1-1"] == datetime(2026, 12, 19, 17, tzinfo=UTC)
    late = consolidate(a_state(round_), signed(at=datetime(2026, 12, 30, 17, tzinfo=UTC)), None)
    assert [duty["onTime"] for duty in late["duties"]] == [False]


def test_a_duty_without_a_date_is_neither_on_time_nor_late() -> None:
    round_ = a_round()
    undated = replace(round_, deadlines=tuple(replace(d, at=None) for d in round_.deadlines))
    [duty] = consolidate(a_state(undated), signed(), None)["duties"]
    assert (duty["deadline"], duty["onTime"]) == (None, None)


def test_change_of_reports_equals_the_difference_of_rollups() -> None:
    round_ = a_round()
    layout, obliged = round_.layouts["P1-LS.commune"], round_.obliged_in("P1-LS.commune")
    before = [a_report("06001", 3, 1, 5, 12), a_report("09999", 9, 9, 9, 9)]
    after = [a_report("06001", withdrawn=True), a_report("09999", 8, 8, 8, 8), a_report("06002", 1, 1, 1, 1)]
    then, now = rollup(layout, obliged, before), rollup(layout, obliged, after)
    assert change(layout, obliged, before, after) == tuple(b - a for a, b in zip(then, now, strict=True))


def test_committed_examples_are_valid_or_not_as_they_say(schema: jsonschema_rs.Validator) -> None:
    def valid(name: str) -> bool:
        return schema.is_valid(orjson.loads((PLATFORM / "examples" / name).read_bytes()))

    assert valid("valid/release-dataset.corrected.json")
    assert not valid("invalid/release-dataset.missing-with-a-value.json")
    assert not valid("invalid/release-dataset.number-not-text.json")


def test_a_dataset_of_sample_data_says_so_in_words(schema: jsonschema_rs.Validator) -> None:
    sample = consolidate(a_state(a_round()), signed(), None)
    assert sample["notice"] == "dữ liệu mẫu" and schema.is_valid(sample)
    assert "notice" not in consolidate(replace(a_state(a_round()), sample=False), signed(), None)


def test_the_peoples_committee_issues_and_the_unit_that_the_plan_names_sends() -> None:
    round_ = a_round()
    dataset = consolidate(a_state(round_), signed(), None)
    assert dataset["issuer"]["name"] == "UBND tỉnh Lạng Sơn"
    assert [duty["sentBy"] for duty in dataset["duties"]] == ["20"]
    own = next(deadline.obligation for deadline in round_.deadlines if deadline.sender == "issuer")
    duty = Obligation(
        code=own,
        kind="periodic",
        level="issuer",
        reporters=(),
        to=("VN",),
        via=None,
        frequency="annual",
        on_demand=False,
        deadlines=(),
        sent_by="20.SKHCN",
    )
    by_department = replace(round_, reading=replace(round_.reading, obligations=(duty,)))
    assert [d["sentBy"] for d in consolidate(a_state(by_department), signed(), None)["duties"]] == ["20.SKHCN"]


def test_units_values_are_internal_unless_the_plan_makes_them_public() -> None:
    round_ = a_round()
    assert consolidate(a_state(round_), signed(), None)["unitValues"] == "internal"
    public = replace(round_, reading=replace(round_.reading, unit_values_public=True))
    assert consolidate(a_state(public), signed(), None)["unitValues"] == "public"


def test_a_replay_takes_no_improvement_of_the_rules_for_damage_and_no_damage_for_an_improvement() -> None:
    now = consolidate(a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12)]), signed(), None)
    then = _of_the_latest_revision(now)
    then = {**then, "indicators": [], "issuer": {**now["issuer"], "name": "Tỉnh Lạng Sơn"}}
    assert digest_of(as_judged_then(now, then)) == digest_of(then)
    damaged = consolidate(a_state(a_round(), commune=[a_report("06001", 4, 1, 5, 12)]), signed(), None)
    assert digest_of(as_judged_then(damaged, then)) != digest_of(then)
    assert now["rules"] == RULES and as_judged_then(damaged, now) == damaged


def test_a_replay_takes_over_who_was_late_when_the_latest_revision_decided() -> None:
    late = consolidate(a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12, late=True)]), signed(), None)
    now = consolidate(a_state(a_round(), commune=[a_report("06001", 3, 1, 5, 12)]), signed(), None)
    then = _of_the_latest_revision(late)
    assert digest_of(as_judged_then(now, then)) == digest_of(then)
    assert as_judged_then(now, {**late, "rules": RULES}) != late


def _of_the_latest_revision(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset as it was written before datasets named their rules and the first revision's time."""
    kept = {name: value for name, value in dataset.items() if name not in ("rules", "unitValues")}
    sources = [{name: value for name, value in one.items() if name != "firstReceivedAt"} for one in kept["provenance"]]
    return kept | {"provenance": sources}
