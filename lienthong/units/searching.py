"""Finding units by what somebody types: names, codes and aliases, without regard to marks and case. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from lienthong.units.entries import Alias, Unit
from lienthong.units.levels import RANK, Level
from lienthong.units.names import fold, sort_key


class NameIndex:
    """Every row of a registry with its folded names and its folded path."""

    def __init__(self, units: Sequence[Unit], aliases: Iterable[Alias]) -> None:
        """units: by code, those of one code in order of time."""
        self._parents = {unit.code: unit.parent for unit in units}
        others: dict[str, list[str]] = defaultdict(list)
        for alias in aliases:
            others[alias.code].append(alias.alias)
        named = {unit.code: fold(unit.full_name) for unit in units}
        self._rows = [self._row(unit, others.get(unit.code, ()), named) for unit in units]

    def find(self, text: str, on: date, limit: int, level: Level | None) -> tuple[Unit, ...]:
        """Units of the day, best first; what fits how well: `_rank`. Equals by level and Vietnamese order."""
        wanted = fold(text)
        words = wanted.split()
        pairs: list[tuple[int, Unit]] = []
        for unit, names, path in self._rows if words else ():
            if unit.valid(on) and level in (None, unit.level):
                rank = _rank(wanted, words, names, path)
                if rank is not None:
                    pairs.append((rank, unit))
        pairs.sort(key=lambda hit: (hit[0], RANK[hit[1].level], sort_key(hit[1].name), hit[1].code))
        return tuple(unit for _, unit in pairs[:limit])

    def _row(self, unit: Unit, others: Sequence[str], named: Mapping[str, str]) -> tuple[Unit, tuple[str, ...], str]:
        names = (
            fold(unit.name),
            fold(unit.full_name),
            fold(unit.code),
            *(fold(alias) for alias in others),
            *(fold(alias.replace("&", "")) for alias in others if "&" in alias),  # KHCN: KH&CN
        )
        return unit, names, f" {' '.join((*names, self._path(unit, named)))} "

    def _path(self, unit: Unit, named: Mapping[str, str]) -> str:
        """Folded names of the parent and the parent's parent, without the nation that all have above."""
        upper = self._parents.get(unit.parent or "")
        return " ".join(named[code] for code in (unit.parent, upper) if code not in (None, "VN"))


def _rank(wanted: str, words: Sequence[str], names: Sequence[str], path: str) -> int | None:
    """How well a unit fits, best first; None when it does not.

    0 exact, 1 beginning of a name, 2 beginning of a word in it, 3 all words in the path, 4 all words as
    beginnings there, 5 anywhere in a name.
    """
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(f" {wanted}" in name for name in names):
        return 2
    if all(f" {word}" in path for word in words):
        return 3 if all(f" {word} " in path for word in words) else 4
    return 5 if any(wanted in name for name in names) else None
