"""Answers of one column, with their type said where the question is put. A row of several columns has a type of its
own (psycopg's `class_row`): nothing reads a row by position, and `tests/test_rows.py` holds that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from psycopg import Connection

T = TypeVar("T")
Parameters = Mapping[str, Any] | None


def value(conn: Connection, kind: type[T], query: str, parameters: Parameters = None) -> T | None:
    """The one column of the first row; None where there is no row, or nothing in it."""
    row = conn.execute(query, parameters).fetchone()
    if row is None:
        return None
    (value_,) = row
    return None if value_ is None else _of_kind(kind, value_)


def certain(conn: Connection, kind: type[T], query: str, parameters: Parameters = None) -> T:
    """The same, where there always is one: an aggregate, a function, a row that a migration wrote."""
    answer = value(conn, kind, query, parameters)
    assert answer is not None, "there always is a row with a value"
    return answer


def column(conn: Connection, kind: type[T], query: str, parameters: Parameters = None) -> list[T]:
    """The one column of every row."""
    return [_of_kind(kind, answer) for (answer,) in conn.execute(query, parameters)]


def _of_kind(kind: type[T], answer: object) -> T:
    if not isinstance(answer, kind):
        raise TypeError(f"a query gave {type(answer).__name__} where {kind.__name__} was asked for")
    return answer
