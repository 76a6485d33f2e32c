"""Count and digest over what a side holds, so that two sides can compare without sending it all. Pure.

The same rule stands on the hub, the receiving platform and in the Ministry's feed: one line per subject,
`id TAB version TAB digest LF`, sorted by the bytes of the id, then by version; sha256 over them. A withdrawn
subject has the word `withdrawn` in place of its digest, so that gone and never received differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What a side holds of one subject. digest: `sha256:…` or `withdrawn`."""

    id: str
    version: int
    digest: str

    @property
    def state(self) -> str:
        return WITHDRAWN if self.digest == WITHDRAWN else "published"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How two sides differ: what only we hold, what only they hold, and what differs in version or digest."""

    missing: tuple[Held, ...]
    unknown: tuple[Held, ...]
    different: tuple[Held, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unknown or self.different)


def digest_of(held: Iterable[Held]) -> tuple[int, str]:
    """(count, `sha256:…`) over what is held, in whatever order it comes."""
    lines = sorted((item.id.encode(), item.version, item.digest) for item in held)
    total = hashlib.sha256()
    for identifier, version, digest in lines:
        total.update(identifier + f"\t{version}\t{digest}\n".encode())
    return len(lines), f"sha256:{total.hexdigest()}"


def compare(ours: Iterable[Held], theirs: Iterable[Held]) -> Difference:
    """What has to be sent again (missing, different), and what the other side should not have (unknown)."""
    mine = {item.id: item for item in ours}
    other = {item.id: item for item in theirs}
    return Difference(
        missing=tuple(item for key, item in sorted(mine.items()) if key not in other),
        unknown=tuple(item for key, item in sorted(other.items()) if key not in mine),
        different=tuple(item for key, item in sorted(mine.items()) if key in other and other[key] != item),
    )
