"""Rules about figures, forms and computations: what can be computed exactly, and nothing counted twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lienthong.indicators.measuring import kind_of
from lienthong.lint.context import Linted, all_figures, finding
from lienthong.lint.findings import Finding
from lienthong.programmes import Computation, Form, Indicator, Plan
from lienthong.units import levels

_POPULATION = re.compile(r"^(?:tổng )?(?:dân số|số dân|số nhân khẩu)", re.IGNORECASE)
# Figures that one person can fill in from what the unit knows, in one sitting.
LONGEST_FORM = {"commune": 15, "agency": 20}
MILLION = 1_000_000
PERCENT = 100


def one_kind_of_unit(linted: Linted) -> Iterator[Finding]:
    """F01, F02: a figure is reported by its own kind of unit, in one form."""
    seen: dict[str, str] = {}
    for number, form in enumerate(linted.plan.forms):
        for place, figure in enumerate(form.figures):
            pointer = f"/forms/{number}/figures/{place}"
            if figure.reported_by != form.reporters:
                yield linted.finding(
                    "LT-F01",
                    "of_another_kind",
                    pointer,
                    quote=figure.quote,
                    code=figure.code,
                    reported_by=figure.reported_by,
                    reporters=form.reporters,
                )
            if figure.code in seen:
                yield linted.finding(
                    "LT-F02", "in_two_forms", pointer, quote=figure.quote, code=figure.code, form=seen[figure.code]
                )
            seen.setdefault(figure.code, form.code)


def form_length(linted: Linted) -> Iterator[Finding]:
    """F08: a form that nobody can fill in is not filled in."""
    for number, form in enumerate(linted.plan.forms):
        longest = LONGEST_FORM[linted.plan.reporters[form.reporters].level]
        if len(form.figures) > longest:
            yield linted.finding(
                "LT-F08", "form_too_long", f"/forms/{number}", form=form.code, count=len(form.figures), longest=longest
            )


def forms_are_owed(linted: Linted) -> Iterator[Finding]:
    """F11, D-06: each form has a kind of unit that owes it; coverage counts nobody else."""
    duties = [o for o in linted.plan.obligations if o.kind == "periodic" and o.level == "units"]
    owing = {name for duty in duties for name in duty.reporters}
    for number, form in enumerate(linted.plan.forms):
        if form.reporters not in owing:
            yield linted.finding(
                "LT-F11", "nobody_owes_form", f"/forms/{number}", reporters=form.reporters, form=form.code
            )
    for number, indicator in enumerate(linted.plan.indicators):
        for code in indicator.computation.figures if indicator.computation.kind == "coverage" else ():
            counted = linted.form_of(code)
            if counted is not None and counted.reporters not in owing:
                yield linted.finding(
                    "LT-D06",
                    "coverage_of_nobody",
                    f"/indicators/{number}",
                    quote=indicator.quote,
                    code=indicator.code,
                    form=counted.code,
                )


def references(linted: Linted) -> Iterator[Finding]:
    """F05, F06: indicators and checks use figures that somebody reports."""
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
    for number, form in enumerate(linted.plan.forms):
        yield from _checks(linted, form, f"/forms/{number}")
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


def _checks(linted: Linted, form: Form, pointer: str) -> Iterator[Finding]:
    for place, check in enumerate(form.checks):
        for code in (check.left, *check.right):
            if code not in form.codes:
                yield linted.finding(
                    "LT-F06",
                    "check_beyond_form",
                    f"{pointer}/checks/{place}",
                    check=check.code,
                    figure=code,
                    form=form.code,
                )


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


def held_elsewhere(linted: Linted) -> Iterator[Finding]:
    """F07 (Luật Dữ liệu, điều 11 khoản 2): populations come from the common series, not from a form."""
    for pointer, figure in linted.figures():
        if _POPULATION.search(figure.label.vi):
            yield finding(
                (linted.programme, pointer), "LT-F07", "population_asked", quote=figure.label.vi, code=figure.code
            )


def double_counting(linted: Linted) -> Iterator[Finding]:
    """F10: what a commune reports in its own plan, its province's plan must not collect again, nor the reverse."""
    for other in linted.others:
        if other.programme != linted.plan.programme or not _one_inside_other(linted, other):
            continue
        both = linted.plan.figures.keys() & other.figures.keys()
        for number, form in enumerate(linted.plan.forms):
            for place, code in enumerate(form.codes):
                if code in both:
                    yield linted.finding(
                        "LT-F10", "also_in_other_plan", f"/forms/{number}/figures/{place}", code=code, plan=other.code
                    )


def _one_inside_other(linted: Linted, other: Plan) -> bool:
    """True when one plan is a commune's and the other its province's."""
    issued = {levels.of_code(plan.issued_by): plan for plan in (linted.plan, other)}
    if linted.registry is None or issued.keys() != {"commune", "province"}:
        return False
    commune, province = issued["commune"], issued["province"]
    period = next((p for s in commune.schedules for p in s.periods(s.first_year)), None)
    unit = linted.registry.province_of(commune.issued_by, period.last) if period else None
    return unit is not None and unit.code == province.issued_by
