"""Rules about indicators and what they compute: what can be computed exactly, of figures that may be added."""

from __future__ import annotations

from collections.abc import Iterator

from lienthong.indicators.measuring import kind_of
from lienthong.lint.context import Linted, all_figures, finding
from lienthong.lint.findings import Finding
from lienthong.programmes import Computation, Form, Indicator

MILLION = 1_000_000
PERCENT = 100


def references(linted: Linted) -> Iterator[Finding]:
    """F05: indicators, and what is computed, use figures that somebody reports."""
    for number, indicator in enumerate(linted.plan.indicators):
        unknown = [code for code in all_figures(indicator.computation) if linted.form_of(code) is None]
        for code in unknown:
            yield linted.finding(
                "LT-F05",
                "figure_in_no_form",
                f"/indicators/{number}/computation",
                quote=indicator.quote,
                code=indicator.code,
                figure=code,
            )
        if not unknown:
            yield from _values(linted, indicator, f"/indicators/{number}")
    yield from _computed_figures(linted)
    yield from _reported_only(linted)


def _computed_figures(linted: Linted) -> Iterator[Finding]:
    """What is counted must be a number that some form asks for: it stands beside the one reported there."""
    figures = linted.plan.figures
    for number, rule in enumerate(linted.plan.computed):
        if rule.figure not in figures or figures[rule.figure].is_status:
            yield linted.finding("LT-F05", "computed_no_number", f"/computed/{number}/figure", figure=rule.figure)


def _reported_only(linted: Linted) -> Iterator[Finding]:
    """What stays reported is a figure of the plan that is not counted as well."""
    counted = {rule.figure for rule in linted.plan.computed}
    for number, code in enumerate(linted.plan.reported_only):
        if code not in linted.plan.figures or code in counted:
            yield linted.finding("LT-F05", "reported_only_unfit", f"/reported_only/{number}/figure", figure=code)


def _values(linted: Linted, indicator: Indicator, pointer: str) -> Iterator[Finding]:
    computation, figures = indicator.computation, linted.plan.figures
    reaching = computation.figures if computation.kind == "coverage" else (computation.figure,)
    wanted = [computation.reaches, *(t.value for t in indicator.targets if t.operator == "status")]
    for figure in (figures[code] for code in reaching if code):
        if isinstance(computation.reaches, str) != figure.is_status:
            yield linted.finding(
                "LT-F05",
                "threshold_unfit",
                pointer,
                quote=indicator.quote,
                code=indicator.code,
                threshold=computation.reaches,
                figure=figure.code,
            )
        codes = {value.code for value in figure.values}
        for value in wanted:
            if isinstance(value, str) and figure.is_status and value not in codes:
                yield linted.finding(
                    "LT-F05",
                    "status_unknown",
                    pointer,
                    quote=indicator.quote,
                    code=indicator.code,
                    status=value,
                    figure=figure.code,
                )
    yield from _summed_statuses(linted, indicator, pointer)


def _summed_statuses(linted: Linted, indicator: Indicator, pointer: str) -> Iterator[Finding]:
    adding = indicator.computation.of or indicator.computation
    for code in (*adding.numerator, *adding.denominator, *(adding.figures if adding.kind != "coverage" else ())):
        if linted.plan.figures[code].is_status:
            yield linted.finding(
                "LT-F05", "status_summed", pointer, quote=indicator.quote, code=indicator.code, figure=code
            )


def ratios(linted: Linted) -> Iterator[Finding]:
    """F04, D-01: both sides of a ratio in one form, pair by pair; a share's numerator ≤ its denominator."""
    for number, indicator in enumerate(linted.plan.indicators):
        ratio = indicator.computation.of or indicator.computation
        if ratio.kind == "ratio":
            yield from _ratio(linted, indicator, ratio, f"/indicators/{number}/computation")
        if ratio.kind == "coverage" and ratio.among and not _pairs_are_of_one_form(linted, ratio):
            yield linted.finding(
                "LT-F04",
                "among_elsewhere",
                f"/indicators/{number}/computation",
                quote=indicator.quote,
                code=indicator.code,
            )
    for pointer, figure in linted.figures():
        if "%" in figure.measure.vi:
            yield finding(
                (linted.programme, pointer), "LT-D01", "percentage_asked", quote=figure.quote, code=figure.code
            )


