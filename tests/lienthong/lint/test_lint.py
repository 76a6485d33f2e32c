"""Each rule of the lint, broken alone in a plan that is otherwise sound."""

import copy
from datetime import date
from typing import Any

import pytest

from lienthong.lint import lint
from lienthong.programmes.files import from_data
from lienthong.units.registry import Registry
from tests.builders.plans import (
    a_check,
    a_figure,
    a_plan,
    a_plan_document,
    a_programme,
    a_target,
    a_task,
    an_indicator,
    an_obligation,
    broken,
    linted,
    with_figures,
)


def test_a_sound_plan_has_no_findings() -> None:
    assert linted() == []


def test_a_wrong_structure_is_all_that_is_said_of_a_plan() -> None:
    findings = linted(tasks=[a_task(district="Cao Lộc")], version="one")
    assert broken(findings) == {"LT-S01"} and len(findings) == 2


def test_a_plan_without_its_programme_is_an_error() -> None:
    assert broken(lint([from_data(a_plan_document(), "plan.yaml")])) == {"LT-S02"}


@pytest.mark.parametrize(
    "changes",
    [
        {"obligations": [an_obligation(deadlines=[{"before": "02-30"}])]},
        {
            "schedules": [
                {
                    "frequency": "semiannual",
                    "first_year": 2026,
                    "spans": [{"first": {"day": "01-01"}, "last": {"day": "06-30"}}],
                }
            ]
        },
    ],
)
def test_days_that_do_not_exist_and_missing_parts_are_errors(changes: dict[str, Any]) -> None:
    assert "LT-S03" in broken(linted(**changes))


# --- what D4 asks of targets and tasks -------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    ["Phủ sóng tại các huyện", "Số quận có kênh", "Thị xã có chuyên mục", "Khu vực trung tâm thành phố thuộc tỉnh"],
)
def test_district_level_units_are_refused(title: str) -> None:
    findings = linted(indicators=[an_indicator(title=title)])
    assert [(f.rule, f.severity, f.quote) for f in findings] == [("LT-C01", "error", title)]


@pytest.mark.parametrize("title", ["UBND xã, phường, đặc khu", "Thành phố trực thuộc trung ương", "Chuyên mục của xã"])
def test_names_of_the_two_levels_are_not_taken_for_districts(title: str) -> None:
    assert linted(indicators=[an_indicator(title=title)]) == []


def test_a_target_without_value_is_reported_with_its_phrase() -> None:
    target = {"operator": "at_least", "year": 2030, "quote": "Tổ chức hội nghị"}
    findings = linted(indicators=[an_indicator(targets=[target])])
    assert [(f.rule, f.severity, f.quote) for f in findings] == [("LT-C02", "warning", "Tổ chức hội nghị")]


def test_an_indicator_without_targets_is_reported() -> None:
    assert broken(linted(indicators=[an_indicator(targets=[])])) == {"LT-C02"}


def test_an_undated_target_is_reported() -> None:
    target = a_target()
    del target["year"]
    assert broken(linted(indicators=[an_indicator(targets=[target])])) == {"LT-C03"}


def test_a_target_that_waits_for_an_event_is_reported() -> None:
    assert broken(linted(indicators=[an_indicator(targets=[a_target(trigger="Trung ương vận hành")])])) == {"LT-C03"}


def test_one_year_for_all_targets_is_questioned() -> None:
    indicators = [an_indicator("I-1-01"), an_indicator("I-1-02")]
    assert broken(linted(indicators=indicators)) == {"LT-C03"}


@pytest.mark.parametrize(("missing", "rule"), [("due", "LT-C04"), ("result", "LT-C05"), ("lead", "LT-C10")])
def test_a_task_needs_a_date_a_result_and_a_unit(missing: str, rule: str) -> None:
    task = a_task()
    del task[missing]
    assert broken(linted(tasks=[task])) == {rule}


def test_thuong_xuyen_is_not_a_date() -> None:
    task = a_task(due_text="Thường xuyên")
    del task["due"]
    findings = linted(tasks=[task])
    assert broken(findings) == {"LT-C20"} and "Thường xuyên" in findings[0].message.vi


def test_a_letter_instead_of_a_plan_needs_a_justification() -> None:
    document = {**a_plan_document()["document"], "form": "Công văn"}
    assert broken(linted(document=document)) == {"LT-C06"}
    assert linted(document={**document, "justification": "Việc khẩn cấp"}) == []


