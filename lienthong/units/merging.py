"""Merging communes (sáp nhập) as one step: the rows of the registry that it takes, worked out from what stands. Pure.

The dissolved units and the offices under them end on the day, the unit that remains or is new carries them on. What an
import checks is checked there: these are rows like any others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem
from lienthong.units.entries import Entry, Relation, Row, TableName, Unit, rows_of, to_row
from lienthong.units.registry import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class Merging:
    """Units that become one. into: a code of its own, or of one that stays. name, type: of what is new; empty: as it
    was. day: the first of the new order.
    """

    units: Sequence[str]
    into: str
    day: date
    name: str = ""
    type: str = ""
    resolution: str = ""


def rows(registry: Registry, wanted: Merging) -> list[Row]:
    """The rows to import. Raises Rejected with everything that is wrong."""
    gone = _ending_units(registry, wanted)
    heir, former = _heir(registry, wanted, gone[0])
    units: list[Unit] = [replace(unit, valid_to=wanted.day) for unit in gone]
    units += _rows_of_heir(former, heir, wanted.day)
    relations = [_relation(unit.code, heir.code, wanted) for unit in gone]
    for merged in gone:
        for office in registry.children(merged.code, wanted.day):
            taken_over = _office(office, merged, heir, wanted)
            units.append(replace(office, valid_to=wanted.day))
            relations.append(_relation(office.code, taken_over.code, wanted))
            if registry.get(taken_over.code, wanted.day) is None and all(u.code != taken_over.code for u in units):
                units.append(taken_over)
    return [*_rows("units", units), *_rows("relations", relations)]


def _ending_units(registry: Registry, wanted: Merging) -> list[Unit]:
    """The units that end. Raises Rejected for one that is not there on the day, or whose province is another."""
    codes = list(dict.fromkeys(code for code in wanted.units if code != wanted.into))
    pairs = [(code, registry.get(code, wanted.day)) for code in codes]
    wrong = [problem("/units", "unit_unknown", unit=code) for code, unit in pairs if unit is None]
    units = [unit for _, unit in pairs if unit is not None]
    wrong += _not_alike(units)
    if not units and not wrong:
        wrong.append(problem("/units", "merging_of_one"))
    if wrong:
        raise Rejected(wrong)
    return units


def _not_alike(units: Sequence[Unit]) -> Iterator[Problem]:
    for unit in units:
        if unit.level != "commune":
            yield problem("/units", "merging_of_communes", unit=unit.code, level=unit.level)
        elif unit.parent != units[0].parent:
            yield problem("/units", "merging_across_provinces", unit=unit.code, province=units[0].parent or "")


def _heir(registry: Registry, wanted: Merging, like: Unit) -> tuple[Unit, Unit | None]:
    """The unit that carries on from the day, and the row that it had before, if it stays under its code."""
    former = registry.get(wanted.into, wanted.day)
    if former is None and (registry.history(wanted.into) or not wanted.name):
        code = "merging_into_gone" if registry.history(wanted.into) else "merging_needs_name"
        raise Rejected([problem("/into", code, unit=wanted.into)])
    if former is not None and not list(_not_alike([like, former])):
        heir = replace(former, type=wanted.type or former.type)
        return (_with_new_name(heir, wanted) if wanted.name else heir), former
    if former is not None:
        raise Rejected(list(_not_alike([like, former])))
    heir = replace(
        like, code=wanted.into, type=wanted.type or like.type, valid_from=wanted.day, valid_to=None, source="", note=""
    )
    return _with_new_name(heir, wanted), None


def _with_new_name(unit: Unit, wanted: Merging) -> Unit:
    """The unit by its new name: `Xã Thất Khê` is the full one, `Thất Khê` the short."""
    kind, _, rest = wanted.name.partition(" ")
    short = rest if kind.lower() in ("xã", "phường") and rest else wanted.name
    return replace(unit, name=short, full_name=wanted.name, valid_from=wanted.day, resolution=wanted.resolution)


def _rows_of_heir(former: Unit | None, heir: Unit, day: date) -> list[Unit]:
    """The rows of the unit that carries on: new, or, where it changes, the old one ended and the new one begun."""
    if former is None:
        return [heir]
    if heir == former:
        return []
    return [replace(former, valid_to=day), replace(heir, valid_from=day)]


def _office(office: Unit, before: Unit, heir: Unit, wanted: Merging) -> Unit:
    """The office of the same kind under the unit that carries on."""
    suffix = office.code.removeprefix(before.code)
    return replace(
        office,
        code=heir.code + suffix,
        parent=heir.code,
        valid_from=wanted.day,
        valid_to=None,
        full_name=office.full_name.replace(before.full_name, heir.full_name).replace(before.name, heir.name),
        provisional=True,
        resolution=wanted.resolution,
    )


def _relation(old: str, new: str, wanted: Merging) -> Relation:
    return Relation(predecessor=old, successor=new, date=wanted.day, kind="merge", resolution=wanted.resolution)


def _rows(table: TableName, entries: Sequence[Entry]) -> Sequence[Row]:
    return rows_of(table, [to_row(entry) for entry in entries])