def _ratio(linted: Linted, indicator: Indicator, ratio: Computation, pointer: str) -> Iterator[Finding]:
    if len(ratio.numerator) != len(ratio.denominator):
        yield linted.finding("LT-F04", "sides_unpaired", pointer, quote=indicator.quote, code=indicator.code)
        return
    for above, below in zip(ratio.numerator, ratio.denominator, strict=True):
        form = linted.form_of(above)
        if form is None or below not in form.codes:
            yield linted.finding(
                "LT-F04", "sides_apart", pointer, quote=indicator.quote, code=indicator.code, above=above, below=below
            )
        elif ratio.multiplier == PERCENT and not _has_check(form, above, below):
            yield linted.finding(
                "LT-D01",
                "share_unchecked",
                pointer,
                quote=indicator.quote,
                code=indicator.code,
                form=form.code,
                above=above,
                below=below,
            )


def _pairs_are_of_one_form(linted: Linted, coverage: Computation) -> bool:
    if len(coverage.among) != len(coverage.figures):
        return False
    pairs = zip(coverage.figures, coverage.among, strict=True)
    return all(linted.form_of(code) == linted.form_of(base) for code, base in pairs)


def _has_check(form: Form, above: str, below: str) -> bool:
    return any(
        check.kind == "at_most" and check.severity == "error" and check.left == above and check.right == (below,)
        for check in form.checks
    )


def measures(linted: Linted) -> Iterator[Finding]:
    """D-02, D-03, D-04, D-05: what may be summed, over what, against what."""
    for number, indicator in enumerate(linted.plan.indicators):
        if all(linted.form_of(code) for code in all_figures(indicator.computation)):
            yield from _measure(linted, indicator, f"/indicators/{number}")


def _measure(linted: Linted, indicator: Indicator, pointer: str) -> Iterator[Finding]:
    computation = indicator.computation
    adding = computation.of or computation
    figures = linted.plan.figures
    if computation.kind == "none" and computation.reason:
        yield linted.finding(
            "LT-T02", "not_computable", pointer, quote=indicator.quote, code=indicator.code, reason=computation.reason
        )
    if kind_of(computation).of_people and computation.multiplier == MILLION and "commune" in indicator.levels:
        yield linted.finding("LT-D02", "rate_in_commune", pointer, quote=indicator.quote, code=indicator.code)
    if kind_of(computation).over_years and indicator.baseline is None:
        yield linted.finding("LT-D03", "no_baseline", pointer, quote=indicator.quote, code=indicator.code)
    for side in (adding.figures if adding.kind != "coverage" else (), adding.numerator, adding.denominator):
        if len({figures[code].measure.vi for code in side}) > 1:
            yield linted.finding(
                "LT-D05", "measures_added", pointer, quote=indicator.quote, code=indicator.code, figures=", ".join(side)
            )
    yield from _share_measure(linted, indicator, adding, pointer)
    stocks = [code for code in all_figures(adding) if figures[code].kind in ("stock", "cumulative")]
    if adding.window != "period" and stocks:
        yield linted.finding(
            "LT-D04", "stocks_summed", pointer, quote=indicator.quote, code=indicator.code, figures=", ".join(stocks)
        )


def _share_measure(linted: Linted, indicator: Indicator, ratio: Computation, pointer: str) -> Iterator[Finding]:
    if ratio.kind != "ratio" or ratio.multiplier != PERCENT:
        return
    figures = linted.plan.figures
    for above, below in zip(ratio.numerator, ratio.denominator, strict=False):
        if figures[above].measure != figures[below].measure:
            yield linted.finding(
                "LT-D05",
                "share_of_other_measure",
                pointer,
                quote=indicator.quote,
                code=indicator.code,
                above=figures[above].measure,
                below=figures[below].measure,
            )
