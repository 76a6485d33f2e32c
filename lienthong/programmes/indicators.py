"""Indicators and their targets, as a plan defines them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lienthong.errors import Message
from lienthong.programmes.official import Official


@dataclass(frozen=True, kw_only=True, slots=True)
class Computation:
    """How an indicator is made of figures.

    kind:
      sum             Σ figures
      ratio           multiplier · Σ numerator / Σ denominator, pair by pair over units that gave both
      per_population  multiplier · Σ figures / population of the whole level
      coverage        multiplier · units where their one of `figures` reaches `reaches` / obliged units of the
                      forms of `figures` (or / units where the paired one of `among` is ≥ 1 or its last status)
      growth          100 · (V(y)/V(y−1) − 1) of `of`; mode `year_on_year` or `average_from_baseline`
      milestone       the status `figure` has reached `reaches` (a status target may name another value)
      minimum         the smallest of Σ figure, each of `figures` summed alone
      none            the source defines nothing that can be computed; `reason` says why
    window: `period` | `year` (Σ of the year's periods so far) | `since_start` (Σ of all rounds).
    For coverage each of `figures` is given by another kind of unit; `figure` is set too when there is but one.
    """

    kind: str
    figures: tuple[str, ...] = ()
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    figure: str | None = None
    reaches: str | int | None = None
    among: tuple[str, ...] = ()
    multiplier: Decimal = Decimal(1)
    mode: str | None = None
    of: Computation | None = None
    window: str = "period"
    reason: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """Where the line to a target starts. value in the indicator's measure."""

    year: int
    value: Decimal
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What an indicator is to be in a milestone year, or in each year of a span.

    operator: `at_least`, `at_most`, `equal`, `range` (low ≤ v ≤ high), `status` (value: code of a status).
    year: milestone year; None when undated (then it can't be assessed). each_year: (first, last or None).
    implied: the number is implied by the source, not written. A value of None is unquantified. trigger: what
    has to happen elsewhere before anybody can meet it; awaits: the status that says it has not happened yet.
    """

    operator: str
    year: int | None = None
    each_year: tuple[int, int | None] | None = None
    value: Decimal | str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    average: bool = False
    implied: bool = False
    trigger: Message | None = None
    awaits: str | None = None
    quote: str | None = None
    restored: str | None = None
    note: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """A measure computed from figures, at the levels where it means something.

    levels: subset of `nation`, `province`, `commune`, `agency`. minimum_coverage: percent of obliged units
    below which the value is provisional. decimals: digits shown at least. concept: what indicators of several
    plans, and the national targets, have in common.
    """

    code: str
    title: Message
    measure: Message
    decimals: int
    levels: tuple[str, ...]
    computation: Computation
    targets: tuple[Target, ...] = ()
    baseline: Baseline | None = None
    minimum_coverage: Decimal = Decimal(100)
    quote: str | None = None
    restored: str | None = None
    note: Message | None = None
    assumption: Message | None = None
    concept: str | None = None
    official: Official | None = None
