"""Rounds are named as officials name them."""

from __future__ import annotations

import pytest

from lienthong.rounds.wording import in_words, period_in_words


@pytest.mark.parametrize(
    ("code", "vietnamese", "english"),
    [
        ("P119-LS.2026", "năm 2026 (P119-LS)", "2026 (P119-LS)"),
        ("P1169-LS.2026-H1", "6 tháng đầu năm 2026 (P1169-LS)", "the first half of 2026 (P1169-LS)"),
        ("P1169-LS.2026-H2", "6 tháng cuối năm 2026 (P1169-LS)", "the second half of 2026 (P1169-LS)"),
        ("P1-LS.2026-Q4", "quý IV năm 2026 (P1-LS)", "quarter 4 of 2026 (P1-LS)"),
        ("P1-LS.2026-06", "tháng 6 năm 2026 (P1-LS)", "June 2026 (P1-LS)"),
        ("P1-LS.2026-DX2", "đột xuất lần 2 năm 2026 (P1-LS)", "ad-hoc round 2 of 2026 (P1-LS)"),
        ("P1-LS.2030-SK1", "sơ kết lần 1 năm 2030 (P1-LS)", "interim review 1 of 2030 (P1-LS)"),
        ("P1-LS.2035-TK1", "tổng kết lần 1 năm 2035 (P1-LS)", "final review 1 of 2035 (P1-LS)"),
    ],
)
def test_a_round_is_named_by_its_period_and_its_plan(code: str, vietnamese: str, english: str) -> None:
    said = in_words(code)
    assert said is not None and (said.vi, said.en) == (vietnamese, english)


@pytest.mark.parametrize("code", ["", "–", "2026", "P119-LS", "P119-LS.2026-H3", "P119-LS.sang-nam"])
def test_what_is_no_round_is_not_named(code: str) -> None:
    assert in_words(code) is None


def test_a_period_is_named_without_its_plan() -> None:
    said = period_in_words("2026-H1")
    assert said is not None and (said.vi, said.en) == ("6 tháng đầu năm 2026", "the first half of 2026")
    assert period_in_words("P119-LS.2026") is None
