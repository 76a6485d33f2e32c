"""The levels of units: nation, province, commune, agency. Each is described once, here. Pure.

A level fixes what its units are called, what their official codes look like, and what may stand above them. Since no
code has the form of two levels, a code says its level; `reading` refuses a unit whose code is of another level.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from lienthong.errors import Message

Level = Literal["nation", "province", "commune", "agency"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """One level. code: what its units' codes look like (None: see names.is_agency_code). types: the kinds of unit, and
    how the full name of each begins, so that a ward can't be entered as "Thị xã …" or "Huyện …"; empty where every
    functional kind is allowed. parents: levels that may stand directly above.
    """

    level: Level
    word: Message
    code: re.Pattern[str] | None
    types: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[Level, ...] = ()


# Larger units first: so they stand in lists and search results.
_ALL: Final = (
    Described(level="nation", word=Message(vi="cả nước", en="nation"), code=re.compile("VN"), types={"nation": ""}),
    Described(
        level="province",
        word=Message(vi="tỉnh", en="province"),
        code=re.compile(r"[0-9]{2}"),
        types={"province": "Tỉnh ", "municipality": "Thành phố "},
        parents=("nation",),
    ),
    Described(
        level="commune",
        word=Message(vi="xã", en="commune"),
        code=re.compile(r"[0-9]{5}"),
        types={"commune": "Xã ", "ward": "Phường ", "special_zone": "Đặc khu "},
        parents=("province",),
    ),
    # An agency may serve a commune, a province or (a ministry) the nation.
    Described(
        level="agency",
        word=Message(vi="sở, ban, ngành", en="agency"),
        code=None,
        parents=("nation", "province", "commune"),
    ),
)

LEVELS: Final[Mapping[str, Described]] = {described.level: described for described in _ALL}
"""By name, larger units first."""

NAMES: Final[tuple[Level, ...]] = get_args(Level)
RANK: Final[Mapping[str, int]] = {name: rank for rank, name in enumerate(LEVELS)}


def of_code(code: str) -> Level:
    """The level of the unit that has this code. What no other level's form fits is an agency's."""
    for described in _ALL:
        if described.code is not None and described.code.fullmatch(code):
            return described.level
    return "agency"
