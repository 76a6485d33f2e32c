"""Period codes: which stretch they name, comparable across plans."""

import pytest

from lienthong.errors import Rejected
from lienthong.periods import code_of, frequency_of, is_end_of_year, parts_of_year, year_before


@pytest.mark.parametrize(
    ("code", "frequency"),
    [
        ("2026", "annual"),
        ("2026-H1", "semiannual"),
        ("2026-H2", "semiannual"),
        ("2026-Q4", "quarterly"),
        ("2026-06", "monthly"),
        ("2026-12", "monthly"),
        ("2026-DX1", "special"),
        ("2026-SK2", "special"),
        ("2026-TK10", "special"),
    ],
)
def test_a_code_tells_its_frequency(code: str, frequency: str) -> None:
    assert frequency_of(code) == frequency


@pytest.mark.parametrize(
    "code",
    [
        "",
        "26",
        "2026-",
        "2026-H3",
        "2026-Q0",
        "2026-13",
        "2026-00",
        "2026-6",
        "2026-DX0",
        "2026-DX",
        "2026-H1 ",
        "2026-H1\n",
        " 2026",
        "2026/H1",
        "٢٠٢٦",
        "2026-dx1",
    ],
)
def test_anything_else_is_refused_by_name(code: str) -> None:
    with pytest.raises(Rejected) as caught:
        frequency_of(code)
    assert caught.value.code == "period_code_unknown"


@pytest.mark.parametrize(
    ("frequency", "part", "code"),
    [
        ("annual", 1, "2026"),
        ("semiannual", 2, "2026-H2"),
        ("quarterly", 3, "2026-Q3"),
        ("monthly", 6, "2026-06"),
    ],
)
def test_a_part_of_a_year_has_one_code(frequency: str, part: int, code: str) -> None:
    assert code_of(frequency, 2026, part) == code
    assert frequency_of(code) == frequency


@pytest.mark.parametrize(("code", "before"), [("2026", "2025"), ("2026-H1", "2025-H1"), ("2026-06", "2025-06")])
def test_growth_compares_with_the_same_period_a_year_earlier(code: str, before: str) -> None:
    assert year_before(code) == before


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("2026", ["2026"]),
        ("2026-H1", ["2026-H1"]),
        ("2026-H2", ["2026-H1", "2026-H2"]),
        ("2026-03", ["2026-01", "2026-02", "2026-03"]),
        ("2026-DX1", ["2026-DX1"]),
    ],
)
def test_a_year_to_date_is_made_of_the_parts_so_far(code: str, parts: list[str]) -> None:
    assert parts_of_year(code) == parts


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("2026", True),
        ("2026-H1", False),
        ("2026-H2", True),
        ("2026-Q4", True),
        ("2026-11", False),
        ("2026-12", True),
        ("2026-TK1", False),
    ],
)
def test_only_the_last_part_ends_the_year(code: str, ends: bool) -> None:
    assert is_end_of_year(code) is ends
