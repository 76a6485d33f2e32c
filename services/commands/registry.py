"""What commands ask the registry of units: in which province a unit is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.commands.terminal import actor
from services.hub import filling
from services.hub.base import Base


@contextmanager
def registry(base: Base) -> Iterator[Callable[[str], str | None]]:
    """Unit code → its province, None for a unit that there is not; as the hub knows them now."""
    with filling.desk(base, actor()) as desk:
        definitions, today = desk.definitions(), desk.today()
        yield lambda unit: definitions.province_of(unit, today)
