"""The four tables of the registry and what a row of each says.

A row arrives as a mapping (from a CSV file, an event or a database; `reading` understands it) and leaves
as one that can be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from lienthong.errors import Message, Problem
from lienthong.refusals import phrase, problem
from lienthong.units.levels import Level

TableName = Literal["units", "relations", "aliases", "populations"]
RelationKind = Literal["merge", "split", "rename"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit as it was from `valid_from` until, not including, `valid_to` (None: until further notice).

    code: official text code, leading zeros kept. type: for an agency the functional kind that all
    provinces share (`skhcn`). group: agencies only, `department` (sở, ban, ngành), `media` (báo và đài)
    or `commune_office`. provisional: code, name or days are to be replaced by an official list.
    resolution: number of the deciding document. source, note: where the row comes from, in Vietnamese.
    """

    code: str
    parent: str | None
    level: Level
    type: str
    name: str
    full_name: str
    valid_from: date
    valid_to: date | None = None
    group: str | None = None
    provisional: bool = False
    resolution: str = ""
    source: str = ""
    note: str = ""

    def valid(self, on: date) -> bool:
        """Whether this row holds on the day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """`successor` carries on `predecessor` (or a part of it) from `date` on.

    merge and rename (a new code): the predecessor ends that day. split: it may go on.
    predecessor_name: for one that ended before the list begins and so has no row.
    """

    predecessor: str
    successor: str
    date: date
    kind: RelationKind
    predecessor_name: str = ""
    resolution: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alias:
    """Another name of a unit, or (kind `identifier`) another code of it such as H37."""

    code: str
    alias: str
    kind: str
    certainty: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Population:
    """Persons in a unit in a year, with where the number was published and how certain that is."""

    unit: str
    year: int
    value: int
    certainty: str = ""
    source: str = ""


Entry = Unit | Relation | Alias | Population
E_co = TypeVar("E_co", bound=Entry, covariant=True)
Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row before it is understood: its values, and where it stands (1-based line; file may be empty)."""

    table: TableName
    line: int
    values: Mapping[str, Any]
    file: str = ""

    @property
    def where(self) -> Message:
        """The place of the row in words; line 0 is what the registry already holds."""
        if self.line == 0:
            return phrase("of_list_in_force")
        if self.file:
            return phrase("of_line", file=self.file, line=self.line)
        return phrase("of_row", table=self.table, line=self.line)

    def problem(self, code: str, **params: Any) -> Problem:
        """A fault of this row; the pointer names table and line."""
        return problem(f"/{self.table}/{self.line}", code, row=self.where, file=self.file, line=self.line, **params)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed(Generic[E_co]):
    """An understood row together with where it stood."""

    entry: E_co
    row: Row


def rows_of(table: TableName, values: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Rows numbered from 1, for tables that come from an event or a database."""
    return tuple(Row(table=table, line=line, values=each) for line, each in enumerate(values, 1))


def key_of(entry: Entry) -> Key:
    """What makes a row the same row when it is imported again."""
    match entry:
        case Unit():
            return ("units", entry.code, entry.valid_from.isoformat())
        case Relation():
            return ("relations", entry.predecessor, entry.successor, entry.date.isoformat())
        case Alias():
            return ("aliases", entry.code, entry.kind, entry.alias)
        case Population():
            return ("populations", entry.unit, str(entry.year))


def to_row(entry: Entry) -> dict[str, Any]:
    """The row as JSON values: days as `YYYY-MM-DD`, an open end as null."""
    values = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()}
