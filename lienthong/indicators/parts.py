"""What a measure is made of: sums over reports, with who gave them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lienthong.errors import Message
from lienthong.indicators import reasons
from lienthong.indicators.arithmetic import (
    exact,
    scaled,
    vietnamese,
)
from lienthong.indicators.reasons import Reason
from lienthong.indicators.rollup import (
    count_given,
    pair_of,
    sum_of,
)
from lienthong.indicators.tallies import FormTally, Tally, View
from lienthong.programmes import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many of the obliged units of one form gave what was needed, in one period.

    reporters: which units reported the form, where known.
    """

    period: str
    form: str
    given: int
    obliged: int
    reporters: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The outcome of a computation.

    value None: `lacking` says why. status: least advanced status among the units that gave it (milestones),
    with its rank in `ranks`. expression: the arithmetic without its result. doubts: why the value is
    provisional whatever the coverage. conflicts: why the value can't be right or can't be compared, so that no
    target is judged by it. with_baseline: a baseline would mean something (not for a status or a count). labels:
    of the statuses. of_its_period: it tells of one stretch of time (a flow), so that
    meeting a later year's target now proves nothing. rising: it can only grow within the year.
    """

    value: Fraction | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    status: str | None = None
    ranks: Mapping[str, int] = field(default_factory=dict)
    expression: str = ""
    counts: tuple[Count, ...] = ()
    lacking: tuple[Reason, ...] = ()
    doubts: tuple[Reason, ...] = ()
    conflicts: tuple[Reason, ...] = ()
    labels: Mapping[str, Message] = field(default_factory=dict)
    of_its_period: bool = False
    rising: bool = False
    with_baseline: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A sum over units and periods of one or two slots (`value`, and `other` for a ratio's denominator)."""

    value: Fraction
    other: Fraction
    counts: tuple[Count, ...]
    doubts: tuple[Reason, ...]
    flow: bool
    conflicts: tuple[Reason, ...] = ()

    @property
    def reported(self) -> int:
        return sum(count.given for count in self.counts)


def sum_part(view: View, code: str, window: str) -> Part | None:
    """Σ of one figure: over the window for a flow, else the value at the close of data. None: not asked."""
    asking = [(tally, form, form.figure(code)) for tally in [view.now] for form in tally.forms]
    kinds = {figure.kind for _, _, figure in asking if figure is not None}
    tallies, missing = view.window(window) if "flow" in kinds else ([view.now], [])
    value, counts = Fraction(0), []
    for tally, form, figure in figures_asked(tallies, code):
        value += scaled(form.layout.at(form.slots, sum_of(code)), figure.decimals)
        counts.append(count_of(tally, form, form.layout.at(form.slots, count_given(code))))
    if not counts:
        return None
    return Part(
        value=value,
        other=Fraction(0),
        counts=tuple(counts),
        flow="flow" in kinds,
        doubts=tuple(reasons.period_missing(c) for c in missing),
    )


def pair_part(view: View, numerator: str, denominator: str, window: str) -> Part | None:
    """Both sides of a ratio over the units that gave both. A stock is taken at the close of data."""
    slots = pair_of(numerator, denominator)
    flows = [f.kind == "flow" for code in (numerator, denominator) for _, _, f in figures_asked([view.now], code)]
    tallies, missing = view.window(window) if any(flows) else ([view.now], [])
    above, below, counts = Fraction(0), Fraction(0), []
    for tally, form, figure in figures_asked(tallies, numerator):
        other = form.figure(denominator)
        if other is None or not form.layout.has(slots[0]):
            continue
        if figure.kind == "flow" or tally is view.now:
            above += scaled(form.layout.at(form.slots, slots[0]), figure.decimals)
        if other.kind == "flow" or tally is view.now:
            below += scaled(form.layout.at(form.slots, slots[1]), other.decimals)
        counts.append(count_of(tally, form, form.layout.at(form.slots, slots[2])))
    if not counts:
        return None
    mixed = any(flows) and not all(flows) and len({(c.given, c.reporters) for c in counts}) > 1
    return Part(
        value=above,
        other=below,
        counts=tuple(counts),
        doubts=tuple(reasons.period_missing(c) for c in missing),
        conflicts=(reasons.units_differ(),) if mixed else (),
        flow=any(flows),
    )


def figures_asked(tallies: Iterable[Tally], code: str) -> Iterator[tuple[Tally, FormTally, Figure]]:
    for tally in tallies:
        for form in tally.forms:
            figure = form.figure(code)
            if figure is not None:
                yield tally, form, figure


def count_of(tally: Tally, form: FormTally, units: int) -> Count:
    return Count(
        period=tally.period.code, form=form.layout.form, given=units, obliged=form.obliged, reporters=form.reporters
    )


def doubts_of(parts: Sequence[Part]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(doubt for part in parts for doubt in part.doubts))


def sigma(value: Fraction) -> str:
    return f"Σ {vietnamese(exact(value))}"


def multiplied(text: str, multiplier: object) -> str:
    factor = Fraction(str(multiplier))
    return text if factor == 1 else f"{text} × {vietnamese(exact(factor))}"
