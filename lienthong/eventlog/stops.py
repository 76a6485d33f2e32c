"""A fact that a consumer can't apply stops it in that one partition, until the cause is mended or an operator sets the
fact aside. Here: what is recorded of a stop, and which facts were set aside.

Setting aside is a fact of the same partition (`fact.set_aside`), so a replay passes over the same facts. Whoever sets
one aside holds the consumers' positions meanwhile; a consumer reads what was set aside after it has moved its own. So a
fact is never both applied and set aside.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import psycopg
from psycopg.rows import class_row

from lienthong.errors import HubError
from lienthong.postgres.pool import Connection
from lienthong.postgres.sql import Queries

SQL = Queries(Path(__file__).with_name("stops.sql"))

_OWN = Path(__file__).parent.parent.parent
_LONGEST = 500  # characters of a reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A consumer that stands before a fact. type: of the fact; None where the log is damaged. since: first try."""

    consumer: str
    key: str
    position: int
    type: str | None
    code: str
    reason: str
    since: datetime
    tries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Aside:
    """A fact that was set aside for some consumers. at, by, reason: of the act."""

    key: str
    position: int
    consumers: tuple[str, ...]
    at: datetime
    by: str
    reason: str


class PartitionStopped(HubError):
    """A consumer stands before a fact that it can't apply: mend the cause, or set the fact aside."""

    code = "partition_stopped"

    def __init__(self, consumer: str, key: str, position: int, reason: str) -> None:
        super().__init__(
            f"{consumer} stands before position {position} of partition {key}: {reason}. Mend the cause, or"
            f" `lienthong facts set-aside {key} {position}`"
        )
        self.key, self.position = key, position


def stops(conn: Connection, key: str | None = None) -> list[Stop]:
    """Who stands where, in one partition or in all."""
    with conn.cursor(row_factory=class_row(Stop)) as cursor:
        return cursor.execute(SQL.stops, {"key": key}).fetchall()


def record(conn: Connection, consumer: str, key: str, position: int, kind: str | None, error: Exception) -> None:
    """Note that a consumer could not apply a fact."""
    code = error.code if isinstance(error, HubError) else "fact_not_applicable"
    conn.execute(
        SQL.stop,
        {
            "consumer": consumer,
            "key": key,
            "position": position,
            "type": kind,
            "code": code,
            "reason": reason_of(error),
        },
    )


def partitions(conn: Connection) -> list[str]:
    """The keys of all partitions."""
    return [key for (key,) in conn.execute(SQL.partitions)]


def asides(conn: Connection, key: str) -> list[Aside]:
    """The facts of a partition that were set aside, in the order of the acts."""
    return [aside_of(key, at, orjson.loads(data)) for _, at, data in conn.execute(SQL.set_aside, {"key": key})]


def aside_of(key: str, at: datetime, data: Mapping[str, object]) -> Aside:
    """From the data of `fact.set_aside`."""
    consumers = data["consumers"]
    assert isinstance(consumers, list), "the act writes a list"
    return Aside(
        key=key,
        position=int(str(data["position"])),
        consumers=tuple(consumers),
        at=at,
        by=str(data["by"]),
        reason=str(data["reason"]),
    )


def passed_over(conn: Connection, consumer: str, key: str) -> frozenset[int]:
    """The positions of a partition that a consumer leaves out."""
    return frozenset(aside.position for aside in asides(conn, key) if consumer in aside.consumers)


def subject_of(key: str, position: int) -> str:
    """What `fact.set_aside` is about."""
    return f"{key}/{position}"


def reason_of(error: Exception) -> str:
    """Why, for an operator. What was not foreseen is told by its kind and place alone: its words may quote a report."""
    if isinstance(error, HubError):
        text = str(error)
    elif isinstance(error, psycopg.Error):
        text = f"PostgreSQL: {error.diag.message_primary or type(error).__name__} ({error.sqlstate or 'no state'})"
    else:
        text = f"{type(error).__name__} at {place_of(error)}"
    return " ".join(text.replace("\x00", "·").split())[:_LONGEST]


def place_of(error: BaseException) -> str:
    """`services/aggregate/worker.py:123 _gather`: the innermost place in our own code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame for frame in frames if Path(frame.filename).is_relative_to(_OWN) and "site-packages" not in frame.filename
    ]
    if not own:
        return "an unknown place"
    return f"{Path(own[-1].filename).relative_to(_OWN).as_posix()}:{own[-1].lineno} {own[-1].name}"
