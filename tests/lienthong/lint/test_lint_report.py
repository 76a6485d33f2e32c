"""The lint on the real plans and on D4's draft; how findings are shown; the committed report."""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from lienthong import units
from lienthong.lint import lint, rules
from lienthong.lint.findings import Finding
from lienthong.lint.rendering import FORMATS, exit_code, render, summary
from lienthong.programmes import files
from lienthong.units.registry import Registry
from tests.builders.plans import shipped
from tests.conftest import ROOT

REPORT = ROOT / "docs" / "lint-report.md"


@cache
def registry() -> Registry:
    return units.load(ROOT / "schemas" / "units")


@cache
def real() -> tuple[Finding, ...]:
    return tuple(lint(shipped(), registry()))


@cache
def draft() -> tuple[Finding, ...]:
    return tuple(lint(files.load(ROOT / "tests" / "fixtures" / "plans"), registry()))


def test_the_real_plans_can_all_be_computed() -> None:
    assert [f for f in real() if f.severity == "error"] == []
    assert exit_code(real()) == 0


def test_the_real_plans_lack_what_the_inventory_says_they_lack() -> None:
    undated = {f.message.vi.split(":")[0] for f in real() if f.rule == "LT-R03"}
    assert undated == {"R-438-HY-2", "R-1169-LS-2"}
    assert {f.message.vi.split(":")[0] for f in real() if f.rule == "LT-D03"} == {
        "I-119-03",
        "I-119-04",
        "I-119-05",
        "I-438-09",
    }
    unquantified = {f.message.vi.split(":")[0] for f in real() if f.rule == "LT-C02"}
    assert {"I-119-06", "I-119-07", "I-119-12", "I-438-10", "I-438-16", "I-1169-LS-07", "I-1169-LS-08"} <= unquantified
    assert len([f for f in real() if f.rule == "LT-C20" and "nam-cuong" in f.file]) == 11


def test_every_warning_about_content_carries_the_phrase() -> None:
    assert all(f.quote for f in real() if f.severity == "warning")


def test_d4s_draft_is_caught_at_everything_that_d4_criticised() -> None:
    pairs = {(f.rule, f.severity) for f in draft()}
    assert {
        ("LT-C01", "error"),
        ("LT-C02", "warning"),
        ("LT-C03", "warning"),
        ("LT-C04", "warning"),
        ("LT-C05", "warning"),
        ("LT-C06", "warning"),
    } <= pairs
    assert exit_code(draft()) == 1


def test_a_finding_names_the_line_of_what_it_is_about() -> None:
    finding = next(f for f in draft() if f.rule == "LT-C06")
    line = Path(finding.file).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert line.strip() == "form: Công văn"


def test_every_kind_of_unit_of_a_form_has_units_at_the_close_of_data() -> None:
    for plan in files.plans(shipped()):
        for kind in (plan.reporters[form.reporters] for form in plan.forms):
            agencies = _agencies(plan.issued_by, kind.group, kind.types, kind.except_types)
            assert kind.level == "commune" or agencies, kind.name


def _agencies(root: str, group: str | None, types: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    below = registry().children(root, date(2026, 9, 30), "agency")
    return [
        unit.code
        for unit in below
        if (group is None or unit.group == group) and (not types or unit.type in types) and unit.type not in other
    ]


def test_json_carries_both_languages_and_the_place() -> None:
    rows = json.loads(render(draft(), "json", root=str(ROOT)))
    row = next(each for each in rows if each["rule"] == "LT-C06")
    assert row["file"] == "tests/fixtures/plans/p2815/lang-son-draft.yaml" and row["line"] == 10
    assert row["message"]["vi"] and row["message"]["en"] and row["severity"] == "warning"


def test_the_text_shows_place_rule_and_quote() -> None:
    text = render([f for f in draft() if f.rule == "LT-C04"][:1], root=str(ROOT))
    assert re.match(r"tests/fixtures/plans/p2815/lang-son-draft.yaml:\d+: CẢNH BÁO LT-C04: T-2815-1", text)
    assert "“Sở Nông nghiệp và Môi trường đặt hàng UAV giám sát cháy rừng”" in text


@pytest.mark.parametrize("form", FORMATS)
def test_no_finding_shows_nothing_but_the_count(form: str) -> None:
    assert "None" not in render([], form) and exit_code([]) == 0
    assert summary([], "en") == "0 errors, 0 warnings, 0 infos"


def test_every_reported_rule_is_a_known_one() -> None:
    assert {f.rule for f in (*real(), *draft())} <= rules().keys()


def test_the_committed_report_is_that_of_the_shipped_plans() -> None:
    # Made again by: python -m lienthong.lint
    assert REPORT.read_text(encoding="utf-8") == render(real(), "markdown", root=str(ROOT))


def test_the_docs_say_where_each_constraint_is_held_and_name_every_rule() -> None:
    page = (ROOT / "docs" / "programmes.md").read_text(encoding="utf-8")
    assert all(f"| {code} | {rule.asks.vi} | {rule.asks.en} |" in page for code, rule in rules().items())
    first_cells = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| "))
    wanted = [f"C-{n:02d}" for n in range(1, 22)] + [f"D-{n:02d}" for n in range(1, 11)]
    assert all(code in first_cells for code in wanted)
