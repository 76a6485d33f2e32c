"""The algebra of rollups: how a report becomes a vector of whole numbers, and how vectors add. Pure.

A rollup of a round's form is the sum of the vectors of its counted reports. Vectors add and subtract exactly,
whatever the order, so a correction is "minus the old, plus the new" and a withdrawal is "minus the old".

A `Layout` names the places (slots) of the vector. It follows from the form the round opened with and from
what the indicators need beyond sums: ratios need sums over the units that gave both sides, coverage needs how
many units reach a value. Slots, by name:

    reports              counted reports
    late                 counted reports that came after the deadline
    sum(f)               Σ of a numeric figure, in units of 10**-decimals
    given(f)             units that gave the figure: not reported is not zero
    is(f,v)              units whose status figure stands at v
    paired(n,d).numerator, .denominator, .count      over the units that gave both n and d
    reaches(f,v)         units whose figure is at least v (for a status: at v or beyond)
    reaches(f,v|a)       the same, among the units where figure a reaches 1 or its last status

A value vector (`values`) is what the log carries: the figures in the order of the round's form, whole
numbers, a status as its index, None for not reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from operator import add as _add
from operator import sub as _sub

from lienthong.programmes import Computation, Figure, Form, Indicator

Values = Sequence[int | None]
Vector = tuple[int, ...]

REPORTS = "reports"
LATE = "late"


def sum_of(figure: str) -> str:
    return f"sum({figure})"


def count_given(figure: str) -> str:
    return f"given({figure})"


def status_of(figure: str, value: str) -> str:
    """Slot of the units whose status is exactly `value` (its code)."""
    return f"is({figure},{value})"


def pair_of(numerator: str, denominator: str) -> tuple[str, str, str]:
    """Slots of a ratio: Σ numerator, Σ denominator and count, over the units that gave both."""
    name = f"paired({numerator},{denominator})"
    return f"{name}.numerator", f"{name}.denominator", f"{name}.count"


def reaches(figure: str, value: str | int, among: str | None = None) -> str:
    return f"reaches({figure},{value})" if among is None else f"reaches({figure},{value}|{among})"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reach:
    """Counts units whose column `place` is at least `least` (and column `among`, where set,
    `among_least`)."""

    name: str
    place: int
    least: int
    among: int | None = None
    among_least: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    names: tuple[str, str, str]
    numerator: int
    denominator: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The slots of one form's vector. Equal digests mean that vectors may be added place by place."""

    form: str
    version: str
    figures: tuple[Figure, ...]
    pairs: tuple[_Pair, ...]
    reached: tuple[_Reach, ...]
    slots: tuple[str, ...] = field(init=False)
    digest: str = field(init=False)
    _places: dict[str, int] = field(init=False, repr=False, compare=False)
    _columns: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        slots = tuple(_slot_names(self.figures, self.pairs, self.reached))
        described = "\n".join(
            (
                self.form,
                self.version,
                *(f"{f.code} {f.decimals}" for f in self.figures),
                *slots,
                *(f"{r.name} {r.least} {r.among_least}" for r in self.reached),
            )
        )
        object.__setattr__(self, "slots", slots)
        object.__setattr__(self, "digest", hashlib.sha256(described.encode()).hexdigest()[:16])
        object.__setattr__(self, "_places", {name: place for place, name in enumerate(slots)})
        object.__setattr__(self, "_columns", {figure.code: place for place, figure in enumerate(self.figures)})

    @property
    def zero(self) -> Vector:
        """The rollup of no report."""
        return (0,) * len(self.slots)

    def has(self, slot: str) -> bool:
        return slot in self._places

    def at(self, vector: Sequence[int], slot: str) -> int:
        """The value of a slot. Raises KeyError where the layout has no such slot."""
        return vector[self._places[slot]]

    def figure(self, code: str) -> Figure | None:
        """The figure as the round's form defines it, or None when the form does not ask for it."""
        place = self._columns.get(code)
        return None if place is None else self.figures[place]

    def column(self, code: str) -> int:
        """Place of a figure in a value vector. Raises KeyError."""
        return self._columns[code]


def layout_of(form: Form, indicators: Iterable[Indicator]) -> Layout:
    """The layout of a form, with what these indicators need of it.

    form: as the round opened with it. An indicator that names figures or statuses which the form does not
    have gets no slot for them (and will say that it cannot be assessed).
    """
    by_code = {figure.code: place for place, figure in enumerate(form.figures)}
    computations = [c for indicator in indicators for c in _computations_within(indicator.computation)]
    pairs = {pair for c in computations if c.kind == "ratio" for pair in zip(c.numerator, c.denominator, strict=False)}
    reached: dict[str, _Reach] = {}
    for computation in computations:
        for wanted in _reaches_wanted(computation, form, by_code):
            reached[wanted.name] = wanted
    return Layout(
        form=form.code,
        version=form.version,
        figures=form.figures,
        pairs=tuple(
            _Pair(names=pair_of(n, d), numerator=by_code[n], denominator=by_code[d])
            for n, d in sorted(pairs)
            if n in by_code and d in by_code
        ),
        reached=tuple(reached[name] for name in sorted(reached)),
    )


