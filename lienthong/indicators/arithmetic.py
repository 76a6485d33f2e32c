"""Exact numbers as text: rounding half up, plain decimals, and the Vietnamese and English notations. Pure.

Values are `Fraction`, never a binary float. Only `root` approximates, and says how.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction

ROOT_DIGITS = 50
"""Significant digits of an irrational root: far beyond any target's."""

MOST_DIGITS = 20
"""Decimals shown at most: two numbers that are equal to here are called equal by anybody."""


def scaled(whole: int, decimals: int) -> Fraction:
    """A packed figure as a number: 125 with 2 decimals is 1,25."""
    return Fraction(whole, 10**decimals)


def rounded(value: Fraction, decimals: int) -> str:
    """Plain decimals with exactly `decimals` digits, half away from zero: 2/3 with 1 → `0.7`."""
    factor = 10**decimals
    magnitude = abs(value) * factor
    whole = (2 * magnitude.numerator + magnitude.denominator) // (2 * magnitude.denominator)
    sign = "-" if value < 0 and whole else ""
    if not decimals:
        return f"{sign}{whole}"
    return f"{sign}{whole // factor}.{whole % factor:0{decimals}d}"


def agreeing(value: Fraction, decimals: int, against: Iterable[Fraction]) -> int:
    """The fewest decimals, `decimals` at least, at which the rounded value lies on the same side of each of
    `against` as the value itself, these being rounded alike or not.

    5,996/10,000 against 60 % needs two: with one it reads “60,0” and would be called “not reached”.
    """
    others = tuple(against)
    digits = decimals
    while digits < MOST_DIGITS and not all(_same_side(value, other, digits) for other in others):
        digits += 1
    return digits


def _same_side(value: Fraction, other: Fraction, decimals: int) -> bool:
    shown = Fraction(rounded(value, decimals))
    side = _sign(value - other)
    if side == 0:  # equal numbers without end (1/3) are shown alike with any number of digits
        return shown == other or not _ends(other)
    return _sign(shown - other) == side and _sign(shown - Fraction(rounded(other, decimals))) == side


def _ends(value: Fraction) -> bool:
    return bool((value * 10**MOST_DIGITS).denominator == 1)


def _sign(difference: Fraction) -> int:
    return (difference > 0) - (difference < 0)


def exact(value: Fraction) -> str:
    """Plain decimals of a number that has an end (sums of figures do). Raises ValueError for 1/3."""
    for decimals in range(40):
        if (value * 10**decimals).denominator == 1:
            return rounded(value, decimals)
    raise ValueError(f"{value} has no finite decimals")


def vietnamese(plain: str) -> str:
    """`1234567.5` → `1.234.567,5`."""
    return _grouped(plain, group=".", point=",")


def english(plain: str) -> str:
    """`1234567.5` → `1,234,567.5`."""
    return _grouped(plain, group=",", point=".")


def root(value: Fraction, degree: int) -> Fraction:
    """The degree-th root of a positive number: exact where it has up to 20 decimals, else to ROOT_DIGITS
    digits.

    So a growth of exactly 10 % in each of three years (1,331 times) compares equal to a target of 10 %.
    """
    if degree == 1:
        return value
    with localcontext() as context:
        context.prec = ROOT_DIGITS
        ratio = Decimal(value.numerator) / Decimal(value.denominator)
        approximate = Fraction(ratio ** (Decimal(1) / Decimal(degree)))
    short = Fraction(round(approximate * 10**20), 10**20)
    return short if short**degree == value else approximate


def _grouped(plain: str, *, group: str, point: str) -> str:
    sign = "-" if plain.startswith("-") else ""
    whole, _, fraction = plain.lstrip("-").partition(".")
    text = f"{int(whole):,}".replace(",", group)
    return f"{sign}{text}{point}{fraction}" if fraction else f"{sign}{text}"
