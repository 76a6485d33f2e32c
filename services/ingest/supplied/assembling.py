"""The draft of a report out of what systems supplied. Pure.

Of each system the latest value of a figure counts. What systems supply in part adds up; where one says that its value
is the whole figure, that stands alone. Values that can't both be true (two wholes, two statuses) are left to the unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lienthong.programmes import Figure, Form

Value = int | Decimal | str
PART, WHOLE = "part", "whole"
SUPPLIED, CONFLICT, MISSING = "supplied", "conflict", "missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """What one system supplied at once. receipt: by which it is found again."""

    system: str
    share: str
    as_of: date
    position: int
    at: datetime
    receipt: str
    client: str
    figures: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembled:
    """A figure of the draft. value None: nobody supplied it, or the sources contradict each other."""

    figure: Figure
    state: str
    value: Value | None
    sources: Sequence[Supply]


def assemble(form: Form, supplies: Iterable[Supply]) -> list[Assembled]:
    """The figures of the form in its order."""
    ordered = sorted(supplies, key=lambda supply: (supply.as_of, supply.position))
    return [_assemble_figure(figure, _latest_by_system(figure.code, ordered)) for figure in form.figures]


def _latest_by_system(code: str, ordered: Sequence[Supply]) -> list[Supply]:
    """The latest supply of the figure by each system, by name."""
    newest = {supply.system: supply for supply in ordered if code in supply.figures}
    return [newest[system] for system in sorted(newest)]


def _assemble_figure(figure: Figure, sources: Sequence[Supply]) -> Assembled:
    wholes = [source for source in sources if source.share == WHOLE]
    counted = [supply.figures[figure.code] for supply in (wholes or sources)]
    if not counted:
        return Assembled(figure=figure, state=MISSING, value=None, sources=())
    if (wholes or figure.is_status) and len(set(counted)) > 1:
        return Assembled(figure=figure, state=CONFLICT, value=None, sources=sources)
    added = [value for value in counted if not isinstance(value, str)]
    value = counted[0] if wholes or figure.is_status else sum(added)
    return Assembled(figure=figure, state=SUPPLIED, value=value, sources=sources)