def goal_of(computation: Computation, figure: Figure) -> str | int:
    """What a unit's figure has to reach to be covered: as declared, else the last status, else 1."""
    if computation.reaches is not None:
        return computation.reaches
    return figure.values[-1].code if figure.is_status else 1


def vector(layout: Layout, values: Values, *, late: bool = False) -> Vector:
    """The vector of one report. Raises ValueError when the values are not of this layout's form."""
    return total(layout, [values], late=int(late))


def total(layout: Layout, rows: Sequence[Values], *, late: int = 0) -> Vector:
    """Σ of the vectors of many reports, column by column (so that the loops run inside the interpreter).

    late: how many of the rows came late.
    """
    if not rows:
        return layout.zero
    columns = list(zip(*rows, strict=True))
    if len(columns) != len(layout.figures):
        raise ValueError(f"{len(columns)} values for the {len(layout.figures)} figures of {layout.form}")
    sums = [len(rows), late]
    for figure, column in zip(layout.figures, columns, strict=True):
        sums.append(len(rows) - column.count(None))
        if figure.is_status:
            sums.extend(column.count(index) for index in range(len(figure.values)))
        else:
            sums.append(sum(filter(None, column)))
    for pair in layout.pairs:
        sums.extend(_pair_sums(columns[pair.numerator], columns[pair.denominator]))
    sums.extend(_reaching(columns, wanted) for wanted in layout.reached)
    return tuple(sums)


def add(left: Vector, right: Vector) -> Vector:
    """Raises ValueError when the vectors are of different lengths."""
    _same_length(left, right)
    return tuple(map(_add, left, right))


def subtract(left: Vector, right: Vector) -> Vector:
    """Raises ValueError when the vectors are of different lengths."""
    _same_length(left, right)
    return tuple(map(_sub, left, right))


def _same_length(left: Vector, right: Vector) -> None:
    # `map` would stop at the shorter one and lose slots in silence.
    if len(left) != len(right):
        raise ValueError(f"vectors of {len(left)} and {len(right)} slots don't add: other layouts")


def _slot_names(figures: Iterable[Figure], pairs: Iterable[_Pair], reached: Iterable[_Reach]) -> Iterable[str]:
    """Names in the order in which `total` fills the slots."""
    yield from (REPORTS, LATE)
    for figure in figures:
        yield count_given(figure.code)
        if figure.is_status:
            yield from (status_of(figure.code, value.code) for value in figure.values)
        else:
            yield sum_of(figure.code)
    for pair in pairs:
        yield from pair.names
    for wanted in reached:
        yield wanted.name


def _computations_within(computation: Computation) -> Iterable[Computation]:
    yield computation
    if computation.of is not None:
        yield from _computations_within(computation.of)


def _reaches_wanted(computation: Computation, form: Form, by_code: dict[str, int]) -> Iterable[_Reach]:
    if computation.kind == "milestone" and computation.figure is not None:
        codes: tuple[str, ...] = (computation.figure,)
        among: tuple[str, ...] = ()
    elif computation.kind == "coverage":
        codes, among = computation.figures or _as_codes(computation.figure), computation.among
    else:
        return
    for place, code in enumerate(codes):
        other = among[place] if place < len(among) else None
        if code not in by_code or (other is not None and other not in by_code):
            continue
        figure = form.figures[by_code[code]]
        goal = goal_of(computation, figure)
        least = _least_reaching(figure, goal)
        if least is None:
            continue
        if other is None:
            yield _Reach(name=reaches(code, goal), place=by_code[code], least=least)
            continue
        base = form.figures[by_code[other]]
        base_goal = base.values[-1].code if base.is_status else 1
        base_least = _least_reaching(base, base_goal) or 0
        yield _Reach(name=reaches(other, base_goal), place=by_code[other], least=base_least)
        yield _Reach(
            name=reaches(code, goal, other),
            place=by_code[code],
            least=least,
            among=by_code[other],
            among_least=base_least,
        )


def _as_codes(code: str | None) -> tuple[str, ...]:
    return () if code is None else (code,)


def _least_reaching(figure: Figure, goal: str | int) -> int | None:
    """The smallest packed value that reaches the goal; None for a status that the figure does not know."""
    if figure.is_status:
        codes = [value.code for value in figure.values]
        return codes.index(str(goal)) if str(goal) in codes else None
    scaled = Decimal(goal).scaleb(figure.decimals)
    return int(scaled.to_integral_value(rounding=ROUND_CEILING))


def _pair_sums(numerators: Sequence[int | None], denominators: Sequence[int | None]) -> tuple[int, int, int]:
    both = [(n, d) for n, d in zip(numerators, denominators, strict=True) if n is not None and d is not None]
    return sum(n for n, _ in both), sum(d for _, d in both), len(both)


def _reaching(columns: Sequence[Sequence[int | None]], wanted: _Reach) -> int:
    column, least = columns[wanted.place], wanted.least
    if wanted.among is None:
        return sum(1 for value in column if value is not None and value >= least)
    return sum(
        1
        for value, base in zip(column, columns[wanted.among], strict=True)
        if value is not None and value >= least and base is not None and base >= wanted.among_least
    )
