"""How computed figures are counted: pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lienthong.computed.counting import Countable, Directive, Item, count
from lienthong.periods import Period
from lienthong.programmes import Computed

HALF = Period(code="2026-H1", first=date(2026, 1, 1), last=date(2026, 6, 30))
OTHER = Period(code="2026-H2", first=date(2026, 7, 1), last=date(2026, 12, 31))
YEAR = Period(code="2026", first=date(2026, 1, 1), last=date(2026, 12, 31))
NEWS = Computed(figure="f", source="content", kinds=("news",), sites=("langson.gov.vn",))
ON_TIME = Computed(
    figure="f", source="directives", posted=("portal",), within_working_days=5, shared=("grassroots", "social")
)


def an_item(**changes: Any) -> Item:
    body = {"unit": "20.SVHTTDL", "once": "tin-1", "kind": "news", "link": "https://langson.gov.vn/1", **changes}
    return Item(**{"day": date(2026, 3, 2), **body})


def a_directive(**changes: Any) -> Directive:
    """Issued on Monday 2 March 2026; five working days later it is Monday the 9th."""
    body: dict[str, Any] = {
        "number": "12/CT-UBND",
        "issued": date(2026, 3, 2),
        "posted": frozenset({("portal", date(2026, 3, 9))}),
        "shared": frozenset({"grassroots", "zalo"}),
    }
    return Directive(**body | changes)


def on_time(*directives: Directive) -> int:
    return count(ON_TIME, Countable(directives=directives), YEAR)


def test_items_count_by_kind_and_by_the_site_that_they_stand_on() -> None:
    items = [
        an_item(),
        an_item(once="tin-2", link="https://www.langson.gov.vn/2"),
        an_item(once="tin-3", link="https://skhcn.langson.gov.vn/3"),
        an_item(once="tin-4", kind="video"),
        an_item(once="tin-5", day=date(2025, 12, 31)),
    ]
    assert count(NEWS, Countable(items=items), HALF) == 2


def test_a_document_is_on_time_only_where_posted_in_time_and_shared_both_ways() -> None:
    assert on_time(a_directive()) == 1
    assert on_time(a_directive(posted=frozenset({("portal", date(2026, 3, 10))}))) == 0
    assert on_time(a_directive(posted=frozenset({("site", date(2026, 3, 3))}))) == 0
    assert on_time(a_directive(shared=frozenset({"grassroots"}))) == 0
    assert on_time(a_directive(shared=frozenset({"facebook", "zalo"}))) == 0


def test_a_document_registered_by_two_units_is_one_posted_and_shared_by_either() -> None:
    halves = (
        a_directive(shared=frozenset({"zalo"})),
        a_directive(number="12 /ct-ubnd", posted=frozenset(), shared=frozenset({"grassroots"})),
    )
    assert on_time(*halves) == on_time(*halves[::-1]) == 1
    everything = Computed(figure="f", source="directives")
    assert count(everything, Countable(directives=halves), YEAR) == 1


PUBLISHED = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-60, 420)), max_size=8)


@given(PUBLISHED)
def test_the_order_of_items_changes_nothing_and_periods_add_up(published: list[tuple[str, int]]) -> None:
    items = [an_item(once=once, day=date(2026, 1, 1) + timedelta(days=days)) for once, days in published]
    orders = (items, items[::-1], sorted(items, key=lambda item: item.day))
    halves = {tuple(count(NEWS, Countable(items=each), period) for period in (HALF, OTHER)) for each in orders}
    [(first, second)] = halves
    assert first + second == count(NEWS, Countable(items=items), YEAR)
