"""The problems of one document, gathered until there are more than are told. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lienthong.errors import Problem
from lienthong.refusals import problem

MOST_PROBLEMS = 50
"""Of one document; the last one says that there are more. A body of a megabyte can hold 170,000 unknown members, and a
message for each would take seconds; who has made fifty mistakes has made one mistake fifty times."""


class Enough(Exception):
    """There are more problems than are told."""


class Collected:
    """The problems of one document, the first MOST_PROBLEMS of them."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, item: Problem) -> None:
        """One more. Raises Enough when there are too many: then nothing more is looked for."""
        if len(self._problems) == MOST_PROBLEMS:
            self._problems[-1] = problem("", "more_problems", limit=MOST_PROBLEMS)
            raise Enough
        self._problems.append(item)

    def extend(self, more: Iterable[Problem]) -> None:
        """Several more. Raises Enough."""
        for item in more:
            self.add(item)

    @property
    def problems(self) -> list[Problem]:
        return self._problems
