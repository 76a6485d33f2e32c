"""A table that holds what was said last of each thing, held against the log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from lienthong.errors import Problem
from lienthong.events import Recorded
from lienthong.proof.table import Table
from lienthong.proof.witness import finding

Data = Mapping[str, Any]


class Order:
    """Which fact about a thing is the last one. Of one partition it is the one furthest on, whatever the clock said: it
    may have been set back. Of two (its unit moved between provinces) it is the one of the last time.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, datetime]] = {}

    def is_last(self, name: str, recorded: Recorded) -> bool:
        """Whether the fact comes after all that were shown of this thing before: a partition's in its order."""
        partition, at = recorded.event.partition_key, recorded.event.time
        before = self._last.get(name, (partition, at))
        if before[0] != partition and before[1] > at:
            return False
        self._last[name] = partition, at
        return True


class Latest:
    """One witness for all partitions, since a unit may move between provinces: to be shown every partition before it is
    asked. kind: of the facts. name, values: of a fact's data; the values in the order of the table's columns, between
    `revision` (where the table is numbered) and `changed_at`. held: the rows there are, as Table.differences.
    """

    def __init__(
        self,
        kind: str,
        table: Table,
        held: Callable[[], Iterable[Sequence[Any]]],
        *,
        name: Callable[[Data], str],
        values: Callable[[Data], tuple[Any, ...]],
        numbered: bool = True,
    ) -> None:
        self._kind, self._table, self._held = kind, table, held
        self._name, self._values, self._numbered = name, values, numbered
        self._order = Order()

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if recorded.event.type != self._kind or data is None:
            return
        try:
            self._take(recorded, data["data"])
        except (LookupError, TypeError, ValueError):
            yield finding(recorded.event.partition_key, recorded.position, "fact_unreadable", field="data")

    def end(self) -> Iterator[Problem]:
        yield from self._table.differences(self._held())

    def _take(self, recorded: Recorded, data: Data) -> None:
        name = self._name(data)
        number = [self._table.get(name, "revision") or 0] if self._numbered else []
        if self._order.is_last(name, recorded):
            self._table.put(name, recorded.position, *number, *self._values(data), recorded.event.time)
        if self._numbered:
            self._table.change(name, revision=number[0] + 1)
