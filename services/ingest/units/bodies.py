"""Units as answers show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Day
from typing import Any, Literal

from pydantic import ConfigDict, Field

from lienthong.refusals import refused
from lienthong.units import Registry, Unit, sort_key, to_row
from lienthong.units.entries import Entry
from lienthong.units.levels import Level
from lienthong.web.wire import Wire


class Row(Wire):
    """Như trong tệp CSV của danh mục; mục để trống thì không có. / As the registry's CSV; what is empty is left out."""

    model_config = ConfigDict(alias_generator=None)

    source: str | None = None
    note: str | None = None


class UnitRow(Row):
    """Một đơn vị trong một khoảng thời gian. / A unit from valid_from until, not including, valid_to."""

    code: str = Field(examples=["06040"])
    parent: str | None = None
    level: Level
    type: str
    name: str
    full_name: str
    valid_from: Day
    valid_to: Day | None = None
    group: str | None = None
    provisional: bool
    resolution: str | None = None


class AliasRow(Row):
    """Tên khác, hoặc mã khác. / Another name, or another code."""

    code: str
    alias: str
    kind: str
    certainty: str | None = None


class PopulationRow(Row):
    unit: str
    year: int
    value: int
    certainty: str | None = None


Rings = dict[str, list[list[list[float]]]]
"""Vòng ranh giới theo mã đơn vị. / Rings by unit code, each a list of [longitude, latitude]."""


class UnitsFound(Wire):
    on: Day
    units: list[UnitRow]


class WholeUnit(UnitRow):
    """exists: có vào ngày được hỏi. / whether it is there on the day; else its last row is shown."""

    on: Day
    exists: bool
    ancestors: list[UnitRow]
    history: list[UnitRow]
    aliases: list[AliasRow]
    populations: list[PopulationRow]
    successors: list[UnitRow]


class UnitChange(Wire):
    kind: str
    table: Literal["units", "relations", "aliases", "populations"]
    message_vi: str = Field(alias="message_vi")
    message_en: str = Field(alias="message_en")


class UnitsImported(Wire):
    """imported false: chỉ kiểm tra. / it was only tried out."""

    changes: list[UnitChange]
    imported: bool


class BoundariesImported(Wire):
    """missing: xã không có trong tệp. / communes that the file does not have."""

    province: str
    units: int
    missing: list[str]


def in_order(units: Iterable[Unit]) -> list[dict[str, Any]]:
    """In Vietnamese order of their names."""
    return [entry_body(unit) for unit in sorted(units, key=lambda unit: (sort_key(unit.name), unit.code))]


def entry_body(entry: Entry) -> dict[str, Any]:
    """A row of the registry without what it leaves open."""
    return {name: value for name, value in to_row(entry).items() if value not in ("", None)}


def unit_body(registry: Registry, code: str, day: Day) -> dict[str, Any]:
    """A unit on a day with the units above it, other names, people, past and successors. Raises Rejected (404)."""
    unit = registry.resolve(code, day)
    history = registry.history(code if unit is None else unit.code)
    if not history:
        raise refused("unit_unknown", unit=code)
    last, then = (history[-1], history[-1].valid_from) if unit is None else (unit, day)
    return {
        **entry_body(last),
        "on": day.isoformat(),
        "exists": unit is not None,
        "ancestors": [entry_body(u) for u in registry.ancestors(last.code, then)],
        "history": [entry_body(u) for u in history],
        "aliases": [entry_body(a) for a in registry.aliases if a.code == last.code],
        "populations": [entry_body(p) for p in registry.populations if p.unit == last.code],
        "successors": [entry_body(u) for u in registry.successors(last.code, day)],
    }
