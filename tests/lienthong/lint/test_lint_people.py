"""Headcounts that never enter, populations that rates need, national targets, flows before a decision, headlines."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest

from lienthong import units
from lienthong.errors import Message
from lienthong.lint import lint
from lienthong.lint.findings import Finding, consequences, rules
from lienthong.lint.headlines import LIMIT, headlines
from lienthong.lint.rendering import render
from lienthong.programmes.files import from_data
from lienthong.shipped import schemas_folder
from lienthong.units.registry import Registry
from tests.builders.plans import (
    SOURCE,
    a_figure,
    a_plan_document,
    a_programme,
    a_target,
    an_indicator,
    broken,
    linted,
    with_figures,
)

RATE = {"kind": "per_population", "figures": "informed", "multiplier": 100}


@cache
def registry() -> Registry:
    return units.load(schemas_folder() / "units")


def found(plan: dict[str, Any], programme: dict[str, Any] | None = None) -> list[Finding]:
    """Findings with the shipped register of units at hand, of the rules that need it."""
    files = [from_data(programme or a_programme(), "programme.yaml", SOURCE), from_data(plan, "plan.yaml", SOURCE)]
    return [f for f in lint(files, registry()) if f.rule in ("LT-F12", "LT-C07", "LT-C08")]


def headcount(label: str, counts: str, measure: str = "người") -> set[str]:
    plan, programme = with_figures(people={"label": label, "counts": counts, "measure": measure, "kind": "stock"})
    return broken(linted(plan, programme))


@pytest.mark.parametrize("label", ["Tổng số cán bộ, công chức", "Số người lao động", "Nhân lực ứng dụng"])
def test_a_headcount_must_except_police_and_military(label: str) -> None:
    assert headcount(label, "Người tại ngày chốt số liệu.") == {"LT-C08"}
    assert headcount(label, "Người tại ngày chốt số liệu; không gồm Công an, Quân sự.") == set()


@pytest.mark.parametrize(
    ("label", "measure"),
    [
        ("Tổng số chiến sĩ", "người"),
        ("Sĩ quan, hạ sĩ quan", "người"),
        ("Tổng số", "cán bộ"),
        ("Số đồng chí của đơn vị", "đồng chí"),
        ("Số đảng viên", "người"),
        ("Số người làm việc tại cơ quan", "Người"),
    ],
)
def test_a_headcount_by_another_name_or_measure_is_one_still(label: str, measure: str) -> None:
    assert headcount(label, "Tại ngày chốt số liệu.", measure) == {"LT-C08"}


def test_who_is_no_staff_is_no_headcount() -> None:
    assert headcount("Số người dân được tiếp cận", "Người thường trú trên địa bàn.") == set()
    assert headcount("Số lượt cán bộ được tập huấn", "Lượt, không phải số người.") == set()


def test_police_and_military_do_not_file_a_form_with_headcounts_whatever_it_says() -> None:
    programme, plan = a_programme(), a_plan_document()
    counts = "Người tại ngày chốt; không gồm Công an, Quân sự."
    programme["figures"].append(
        a_figure(
            "people", label="Tổng số công chức", counts=counts, measure="người", kind="stock", reported_by="department"
        )
    )
    plan["forms"][1]["figures"].append("people")
    assert broken(linted(plan, programme)) == {"LT-C08"}
    programme["reporters"]["department"]["except_types"] = ["ca", "bchqs"]
    assert linted(plan, programme) == []


def test_a_plan_with_rates_over_people_names_whose_population_it_needs() -> None:
    assert broken(linted(indicators=[an_indicator(computation=RATE)])) == {"LT-F12"}
    assert linted(indicators=[an_indicator(computation=RATE)], populations=["20"]) == []


def test_a_population_that_is_not_held_is_told_with_the_indicators_that_wait_for_it() -> None:
    plan = a_plan_document(indicators=[an_indicator(computation=RATE)], populations=["20", "05977", "communes"])
    texts = [finding.message.vi for finding in found(plan)]
    assert len(texts) == 2
    assert texts[0].startswith("05977: chưa có số liệu dân số; I-1-01")
    assert texts[1].startswith("P1-LS: 65/65 xã, phường chưa có số liệu dân số")


NATIONAL = {"concept": "cán bộ", "operator": "at_least", "value": 60, "year": 2027, "source": "Quyết định 1/QĐ-TTg"}


@pytest.mark.parametrize(
    ("target", "behind"),
    [
        (a_target(year=2027), False),
        (a_target(year=2026, value=70), False),
        (a_target(year=2030), True),
        (a_target(year=2027, value=59), True),
        ({**a_target(each_year={"first": 2026, "last": 2030}), "year": 2027}, None),
    ],
)
def test_a_target_lower_or_later_than_the_national_one_is_told(target: dict[str, Any], behind: bool | None) -> None:
    if behind is None:
        target, behind = {k: v for k, v in target.items() if k != "year"}, False
    programme = a_programme() | {"national_targets": [NATIONAL]}
    plan = a_plan_document(indicators=[an_indicator(concept="cán bộ", targets=[target])])
    assert broken(linted(plan, programme)) == ({"LT-T03"} if behind else set())


def test_another_concept_is_not_compared() -> None:
    programme = a_programme() | {"national_targets": [NATIONAL]}
    assert linted(a_plan_document(), programme) == []


def test_flows_that_begin_before_their_decision_are_flagged() -> None:
    plan = a_plan_document()
    begins = date(2025, 10, 1)
    for day, flagged in ((begins, False), (date(2026, 1, 16), True)):
        programme = a_programme() | {"decision": {"number": "1/QĐ-TTg", "date": day.isoformat()}}
        assert broken(linted(plan, programme)) == ({"LT-R07"} if flagged else set())


# ---------------------------------------------------------------- the report opens with what matters


def a_finding(rule: str, number: int = 0, severity: Any = "warning", lack: str | None = None) -> Finding:
    """lack: the rule's first where none is given."""
    return Finding(
        rule=rule,
        lack=lack or next(iter(rules()[rule].lacks)),
        severity=severity,
        file="schemas/programmes/p1/ls.yaml",
        line=1,
        pointer="",
        message=Message(vi=f"X-{number}: …", en=f"X-{number}: …"),
    )


