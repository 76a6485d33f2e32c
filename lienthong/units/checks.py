"""Whether the rows of the registry agree with one another; every disagreement, by file and line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from lienthong.errors import Problem
from lienthong.units.entries import (
    Alias,
    Entry,
    Key,
    Placed,
    Population,
    Relation,
    Row,
    Unit,
    key_of,
)
from lienthong.units.levels import LEVELS

ByCode = Mapping[str, Sequence[Placed[Unit]]]


def disagreements(
    units: Sequence[Placed[Unit]],
    relations: Sequence[Placed[Relation]],
    aliases: Sequence[Placed[Alias]],
    populations: Sequence[Placed[Population]],
) -> list[Problem]:
    """All problems between rows; empty when the registry is sound."""
    problems = list(_rows_twice((*units, *relations, *aliases, *populations)))
    grouped: dict[str, list[Placed[Unit]]] = defaultdict(list)
    for placed in units:
        grouped[placed.entry.code].append(placed)
    for rows in grouped.values():
        if len(rows) > 1:
            rows.sort(key=lambda placed: placed.entry.valid_from)
            problems.extend(_between_rows_of_one_code(rows))
    for placed in units:
        problems.extend(_parent(placed, grouped))
    problems.extend(_relations(relations, grouped, _first_day(units)))
    problems.extend(_aliases(aliases, grouped))
    problems.extend(_populations(populations, grouped))
    return problems


def _first_day(units: Iterable[Placed[Unit]]) -> date:
    """The first day the list covers: a unit that ended by then has no row of its own."""
    return min((placed.entry.valid_from for placed in units), default=date.max)


def _rows_twice(entries: Iterable[Placed[Entry]]) -> Iterator[Problem]:
    seen: dict[Key, Row] = {}
    for placed in entries:
        key = key_of(placed.entry)
        if key in seen:
            yield placed.row.problem(
                "row_twice",
                where=seen[key].where,
                key=", ".join(key[1:]),
            )
        seen.setdefault(key, placed.row)


def _between_rows_of_one_code(rows: Sequence[Placed[Unit]]) -> Iterator[Problem]:
    """Rows of one code follow one another in time. (Levels can't differ: each has its own form of code.)"""
    for earlier, later in pairwise(rows):
        first, second = earlier.entry, later.entry
        if first.valid_from != second.valid_from and (first.valid_to is None or first.valid_to > second.valid_from):
            yield later.row.problem(
                "unit_overlap",
                unit=second.code,
                where=earlier.row.where,
                valid_from=second.valid_from.isoformat(),
            )


def _parent(placed: Placed[Unit], grouped: ByCode) -> Iterator[Problem]:
    unit = placed.entry
    if unit.parent is None:
        return
    parents = grouped.get(unit.parent, ())
    if not parents:
        yield placed.row.problem(
            "parent_unknown",
            parent=unit.parent,
            unit=unit.code,
        )
        return
    above = parents[0].entry.level
    if above not in LEVELS[unit.level].parents:
        yield placed.row.problem(
            "parent_level",
            unit=unit.code,
            level=unit.level,
            parent=unit.parent,
            above=above,
        )
    if not _is_covered(unit, parents):
        yield placed.row.problem(
            "parent_not_valid",
            parent=unit.parent,
            unit=unit.code,
        )


def _is_covered(unit: Unit, parents: Sequence[Placed[Unit]]) -> bool:
    """Whether the parent's rows together, without a gap, span the unit's time."""
    reached = unit.valid_from
    for parent in (placed.entry for placed in parents):  # in order of time
        if parent.valid_from <= reached:
            if parent.valid_to is None:
                return True
            reached = max(reached, parent.valid_to)
    return unit.valid_to is not None and reached >= unit.valid_to


def _relations(relations: Sequence[Placed[Relation]], grouped: ByCode, begins: date) -> Iterator[Problem]:
    heirs: dict[str, list[str]] = defaultdict(list)
    for placed in relations:
        relation = placed.entry
        heirs[relation.predecessor].append(relation.successor)
        if not any(row.entry.valid(relation.date) for row in grouped.get(relation.successor, ())):
            yield placed.row.problem(
                "successor_not_valid",
                successor=relation.successor,
                date=relation.date,
            )
        yield from _predecessor(placed, grouped.get(relation.predecessor, ()), begins)
    for placed in relations:
        if placed.entry.predecessor in _reach(placed.entry.successor, heirs):
            yield placed.row.problem(
                "relation_cycle",
                predecessor=placed.entry.predecessor,
            )


def _predecessor(placed: Placed[Relation], rows: Sequence[Placed[Unit]], begins: date) -> Iterator[Problem]:
    relation = placed.entry
    if not rows:
        if relation.date > begins:
            yield placed.row.problem(
                "predecessor_unknown",
                predecessor=relation.predecessor,
            )
        return
    ends = rows[-1].entry.valid_to
    goes_on = relation.kind == "split" and (ends is None or ends >= relation.date)
    if not goes_on and ends != relation.date:
        yield placed.row.problem(
            "predecessor_not_closed",
            predecessor=relation.predecessor,
            date=relation.date,
        )


def _reach(code: str, heirs: Mapping[str, Sequence[str]]) -> set[str]:
    reached, ahead = set[str](), [code]
    while ahead:
        current = ahead.pop()
        if current not in reached:
            reached.add(current)
            ahead.extend(heirs.get(current, ()))
    return reached


def _aliases(aliases: Sequence[Placed[Alias]], grouped: ByCode) -> Iterator[Problem]:
    holders: dict[str, str] = {}
    for placed in aliases:
        alias = placed.entry
        if alias.code not in grouped:
            yield placed.row.problem(
                "unit_not_listed",
                unit=alias.code,
            )
        if alias.kind != "identifier":
            continue
        holder = holders.setdefault(alias.alias, alias.code)
        if holder != alias.code or alias.alias in grouped:
            yield placed.row.problem(
                "identifier_taken",
                alias=alias.alias,
            )


def _populations(populations: Sequence[Placed[Population]], grouped: ByCode) -> Iterator[Problem]:
    for placed in populations:
        if placed.entry.unit not in grouped:
            yield placed.row.problem(
                "unit_not_listed",
                unit=placed.entry.unit,
            )
