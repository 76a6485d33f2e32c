"""The sum over provinces: exact, whatever the order, and never of things that only share a name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.export.feed.national import LatestRelease, Sum, consolidate


def a_release(province: str) -> LatestRelease:
    return LatestRelease(
        release=f"R-{province}/1",
        round=f"R-{province}",
        version=1,
        plan=f"P119-{province}",
        issuer=province,
        level="province",
        province=province,
        sample=False,
        digest="sha256:x",
        signed_at=datetime(2026, 10, 20, tzinfo=UTC),
    )


def a_sum(province: str, total: int | None, *, kind: str = "flow", decimals: int = 0) -> Sum:
    described: dict[str, Any] = {
        "label": {"vi": "Số tin", "en": "Items"},
        "measure": {"vi": "tin", "en": "items"},
        "statuses": [],
    }
    return Sum(
        release=f"R-{province}/1",
        form="f",
        code="news",
        kind=kind,
        decimals=decimals,
        total=None if total is None else Decimal(total),
        given=0 if total is None else 1,
        obliged=2,
        described=described,
    )


def the_figure(sums: list[Sum]) -> dict[str, Any]:
    releases = [a_release(sum_.release[2:4]) for sum_ in sums]
    [figure] = consolidate("P119", "2026", releases, sums, provinces=34)["figures"]
    body: dict[str, Any] = figure
    return body


@given(st.lists(st.integers(-(10**18), 10**18), min_size=1, max_size=34), st.integers(0, 6))
def test_the_sum_is_exact_to_the_last_digit(totals: list[int], decimals: int) -> None:
    sums = [a_sum(f"{place:02d}", total, decimals=decimals) for place, total in enumerate(totals, start=1)]
    sum_ = the_figure(sums)["sum"]
    assert int(Decimal(sum_).scaleb(decimals)) == sum(totals)
    assert the_figure(sums[::-1])["sum"] == sum_


def test_a_province_that_did_not_give_a_figure_adds_nothing_and_is_not_counted() -> None:
    figure = the_figure([a_sum("20", 5), a_sum("33", None)])
    assert (figure["sum"], figure["provinces"], figure["given"], figure["obliged"]) == ("5", 1, 1, 4)


def test_one_code_with_two_kinds_is_a_conflict_and_not_a_sum() -> None:
    figure = the_figure([a_sum("20", 5), a_sum("33", 7, kind="stock")])
    assert (figure["sum"], figure["conflict"]) == (None, ["flow", "stock"])


def test_provinces_may_state_a_figure_with_different_decimals() -> None:
    assert the_figure([a_sum("20", 15, decimals=1), a_sum("33", 25, decimals=2)])["sum"] == "1.75"