def test_a_blank_document_number_is_allowed_and_said() -> None:
    document = {**a_plan_document()["document"], "number": None}
    assert [(f.rule, f.severity) for f in linted(document=document)] == [("LT-D10", "info")]


# --- secrets, telemetry, data held elsewhere -------------------------------------------------------------


def test_a_figure_that_asks_about_secrets_is_refused() -> None:
    plan, programme = with_figures(hidden={"label": "Số nhiệm vụ bí mật nhà nước"})
    assert broken(linted(plan, programme)) == {"LT-C08"}


def test_where_the_source_excludes_secrets_every_figure_must_say_so() -> None:
    phrase = "100% nhiệm vụ (trừ những nhiệm vụ liên quan đến bí mật nhà nước)"
    indicator = an_indicator(quote=phrase, targets=[a_target(value=100, operator="equal", quote=phrase)])
    findings = linted(indicators=[indicator], source=None)
    assert [f.rule for f in findings] == ["LT-C08", "LT-C08"]
    counts = "Không tính nhiệm vụ liên quan đến bí mật nhà nước."
    plan, programme = with_figures(staff={"counts": counts}, informed={"counts": counts})
    assert linted({**plan, "indicators": [indicator]}, programme, source=None) == []


def test_radiation_readings_do_not_belong_in_a_report() -> None:
    plan, programme = with_figures(dose={"measure": "µSv/h"})
    assert "LT-C15" in broken(linted(plan, programme))


def test_population_is_not_collected_again() -> None:
    plan, programme = with_figures(people={"label": "Dân số của xã"})
    assert broken(linted(plan, programme)) == {"LT-F07"}


# --- figures, forms, computations ------------------------------------------------------------------------


def test_no_figure_is_reported_by_two_kinds_of_unit() -> None:
    plan = a_plan_document()
    plan["forms"][1]["figures"] = ["budget", "events"]
    assert broken(linted(plan)) == {"LT-F01", "LT-F02"}


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("forms", [{"reporters": "commune", "version": "1.0.0", "figures": ["staff", "nobody_knows"]}]),
        ("forms", [{"reporters": "villages", "version": "1.0.0", "figures": ["staff"]}]),
        ("obligations", [an_obligation(reporters=["villages"])]),
    ],
)
def test_unknown_figures_and_kinds_of_unit_are_errors(section: str, change: list[Any]) -> None:
    assert "LT-F03" in broken(linted(**{section: change}))


def test_both_sides_of_a_ratio_stand_in_one_form() -> None:
    ratio = {"kind": "ratio", "numerator": "informed", "denominator": "budget", "multiplier": 100}
    assert "LT-F04" in broken(linted(indicators=[an_indicator(computation=ratio)]))


def test_a_ratio_needs_as_many_numerators_as_denominators() -> None:
    ratio = {"kind": "ratio", "numerator": ["informed", "staff"], "denominator": "staff"}
    assert "LT-F04" in broken(linted(indicators=[an_indicator(computation=ratio)]))


def test_an_indicator_of_figures_that_nobody_reports_is_an_error() -> None:
    assert broken(linted(indicators=[an_indicator(computation={"kind": "sum", "figures": "nothing"})])) == {"LT-F05"}


def test_a_status_that_is_not_on_the_list_is_an_error() -> None:
    milestone = {"kind": "milestone", "figure": "channel", "reaches": "flourishing"}
    target = a_target(operator="status", value="live")
    assert "LT-F05" in broken(linted(indicators=[an_indicator(computation=milestone, targets=[target])]))


@pytest.mark.parametrize(
    "computation",
    [
        {"kind": "coverage", "figures": ["channel"], "reaches": 1},
        {"kind": "coverage", "figures": ["staff"], "reaches": "live"},
        {"kind": "milestone", "figure": "staff", "reaches": "live"},
    ],
)
def test_what_a_figure_reaches_is_of_its_kind(computation: dict[str, Any]) -> None:
    findings = linted(indicators=[an_indicator(computation=computation, targets=[])])
    assert "LT-F05" in broken(findings)


@pytest.mark.parametrize("among", [["budget"], ["staff", "events"]])
def test_what_narrows_coverage_stands_in_the_same_form(among: list[str]) -> None:
    coverage = {"kind": "coverage", "figures": ["channel"], "reaches": "live", "among": among}
    assert broken(linted(indicators=[an_indicator(computation=coverage)])) == {"LT-F04"}
    assert linted(indicators=[an_indicator(computation={**coverage, "among": ["staff"]})]) == []


