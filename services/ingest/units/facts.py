"""Changes of units and populations as rows of the registry and as facts for the partitions concerned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from lienthong import events
from lienthong.events import Event
from lienthong.instants import wire
from lienthong.units import Change, Import, Registry, to_row
from services.ingest.office.facts import fact


def registry_row(change: Change) -> tuple[str, str, str]:
    """(table, key, body as JSON) of a changed row."""
    assert change.after is not None, "an import removes nothing"
    row = to_row(change.after)
    return change.table, "|".join(str(part) for part in _key(change.table, row)), orjson.dumps(row).decode()


def unit_events(found: Import, now: datetime, by: str) -> list[Event]:
    """`unit.changed`, fanned out: each province gets its own rows, the nation gets all."""
    rows: dict[str, dict[str, list[Any]]] = {}
    for change in found.changes:
        if change.table == "populations" or change.after is None:
            continue
        for province in provinces_of(change, found.registry):
            rows.setdefault(province, {}).setdefault(change.table, []).append(to_row(change.after))
    return [
        fact(
            events.UNIT_CHANGED,
            f"{province}/{wire(now)}",
            "units",
            province,
            now,
            {"units": [], "relations": [], "aliases": [], **tables, "by": by},
        )
        for province, tables in sorted(rows.items())
    ]


def population_events(found: Import, now: datetime) -> list[Event]:
    """`population.set`, in each partition that it concerns."""
    made = []
    for change in found.changes:
        if change.table == "populations" and change.after is not None:
            data = to_row(change.after)
            name = f"{data['unit']}/{data['year']}/{wire(now)}"
            for province in sorted(provinces_of(change, found.registry)):
                made.append(fact(events.POPULATION_SET, name, data["unit"], province, now, data))
    return made


def provinces_of(change: Change, registry: Registry) -> set[str]:
    """The partitions that a changed row concerns; what concerns no province stands in the nation's."""
    found: set[str] = set()
    for entry in (change.before, change.after):
        if entry is None:
            continue
        row = to_row(entry)
        codes = [row.get("code"), row.get("parent"), row.get("predecessor"), row.get("successor"), row.get("unit")]
        found |= {str(code)[:2] for code in codes if code and registry.history(str(code)[:2])}
    return found or {events.NATION}


def _key(table: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    names = {
        "units": ("code", "valid_from"),
        "relations": ("predecessor", "successor", "date"),
        "aliases": ("code", "alias"),
        "populations": ("unit", "year"),
    }[table]
    return tuple(row[name] for name in names)