def test_errors_come_first_and_then_by_weight_whatever_the_order_of_findings() -> None:
    many = [a_finding("LT-C05", n) for n in range(70)]
    told = headlines([*many, a_finding("LT-R03"), a_finding("LT-F01", 1, "error"), a_finding("LT-A01", 2, "info")])
    assert [(headline.rule, headline.count) for headline in told] == [("LT-F01", 1), ("LT-R03", 1), ("LT-C05", 70)]


def test_there_are_a_dozen_at_most_and_every_weight_is_a_rule() -> None:
    assert len(headlines([a_finding(rule) for rule in rules()])) == LIMIT == 12
    assert consequences().keys() <= rules().keys()


def test_many_findings_are_told_by_what_is_lacking_and_each_kind_apart() -> None:
    """“Growth targets have a baseline: 4” would say the opposite."""
    unquantified = [a_finding("LT-C02", n, lack="no_value") for n in range(5)]
    untargeted = [a_finding("LT-C02", n, lack="no_target") for n in range(7, 9)]
    (headline,) = headlines([*unquantified, *untargeted])
    assert headline.text().startswith(
        "LT-C02 (p1/ls): 2 chỉ tiêu mà nguồn không đặt mục tiêu (X-7, X-8); "
        "5 mục tiêu chưa lượng hóa (X-0, X-1, X-2, X-3, …). → "
    )


def test_what_heads_a_report_says_what_is_lacking_in_both_languages() -> None:
    for code in consequences():
        for lack in rules()[code].lacks.values():
            if lack.severity == "warning":
                assert lack.together is not None, code
                assert "{count}" in lack.together.vi and "{count}" in lack.together.en
    many = headlines([a_finding("LT-D05", n, "error") for n in range(3)])[0].text()
    assert many.startswith("LT-D05 (p1/ls): 3 nơi chưa đáp ứng yêu cầu “Không cộng lượt với người” (X-0, X-1, X-2).")


def test_a_long_report_opens_with_them_and_a_short_one_does_not() -> None:
    long = [a_finding("LT-C05", n) for n in range(LIMIT + 1)]
    for form in ("text", "markdown"):
        assert "Những điều cần xem trước" in render(long, form).partition("X-12: …")[0]
        assert "Những điều cần xem trước" not in render(long[:3], form)
    assert "X-0, X-1, X-2, X-3, …" in render(long, "text")