def test_growth_is_of_something_that_can_grow() -> None:
    status = {"kind": "milestone", "figure": "channel", "reaches": "live"}
    growth = {"kind": "growth", "mode": "year_on_year", "of": status}
    assert broken(linted(indicators=[an_indicator(computation=growth)])) == {"LT-S01"}


def test_a_status_is_never_summed() -> None:
    assert "LT-F05" in broken(linted(indicators=[an_indicator(computation={"kind": "sum", "figures": ["channel"]})]))


def test_a_computed_figure_stands_in_a_form() -> None:
    assert broken(linted(computed=[{"figure": "nothing", "content": {}}])) == {"LT-F05"}
    assert broken(linted(computed=[{"figure": "staff", "content": {}}])) == set()


def test_a_check_reads_only_its_own_form() -> None:
    plan = a_plan_document()
    plan["forms"][1]["checks"] = [a_check(left="budget", right="staff")]
    assert broken(linted(plan)) == {"LT-F06"}


def test_a_form_nobody_can_fill_in_is_reported() -> None:
    plan, programme = with_figures(**{f"extra_{n}": {} for n in range(15)})
    assert broken(linted(plan, programme)) == {"LT-F08"}


def test_codes_are_given_once() -> None:
    assert "LT-F09" in broken(linted(indicators=[an_indicator(), an_indicator()]))


def test_a_form_that_nobody_owes_is_reported() -> None:
    assert broken(linted(obligations=[an_obligation(reporters=["commune"])])) == {"LT-F11"}


def test_coverage_counts_obliged_units_only() -> None:
    coverage = {"kind": "coverage", "figures": ["channel"], "reaches": "live", "multiplier": 100}
    indicator = an_indicator(computation=coverage)
    assert linted(indicators=[indicator]) == []
    assert "LT-D06" in broken(linted(indicators=[indicator], obligations=[an_obligation(reporters=["department"])]))


def test_percentages_are_not_collected() -> None:
    plan, programme = with_figures(share={"measure": "%"})
    assert broken(linted(plan, programme)) == {"LT-D01"}


def test_a_share_needs_a_refusing_check_of_its_numerator() -> None:
    plan = a_plan_document()
    plan["forms"][0]["checks"] = [a_check(severity="warning")]
    assert broken(linted(plan)) == {"LT-D01"}


def test_a_rate_per_million_means_nothing_in_a_commune() -> None:
    rate = {"kind": "per_population", "figures": "staff", "multiplier": 1_000_000}
    meaningless = linted(
        indicators=[an_indicator(computation=rate, levels=["province", "commune"])], populations=["20", "communes"]
    )
    assert broken(meaningless) == {"LT-D02"}


def test_growth_without_a_baseline_is_reported() -> None:
    growth = {"kind": "growth", "mode": "year_on_year", "of": {"kind": "sum", "figures": "events"}}
    assert broken(linted(indicators=[an_indicator(computation=growth, baseline=None)])) == {"LT-D03"}
    baseline = {"year": 2025, "value": 12, "source": "Báo cáo 2025"}
    assert linted(indicators=[an_indicator(computation=growth, baseline=baseline)]) == []


def test_stocks_are_never_summed_over_periods() -> None:
    total = {"kind": "sum", "figures": "staff", "window": "year"}
    assert broken(linted(indicators=[an_indicator(computation=total)])) == {"LT-D04"}


def test_turns_and_persons_are_never_added() -> None:
    plan, programme = with_figures(turns={"measure": "lượt"})
    plan["indicators"] = [an_indicator(computation={"kind": "sum", "figures": ["turns", "staff"]})]
    assert broken(linted(plan, programme)) == {"LT-D05"}


def test_a_share_of_turns_in_persons_is_refused() -> None:
    plan, programme = with_figures(informed={"measure": "lượt"})
    assert broken(linted(plan, programme)) == {"LT-D05"}


@pytest.mark.parametrize(
    "target",
    [
        a_target(operator="equal"),  # ít nhất
        a_target(operator="at_least", value=100, quote="100% đơn vị có kênh hỏi - đáp"),  # 100%
        a_target(operator="at_least", value=1, quote="từ 1-2 máy"),  # a range
        a_target(operator="status", value="live"),  # a ratio has no status
    ],
)
def test_the_operator_fits_the_wording_and_the_computation(target: dict[str, Any]) -> None:
    findings = linted(indicators=[an_indicator(targets=[target])], source=None)
    assert "LT-D07" in {f.rule for f in findings if f.severity == "error"}


