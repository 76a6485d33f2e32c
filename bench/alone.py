"""The same acceptance with a transaction for each request: what sharing a commit is measured against.

`lienthong http` with eight committers (eight connections) that never take more than one request at a time.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from itertools import cycle
from typing import Any

from services import cli
from services.ingest import app
from services.ingest.claims import committer
from services.ingest.claims.committer import Committer
from services.ingest.claims.work import Work

CONNECTIONS = 8


class OneByOne:
    """Gives each request to the next of several committers."""

    def __init__(self, **given: Any) -> None:
        self._all = [Committer(**given) for _ in range(CONNECTIONS)]
        self._next = cycle(self._all)

    def start(self) -> None:
        for each in self._all:
            each.start()

    def stop(self) -> None:
        for each in self._all:
            each.stop()

    def why_down(self) -> str | None:
        return next((reason for reason in (each.why_down() for each in self._all) if reason is not None), None)

    def held_provinces(self) -> Mapping[str, str]:
        return ChainMap(*(dict(each.held_provinces()) for each in self._all))

    def submit(self, work: Work) -> None:
        next(self._next).submit(work)


if __name__ == "__main__":
    committer.MAX_CLAIMS = 1
    app.Committer = OneByOne  # type: ignore[misc,assignment]
    cli.main()
