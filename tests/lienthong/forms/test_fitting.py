"""The quick way and the full way through a form say the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lienthong.errors import Rejected
from lienthong.forms.fitting import Fit
from lienthong.forms.values import checks, values
from lienthong.programmes import Form, files
from tests.builders.plans import shipped

FORMS = [form for plan in files.plans(shipped()) for form in plan.forms]
numbers = st.one_of(
    st.none(),
    st.integers(0, 20),
    st.integers(-1, 10**16),
    st.decimals(min_value=0, max_value=1000, places=2),
    st.decimals(0, 10, places=4),
    st.sampled_from([Decimal(text) for text in ("12.50", "1E3", "0E-9", "-0.0", "1E15")]),
)


@st.composite
def reports(draw: st.DrawFn) -> tuple[Form, dict[str, Any]]:
    form = draw(st.sampled_from(FORMS))
    return form, {
        f.code: draw(st.sampled_from([v.code for v in f.values]) | st.none() if f.is_status else numbers)
        for f in form.figures
    }


def in_full(form: Form, figures: dict[str, Any]) -> list[int | None] | None:
    try:
        return values(form, figures)
    except Rejected:
        return None


@given(reports())
def test_what_is_packed_quickly_is_what_is_packed_in_full(report: tuple[Form, dict[str, Any]]) -> None:
    form, figures = report
    assert Fit(form).pack(figures) == in_full(form, figures)


@given(reports(), st.data())
def test_what_passes_quickly_fails_no_check(report: tuple[Form, dict[str, Any]], data: st.DataObject) -> None:
    form, figures = report
    packed, fit = Fit(form).pack(figures), Fit(form)
    if packed is not None and fit.passes(packed):
        before = {code: data.draw(st.none() | st.integers(0, 100)) for code in form.codes}
        assert checks(form, figures, before) == ([], [])


def test_a_share_above_its_whole_does_not_pass() -> None:
    form = next(f for f in FORMS if any(c.kind == "at_most" for c in f.checks))
    check = next(c for c in form.checks if c.kind == "at_most")
    figures: dict[str, Any] = dict.fromkeys(form.codes) | {check.left: 5, check.right[0]: 4}
    packed = Fit(form).pack(figures)
    assert packed is not None and not Fit(form).passes(packed)