def test_what_cannot_be_computed_says_why() -> None:
    reason = {"vi": "nguồn không định nghĩa", "en": "not defined"}
    findings = linted(indicators=[an_indicator(computation={"kind": "none", "reason": reason})])
    assert [(f.rule, f.severity) for f in findings] == [("LT-T02", "warning")]
    assert "nguồn không định nghĩa" in findings[0].message.vi


# --- routes and rounds -----------------------------------------------------------------------------------


def test_a_route_through_another_unit_names_it() -> None:
    assert broken(linted(obligations=[an_obligation(via=None)])) == {"LT-C09"}


def test_a_report_goes_to_somebody() -> None:
    assert broken(linted(obligations=[an_obligation(to=[])])) == {"LT-C09"}
    assert broken(linted(obligations=[an_obligation(to=[], to_text="cơ quan tài chính")])) == {"LT-D08"}


def test_reports_on_demand_are_recorded_as_such() -> None:
    quote = "hoặc đột xuất khi có yêu cầu"
    assert broken(linted(obligations=[an_obligation(quote=quote, on_demand=False)])) == {"LT-C16"}


@pytest.mark.parametrize(
    ("quote", "deadline"),
    [
        ("báo cáo chậm nhất trong ngày 15/10", {"before": "10-15"}),
        ("báo cáo trước ngày 15/10", {"on_or_before": "10-15"}),
        ("báo cáo trước ngày 15/10", {"before": "10-16"}),
        ("báo cáo trước ngày 15 tháng 11", {"before": "10-15"}),
    ],
)
def test_deadlines_follow_the_wording(quote: str, deadline: dict[str, str]) -> None:
    assert broken(linted(obligations=[an_obligation(quote=quote, deadlines=[deadline])], source=None)) == {"LT-C21"}


def test_a_periodic_obligation_without_date_is_reported() -> None:
    quote = "Tổ chức hội nghị"
    assert broken(linted(obligations=[an_obligation(deadlines=[], quote=quote)])) == {"LT-R03"}


def test_a_frequency_needs_its_periods() -> None:
    quote = "Tổ chức hội nghị"
    assert broken(linted(obligations=[an_obligation(frequency="monthly", quote=quote)])) == {"LT-R04"}


def a_schedule(last: str) -> dict[str, Any]:
    first = {"09-30": "10-01", "10-14": "10-15", "10-31": "11-01", "10-13": "10-14"}[last]
    return {
        "frequency": "annual",
        "first_year": 2026,
        "last_year": 2030,
        "spans": [{"first": {"year": -1, "day": first}, "last": {"day": last}}],
    }


def test_the_close_of_data_leaves_a_working_day_before_the_deadline() -> None:
    assert broken(linted(schedules=[a_schedule("10-14")])) == {"LT-R01"}


def test_a_weekend_is_no_working_day_between_close_and_deadline() -> None:
    # 14 October is a working day in 2026 (Wednesday) but a Saturday in 2028: every year of the plan is looked at.
    findings = linted(schedules=[a_schedule("10-13")])
    assert broken(findings) == {"LT-R01"} and "2028" in findings[0].message.vi


def test_a_deadline_inside_its_period_is_an_error() -> None:
    assert broken(linted(schedules=[a_schedule("10-31")])) == {"LT-R02"}


def test_periods_leave_no_gap_and_no_overlap() -> None:
    schedule = a_schedule("09-30")
    schedule["spans"][0]["first"]["day"] = "10-05"
    assert broken(linted(schedules=[schedule])) == {"LT-R05"}


@pytest.mark.parametrize(("before", "severity"), [("10-10", "error"), ("10-15", "info"), ("10-25", None)])
def test_the_issuer_consolidates_after_its_units(before: str, severity: str | None) -> None:
    issuer = an_obligation(
        "R-1-2",
        level="issuer",
        reporters=[],
        to=["VN"],
        via=None,
        quote="Tổ chức hội nghị",
        deadlines=[{"before": before}],
    )
    findings = [f for f in linted(obligations=[an_obligation(), issuer]) if f.rule == "LT-R06"]
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_a_milestone_before_the_first_round_is_reported() -> None:
    assert broken(linted(indicators=[an_indicator(targets=[a_target(year=2025)])])) == {"LT-T01"}


# --- sources ---------------------------------------------------------------------------------------------


def test_a_missing_quote_is_reported() -> None:
    task = a_task()
    del task["quote"]
    assert broken(linted(tasks=[task])) == {"LT-Q01"}


