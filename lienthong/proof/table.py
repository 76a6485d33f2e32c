"""A table whose rows follow from the log, held against what the log says of them: rows that are missing, rows too
many, columns that differ. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from lienthong.contracts import strict
from lienthong.errors import Problem, Rejected
from lienthong.instants import wire
from lienthong.proof.seals import hash_of_remains
from lienthong.proof.witness import finding

ANY: Final = object()
"""Of a column that nobody can know any more, such as the digest of a text that was redacted."""
_LONGEST = 100  # characters of a value that are told


class Table:
    """What one table of a partition must hold. columns: their names, with spaces. whole: it is asked too which rows are
    missing and which are too many; otherwise another witness asks that. documents: columns that hold JSON, which are
    compared by `document`.
    """

    def __init__(
        self, key: str, name: str, columns: str, *, whole: bool = True, documents: Collection[str] = ()
    ) -> None:
        self._key = key
        self._name = name
        self._columns = tuple(columns.split())
        self._whole = whole
        self._documents = tuple(column in documents for column in self._columns)
        self._rows: dict[str, tuple[int, list[Any]]] = {}

    def put(self, row: str, position: int, *values: Any) -> None:
        """A row as the fact at this position leaves it; values in the order of the columns."""
        assert len(values) == len(self._columns), "one value for each column"
        self._rows[row] = (position, list(values))

    def change(self, row: str, position: int | None = None, **values: Any) -> None:
        """Some columns of a row; nothing where the log never told of the row."""
        if row in self._rows:
            self._rows[row] = (self._rows[row][0] if position is None else position, self._rows[row][1])
            for column, value in values.items():
                self._rows[row][1][self._columns.index(column)] = value

    def get(self, row: str, column: str) -> Any:
        """A column as it must be by now, or None."""
        return self._rows[row][1][self._columns.index(column)] if row in self._rows else None

    def names(self) -> list[str]:
        """The rows there must be by now."""
        return list(self._rows)

    def differences(self, held: Iterable[Sequence[Any]]) -> Iterator[Problem]:
        """held: the rows there are, a name and then the columns. To be asked once: what was found is forgotten."""
        for name, *kept in held:
            values = [
                document(value) if is_document else value
                for value, is_document in zip(kept, self._documents, strict=True)
            ]
            expected = self._rows.pop(name, None)
            if expected is not None:
                yield from self._columns_of(name, expected, values)
            elif self._whole:
                yield finding(self._key, None, "table_row_extra", table=self._name, row=name)
        if self._whole:
            for name, (position, _) in self._rows.items():
                yield finding(self._key, position, "table_row_missing", table=self._name, row=name)

    def _columns_of(self, name: str, expected: tuple[int, list[Any]], held: Sequence[Any]) -> Iterator[Problem]:
        position, values = expected
        for column, must, stands in zip(self._columns, values, held, strict=True):
            if must is not ANY and must != stands:
                yield finding(
                    self._key,
                    position,
                    "table_field_differs",
                    table=self._name,
                    row=name,
                    field=column,
                    held=_as_text(stands),
                    expected=_as_text(must),
                )


def document(text: str) -> str:
    """A document kept as JSON, by its digest: the order of members and the spelling of numbers are no difference.
    What can't be read as JSON differs from everything.
    """
    try:
        return hash_of_remains(strict.read(text.encode()))
    except Rejected:
        return "no JSON"


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return wire(value)
    text = "–" if value is None else value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
