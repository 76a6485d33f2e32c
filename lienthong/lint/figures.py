"""Rules about figures and forms: who reports what, and nothing twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lienthong.lint.context import Linted, finding
from lienthong.lint.findings import Finding
from lienthong.programmes import Form, Plan
from lienthong.units import levels

_POPULATION = re.compile(r"^(?:tổng )?(?:dân số|số dân|số nhân khẩu)", re.IGNORECASE)
# Figures that one person can fill in from what the unit knows, in one sitting.
LONGEST_FORM = {"commune": 15, "agency": 20}


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


def checks(linted: Linted) -> Iterator[Finding]:
    """F06: a check uses figures of its form."""
    for number, form in enumerate(linted.plan.forms):
        yield from _checks(linted, form, f"/forms/{number}")


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
