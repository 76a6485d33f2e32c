"""A witness that fails says so, and stops none of the others: who can make one fail would hide behind it what the
rest have to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psycopg

from lienthong.errors import Problem, Transient
from lienthong.eventlog.stops import reason_of
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection
from lienthong.proof.witness import Witness, finding

Make = Callable[[], Witness]


class Contained:
    """A witness whose failure is a finding; from then on it is asked nothing more, since it has not seen everything.

    What it asks of the database when it is made and at its end is undone if it fails there, so that the transaction
    goes on. Raises only what concerns nobody alone: a database that is away.
    """

    def __init__(self, conn: Connection, key: str, name: str, make: Make) -> None:
        """key: of the partition it looks at, `VN` for one of all. name: by which a finding tells it."""
        self._conn, self._key, self._name = conn, key, name
        self._witness: Witness | None = None
        self._failed: Problem | None = None
        try:
            with conn.transaction():
                self._witness = make()
        except Exception as error:  # noqa: BLE001  # told as a finding
            self._failed = self._failure(error, None)

    def see(self, recorded: Recorded, data: Any, /) -> Iterator[Problem]:
        if self._witness is None:
            return
        try:
            yield from self._witness.see(recorded, data)
        except psycopg.Error:
            raise  # the transaction is lost, and the log can't be read on
        except Exception as error:  # noqa: BLE001  # told as a finding
            self._witness = None
            yield self._failure(error, recorded.position)

    def end(self) -> Iterator[Problem]:
        if self._failed is not None:
            yield self._failed
        if self._witness is not None:
            yield from findings_of(self._conn, self._key, self._name, self._witness.end)

    def _failure(self, error: Exception, position: int | None) -> Problem:
        return _failure(self._key, self._name, error, position)


def findings_of(conn: Connection, key: str, name: str, ask: Callable[[], Iterable[Problem]]) -> list[Problem]:
    """What is found, and last that nothing more could be, where asking fails."""
    problems: list[Problem] = []
    try:
        with conn.transaction():
            problems += ask()
    except Exception as error:  # noqa: BLE001  # told as a finding
        problems.append(_failure(key, name, error, None))
    return problems


def _failure(key: str, name: str, error: Exception, position: int | None) -> Problem:
    if isinstance(error, Transient | psycopg.OperationalError):
        raise error
    return finding(key, position, "witness_failed", witness=name, why=reason_of(error))
