"""Understanding one row of a table: every fault of it at once, each with file and line.

Whether rows agree with one another is checked in `checks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, cast
from unicodedata import normalize

from lienthong.contracts import texts
from lienthong.errors import Message, Problem
from lienthong.units.entries import (
    Alias,
    Entry,
    Population,
    Relation,
    RelationKind,
    Row,
    TableName,
    Unit,
)
from lienthong.units.levels import LEVELS, NAMES, Level
from lienthong.units.names import is_agency_code, is_official_agency_code, normalise_agency_code

_DISTRICT_WORDS = frozenset(("district", "huyện", "huyen", "quận", "quan", "thị xã", "county", "town"))
LONGEST_NUMBER = 12  # digits; nobody counts more people
GROUPS = ("department", "media", "commune_office")
ALIAS_KINDS = ("name", "abbreviation", "former", "identifier")
RELATION_KINDS = ("merge", "split", "rename")
_TYPE_WORD = re.compile(r"[a-z][a-z0-9_]*")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OUR_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


class _Reader:
    """Takes the values out of one row and collects what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.problems: list[Problem] = []
        # Cleaned in one pass without calls for empty values: most of the 50,000 values of a list are empty.
        self.clean = {
            name: normalize("NFC", value if isinstance(value, str) else str(value)).strip()
            for name, value in row.values.items()
            if value not in ("", None)
        }
        for name, value in self.clean.items():
            if not value.isprintable() and (wrong := texts.fault(value, line=True)) is not None:
                self.fault("text_unfit", column=name, why=wrong.message)

    def fault(self, code: str, **params: Any) -> None:
        self.problems.append(self.row.problem(code, **params))

    def require(self, *names: str) -> None:
        for name in names:
            if not self.clean.get(name):
                self.fault("value_missing", column=name)

    def text(self, name: str) -> str:
        return self.clean.get(name, "")

    def day(self, name: str) -> date | None:
        text = self.text(name)
        parsed = _day(text)
        if text and parsed is None:
            self.fault(
                "day_invalid",
                text=text,
                column=name,
            )
        return parsed

    def number(self, name: str) -> int:
        text = self.text(name)
        if text and not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
            self.fault(
                "number_invalid",
                text=text,
                column=name,
            )
            return 0
        return int(text or 0)

    def boolean(self, name: str) -> bool:
        text = self.text(name).lower()  # str(True) is "True"
        if text not in ("", "true", "false"):
            self.fault(
                "truth_invalid",
                text=text,
                column=name,
            )
        return text == "true"

    def choice(self, name: str, choices: Iterable[str]) -> str:
        text = self.text(name)
        if text and text not in choices:
            listed = ", ".join(choices)
            self.fault(
                "value_unknown",
                text=text,
                listed=listed,
                column=name,
            )
        return text


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """A day as 2026-12-31 or 31/12/2026, as spreadsheets of the offices have it."""
    ours = _OUR_DAY.fullmatch(text)
    if ours is None and not _ISO_DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text) if ours is None else date(int(ours[3]), int(ours[2]), int(ours[1]))
    except ValueError:
        return None
    return day if texts.in_bounds(day) else None


def _unit(read: _Reader) -> Unit:
    take = read.clean.get
    read.require("code", "level", "type", "name", "full_name", "valid_from")
    level = _level(read)
    if level != "nation":
        read.require("parent")
    code = take("code", "")
    code = normalise_agency_code(code) if level == "agency" else code
    unit = Unit(
        code=code,
        parent=take("parent") or None,
        level=level,
        type=take("type", ""),
        group=take("group") or None,
        name=take("name", ""),
        full_name=take("full_name", ""),
        valid_from=read.day("valid_from") or date.min,
        valid_to=read.day("valid_to"),
        provisional=read.boolean("provisional"),
        resolution=take("resolution", ""),
        source=take("source", ""),
        note=take("note", ""),
    )
    _check_code(read, unit)
    _check_type(read, unit)
    if unit.valid_to is not None and unit.valid_to <= unit.valid_from:
        read.fault(
            "validity_empty",
            valid_to=unit.valid_to,
            valid_from=unit.valid_from,
        )
    return unit


