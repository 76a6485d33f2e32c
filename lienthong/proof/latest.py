"""A table that holds what was said last of each thing, held against the log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from lienthong.errors import Problem
from lienthong.events import Recorded
from lienthong.proof.table import Table
from lienthong.proof.witness import finding

Data = Mapping[str, Any]


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
        at, name = recorded.event.time, self._name(data)
        latest = self._table.get(name, "changed_at")
        number = [self._table.get(name, "revision") or 0] if self._numbered else []
        if latest is None or latest <= at:
            self._table.put(name, recorded.position, *number, *self._values(data), at)
        if self._numbered:
            self._table.change(name, revision=number[0] + 1)
