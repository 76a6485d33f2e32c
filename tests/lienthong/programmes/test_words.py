"""Who issues the plans, what a verdict is called, and from which coverage on it is no longer provisional.

The words of every text: tests/test_official_words.py.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from lienthong.indicators import verdicts
from lienthong.programmes import parse
from tests.builders.plans import a_plan_document, a_programme, an_indicator, shipped


def test_issuers_are_peoples_committees() -> None:
    for file in shipped():
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
