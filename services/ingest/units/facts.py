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

_CODES = ("code", "parent", "predecessor", "successor", "unit")
"""The members of a row that name a unit."""


def registry_row(change: Change) -> dict[str, str]:
    """kind (its table), key and body (JSON) of a changed row."""
    assert change.after is not None, "an import removes nothing"
    row = to_row(change.after)
    return {"kind": change.table, "key": key_of(change.table, row), "body": orjson.dumps(row).decode()}


def unit_events(import_: Import, now: datetime, by: str) -> list[Event]:
    """`unit.changed`, fanned out: each province gets its own rows, the nation what belongs to no province."""
    rows: dict[str, dict[str, list[Any]]] = {}
    for change in import_.changes:
        if change.table == "populations" or change.after is None:
            continue
        for province in provinces_of(change, import_.registry):
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


def population_events(import_: Import, now: datetime) -> list[Event]:
    """`population.set`, in each partition that it concerns."""
    facts = []
    for change in import_.changes:
        if change.table == "populations" and change.after is not None:
            data = to_row(change.after)
            name = f"{data['unit']}/{data['year']}/{wire(now)}"
            for province in sorted(provinces_of(change, import_.registry)):
                facts.append(fact(events.POPULATION_SET, name, data["unit"], province, now, data))
    return facts


def provinces_of(change: Change, registry: Registry) -> set[str]:
    """The partitions that a changed row concerns; what concerns no province stands in the nation's."""
    rows = [to_row(entry) for entry in (change.before, change.after) if entry is not None]
    codes = {row[name] for row in rows for name in _CODES if row.get(name)}
    return {province for code in codes for province in _held_by(code, registry)} or {events.NATION}


def _held_by(code: str, registry: Registry) -> set[str]:
    """Every province that the unit of this code ever belonged to; the nation for what belongs to none."""
    provinces = (registry.province_of(code, on=unit.valid_from) for unit in registry.history(code))
    return {events.NATION if province is None else province.code for province in provinces}


def key_of(table: str, row: Mapping[str, Any]) -> str:
    """What names a row of the registry within its table."""
    names = {
        "units": ("code", "valid_from"),
        "relations": ("predecessor", "successor", "date"),
        "aliases": ("code", "alias"),
        "populations": ("unit", "year"),
    }[table]
    return "|".join(str(row[name]) for name in names)
