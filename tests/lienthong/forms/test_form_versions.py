"""What a new version of a form does to reports on older ones."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.errors import Rejected
from lienthong.forms.renames import bring_up
from lienthong.forms.schema import derive
from lienthong.forms.values import unpack, values
from lienthong.forms.versions import compatibility, refuse_silent_break
from lienthong.programmes import Form, Rename
from tests.builders.forms import FIGURES, STATUS, a_check, a_figure, a_form, a_plan

OLD = a_form(checks=[a_check()])


def changed(code: str, **changes: Any) -> list[dict[str, Any]]:
    return [figure | changes if figure["code"] == code else figure for figure in FIGURES]


def new_form(**changes: Any) -> Form:
    return a_form(**({"checks": [a_check()]} | changes))


STATUS_MORE = [*STATUS["values"], {"code": "best", "label": "Tốt"}]
WORDED = [STATUS["values"][0], STATUS["values"][1] | {"label": "Đang chạy"}]


@pytest.mark.parametrize(
    ("changes", "bump", "kind"),
    [
        ({}, "none", None),
        ({"figures": changed("trained", label="Số người")}, "patch", "wording_changed"),
        ({"figures": [*reversed(FIGURES)]}, "patch", "figures_reordered"),
        ({"figures": changed("portal", values=WORDED)}, "patch", "wording_changed"),
        ({"checks": []}, "patch", "check_removed"),
        ({"checks": [a_check(message="Khác")]}, "patch", "wording_changed"),
        ({"figures": [*FIGURES, a_figure("more")]}, "minor", "figure_added"),
        ({"figures": changed("portal", values=STATUS_MORE)}, "minor", "status_values_added"),
        ({"checks": [a_check(), a_check(code="K2", severity="warning")]}, "minor", "check_added"),
        ({"checks": [a_check(severity="warning")]}, "minor", "check_changed"),
        ({"checks": [a_check(severity="warning", error_from="2027-01-01")]}, "major", "check_changed"),
        ({"figures": FIGURES[:3]}, "major", "figure_removed"),
        ({"figures": changed("trained", measure="nghìn người")}, "major", "measure_changed"),
        ({"figures": changed("trained", counts="Cả người lao động")}, "major", "counts_changed"),
        ({"figures": changed("trained", official={"code": "0101", "list": "TT 1"})}, "patch", "wording_changed"),
        ({"checks": [a_check(), a_check(code="K2")]}, "major", "check_added"),
        ({"checks": [a_check(right="hours")]}, "major", "check_changed"),
        ({"figures": changed("trained", kind="stock")}, "never", "kind_changed"),
        ({"figures": changed("hours", decimals=1)}, "never", "decimals_changed"),
        ({"figures": changed("trained", since="2026-01-01")}, "never", "since_changed"),
        ({"figures": changed("portal", values=STATUS["values"][::-1])}, "never", "status_values_changed"),
        ({"figures": changed("portal", values=STATUS["values"][:1])}, "never", "status_values_changed"),
    ],
)
def test_each_change_asks_for_its_version(changes: dict[str, Any], bump: str, kind: str | None) -> None:
    verdict = compatibility(OLD, new_form(**changes))
    assert verdict.bump == bump
    assert kind is None or kind in [change.kind for change in verdict.changes if change.bump == bump]


@pytest.mark.parametrize(
    ("bump", "version", "accepted"),
    [
        ("minor", "1.0.0", False),
        ("minor", "1.0.1", False),
        ("minor", "1.1.0", True),
        ("minor", "2.0.0", True),
        ("major", "1.1.0", False),
        ("major", "2.0.0", True),
        ("never", "2.0.0", False),
        ("none", "1.0.0", True),
        ("none", "0.9.0", False),
    ],
)
def test_a_version_must_say_what_the_change_does(bump: str, version: str, accepted: bool) -> None:
    figures = {
        "minor": [*FIGURES, a_figure("more")],
        "major": FIGURES[1:],
        "none": FIGURES,
        "never": changed("hours", decimals=1),
    }[bump]
    old = a_form()
    assert compatibility(old, a_form(figures=figures, version=version)).accepts(version) is accepted


def test_another_spelling_of_the_same_words_is_no_other_meaning() -> None:
    def counting(vi: str) -> Form:
        return a_form(figures=changed("trained", counts={"vi": vi, "en": "x"}))

    old = counting("Luỹ kế, «xoá» bỏ người khoẻ")
    assert compatibility(old, counting("Lũy kế, “xóa” bỏ người khỏe")).bump == "patch"
    assert compatibility(old, counting("Lũy kế, “xóa” bỏ người khác")).bump == "major"


def test_a_silent_break_is_refused_naming_the_version_to_use() -> None:
    with pytest.raises(Rejected) as refused:
        refuse_silent_break(a_form(), a_form(figures=FIGURES[1:], version="1.1.0"))
    problems = refused.value.problems[0]
    assert (problems.code, problems.params["version"]) == ("form_changed_without_version", "2.0.0")


def test_another_meaning_needs_another_code() -> None:
    with pytest.raises(Rejected) as refused:
        refuse_silent_break(a_form(), a_form(figures=changed("hours", decimals=1), version="2.0.0"))
    assert [p.code for p in refused.value.problems] == ["form_change_needs_new_code"]


def test_a_declared_rename_keeps_old_reports() -> None:
    figures = [a_figure("people"), *FIGURES[1:]]
    renames = [{"old": "trained", "new": "people", "since": "1.1.0"}]
    verdict = compatibility(
        OLD, a_form(figures=figures, renames=renames, version="1.1.0", checks=[a_check(left="people")])
    )
    assert verdict.bump == "minor"
    assert [c.kind for c in verdict.changes if c.bump == "minor"] == ["figure_renamed"]


def test_an_undeclared_rename_is_a_break() -> None:
    figures = [a_figure("people"), *FIGURES[1:]]
    assert compatibility(a_form(), a_form(figures=figures, version="1.1.0")).bump == "major"


def renames(*steps: tuple[str, str, str]) -> list[Rename]:
    return [Rename(old=old, new=new, since=since) for old, new, since in steps]


def test_an_old_report_is_brought_up_by_every_rename_in_between() -> None:
    old = {"a": 1, "b": None, "gone": 5}
    chain = renames(("c", "d", "1.2.0"), ("a", "c", "1.1.0"), ("d", "e", "2.0.0"))
    found = bring_up(old, from_version="1.0.0", to_version="1.10.0", renames=chain, codes=["new", "d", "b"])
    assert list(found.items()) == [("new", None), ("d", 1), ("b", None)]
    assert old == {"a": 1, "b": None, "gone": 5}


def test_renames_of_earlier_versions_do_not_touch_a_later_report() -> None:
    chain = renames(("a", "b", "1.1.0"))
    found = bring_up({"a": 7, "b": 1}, from_version="1.1.0", to_version="1.2.0", renames=chain, codes=["a", "b"])
    assert found == {"a": 7, "b": 1}


def test_two_codes_may_swap() -> None:
    chain = renames(("a", "b", "1.1.0"), ("b", "a", "1.1.0"))
    found = bring_up({"a": 1, "b": 2}, from_version="1.0.0", to_version="1.1.0", renames=chain, codes=["a", "b"])
    assert found == {"a": 2, "b": 1}


def test_a_report_of_a_later_version_than_its_round_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        bring_up({}, from_version="1.10.0", to_version="1.9.0", renames=[], codes=[])
    assert refused.value.problems[0].code == "form_version_too_new"


SPARE = [a_figure("spare"), a_figure("rate", decimals=3), STATUS | {"code": "stage"}]


@st.composite
def forms(draw: st.DrawFn) -> tuple[Form, Form]:
    """A form and a later one, with figures added, taken out, renamed, moved, reworded or of other decimals."""
    before = draw(st.lists(st.sampled_from([*FIGURES, *SPARE]), min_size=1, unique_by=lambda f: f["code"]))
    after: list[dict[str, Any]] = []
    renames: list[dict[str, str]] = []
    for figure in before:
        change = draw(st.sampled_from(["keep", "keep", "drop", "rename", "reword", "redecimal", "status"]))
        if change == "rename":
            renames.append({"old": figure["code"], "new": f"{figure['code']}_new", "since": "1.1.0"})
        after += {
            "keep": [figure],
            "drop": [],
            "rename": [figure | {"code": f"{figure['code']}_new"}],
            "reword": [figure | {"label": "Khác"}],
            "redecimal": [figure | ({} if figure["kind"] == "status" else {"decimals": 1})],
            "status": [figure | ({"values": STATUS_MORE} if figure["kind"] == "status" else {})],
        }[change]
    after = draw(st.permutations([*after, a_figure("added")]))
    return a_form(figures=before), a_form(figures=after, renames=renames, version="1.1.0")


@given(forms(), st.data())
def test_reports_of_a_compatible_older_version_are_valid_once_brought_up(
    pair: tuple[Form, Form], data: st.DataObject
) -> None:
    old, new = pair
    if compatibility(old, new).bump not in ("none", "patch", "minor"):
        return
    packed = [data.draw(st.none() | st.integers(0, len(f.values) - 1 if f.is_status else 10**15)) for f in old.figures]
    figures = bring_up(
        unpack(old, packed), from_version="1.0.0", to_version="1.1.0", renames=new.renames, codes=new.codes
    )
    schema = derive(a_plan(), new)["properties"]["figures"]
    assert jsonschema_rs.is_valid(schema, figures)
    steps = {rename.old: rename.new for rename in new.renames}
    kept = dict(zip(new.codes, values(new, figures), strict=True))
    assert [kept[steps.get(code, code)] for code in old.codes] == packed
    assert kept["added"] is None
