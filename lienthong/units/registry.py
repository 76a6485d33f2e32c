"""The registry of units: who stands under whom on a given day.

Immutable. A change makes a new registry (`changes`); look-ups of one code cost one dictionary access
and a scan of that code's few rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, TypeVar, cast

from lienthong.errors import Problem, Rejected
from lienthong.refusals import alike, phrase, problem
from lienthong.units.checks import disagreements
from lienthong.units.entries import (
    Alias,
    Entry,
    Placed,
    Population,
    Relation,
    Row,
    TableName,
    Unit,
    rows_of,
    to_row,
)
from lienthong.units.levels import Level
from lienthong.units.names import is_official_agency_code, normalise_agency_code
from lienthong.units.rows import read_row
from lienthong.units.searching import NameIndex

E = TypeVar("E", bound=Entry)


_DOUBTED = frozenset({"indirect", "general knowledge"})


class Registry:
    """All units with their relations, aliases and populations. Build it with `from_rows` or `read`."""

    def __init__(
        self,
        *,
        units: Iterable[Unit],
        relations: Iterable[Relation] = (),
        aliases: Iterable[Alias] = (),
        populations: Iterable[Population] = (),
    ) -> None:
        """Take entries that are known to agree; nothing is checked here."""
        self.units = tuple(sorted(units, key=lambda unit: (unit.code, unit.valid_from)))
        self.relations = tuple(relations)
        self.aliases = tuple(aliases)
        self.populations = tuple(populations)
        self._by_code = _group(self.units, lambda unit: unit.code)
        self._by_parent = _group(self.units, lambda unit: unit.parent or "")
        self._heirs = _group(self.relations, lambda relation: relation.predecessor)
        self._identifiers = {a.alias: a.code for a in self.aliases if a.kind == "identifier"}
        self._populations = _group(sorted(self.populations, key=lambda p: p.year), lambda population: population.unit)

    @classmethod
    def from_rows(
        cls,
        units: Iterable[Mapping[str, Any]],
        relations: Iterable[Mapping[str, Any]] = (),
        aliases: Iterable[Mapping[str, Any]] = (),
        populations: Iterable[Mapping[str, Any]] = (),
    ) -> Registry:
        """Read rows as `to_rows` gives them. Raises Rejected with every problem, by table and row."""
        tables: tuple[tuple[TableName, Iterable[Mapping[str, Any]]], ...] = (
            ("units", units),
            ("relations", relations),
            ("aliases", aliases),
            ("populations", populations),
        )
        return cls.read([row for table, values in tables for row in rows_of(table, values)])

    @classmethod
    def read(cls, rows: Iterable[Row]) -> Registry:
        """Read rows that know their file and line. Raises Rejected with every problem."""
        return cls.of(read_all(rows))

    @classmethod
    def of(cls, placed: Sequence[Placed[Entry]]) -> Registry:
        """Check entries against one another. Raises Rejected with every problem."""
        units, relations = _entries(placed, Unit), _entries(placed, Relation)
        aliases, populations = _entries(placed, Alias), _entries(placed, Population)
        problems = disagreements(units, relations, aliases, populations)
        if problems:
            raise Rejected(problems, code="registry_invalid")
        return cls(
            units=(p.entry for p in units),
            relations=(p.entry for p in relations),
            aliases=(p.entry for p in aliases),
            populations=(p.entry for p in populations),
        )

    def to_rows(self) -> dict[TableName, list[dict[str, Any]]]:
        """All four tables as JSON values; `Registry.from_rows(**rows)` gives an equal registry."""
        return {
            "units": [to_row(unit) for unit in self.units],
            "relations": [to_row(relation) for relation in self.relations],
            "aliases": [to_row(alias) for alias in self.aliases],
            "populations": [to_row(population) for population in self.populations],
        }

    def get(self, code: str, on: date) -> Unit | None:
        """The unit of this code as it is on the day, or None."""
        for unit in self._by_code.get(code, ()):
            if unit.valid(on):
                return unit
        return None

    def unit(self, code: str, on: date) -> Unit:
        """The unit of this code as it is on the day. Raises Rejected (`unit_unknown`, `unit_not_valid`)."""
        unit = self.get(code, on)
        if unit is None:
            raise Rejected([self._absence(code, on)])
        return unit

    def exists(self, code: str, on: date) -> bool:
        """Whether a unit of this code is valid on the day."""
        return self.get(code, on) is not None

    def history(self, code: str) -> tuple[Unit, ...]:
        """All rows of a code in order of time; empty when there never was one."""
        return self._by_code.get(code, ())

    def resolve(self, text: str, on: date) -> Unit | None:
        """The unit that a code or another identifier of it (H37, 000.00.00.H37) stands for on the day."""
        code = text.strip()
        turned = normalise_agency_code(code)
        unit = self.get(code, on) or self.get(turned, on)
        return unit or self.get(self._identifiers.get(turned, ""), on)

    def identifier_of(self, code: str) -> str | None:
        """The code that the list of agencies (QĐ 20/2020/QĐ-TTg) gives a unit; None where nobody has entered it, or
        where it is shipped and not certain: it finds the unit, and is not passed on."""
        if is_official_agency_code(code):
            return code
        aliases = (a for a in self.aliases if a.code == code and a.kind == "identifier" and a.certainty not in _DOUBTED)
        return next((a.alias for a in aliases), None)

    def ancestors(self, code: str, on: date) -> tuple[Unit, ...]:
        """The units above on the day, nearest first, the nation last. Raises Rejected as `unit`."""
        above: list[Unit] = []
        unit = self.unit(code, on)
        while unit.parent is not None:
            unit = self.unit(unit.parent, on)
            above.append(unit)
        return tuple(above)

    def province_of(self, code: str, on: date) -> Unit | None:
        """The province the unit belongs to (itself, if it is one); None for the nation and its agencies."""
        for unit in (self.unit(code, on), *self.ancestors(code, on)):
            if unit.level == "province":
                return unit
        return None

    def is_within(self, code: str, other: str, on: date) -> bool:
        """Whether a unit of the day is the other or stands under it; no unit that there is not."""
        unit = self.get(code, on)
        return unit is not None and (code == other or any(above.code == other for above in self.ancestors(code, on)))

    def children(self, code: str, on: date, level: Level | None = None) -> tuple[Unit, ...]:
        """The units directly under one on the day, of all levels or of one, in code order."""
        return tuple(
            unit for unit in self._by_parent.get(code, ()) if unit.valid(on) and (level is None or unit.level == level)
        )

    def provinces(self, on: date) -> tuple[Unit, ...]:
        """All provinces on the day, in code order."""
        return self.children("VN", on, "province")

    def communes_of(self, province: str, on: date) -> tuple[Unit, ...]:
        """The communes, wards and special zones of a province on the day, in code order."""
        return self.children(province, on, "commune")

    def agencies_of(
        self, parent: str, on: date, *, type: str | None = None, group: str | None = None
    ) -> tuple[Unit, ...]:
        """The agencies of a province (or commune) on the day: all, of a type (`skhcn`), of a group."""
        return tuple(
            unit
            for unit in self.children(parent, on, "agency")
            if type in (None, unit.type) and group in (None, unit.group)
        )

    def successors(self, code: str, on: date) -> tuple[Unit, ...]:
        """The units on the day that a dissolved one has turned into, through any number of steps.

        Empty for a unit that still exists (also after a part was split off) or never had a successor.
        """
        return self._follow(code, on)

    def duty_bearers(self, code: str, on: date) -> tuple[Unit, ...]:
        """Who bears the duties of a unit on the day: itself, or its successors if it was dissolved."""
        own = self.get(code, on)
        return self._follow(code, on) if own is None else (own,)

    def population(self, code: str, on: date) -> Population | None:
        """The latest known population of a year not after that of the day; None when there is none."""
        entries = [entry for entry in self._populations.get(code, ()) if entry.year <= on.year]
        return entries[-1] if entries else None

    def search(self, text: str, on: date, limit: int = 20, level: Level | None = None) -> tuple[Unit, ...]:
        """Units of the day by code, name, full name or alias, without regard to marks and case.

        Exact matches first, then beginnings of names and of words in them, then units whose path
        (“xã …, tỉnh …”) has all the words, then names that contain the text; equals by level and
        Vietnamese order.
        """
        return self._names.find(text, on, limit, level)

    @cached_property
    def _names(self) -> NameIndex:
        """Made on the first search (about 0.1 s)."""
        return NameIndex(self.units, self.aliases)

    def _absence(self, code: str, on: date) -> Problem:
        rows = self.history(code)
        if not rows:
            return problem(
                "",
                "unit_unknown",
                unit=code,
            )
        heirs = ", ".join(f"{unit.full_name} ({unit.code})" for unit in self.successors(code, on))
        return problem(
            "",
            "unit_not_valid",
            unit=code,
            name=rows[-1].full_name,
            day=on,
            heirs=phrase("succeeded_by", heirs=alike(heirs)) if heirs else "",
        )

    def _follow(self, code: str, on: date) -> tuple[Unit, ...]:
        reached: dict[str, Unit] = {}
        ahead = [code] if not self.exists(code, on) else []
        while ahead:
            for relation in self._heirs.get(ahead.pop(), ()):
                heir = self.get(relation.successor, on)
                if relation.date <= on and heir is not None:
                    reached[heir.code] = heir
                elif relation.date <= on:
                    ahead.append(relation.successor)
        return tuple(reached[each] for each in sorted(reached))


def read_all(rows: Iterable[Row]) -> list[Placed[Entry]]:
    """Understand every row. Raises Rejected with the problems of all rows together."""
    placed: list[Placed[Entry]] = []
    problems: list[Problem] = []
    for row in rows:
        entry, faults = read_row(row)
        problems.extend(faults)
        if entry is not None:
            placed.append(Placed(entry=entry, row=row))
    if problems:
        raise Rejected(problems, code="registry_invalid")
    return placed


def _entries(placed: Iterable[Placed[Entry]], kind: type[E]) -> list[Placed[E]]:
    return [cast("Placed[E]", each) for each in placed if isinstance(each.entry, kind)]


def _group(entries: Iterable[E], key: Any) -> dict[str, tuple[E, ...]]:
    grouped: dict[str, list[E]] = defaultdict(list)
    for entry in entries:
        grouped[key(entry)].append(entry)
    return {name: tuple(group) for name, group in grouped.items()}
