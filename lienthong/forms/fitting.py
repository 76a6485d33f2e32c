"""The quick way through a form for a report that has nothing wrong: one pass, no messages. Pure.

`lienthong.forms.values` says what is wrong and in which words; it is asked only when something here is out of the
ordinary. What this accepts is what that accepts (tests/lienthong/forms/test_fitting.py holds them against each other).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from lienthong.forms.people import heads
from lienthong.forms.schema import LARGEST_SCALED
from lienthong.programmes import Check, Form

Packed = list[int | None]
_PLAIN = frozenset({int, type(None)})
Screen = Callable[[Packed], bool]
"""Whether a check may find something in packed figures."""


class Fit:
    """One form, made ready: order, scales and checks by place instead of by name."""

    def __init__(self, form: Form) -> None:
        self.form = form
        # Figures that aren't plain counts: place, index of a status, scale and decimals of a number.
        self._others = tuple(
            (place, f.index_of if f.is_status else None, 10**f.decimals, f.decimals)
            for place, f in enumerate(form.figures)
            if f.is_status or f.decimals
        )
        # itemgetter gives one value bare, so a form of one figure is asked for it twice.
        self._gather = itemgetter(*form.codes, form.codes[0])
        scales = [f.decimals for f in form.figures]
        order = {f.code: place for place, f in enumerate(form.figures)}
        self._screens = tuple(_screen(check, order, scales) for check in form.checks)
        self.heads = heads(form)

    def pack(self, figures: Mapping[str, Any]) -> Packed | None:
        """Scaled integers in the order of the form; None when a figure isn't plainly right (ask form_values).

        Expects figures that satisfy the form's schema.
        """
        packed: Packed = list(self._gather(figures)[:-1])
        for place, index_of, scale, decimals in self._others:
            value: Any = packed[place]
            kind = type(value)
            if kind is int and index_of is None:
                packed[place] = value * scale
            elif kind is Decimal and index_of is None:
                scaled = value.scaleb(decimals)  # exact: 24 digits are the most that a number was read with
                packed[place] = whole = int(scaled)
                if whole != scaled:
                    return None
            elif kind is str and index_of is not None:
                packed[place] = index_of(value)
            elif value is not None:
                return None
        if not _PLAIN.issuperset(map(type, packed)):
            packed = [_whole_number(value) for value in packed]
            if not _PLAIN.issuperset(map(type, packed)):
                return None
        given = packed if None not in packed else [value for value in packed if value is not None]
        if given and not (min(given) >= 0 and max(given) <= LARGEST_SCALED):  # type: ignore[type-var, operator]
            return None
        return packed

    def passes(self, packed: Packed) -> bool:
        """Whether certainly no check of the form finds anything, whatever the report before was."""
        return not any(screen(packed) for screen in self._screens)


def _whole_number(value: Any) -> Any:
    """A count that was written with a point (`12.0`) as the whole number it is."""
    return int(value) if type(value) is Decimal and value == value.to_integral_value() else value


def _screen(check: Check, order: Mapping[str, int], scales: Sequence[int]) -> Screen:
    if check.kind == "at_most":
        return _at_most([_on_one_scale(order[check.left], order[code], scales) for code in check.right])
    if check.kind == "requires":
        return _requires(order[check.left], [order[code] for code in check.right])
    return lambda packed: True  # sums and changes: rare enough to be told in full each time


def _on_one_scale(left: int, right: int, scales: Sequence[int]) -> tuple[int, int, int, int]:
    """Two places with what brings each to the finer scale of the two."""
    scale = max(scales[left], scales[right])
    return left, 10 ** (scale - scales[left]), right, 10 ** (scale - scales[right])


def _at_most(pairs: Sequence[tuple[int, int, int, int]]) -> Screen:
    def above(packed: Packed) -> bool:
        for left, raise_left, right, raise_right in pairs:
            a, b = packed[left], packed[right]
            if a is not None and b is not None and a * raise_left > b * raise_right:
                return True
        return False

    return above


def _requires(left: int, wanted: Sequence[int]) -> Screen:
    return lambda packed: bool(packed[left]) and any(packed[place] is None for place in wanted)
