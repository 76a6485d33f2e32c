"""The problems of one document, gathered until there are more than are told. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem, status_of

MOST_PROBLEMS = 50
"""Of one document; the last one says that there are more. A body of a megabyte can hold 170,000 unknown members, and a
message for each would take seconds; who has made fifty mistakes has made one mistake fifty times."""


def refuse(wrong: Iterable[Problem], status: int | None = None) -> None:
    """Raises Rejected with what is wrong with one request, the first MOST_PROBLEMS; nothing more is looked for then.

    status: that of HTTP, else the one that the problems have in common.
    """
    first = list(islice(wrong, MOST_PROBLEMS + 1))
    if not first:
        return
    status = status_of(first) if status is None else status
    if len(first) > MOST_PROBLEMS:
        first[MOST_PROBLEMS - 1 :] = [problem("", "more_problems", limit=MOST_PROBLEMS)]
    raise Rejected(first, status=status)


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
