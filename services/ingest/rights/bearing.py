"""Who does what is a unit's to do: itself, and those that its duties passed to. Pure."""

from __future__ import annotations

from datetime import date

from lienthong.access.sight import Sight
from lienthong.units import Registry


def bearers(registry: Registry, unit: str, today: date) -> set[str]:
    """The unit, and those that bear its duties."""
    return {unit, *(each.code for each in registry.duty_bearers(unit, on=today))}


def sees_bearer(seen: Sight, registry: Registry, unit: str, today: date, *, province: str) -> bool:
    """Whether the unit, or one that bears its duties, is within sight. province: of what it is about."""
    return any(seen.covers(province=province, issuer=each) for each in bearers(registry, unit, today))