def test_a_phrase_that_the_source_does_not_contain_is_an_error() -> None:
    findings = linted(tasks=[a_task(quote="Tổ chức lễ hội")])
    assert [(f.rule, f.severity, f.quote) for f in findings] == [("LT-Q02", "error", "Tổ chức lễ hội")]


def test_quotes_are_compared_across_line_breaks_and_unicode_forms() -> None:
    decomposed = "Ti\u0309nh (qua  So\u031b\u0309\nKhoa học"
    plan = a_plan_document(
        tasks=[a_task(quote="Tỉnh (qua Sở Khoa học")], indicators=[], obligations=[an_obligation(quote="Tỉnh (qua Sở")]
    )
    files = [from_data(a_programme(), "p.yaml"), from_data(plan, "plan.yaml", decomposed)]
    assert "LT-Q02" not in broken(lint(files))


def test_assumptions_are_shown() -> None:
    schedule = {**a_schedule("09-30"), "assumption": {"vi": "Giả định chốt 30/9", "en": "assumed"}}
    findings = linted(schedules=[schedule])
    assert [(f.rule, f.severity) for f in findings] == [("LT-A01", "info")]


# --- across plans ----------------------------------------------------------------------------------------


def a_registry() -> Registry:
    units = (
        ("VN", None, "nation", "nation", "Việt Nam"),
        ("20", "VN", "province", "province", "Tỉnh Lạng Sơn"),
        ("06040", "20", "commune", "commune", "Xã Thất Khê"),
    )
    return Registry.from_rows(
        [
            {
                "code": code,
                "parent": parent,
                "level": level,
                "type": kind,
                "full_name": name,
                "valid_from": "2025-07-01",
                "name": name.removeprefix("Tỉnh ").removeprefix("Xã "),
            }
            for code, parent, level, kind, name in units
        ]
    )


def test_a_communes_plan_repeats_no_figure_that_its_province_collects() -> None:
    commune = a_plan_document(plan="P1-XA", issued_by="06040")
    files = [
        from_data(a_programme(), "p.yaml"),
        from_data(a_plan_document(), "province.yaml"),
        from_data(commune, "commune.yaml"),
    ]
    doubled = [f for f in lint(files, a_registry()) if f.rule == "LT-F10"]
    assert {f.file for f in doubled} == {"commune.yaml", "province.yaml"} and len(doubled) == 10
    elsewhere = copy.deepcopy(files[1].data)
    files[1] = from_data({**elsewhere, "issued_by": "33"}, "province.yaml")
    assert not [f for f in lint(files, a_registry()) if f.rule == "LT-F10"]


def test_a_communes_plan_is_held_against_the_plans_in_force() -> None:
    files = [from_data(a_programme(), "p.yaml"), from_data(a_plan_document(plan="P1-XA", issued_by="06040"), "c.yaml")]
    assert "LT-F10" not in broken(lint(files, a_registry()))
    assert "LT-F10" in broken(lint(files, a_registry(), in_force=[a_plan()]))
    itself = a_plan(plan="P1-XA", issued_by="20")
    assert "LT-F10" not in broken(lint(files, a_registry(), in_force=[itself]))


@pytest.mark.parametrize(
    ("issuer", "units", "wrong"),
    [("20", ["06040"], 0), ("06040", ["06040"], 0), ("06040", ["20"], 1), ("20", ["33"], 1)],
)
def test_a_plan_obliges_nobody_that_is_not_under_its_issuer(issuer: str, units: list[str], wrong: int) -> None:
    named = {"commune": {"label": {"vi": "xã", "en": "commune"}, "level": "commune", "units": units}}
    plan = {**a_plan_document(plan="P1-XA", issued_by=issuer), "reporters": named}
    found = lint([from_data(a_programme(), "p.yaml"), from_data(plan, "plan.yaml")], a_registry())
    assert len([fault for fault in found if fault.rule == "LT-R08"]) == wrong


def test_codes_of_routes_are_looked_up_in_the_register() -> None:
    files = [from_data(a_programme(), "p.yaml"), from_data(a_plan_document(), "plan.yaml")]
    unknown = [f.message.vi for f in lint(files, a_registry()) if f.rule == "LT-D08"]
    assert len(unknown) == 1 and "20.SKHCN" in unknown[0]
    assert a_registry().exists("20", date(2026, 9, 30))


def test_the_order_of_files_does_not_matter() -> None:
    files = [
        from_data(a_programme(figures=[a_figure("staff"), a_figure("informed")]), "p.yaml"),
        from_data(a_plan_document(), "plan.yaml"),
    ]
    assert lint(files) == lint(reversed(files))
