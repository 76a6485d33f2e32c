"""Which province a unit is of, by its code and by the list of units that the product carries."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from lienthong import units
from lienthong.shipped import schemas_folder
from lienthong.units.registry import Registry

_SAYS_IT = re.compile(r"([0-9]{2})(?:\..+)?")
"""A province's own code, and the provisional ones of its agencies, say their province."""


def province_of(code: str) -> str | None:
    """The code of the province; None for a code that the list lacks, as that of a unit younger than it."""
    if (match := _SAYS_IT.fullmatch(code)) is not None:
        return match[1]
    registry = _registry()
    history = registry.history(code)
    if not history:
        named = registry.resolve(code, date.today())
        return None if named is None or named.code == code else province_of(named.code)
    province = registry.province_of(code, on=history[-1].valid_from)
    return None if province is None else province.code


@cache
def _registry() -> Registry:
    return units.load(schemas_folder() / "units")
