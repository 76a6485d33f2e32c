"""Which commune plays which part in a round: dealt by lot from a fixed seed, so that a run can be repeated. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from services.demo.script import Episode


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """Communes by the part they play; each plays one at most."""

    missing: frozenset[str]
    late: frozenset[str]
    extended: frozenset[str]
    corrected: tuple[str, ...]
    withdrawn: tuple[str, ...]
    later: tuple[str, ...]

    @property
    def absent(self) -> frozenset[str]:
        """Who does not report on the day that the others do."""
        return self.missing | self.late | self.extended

    @property
    def everybody(self) -> frozenset[str]:
        """Who plays any part."""
        return self.absent | {*self.corrected, *self.withdrawn, *self.later}


def deal(episode: Episode, communes: Iterable[str], seed: int) -> Cast:
    """Deal the parts of a round out to communes."""
    codes = sorted(communes)
    random.Random(f"{seed}|{episode.round}").shuffle(codes)
    dealt = iter(codes)

    def take(count: int) -> list[str]:
        return [next(dealt) for _ in range(count)]

    return Cast(
        missing=frozenset(take(episode.missing)),
        late=frozenset(take(episode.late)),
        extended=frozenset(take(episode.extended)),
        corrected=tuple(take(episode.corrected)),
        withdrawn=tuple(take(episode.withdrawn)),
        later=tuple(take(episode.later)),
    )
