"""The definitions of this process, kept equal to the database's.

`at_version` answers from memory; whoever gets None calls `reload` outside its transaction and begins again. Reloading
also opens the rounds that are due: so a report that arrives in the first second after the close of data finds
its round open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from lienthong.contracts.schemas import Contracts
from lienthong.errors import Transient
from lienthong.eventlog import installation as clock
from lienthong.postgres.pool import Connection
from services.ingest.definitions import loading
from services.ingest.definitions.snapshot import Definitions

OpenDue = Callable[[Connection, Definitions, datetime], Sequence[str]]
"""Opens the rounds that are due in a transaction (conn, definitions, now); which ones."""


class Current:
    """Thread-safe. Made once per process."""

    def __init__(self, *, contracts: Contracts, open_due: OpenDue, sample: bool, epoch: int) -> None:
        self._contracts, self._open_due, self._epoch = contracts, open_due, epoch
        self.sample = sample
        self._definitions: Definitions | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, conn: Connection, *, contracts: Contracts, open_due: OpenDue) -> Current:
        """For the installation that the connection leads to."""
        installation = clock.installation(conn)
        return cls(contracts=contracts, open_due=open_due, sample=installation.sample, epoch=installation.epoch)

    def at_version(self, version: int, now: datetime) -> Definitions | None:
        """The definitions of that version, unless they have changed or a round is due to open."""
        definitions = self._definitions
        if definitions is None or definitions.version != version:
            return None
        return None if definitions.next_opening is not None and definitions.next_opening <= now else definitions

    def get(self, conn: Connection) -> Definitions:
        """The definitions as they stand now. conn: in autocommit or in a transaction that has read nothing yet."""
        now, version = loading.now_and_version(conn)
        return self.at_version(version, now) or self.reload(conn)

    def reload(self, conn: Connection) -> Definitions:
        """Read anew, after opening what is due."""
        with self._lock:
            now, version = loading.now_and_version(conn)
            definitions = self.at_version(version, now)
            while definitions is None:
                loaded = self._load(conn)
                if not self._has_opened(conn, loaded, now):
                    definitions = loaded
            self._definitions = definitions
            return definitions

    def _has_opened(self, conn: Connection, loaded: Definitions, now: datetime) -> bool:
        """Whether rounds were opened, here or meanwhile by somebody else: then definitions are read again."""
        try:
            with conn.transaction():
                return bool(self._open_due(conn, loaded, now))
        except Transient as error:
            if error.code != "definitions_changed":
                raise
            return True

    def _load(self, conn: Connection) -> Definitions:
        return loading.load_definitions(
            conn, sample=self.sample, epoch=self._epoch, contracts=self._contracts, before=self._definitions
        )
