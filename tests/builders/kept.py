"""Things that many tests read, alive for as long as one of them is to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What is dear is made once, when a test first asks for it, and ends with the last test that asks for it.

    Tests come in any order, and a year of a hub takes as long as hundreds of them; a broker or a hub of many processes
    that nobody asks any more only makes the others slow. What failed is not tried again: its tests fail by the same
    error. All tests of a thing have to be of one process (tests/longest_first.py).
    """

    def __init__(self, *, asked: Counter[str]) -> None:
        self._asked = asked
        self._made: dict[str, T | BaseException] = {}
        self._ends: dict[str, ExitStack] = {}

    @contextmanager
    def read(self, name: str, make: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
        """The thing of that name, for one of the tests that ask for it."""
        try:
            yield self._of(name, make)
        finally:
            self._asked[name] -= 1
            if not self._asked[name]:
                self._end(name)

    def close(self) -> None:
        """End what is left when a run ends before its last test."""
        for name in tuple(self._ends):
            self._end(name)

    def _of(self, name: str, make: Callable[[], AbstractContextManager[T]]) -> T:
        if name not in self._made:
            end = self._ends[name] = ExitStack()
            try:
                self._made[name] = end.enter_context(make())
            except Exception as error:  # noqa: BLE001 (kept, to be raised for each of its tests)
                self._made[name] = error
        kept = self._made[name]
        if isinstance(kept, BaseException):
            raise kept
        return kept

    def _end(self, name: str) -> None:
        self._ends.pop(name).close()
