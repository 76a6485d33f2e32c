"""What a number of a page or a digest counts is the list that it leads to. Pure."""

from __future__ import annotations

from typing import Any

from services.console.pages.standing import GROUPS, count_by_group, duties, matching


def a_line(unit: str, state: str, **more: Any) -> dict[str, Any]:
    line = {"round": "P119-LS.2026", "plan": "P119-LS", "form": "P119-LS.commune", "unit": unit, "state": state}
    return line | {"deadline": None, "originalDeadline": None, "overdue": False} | more


LINES = (
    a_line("05977", "reported", late=False, mended=True),
    a_line("05983", "reported", late=True, mended=True),
    a_line("05986", "reported", late=True, nil=True, mended=False),
    a_line("06001", "missing", mended=False, overdue=True),
    a_line("06004", "returned", mended=False),
    a_line("06019", "dormant"),  # as a hub of before says it
)


def test_each_group_lists_what_it_counts_and_nothing_is_in_two() -> None:
    found = duties(LINES, {})
    lists = {group: matching(found, group=group, form=None, text=None) for group in GROUPS}
    assert {group: len(lines) for group, lines in lists.items()} == count_by_group(found)
    assert sum(map(len, lists.values())) == len(LINES)


def test_what_came_after_a_refusal_is_a_list_beside_the_groups() -> None:
    found = duties(LINES, {"05983": "Phường Lương Văn Tri"})
    assert [duty.unit for duty in matching(found, group="mended", form=None, text=None)] == ["05977", "05983"]
    assert [duty.unit for duty in matching(found, group="mended", form=None, text="luong van tri")] == ["05983"]
    assert matching(found, group="mended", form="P119-LS.media", text=None) == ()
