"""The words an official would use, in what the plans, forms and verdicts say."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal

import pytest

from lienthong.indicators import reasons, verdicts
from lienthong.lint import findings, headlines
from lienthong.programmes import files, parse
from lienthong.programmes.files import PlanFile
from tests.builders.plans import a_plan_document, a_programme, an_indicator
from tests.conftest import ROOT

SPELLINGS = re.compile(r"luỹ|\bkhoá\b|mã hoá|\bxoá\b|«|»|\d %|Đề án 1169")
"""One spelling of a word, one kind of quotation mark, no space before %, the programme called what it is."""


def texts(value: object, pointer: str = "") -> list[tuple[str, str]]:
    """(pointer, text) of everything of ours; what is quoted from a source stays as it is there."""
    if isinstance(value, str):
        return [(pointer, value)]
    if isinstance(value, dict):
        return [each for key, below in value.items() if key != "quote" for each in texts(below, f"{pointer}/{key}")]
    if isinstance(value, list):
        return [each for place, below in enumerate(value) for each in texts(below, f"{pointer}/{place}")]
    return []


@pytest.mark.parametrize("file", files.load(files.SCHEMAS), ids=lambda file: file.path.rpartition("/")[2])
def test_plans_and_programmes_are_spelt_one_way(file: PlanFile) -> None:
    assert [(where, text) for where, text in texts(file.data) if SPELLINGS.search(text)] == []


@pytest.mark.parametrize("module", [reasons, verdicts, findings, headlines], ids=lambda module: module.__name__)
def test_reasons_verdicts_and_the_lint_are_spelt_one_way(module: object) -> None:
    assert SPELLINGS.findall(inspect.getsource(module)) == []  # type: ignore[arg-type]


def test_form_pages_and_the_lint_report_are_spelt_one_way() -> None:
    for path in (*sorted((ROOT / "docs" / "forms").glob("*.md")), ROOT / "docs" / "lint-report.md"):
        lines = [line for line in path.read_text("utf-8").splitlines() if SPELLINGS.search(line)]
        assert lines == [], path.name


def test_issuers_are_peoples_committees() -> None:
    for file in files.load(files.SCHEMAS):
        if file.kind == "plan":
            assert file.data["document"]["issuer"].startswith("UBND ")


@pytest.mark.parametrize(
    ("status", "provisional", "said"),
    [
        ("not_reached", True, "Chưa đạt (tạm tính)"),
        ("exceeded", False, "Vượt"),
        ("reached_early", False, "Đã đạt mức mục tiêu (trước hạn)"),
        ("condition_pending", True, "Chưa đến điều kiện"),
        ("cannot_be_assessed", True, "Không đánh giá được"),
    ],
)
def test_verdicts_are_said_in_these_words(status: str, provisional: bool, said: str) -> None:
    assert verdicts.of_target(status, provisional=provisional).vi == said


def test_a_plan_sets_its_minimum_coverage_and_an_indicator_its_own() -> None:
    own = an_indicator("I-1-02", minimum_coverage=95)
    plan = parse(a_programme(), a_plan_document(minimum_coverage=80, indicators=[an_indicator(), own]))
    assert [each.minimum_coverage for each in plan.indicators] == [Decimal(80), Decimal(95)]
    assert parse(a_programme(), a_plan_document()).indicators[0].minimum_coverage == 100
