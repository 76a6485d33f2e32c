"""Units as answers show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lienthong.units import Unit, sort_key, to_row
from lienthong.units.entries import Entry


def in_order(units: Iterable[Unit]) -> list[dict[str, Any]]:
    """In Vietnamese order of their names."""
    return [shown(unit) for unit in sorted(units, key=lambda unit: (sort_key(unit.name), unit.code))]


def shown(entry: Entry) -> dict[str, Any]:
    """A row of the registry without what it leaves open."""
    return {name: value for name, value in to_row(entry).items() if value not in ("", None)}
