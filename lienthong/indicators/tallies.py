"""What one level knows of its periods: the rollups that indicators are computed from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from lienthong.indicators.rollup import Layout, Vector
from lienthong.periods import PARTS, Period, frequency_of, is_end_of_year, parts_of_year
from lienthong.programmes import Figure
from lienthong.units.levels import Level


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitPopulation:
    """People of one unit. year: of the series; source as entered."""

    value: int
    year: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FormTally:
    """The rollup of one form at one level: slots as the layout names them, and how many units are obliged.

    reporters: codes of the units whose reports are in it, where known; else their number alone is compared.
    without: figures that are counted elsewhere and so don't exist here.
    """

    layout: Layout
    slots: Vector
    obliged: int
    reporters: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def figure(self, code: str) -> Figure | None:
        """The figure as the form defines it; None where the form does not ask for it, or not for this tally."""
        return None if code in self.without else self.layout.figure(code)

    @property
    def figures(self) -> list[Figure]:
        """The form's figures but those counted elsewhere."""
        return [figure for figure in self.layout.figures if figure.code not in self.without]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """All that one level knows of one period. population: of the whole level at the close of data."""

    period: Period
    forms: tuple[FormTally, ...]
    population: UnitPopulation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Where a period stands in time, in years: the end of 2026 is 2026, the end of 2026-H1 is 2025½.

    year: the one that it is judged against. year_over: what it says of that year is final. whole_year: a flow in
    it is that of one year at most.
    """

    year: int
    at: Fraction
    year_over: bool
    whole_year: bool = True


def moment(period: Period, year_close: date | None = None) -> Moment:
    """year_close: when the plan closes the data of the year in which an ad hoc round or a review ends.

    Such a round is judged against that year, and finally once the plan's year is closed: a closing review to
    31/12/2030 tells of 2030 no less than the annual round that closed on 30/9/2030.
    """
    if period.frequency != "special":
        parts = Fraction(len(parts_of_year(period.code)), PARTS[period.frequency])
        return Moment(year=period.year, at=period.year - 1 + parts, year_over=is_end_of_year(period.code))
    year = period.last.year
    new_year = date(year, 1, 1)
    passed = Fraction((period.last - new_year).days + 1, (date(year + 1, 1, 1) - new_year).days)
    over = period.last >= (year_close or date(year, 12, 31))
    return Moment(
        year=year,
        at=Fraction(year) if over else year - 1 + passed,
        year_over=over,
        whole_year=period.last - period.first <= timedelta(days=366),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A tally with those of the level's earlier periods.

    level: `nation`, `province`, `commune` or `agency`. scheduled: the period codes that the plan has; a
    scheduled period without a tally is missing from a sum over periods. year_close: the last day of data of the
    plan's year in which the present period ends. overfull: by the figures of a rate over people the units below
    that reported more people than live there, where that is known.
    """

    level: Level
    now: Tally
    earlier: Mapping[str, Tally] = field(default_factory=dict)
    scheduled: frozenset[str] = frozenset()
    year_close: date | None = None
    overfull: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    @property
    def moment(self) -> Moment:
        """Where the present period stands."""
        return moment(self.now.period, self.year_close)

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
