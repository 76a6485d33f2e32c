"""Answers of one column: with the type that was asked for, or loudly not."""

from datetime import datetime

import pytest

from lienthong.postgres.answers import certain, column, value
from lienthong.postgres.pool import Connection


def test_an_answer_has_the_type_that_was_asked_for(conn: Connection) -> None:
    assert value(conn, int, "SELECT %(n)s + 1", {"n": 1}) == 2
    assert column(conn, str, "SELECT name FROM (VALUES ('a'), ('b')) AS of (name) ORDER BY name") == ["a", "b"]
    assert certain(conn, datetime, "SELECT clock_timestamp()").tzinfo is not None


@pytest.mark.parametrize("query", ["SELECT 1 WHERE false", "SELECT NULL::int"])
def test_no_row_and_nothing_in_it_are_no_answer(conn: Connection, query: str) -> None:
    assert value(conn, int, query) is None
    with pytest.raises(AssertionError):
        certain(conn, int, query)


@pytest.mark.parametrize("query", ["SELECT 1.5", "SELECT '1'"])
def test_another_type_than_was_asked_for_is_told(conn: Connection, query: str) -> None:
    with pytest.raises(TypeError, match="where int was asked for"):
        column(conn, int, query)


def test_a_second_column_is_not_lost_in_silence(conn: Connection) -> None:
    with pytest.raises(ValueError, match="too many values"):
        value(conn, int, "SELECT 1, 2")
