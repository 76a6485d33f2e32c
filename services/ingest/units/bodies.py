"""Units as answers show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from lienthong.refusals import refused
from lienthong.units import Registry, Unit, sort_key, to_row
from lienthong.units.entries import Entry


def in_order(units: Iterable[Unit]) -> list[dict[str, Any]]:
    """In Vietnamese order of their names."""
    return [shown(unit) for unit in sorted(units, key=lambda unit: (sort_key(unit.name), unit.code))]


def shown(entry: Entry) -> dict[str, Any]:
    """A row of the registry without what it leaves open."""
    return {name: value for name, value in to_row(entry).items() if value not in ("", None)}


def whole(registry: Registry, code: str, day: date) -> dict[str, Any]:
    """A unit on a day with the units above it, other names, people, past and successors. Raises Rejected (404)."""
    unit = registry.resolve(code, day)
    history = registry.history(code if unit is None else unit.code)
    if not history:
        raise refused("unit_unknown", unit=code)
    last, then = (history[-1], history[-1].valid_from) if unit is None else (unit, day)
    return {
        **shown(last),
        "on": day.isoformat(),
        "exists": unit is not None,
        "ancestors": [shown(u) for u in registry.ancestors(last.code, then)],
        "history": [shown(u) for u in history],
        "aliases": [shown(a) for a in registry.aliases if a.code == last.code],
        "populations": [shown(p) for p in registry.populations if p.unit == last.code],
        "successors": [shown(u) for u in registry.successors(last.code, day)],
    }
