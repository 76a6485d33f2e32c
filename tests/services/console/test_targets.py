"""A target on the page of a plan says what the hub judged, and what it told to be missing: no arithmetic of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.console.pages.targets import target_of

GOAL: dict[str, Any] = {
    "operator": "range",
    "year": 2035,
    "eachYear": None,
    "value": None,
    "low": "1",
    "high": "2",
    "implied": False,
    "restored": None,
    "quote": "từ 1-2 máy xạ trị gia tốc/triệu dân",
    "note": None,
}


@pytest.mark.parametrize(
    ("status", "told", "gap"),
    [("exceeded", None, None), ("not_reached", "0.27", Decimal("0.27")), ("not_due", None, None)],
)
def test_the_gap_is_the_one_that_the_hub_told(status: str, told: str | None, gap: Decimal | None) -> None:
    judged = {"status": status, "provisional": False, "line": None, "gap": told, "reasons": []}
    assert target_of(GOAL, judged, "từ 1–2 máy/triệu dân vào năm 2035").gap == gap


def test_what_was_not_judged_lacks_nothing() -> None:
    target = target_of(GOAL, None, "từ 1–2 máy/triệu dân vào năm 2035")
    assert (target.status, target.gap) == ("cannot_be_assessed", None)
