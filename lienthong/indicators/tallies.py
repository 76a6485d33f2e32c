"""What one level knows of its periods: the rollups that indicators are computed from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lienthong.indicators.rollup import Layout, Vector
from lienthong.periods import Period, frequency_of, parts_of_year


@dataclass(frozen=True, kw_only=True, slots=True)
class Population:
    """People of one unit. year: of the series; source as entered."""

    value: int
    year: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FormTally:
    """The rollup of one form at one level: slots as the layout names them, and how many units are obliged."""

    layout: Layout
    slots: Vector
    obliged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """All that one level knows of one period. population: of the whole level at the close of data."""

    period: Period
    forms: tuple[FormTally, ...]
    population: Population | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A tally with those of the level's earlier periods.

    level: `nation`, `province`, `commune` or `agency`. scheduled: the period codes that the plan has; a
    scheduled period without a tally is missing from a sum over periods.
    """

    level: str
    now: Tally
    earlier: Mapping[str, Tally] = field(default_factory=dict)
    scheduled: frozenset[str] = frozenset()

    def at(self, code: str) -> View | None:
        """The view as of an earlier period, or None where it has no reports."""
        tally = self.earlier.get(code)
        return None if tally is None else replace(self, now=tally)

    def window(self, window: str) -> tuple[list[Tally], list[str]]:
        """The tallies that a sum runs over, the present one last, and the codes missing among them."""
        code = self.now.period.code
        if window == "period" or self.now.period.frequency == "special":
            return [self.now], []
        if window == "year":
            wanted = parts_of_year(code)[:-1]
        else:
            alike = {c for c in (*self.earlier, *self.scheduled) if frequency_of(c) == frequency_of(code)}
            wanted = sorted(c for c in alike if c < code)
        missing = [c for c in wanted if c not in self.earlier and (c in self.scheduled or not self.scheduled)]
        return [*(self.earlier[c] for c in wanted if c in self.earlier), self.now], missing
