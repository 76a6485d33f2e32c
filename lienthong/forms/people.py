"""Figures that count people, held against how many there are: a query that every form asks, whatever its plan asks
itself. Pure.

Where a unit's own population is not known, that of its province is: nobody counts more heads than live there. What
counts no people has no such bound, and none is made up for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lienthong.errors import Message, Problem
from lienthong.programmes import Figure, Form
from lienthong.refusals import joined, phrase, problem
from lienthong.units import Population

CHECK: Final = "people_within_population"
"""Under this code it stands in receipts, and is explained."""


def heads(form: Form) -> tuple[tuple[int, int], ...]:
    """The figures of a form that count people: place, and the scale of its whole numbers."""
    return tuple((place, 10**f.decimals) for place, f in enumerate(form.figures) if f.counts_heads)


def within(places: Iterable[tuple[int, int]], packed: Sequence[int | None], people: int) -> bool:
    """Whether none of these is above so many people."""
    return all((value := packed[place]) is None or value <= people * scale for place, scale in places)


def query(
    form: Form, packed: Sequence[int | None], bounds: Mapping[str, tuple[Message, Population]], *, at: str = "/figures"
) -> Problem | None:
    """What is asked of figures that are above their bounds. bounds: by figure, of whom the population is, and it."""
    above = [
        (figure, value, *bounds[figure.code])
        for figure, value in zip(form.figures, packed, strict=True)
        if figure.code in bounds and value is not None and value > bounds[figure.code][1].value * 10**figure.decimals
    ]
    if not above:
        return None
    found = joined((_above(*each) for each in above), "; ")
    return problem(f"{at}/{above[0][0].code}", "people_above_population", found=found, check=CHECK)


def _above(figure: Figure, value: int, whose: Message, people: Population) -> Message:
    return phrase(
        "figure_above_population",
        label=figure.label,
        given=value // 10**figure.decimals,
        unit=whose,
        people=people.value,
        year=people.year,
    )