def _level(read: _Reader) -> Level:
    level = read.text("level")
    if level in LEVELS:
        return cast(Level, level)
    if level.lower() in _DISTRICT_WORDS:
        read.fault(
            "district_level",
        )
    else:
        read.choice("level", NAMES)
    return cast(Level, level)


def _check_code(read: _Reader, unit: Unit) -> None:
    if unit.level == "agency":
        good = is_agency_code(unit.code)
        own = is_official_agency_code(unit.code) or unit.code.partition(".")[0] == unit.parent
    else:
        level = LEVELS.get(unit.level)  # an unknown level is a fault of its own
        good, own = level is None or level.code is None or level.code.fullmatch(unit.code) is not None, True
    if unit.code and not good:
        read.fault(
            "unit_code_invalid",
            level=unit.level,
            value=unit.code,
        )
    elif not own:
        read.fault(
            "agency_code_foreign",
            unit=unit.code,
            parent=unit.parent,
        )


def _check_type(read: _Reader, unit: Unit) -> None:
    level = LEVELS.get(unit.level)
    if unit.level == "agency":
        read.require("group")
        read.choice("group", GROUPS)
        good = _TYPE_WORD.fullmatch(unit.type) is not None
    else:
        good = level is None or unit.type in level.types
    if unit.type and not good:
        read.fault(
            "unit_type_unknown",
            type=Message(vi=unit.type, en=unit.level),
            level=Message(vi=unit.level, en=unit.type),
        )
    begins = level.types.get(unit.type) if level is not None else None
    if begins and unit.full_name and not unit.full_name.startswith(begins):
        read.fault(
            "full_name_type",
            full_name=unit.full_name,
            begins=begins.strip(),
        )


def _relation(read: _Reader) -> Relation:
    read.require("predecessor", "successor", "date", "kind")
    relation = Relation(
        predecessor=read.text("predecessor"),
        successor=read.text("successor"),
        date=read.day("date") or date.min,
        kind=cast(RelationKind, read.choice("kind", RELATION_KINDS)),
        predecessor_name=read.text("predecessor_name"),
        resolution=read.text("resolution"),
        source=read.text("source"),
        note=read.text("note"),
    )
    if relation.predecessor and relation.predecessor == relation.successor:
        read.fault(
            "relation_to_itself",
            predecessor=relation.predecessor,
        )
    return relation


def _alias(read: _Reader) -> Alias:
    read.require("code", "alias", "kind")
    kind = read.choice("kind", ALIAS_KINDS)
    alias = read.text("alias")
    return Alias(
        code=read.text("code"),
        alias=normalise_agency_code(alias) if kind == "identifier" else alias,
        kind=kind,
        certainty=read.text("certainty"),
        source=read.text("source"),
    )


def _population(read: _Reader) -> Population:
    read.require("unit", "year", "value", "source")
    population = Population(
        unit=read.text("unit"),
        year=read.number("year"),
        value=read.number("value"),
        certainty=read.text("certainty"),
        source=read.text("source"),
    )
    # A year outside these is a slip of the keyboard, not a census.
    if not 1945 <= population.year <= 2200 or population.value < 1:
        read.fault(
            "population_invalid",
            population=population.value,
            year=population.year,
        )
    return population


_READERS: Mapping[TableName, tuple[type[Entry], Callable[[_Reader], Entry]]] = {
    "units": (Unit, _unit),
    "relations": (Relation, _relation),
    "aliases": (Alias, _alias),
    "populations": (Population, _population),
}


def columns(table: TableName) -> frozenset[str]:
    """The columns a table may have."""
    return frozenset(_READERS[table][0].__dataclass_fields__)


def read_row(row: Row) -> tuple[Entry | None, list[Problem]]:
    """The entry a row states, or None with everything that is wrong with the row."""
    read = _Reader(row)
    entry_type, parse = _READERS[row.table]
    for name in row.values.keys() - entry_type.__dataclass_fields__.keys():
        read.fault("column_unknown", column=name)
    entry = parse(read)
    return (None if read.problems else entry), read.problems
