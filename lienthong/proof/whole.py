"""Reading a whole log for its evidence: every event that is there, holes or not, in the caller's snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg.rows import class_row

from lienthong.errors import Problem
from lienthong.eventlog.rows import from_row
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries
from lienthong.proof.walk import LogWalk, data_of
from lienthong.proof.witness import finding

SQL = Queries(Path(__file__).with_name("whole.sql"))

Progress = Callable[[int, int], None]
"""Called with (events read, events in all)."""

_PAGE = 1_000  # events fetched at once: some 3 MB
TOLD_EVERY = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """A partition as the log says of itself. head, chain: where it ends; seed: the chain before the first event.
    sample: its clock goes where it is set.
    """

    key: str
    number: int
    head: int
    chain: bytes
    seed: bytes
    sample: bool = False


def partitions(conn: Connection) -> list[Partition]:
    """Those that hold anything, or say so."""
    with conn.cursor(row_factory=class_row(Partition)) as cursor:
        return cursor.execute(SQL.partitions).fetchall()


def events(conn: Connection, partition: Partition) -> Iterator[Recorded]:
    """Every event of a partition in order. conn: in a transaction."""
    with conn.cursor(f"log_{partition.number}", binary=True) as cursor:
        cursor.itersize = _PAGE
        for row in cursor.execute(SQL.events, {"partition": partition.number}):
            yield from_row(partition.key, partition.number, row)


def walk_of(partition: Partition) -> LogWalk:
    """The witness of its log."""
    return LogWalk(partition.key, partition.seed, (partition.head, partition.chain), sample=partition.sample)


def consumer_positions(conn: Connection, key: str) -> dict[str, int]:
    """How far each consumer says that it has come in a partition."""
    return dict(conn.execute(SQL.stands, {"key": key}))


def consumers_ahead(conn: Connection) -> Iterator[Problem]:
    """A consumer beyond the log applies nothing until the log has come there: what it shows is what somebody wrote."""
    for key, consumer, position, head in conn.execute(SQL.ahead):
        yield finding(key, position, "consumer_ahead", consumer=consumer, head=head)


def prove_log(conn: Connection, progress: Progress) -> list[Problem]:
    """The log alone: chains, seals, redactions. Without the ledger and what was made of the log."""
    chains, done = partitions(conn), 0
    total = sum(partition.head for partition in chains)
    problems: list[Problem] = []
    for chained in chains:
        walk = walk_of(chained)
        for recorded in events(conn, chained):
            problems += walk.see(recorded, data_of(recorded))
            done += 1
            if done % TOLD_EVERY == 0:
                progress(done, max(total, done))
        problems += walk.end()
    progress(done, done)
    return problems
