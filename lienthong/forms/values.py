"""Figures as whole numbers, and the checks between them. Pure; no I/O.

Numbers arrive as `int` or `decimal.Decimal`, made from the digits as written. A `float` is a mistake of the
caller and raises TypeError: 0.07 in binary has 55 decimals. Zeros at the end are no digits:
12.50 fits one decimal.

`at` is the JSON Pointer of the figures within what was submitted (`/data/figures` in a structured event).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from lienthong.contracts.pointers import printable_value
from lienthong.errors import Message, Problem, Rejected
from lienthong.forms.schema import LARGEST_SCALED, largest
from lienthong.programmes import Check, Figure, Form
from lienthong.refusals import alike, joined, phrase, problem

Number = int | Decimal | str | None
Figures = Mapping[str, Number]


class _Unfit(Exception):
    """A value that its figure can't hold. code: `too_many_decimals` or `number_out_of_range`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def values(form: Form, figures: Figures, *, at: str = "/figures") -> list[int | None]:
    """Figures in form order as whole numbers of 10**-decimals; a status as its index; null as None.

    Expects figures that satisfy the form's schema. Raises Rejected with every number that has too many
    decimals or is out of range.
    """
    packed: list[int | None] = []
    problems: list[Problem] = []
    for figure in form.figures:
        value = figures[figure.code]
        if value is None or (type(value) is int and not figure.decimals and 0 <= value <= LARGEST_SCALED):
            packed.append(value)  # nearly all figures of a report: no further call for them
            continue
        try:
            packed.append(_pack_value(figure, value))
        except _Unfit as unfit:
            problems.append(_unfit_problem(figure, value, unfit.code, at))
    if problems:
        raise Rejected(problems)
    return packed


def number_problems(form: Form, figures: Figures, *, at: str = "/figures") -> list[Problem]:
    """What the form's schema can't see: numbers with too many decimals. Wants no valid figures, so it can be
    asked beside the schema, and repeats nothing of what the schema names.
    """
    problems = []
    for figure in form.figures:
        value = figures.get(figure.code)
        if figure.decimals and isinstance(value, Decimal):
            try:
                _scaled(value, figure.decimals)
            except _Unfit as unfit:
                if unfit.code == "too_many_decimals":
                    problems.append(_unfit_problem(figure, value, unfit.code, at))
    return problems


def unfit_problems(form: Form, figures: Figures, *, at: str = "/figures") -> list[Problem]:
    """Every number that its figure can't hold, for some of the form's figures that no schema was asked of: too many
    decimals, below zero, beyond the largest.
    """
    problems = []
    for code, value in figures.items():
        figure = form.figure(code)
        if figure.is_status:
            continue
        try:
            _pack_value(figure, value)
        except _Unfit as unfit:
            problems.append(_unfit_problem(figure, value, unfit.code, at))
    return problems


def unpack(form: Form, packed: Sequence[int | None]) -> dict[str, Number]:
    """Figures by code from whole numbers in form order: the inverse of `values`."""
    return {figure.code: _number_of(figure, value) for figure, value in zip(form.figures, packed, strict=True)}


def checks(
    form: Form, figures: Figures, previous: Figures | None = None, *, on: date | None = None, at: str = "/figures"
) -> tuple[list[Problem], list[Problem]]:
    """What the form's declared checks find: (errors, warnings).

    previous: figures of the unit's last report, under the codes of this form. on: the close of data, by which a check
    may be a warning for earlier rounds and an error for later ones; None: as it begins. A check with a figure that is
    null, missing or unfit says nothing.
    """
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for check in form.checks:
        pair = _RULES[check.kind](form, check, figures, previous or {})
        if pair is not None:
            pointer = f"{at}/{check.left}"
            (errors if check.severity_on(on) == "error" else warnings).append(_failure(check, pointer, *pair))
    return errors, warnings


# ---------------------------------------------------------------- numbers


def _pack_value(figure: Figure, value: Number) -> int | None:
    if value is None:
        return None
    if isinstance(value, str):
        return figure.index_of(value)
    whole = _scaled(value, figure.decimals)
    if abs(whole) > LARGEST_SCALED or whole < 0:
        raise _Unfit("number_out_of_range")
    return whole


def _scaled(value: int | Decimal, decimals: int) -> int:
    """value · 10**decimals, exact. No power is formed from an exponent that the sender chose freely."""
    if isinstance(value, int):
        return value * int(10**decimals)
    if not isinstance(value, Decimal):
        raise TypeError(f"a figure is int or Decimal, made from the digits as written, not {type(value)}")
    if not value.is_finite() or value.adjusted() > 18:  # far above 10^15 whatever the decimals
        raise _Unfit("number_out_of_range")
    written = value.as_tuple()
    digits = "".join(map(str, written.digits)).rstrip("0")
    exponent = int(written.exponent) + len(written.digits) - len(digits)
    if not digits:
        return 0
    if -exponent > decimals:
        raise _Unfit("too_many_decimals")
    return int(digits) * int(10 ** (exponent + decimals)) * (-1 if written.sign else 1)


