"""A witness that fails is told of and stops nobody; a database that is away stops all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from lienthong.errors import Problem
from lienthong.events import Event, Recorded
from lienthong.postgres.pool import Connection, connect
from lienthong.proof.contained import Contained, findings_of
from lienthong.proof.witness import Witness, finding

AT = datetime(2026, 10, 1, tzinfo=UTC)
EVENT = Event(type="t", source="s", id="1", time=AT, partition_key="20", data="{}")
RECORDED = Recorded(event=EVENT, partition=1, position=7, recorded_at=AT, seal=b"", link=b"")


@pytest.fixture
def conn(postgres: str) -> Iterator[Connection]:
    with connect(postgres) as made, made.transaction(force_rollback=True):
        yield made


class Sees:
    """Finds one thing at the end, after what a test has it do."""

    def __init__(self, conn: Connection, seeing: str = "SELECT 1", ending: str = "SELECT 1") -> None:
        self._conn, self._seeing, self._ending = conn, seeing, ending

    def see(self, recorded: Recorded, data: Any, /) -> Iterable[Problem]:
        if self._seeing == "fail":
            raise KeyError("dataset")
        self._conn.execute(self._seeing.encode())
        return ()

    def end(self) -> Iterator[Problem]:
        yield finding("20", 3, "fact_unreadable")
        self._conn.execute(self._ending.encode())


def told(conn: Connection, witness: Witness) -> list[tuple[str, str]]:
    held = Contained(conn, "20", "Sees", lambda: witness)
    return [(each.pointer, each.code) for each in (*held.see(RECORDED, {}), *held.see(RECORDED, {}), *held.end())]


def test_who_fails_while_it_looks_is_asked_nothing_more(conn: Connection) -> None:
    assert told(conn, Sees(conn)) == [("/20/3", "fact_unreadable")]
    assert told(conn, Sees(conn, seeing="fail")) == [("/20/7", "witness_failed")]


def test_a_query_that_fails_at_the_end_leaves_the_transaction_and_what_was_found(conn: Connection) -> None:
    failing = Sees(conn, ending="SELECT 'x'::jsonb")
    assert told(conn, failing) == [("/20/3", "fact_unreadable"), ("/20", "witness_failed")]
    assert conn.execute("SELECT 1").fetchone() == (1,)


def test_one_that_can_not_be_made_says_so_once(conn: Connection) -> None:
    def make() -> Witness:
        conn.execute("SELECT 'x'::jsonb")
        raise AssertionError

    held = Contained(conn, "20", "Sees", make)
    assert list(held.see(RECORDED, {})) == []
    [problem] = held.end()
    assert (problem.code, problem.params["witness"]) == ("witness_failed", "Sees")
    assert (problem.pointer, "position" in problem.message.en) == ("/20", False), "it failed at no place of the log"
    assert problem.message.vi.startswith("Phân vùng 20: phép đối chiếu Sees ")
    assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_database_that_is_away_is_no_finding(conn: Connection) -> None:
    def ask() -> list[Problem]:
        raise psycopg.OperationalError("gone")

    with pytest.raises(psycopg.OperationalError):
        findings_of(conn, "20", "Sees", ask)
