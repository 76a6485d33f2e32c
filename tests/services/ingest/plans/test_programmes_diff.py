"""What a new version of a plan changes, and which forms need a new version for it."""

from dataclasses import fields
from typing import Any

import pytest

from lienthong.programmes import Form, Indicator, Obligation, Plan, Reporters, Schedule, Task
from lienthong.programmes.files import SCHEMAS, load, plans
from services.ingest.plans.changes import COMPARED, MEMBERS, PlanDiff, changes
from tests.builders.plans import a_plan, a_plan_document, a_target, a_task, an_indicator, an_obligation


def difference(**after: Any) -> PlanDiff:
    return changes(a_plan(), a_plan(**after))


def said(diff: PlanDiff) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(c.section, c.code, c.kind, c.fields) for c in diff.changes]


def test_the_same_plan_changes_nothing() -> None:
    assert difference().empty and difference(version=2).empty
    assert all(changes(plan, plan).empty for plan in plans(load(SCHEMAS)))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            {"indicators": [an_indicator(targets=[a_target(value=70)])]},
            ("indicator", "I-1-01", "changed", ("targets",)),
        ),
        ({"indicators": []}, ("indicator", "I-1-01", "removed", ())),
        ({"tasks": [a_task(), a_task(code="T-2")]}, ("task", "T-2", "added", ())),
        (
            {"obligations": [an_obligation(deadlines=[{"before": "10-20"}])]},
            ("obligation", "R-1-1", "changed", ("deadlines",)),
        ),
        ({"title": "Kế hoạch sửa đổi"}, ("plan", "P1-LS", "changed", ("title",))),
    ],
)
def test_a_change_names_what_and_how(after: dict[str, Any], expected: tuple[Any, ...]) -> None:
    diff = difference(**after)
    assert said(diff) == [expected] and diff.forms == ()


def test_a_change_is_said_in_the_words_of_who_publishes_the_plan() -> None:
    [change] = difference(indicators=[an_indicator(targets=[a_target(value=70)])]).changes
    name = a_plan().indicators[0].title
    assert change.message.vi == f"sửa chỉ tiêu I-1-01 ({name.vi}): mục tiêu"
    assert change.message.en == f"changed indicator I-1-01 ({name.en}): targets"
    [change] = difference(tasks=[a_task(), a_task(code="T-2")]).changes
    assert change.message.vi.startswith("thêm nhiệm vụ T-2 (")
    [change] = difference(obligations=[an_obligation(deadlines=[{"before": "10-20"}])]).changes
    assert change.message.vi == "sửa nghĩa vụ báo cáo R-1-1: hạn gửi"


@pytest.mark.parametrize("part", [Plan, Reporters, Form, Indicator, Obligation, Schedule, Task])
def test_whatever_can_change_has_a_name(part: Any) -> None:
    assert {member.name for member in fields(part)} - {"code", *COMPARED} <= MEMBERS.keys()


def test_no_change_of_a_plan_is_kept_from_who_publishes_it() -> None:
    diff = difference(reminders={"before": [3], "after": [2], "hour": 9})
    assert said(diff) == [("plan", "P1-LS", "changed", ("reminders",))]


def forms(version: str, *figures: str) -> list[dict[str, Any]]:
    first, second = a_plan_document()["forms"]
    return [{**first, "version": version, "figures": list(figures)}, second]


@pytest.mark.parametrize(
    ("version", "figures", "needs"),
    [
        ("1.0.0", ("staff", "informed", "events"), True),  # taken out, silently
        ("1.1.0", ("staff", "informed", "events"), True),  # taken out, version says too little
        ("2.0.0", ("staff", "informed", "events"), False),
    ],
)
def test_a_form_that_breaks_old_reports_needs_a_new_major_version(
    version: str, figures: tuple[str, ...], needs: bool
) -> None:
    diff = difference(forms=forms(version, *figures))
    assert [form.form for form in diff.forms if not form.is_accepted] == (["P1-LS.commune"] if needs else [])
    assert diff.forms[0].verdict.next_version == "2.0.0"


def test_a_form_taken_out_is_a_change_of_the_plan() -> None:
    diff = difference(forms=a_plan_document()["forms"][:1])
    assert ("form", "P1-LS.department", "removed", ()) in said(diff)


def test_two_plans_are_not_compared() -> None:
    with pytest.raises(ValueError, match="two plans"):
        changes(a_plan(), a_plan(plan="P1-HY"))