def _number_of(figure: Figure, value: int | None) -> Number:
    if value is None:
        return None
    if figure.is_status:
        return figure.values[value].code
    return value if figure.decimals == 0 else Decimal(value).scaleb(-figure.decimals)


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_negative(value: Number) -> bool:
    return (isinstance(value, int) and value < 0) or (isinstance(value, Decimal) and value.is_finite() and value < 0)


def _unfit_problem(figure: Figure, value: Number, code: str, at: str) -> Problem:
    pointer = f"{at}/{figure.code}"
    what = phrase("of_figure", label=figure.label)
    if code == "too_many_decimals":
        return problem(
            pointer,
            code,
            what=what,
            expected=_digits(figure.decimals),
            decimals=figure.decimals,
            given=printable_value(value),
        )
    top = largest(figure)
    return problem(
        pointer,
        code,
        what=what,
        expected=phrase("not_negative") if _is_negative(value) else phrase("from_to", low=0, high=top),
        minimum=0,
        maximum=top,
        given=printable_value(value),
    )


def _digits(decimals: int) -> Message:
    return phrase("whole_number") if decimals == 0 else phrase("few_decimals", decimals=decimals)


# ---------------------------------------------------------------- checks between figures

Found = tuple[Message, dict[str, str]]
"""What was found, and its parameters."""


def _at_most(form: Form, check: Check, figures: Figures, previous: Figures) -> Found | None:
    """left ≤ each of right. A share's numerator stays within its denominator (D-01)."""
    for code in check.right:
        pair = _scaled_alike(form, figures, (check.left, code))
        if pair is not None and pair[0] > pair[1]:
            left, right = printable_value(figures[check.left]), printable_value(figures[code])
            return phrase("figure_above", left=left, right=right), {check.left: left, code: right}
    return None


def _equals_sum(form: Form, check: Check, figures: Figures, previous: Figures) -> Found | None:
    """left = Σ right, when all are given."""
    numbers = _scaled_alike(form, figures, (check.left, *check.right))
    if numbers is None or numbers[0] == sum(numbers[1:]):
        return None
    parts = " + ".join(printable_value(figures[code]) for code in check.right)
    left = printable_value(figures[check.left])
    return (
        phrase("figure_is_no_sum", left=left, parts=alike(parts)),
        {check.left: left} | {code: printable_value(figures[code]) for code in check.right},
    )


def _requires(form: Form, check: Check, figures: Figures, previous: Figures) -> Found | None:
    """left above zero (or above the first status) needs every one of right."""
    left = _scaled_alike(form, figures, (check.left,))
    missing = [code for code in check.right if figures.get(code) is None]
    if left is None or left[0] == 0 or not missing:
        return None
    names = joined(phrase("of_figure", label=form.figure(code).label) for code in missing)
    return phrase("figures_not_given", figures=names), {"missing": ", ".join(missing)}


def _change(form: Form, check: Check, figures: Figures, previous: Figures) -> Found | None:
    """left differs from the last report's value by more than `percent`. From zero, nothing can be said."""
    new = _scaled_alike(form, figures, (check.left,))
    old = _scaled_alike(form, previous, (check.left,))
    if new is None or old is None or old[0] == 0 or check.percent is None:
        return None
    if abs(new[0] - old[0]) * 100 <= check.percent * abs(old[0]):
        return None
    before, now = printable_value(previous[check.left]), printable_value(figures[check.left])
    return (
        phrase("figure_changed_much", before=before, now=now, percent=check.percent),
        {"previous": before, check.left: now, "percent": str(check.percent)},
    )


_RULES: Mapping[str, Callable[[Form, Check, Figures, Figures], Found | None]] = {
    "at_most": _at_most,
    "equals_sum": _equals_sum,
    "requires": _requires,
    "change": _change,
}


def _scaled_alike(form: Form, figures: Figures, codes: Iterable[str]) -> list[int] | None:
    """The figures as whole numbers of one common scale, or None when one is null, missing or unfit."""
    wanted = [form.figure(code) for code in codes]
    scale = max(figure.decimals for figure in wanted)
    numbers = []
    for figure in wanted:
        whole = _whole_or_none(figure, figures.get(figure.code))
        if whole is None:
            return None
        numbers.append(whole * int(10 ** (scale - figure.decimals)))
    return numbers


def _whole_or_none(figure: Figure, value: Number) -> int | None:
    try:
        if figure.is_status:
            return figure.index_of(value) if isinstance(value, str) else None
        return _pack_value(figure, value) if _is_number(value) else None
    except (_Unfit, ValueError):  # the schema and number_problems name these
        return None


def _failure(check: Check, pointer: str, words: Message, params: Mapping[str, str]) -> Problem:
    vi, en = check.message.vi.rstrip("."), check.message.en.rstrip(".")
    message = Message(vi=f"{vi} ({words.vi}).", en=f"{en} ({words.en}).")
    return Problem(pointer=pointer, code=f"check_{check.kind}", message=message, params={"check": check.code, **params})
