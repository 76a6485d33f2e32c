"""A form's schema, and figures as whole numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected
from lienthong.forms.pages import page
from lienthong.forms.schema import (
    LARGEST_SCALED,
    canonical_bytes,
    derive,
    form_id,
    form_of,
)
from lienthong.forms.values import (
    checks,
    number_problems,
    unpack,
    values,
)
from tests.builders.forms import FORM, a_check, a_form, a_plan, a_report, figures


def problems(report: dict[str, Any], **form: Any) -> list[tuple[str, str]]:
    contracts = Contracts()
    plan = a_plan(**form)
    contracts.add(derive(plan, plan.forms[0]))
    faults = contracts.problems(form_id(FORM, "1.0.0"), report, at="/data")
    assert all(p.message.vi and p.message.en for p in faults)
    return sorted((p.pointer, p.code) for p in faults)


def test_a_full_report_and_one_without_any_figure_are_valid() -> None:
    assert problems(a_report()) == []
    assert problems(a_report(figures=dict.fromkeys(figures()))) == []
    assert problems(a_report(signedDocument=None, classification="public")) == []
    assert problems(a_report(signedDocument={"number": None, "date": None})) == []


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"round": "P8-XX.2026"}, "/data/round", "wrong_format"),
        ({"round": "P9-XX.2026-H3"}, "/data/round", "wrong_format"),
        ({"form": "P9-XX.agency"}, "/data/form", "wrong_value"),
        ({"unit": "Nam Cường"}, "/data/unit", "wrong_format"),
        ({"revision": 0}, "/data/revision", "number_out_of_range"),
        ({"revision": 1_000_001}, "/data/revision", "number_out_of_range"),
        ({"revision": Decimal("1.5")}, "/data/revision", "too_many_decimals"),
        ({"figures": figures(trained=Decimal("1.5"))}, "/data/figures/trained", "too_many_decimals"),
        ({"comment": "x"}, "/data/comment", "unknown_field"),
        ({"narrative": {"results": "", "shortcomings": ""}}, "/data/narrative/proposals", "missing_field"),
        (
            {"narrative": {"results": "x" * 10_001, "shortcomings": "", "proposals": ""}},
            "/data/narrative/results",
            "text_too_long",
        ),
        ({"signedDocument": {"number": "1", "date": "2026-02-30"}}, "/data/signedDocument/date", "wrong_format"),
        ({"signedDocument": {"number": "1", "date": "0000-01-01"}}, "/data/signedDocument/date", "wrong_format"),
        ({"classification": "mật"}, "/data/classification", "classified_content_refused"),
        ({"figures": figures(extra=1)}, "/data/figures/extra", "unknown_figure"),
        ({"figures": figures(trained=-1)}, "/data/figures/trained", "number_out_of_range"),
        ({"figures": figures(trained=10**15 + 1)}, "/data/figures/trained", "number_out_of_range"),
        ({"figures": figures(hours=Decimal("10000000000000.01"))}, "/data/figures/hours", "number_out_of_range"),
        ({"figures": figures(trained="3")}, "/data/figures/trained", "wrong_type"),
        ({"figures": figures(trained=True)}, "/data/figures/trained", "wrong_type"),
        ({"figures": figures(portal="planned")}, "/data/figures/portal", "not_in_list"),
        ({"figures": []}, "/data/figures", "wrong_type"),
    ],
)
def test_each_fault_has_its_code_and_place(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert problems(a_report(**changes)) == [(pointer, code)]


def test_all_faults_are_named_at_once() -> None:
    bad = a_report(revision=0, extra=1, figures={"trained": -1, "officers": "x", "hours": 1})
    del bad["unit"]
    assert problems(bad) == [
        ("/data/extra", "unknown_field"),
        ("/data/figures/officers", "wrong_type"),
        ("/data/figures/portal", "missing_figure"),
        ("/data/figures/trained", "number_out_of_range"),
        ("/data/revision", "number_out_of_range"),
        ("/data/unit", "missing_field"),
    ]


def test_a_message_names_the_label_the_limit_and_what_was_given() -> None:
    contracts = Contracts()
    plan = a_plan()
    contracts.add(derive(plan, plan.forms[0]))
    faults = contracts.problems(form_id(FORM, "1.0.0"), a_report(figures=figures(trained=-7)))
    assert faults[0].message.vi == "“Số trained” không được âm; đã nhận -7."
    assert faults[0].message.en == "“Number trained” must not be negative; got -7."


def test_numbers_within_a_message_are_written_as_its_language_writes_them() -> None:
    contracts = Contracts()
    plan = a_plan()
    contracts.add(derive(plan, plan.forms[0]))
    large, broken = (
        contracts.problems(form_id(FORM, "1.0.0"), a_report(figures=figures(trained=value)))[0]
        for value in (10**15 + 1, Decimal("1.5"))
    )
    assert large.message.vi == "“Số trained” phải từ 0 đến 1.000.000.000.000.000; đã nhận 1.000.000.000.000.001."
    assert broken.message.vi == "“Số trained” phải là số nguyên; đã nhận 1,5."
    assert broken.message.en == "“Number trained” must be a whole number; got 1.5."
    assert broken.params["given"] == "1.5"


def test_nothing_of_a_classified_submission_is_repeated() -> None:
    contracts = Contracts()
    plan = a_plan()
    contracts.add(derive(plan, plan.forms[0]))
    faults = contracts.problems(form_id(FORM, "1.0.0"), a_report(classification="tối mật 7", unit="tối mật 8"))
    assert [p.code for p in faults] == ["classified_content_refused"]
    assert "tối mật" not in repr(faults)


def test_the_same_plan_gives_the_same_bytes_and_reads_back() -> None:
    renames = [{"old": "a", "new": "trained", "since": "1.0.0"}]
    plan = a_plan(checks=[a_check(), a_check(code="K2", kind="change", right=[], percent=50)], renames=renames)
    schema = derive(plan, plan.forms[0])
    assert canonical_bytes(schema) == canonical_bytes(derive(plan, plan.forms[0]))
    assert form_of(schema) == plan.forms[0]
    assert "unevaluatedProperties" not in canonical_bytes(schema).decode()
    assert "multipleOf" not in canonical_bytes(schema).decode()


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("0.07", 7),
        ("12.5", 1250),
        ("12.50", 1250),
        ("12.500", 1250),
        ("1E+2", 10_000),
        ("0E+9", 0),
        ("-0.0", 0),
        ("1.00", 100),
        ("10000000000000", 10**15),
    ],
)
def test_figures_become_whole_numbers_by_the_digits_as_written(written: str, whole: int) -> None:
    assert values(a_form(), figures(hours=Decimal(written))) == [3, 4, whole, 1]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0.071", "too_many_decimals"),
        ("1E-999999", "too_many_decimals"),
        ("10000000000000.01", "number_out_of_range"),
        ("1E+999999999", "number_out_of_range"),
        ("-0.01", "number_out_of_range"),
        ("NaN", "number_out_of_range"),
        ("0." + "1" * 5000, "too_many_decimals"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(written: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        values(a_form(), figures(hours=Decimal(written)), at="/data/figures")
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/data/figures/hours", code)]


def test_beside_the_schema_only_decimals_are_left_to_name() -> None:
    bad = {"trained": Decimal("1.5"), "hours": Decimal("1.005"), "portal": "?", "officers": -1}
    assert [(p.pointer, p.code) for p in number_problems(a_form(), bad)] == [("/figures/hours", "too_many_decimals")]
    assert number_problems(a_form(), {"hours": Decimal("1E+40")}) == []


def test_a_binary_float_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        values(a_form(), figures(hours=0.07))


def test_null_is_not_zero() -> None:
    assert values(a_form(), figures(trained=None, officers=0, portal=None)) == [None, 0, 1250, None]


@given(st.lists(st.none() | st.integers(0, LARGEST_SCALED), min_size=3, max_size=3), st.sampled_from([None, 0, 1]))
def test_packing_loses_nothing(numbers: list[int | None], status: int | None) -> None:
    packed = [*numbers, status]
    assert values(a_form(), unpack(a_form(), packed)) == packed


def test_unit_with_more_trained_than_officers_is_refused() -> None:
    errors, warnings = checks(a_form(checks=[a_check()]), figures(trained=5), at="/data/figures")
    assert [(p.pointer, p.code, p.params["check"]) for p in errors] == [
        ("/data/figures/trained", "check_at_most", "K1")
    ]
    assert errors[0].message.vi == "Số được tập huấn không quá tổng số (5 lớn hơn 4)."
    assert warnings == []


def test_a_warning_does_not_refuse() -> None:
    errors, warnings = checks(a_form(checks=[a_check(severity="warning")]), figures(trained=5))
    assert (errors, [p.code for p in warnings]) == ([], ["check_at_most"])


@pytest.mark.parametrize(
    ("close", "refuses"),
    [(date(2026, 12, 31), False), (date(2027, 1, 1), True), (date(2030, 6, 30), True), (None, False)],
)
def test_a_warning_becomes_an_error_from_a_close_of_data_on(close: date | None, refuses: bool) -> None:
    form = a_form(checks=[a_check(severity="warning", error_from="2027-01-01")])
    errors, warnings = checks(form, figures(trained=5), on=close)
    assert (len(errors), len(warnings)) == ((1, 0) if refuses else (0, 1))


def test_the_day_stands_in_the_forms_schema_and_on_its_page() -> None:
    plan = a_plan(checks=[a_check(severity="warning", error_from="2027-01-01")])
    assert form_of(derive(plan, plan.forms[0])) == plan.forms[0]
    assert "cảnh báo; từ kỳ chốt số liệu 1/1/2027: từ chối" in page(
        plan, plan.forms[0], a_report(figures=figures(hours=12))
    )


SUM = {"kind": "equals_sum", "left": "hours", "right": ["trained", "officers"]}


@pytest.mark.parametrize(
    ("check", "changes", "found"),
    [
        ({}, {"trained": 4}, False),
        ({}, {"trained": None}, False),
        ({}, {"officers": None}, False),
        ({"right": "hours"}, {"trained": 3, "hours": Decimal("2.99")}, True),
        ({"right": "hours"}, {"trained": 3, "hours": Decimal("3.00")}, False),
        (SUM, {"hours": 7}, False),
        (SUM, {"hours": Decimal("7.01")}, True),
        (SUM, {"trained": None}, False),
        ({"kind": "requires"}, {"officers": None}, True),
        ({"kind": "requires"}, {"trained": 0, "officers": None}, False),
        ({"kind": "requires", "left": "portal"}, {"officers": None}, True),
        ({"kind": "requires", "left": "portal"}, {"portal": "none", "officers": None}, False),
    ],
)
def test_checks_between_figures(check: dict[str, Any], changes: dict[str, Any], found: bool) -> None:
    errors, _ = checks(a_form(checks=[a_check(**check)]), figures(**changes))
    assert bool(errors) is found


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (10, 15, False),
        (10, 16, True),
        (10, 4, True),
        (10, 5, False),
        (0, 100, False),
        (None, 5, False),
        (10, None, False),
    ],
)
def test_a_jump_since_the_last_report_is_a_warning(before: int | None, now: int | None, found: bool) -> None:
    form = a_form(checks=[a_check(kind="change", right=[], percent=50, severity="warning")])
    _, warnings = checks(form, figures(trained=now), {"trained": before})
    assert bool(warnings) is found


def test_checks_pass_over_what_the_schema_refuses() -> None:
    form = a_form(checks=[a_check(), a_check(kind="requires", left="portal", right=["trained"])])
    assert checks(form, {"trained": "x", "officers": Decimal("1.5"), "portal": "unknown"}) == ([], [])
