"""Changing a registry by imported rows, and saying in words what that changes before it is done.

A row with the key of an existing one replaces it (that is how a unit is closed: the same row with
`valid_to`), any other row is added; nothing disappears. Past rounds are untouched: they froze their units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lienthong.errors import Message
from lienthong.refusals import alike, phrase
from lienthong.units.entries import (
    Alias,
    Entry,
    Key,
    Placed,
    Population,
    Relation,
    Row,
    TableName,
    Unit,
    key_of,
    rows_of,
    to_row,
)
from lienthong.units.registry import Registry, read_all

ChangeKind = Literal["added", "changed", "closed", "removed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One difference between two registries.

    file, line: where the imported row stands; "" and 0 when it came from no file. before, after: the
    entries concerned, None where there is none.
    """

    kind: ChangeKind
    table: TableName
    before: Entry | None
    after: Entry | None
    message: Message
    file: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """What an import would lead to: the new registry, and its differences from the present one."""

    registry: Registry
    changes: tuple[Change, ...]

    def rows(self, table: TableName) -> list[dict[str, Any]]:
        """The rows of a table that are new or different, as JSON values."""
        return [to_row(c.after) for c in self.changes if c.table == table and c.after is not None]


def import_rows(registry: Registry, rows: Iterable[Row]) -> Import:
    """Work out an import without doing it. Raises Rejected with every problem, by file and line."""
    incoming = read_all(rows)
    replaced = {key_of(placed.entry) for placed in incoming}
    kept = [
        Placed(entry=entry, row=_row_in_force(entry))
        for entry in _entries_of(registry)
        if key_of(entry) not in replaced
    ]
    changed = Registry.of([*kept, *incoming])
    places = {key_of(placed.entry): placed.row for placed in incoming}
    return Import(registry=changed, changes=difference(registry, changed, places))


def with_rows(
    registry: Registry,
    units: Iterable[Mapping[str, Any]] = (),
    relations: Iterable[Mapping[str, Any]] = (),
    aliases: Iterable[Mapping[str, Any]] = (),
    populations: Iterable[Mapping[str, Any]] = (),
) -> Registry:
    """The registry after rows as an event carries them. Raises Rejected with every problem."""
    rows = (
        *rows_of("units", units),
        *rows_of("relations", relations),
        *rows_of("aliases", aliases),
        *rows_of("populations", populations),
    )
    return import_rows(registry, rows).registry


def difference(old: Registry, new: Registry, places: Mapping[Key, Row] | None = None) -> tuple[Change, ...]:
    """What differs, in the order of the imported rows (`places`) or else of the tables."""
    before = {key_of(entry): entry for entry in _entries_of(old)}
    after = {key_of(entry): entry for entry in _entries_of(new)}
    order = dict.fromkeys((*(places or ()), *after, *before))
    changes = []
    for key in order:
        if before.get(key) != after.get(key):
            changes.append(_change(before.get(key), after.get(key), (places or {}).get(key)))
    return tuple(changes)


def _entries_of(registry: Registry) -> tuple[Entry, ...]:
    return (*registry.units, *registry.relations, *registry.aliases, *registry.populations)


def _table(entry: Entry) -> TableName:
    match entry:
        case Unit():
            return "units"
        case Relation():
            return "relations"
        case Alias():
            return "aliases"
        case Population():
            return "populations"


def _row_in_force(entry: Entry) -> Row:
    """A place for an entry the registry already holds, so that a clash with it can be named."""
    return Row(table=_table(entry), line=0, values={})


def _change(before: Entry | None, after: Entry | None, row: Row | None) -> Change:
    entry = after or before
    if entry is None:
        raise ValueError("a change needs an entry before or after")
    kind = _kind(before, after)
    return Change(
        kind=kind,
        table=_table(entry),
        before=before,
        after=after,
        message=_message(kind, before, after, entry),
        file=row.file if row else "",
        line=row.line if row else 0,
    )


def _kind(before: Entry | None, after: Entry | None) -> ChangeKind:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    ends = isinstance(before, Unit) and isinstance(after, Unit) and before.valid_to is None
    return "closed" if ends and getattr(after, "valid_to", None) is not None else "changed"


def _message(kind: ChangeKind, before: Entry | None, after: Entry | None, entry: Entry) -> Message:
    label = _label(entry)
    match kind:
        case "added":
            return phrase("change_added", of=label)
        case "removed":
            return phrase("change_removed", of=label)
        case "closed" if isinstance(after, Unit):
            return phrase("change_closed", of=label, day=after.valid_to)
    old, new = to_row(before or entry), to_row(after or entry)
    text = "; ".join(f"{name}: “{old[name]}” → “{new[name]}”" for name in new if old[name] != new[name])
    return phrase("change_made", of=label, changes=alike(text))


def _label(entry: Entry) -> Message:
    match entry:
        case Unit():
            return phrase("named_unit", name=entry.full_name, code=entry.code, day=entry.valid_from)
        case Relation():
            before, after = entry.predecessor, entry.successor
            kind = phrase(f"relation_{entry.kind}")
            return phrase("named_relation", kind=kind, before=before, after=after, day=entry.date)
        case Alias():
            return phrase("named_alias", alias=entry.alias, code=entry.code)
        case Population():
            return phrase("named_population", number=entry.value, year=entry.year, unit=entry.unit)
