"""Where acts happen: one transaction each, on the definitions as they stand, and consumers are woken after it.

HTTP has an `Office` over its pool; a command, the first filling and a test sit at a `Desk` with one connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date

from lienthong.calendar import day_of
from lienthong.errors import Transient
from lienthong.eventlog import wakeup
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import Appender
from lienthong.postgres.pool import Connection
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.act import SQL, Act
from services.ingest.rights.acting import Actor

# Seconds a changing act waits for those before it in its process. An act takes 10 to 150 ms, so some hundred of them
# get through; whoever waits longer is told to try again, and no thread is kept for good.
PATIENCE = 10.0

_TURN = 0x0FF1CE
"""The advisory lock of whoever changes definitions. Any fixed number that nobody else uses in this database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """What a process acts with. connection: as ingest, for the length of an act. wake: tells the log's consumers."""

    current: Current
    appender: Appender
    connection: Callable[[], AbstractContextManager[Connection]]
    wake: Callable[[], None]
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def act(self, actor: Actor, *, changes: bool = False) -> Iterator[Act]:
        """One act of this actor: done when the block ends, nothing when it raises.

        changes: it calls `Act.change`. Such acts take turns from before the definitions are read, so that of many at
        the same moment each is decided on what the one before it left, and none is sent away to try again.
        """
        with self._in_turn() if changes else self.connection() as conn:
            definitions = self.current.get(conn)
            with conn.transaction():
                yield Act(tx=conn, definitions=definitions, actor=actor, appender=self.appender)
            self.wake()

    @contextmanager
    def _in_turn(self) -> Iterator[Connection]:
        """A connection while nobody else changes definitions: in this process, where waiting takes no connection of
        the pool, and then on this database. Of the session, since `Current` may open rounds in transactions of its own.
        """
        if not self._turn.acquire(timeout=PATIENCE):
            raise Transient("too many acts were before this one; try again", code="definitions_changed")
        try:
            with self.connection() as conn:
                conn.execute(SQL.take_turn, {"turn": _TURN})
                try:
                    yield conn
                finally:
                    if not conn.broken:  # a lost session has lost its locks
                        conn.execute(SQL.give_turn, {"turn": _TURN})
        finally:
            self._turn.release()


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Somebody's desk in an office, with a connection of its own as ingest, in autocommit."""

    office: Office
    conn: Connection
    actor: Actor

    @classmethod
    def at(cls, conn: Connection, *, current: Current, appender: Appender, actor: Actor) -> Desk:
        """A desk on this connection."""
        office = Office(
            current=current,
            appender=appender,
            connection=lambda: nullcontext(conn),
            wake=lambda: wakeup.notify(conn),
        )
        return cls(office=office, conn=conn, actor=actor)

    def act(self, *, changes: bool = False) -> AbstractContextManager[Act]:
        """One act, as in `Office.act`."""
        return self.office.act(self.actor, changes=changes)

    def definitions(self) -> Definitions:
        """As they stand now; what is due by the hub's clock is opened by asking."""
        return self.office.current.get(self.conn)

    def open_due(self) -> list[str]:
        """Open what is due by the hub's clock, and tell the consumers; all rounds."""
        rounds = self.definitions().rounds
        self.office.wake()
        return sorted(rounds)

    def today(self) -> date:
        """The day by the hub's clock, in Viet Nam."""
        return day_of(hub_now(self.conn))
