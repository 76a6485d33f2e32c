"""Where acts happen: one transaction each, on the definitions as they stand, and consumers are woken after it.

HTTP has an `Office` over its pool; a command, the first filling and a test sit at a `Desk` with one connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date

from lienthong.calendar import day_of
from lienthong.eventlog import wakeup
from lienthong.eventlog.installation import hub_now
from lienthong.eventlog.port import Appender
from lienthong.postgres.pool import Connection
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions
from services.ingest.office.act import Act
from services.ingest.rights.acting import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """What a process acts with. connection: as ingest, for the length of an act. wake: tells the log's consumers."""

    current: Current
    appender: Appender
    connection: Callable[[], AbstractContextManager[Connection]]
    wake: Callable[[], None]

    @contextmanager
    def act(self, actor: Actor) -> Iterator[Act]:
        """One act of this actor: done when the block ends, nothing when it raises."""
        with self.connection() as conn:
            definitions = self.current.get(conn)
            with conn.transaction():
                yield Act(tx=conn, definitions=definitions, actor=actor, appender=self.appender)
            self.wake()


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

    def act(self) -> AbstractContextManager[Act]:
        """One act, as in `Office.act`."""
        return self.office.act(self.actor)

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
