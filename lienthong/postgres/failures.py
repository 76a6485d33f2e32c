"""What errors of PostgreSQL's driver mean for the hub: translated here, once, into its error tree.

Constraint violations stay psycopg errors, because only the caller knows what a violated constraint means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg
from psycopg_pool import PoolTimeout

from lienthong.errors import HubError, Transient
from lienthong.refusals import misconfigured

_NEEDS_OPERATOR = ("28", "3D", "42501")  # authentication, no such database, no right
_OF_OPTIONS = "connection is bad: "
"""What the driver begins with when libpq refuses the options themselves, before any server was asked."""
_QUOTED = re.compile(r'(?<!option )"[^"]*"')
"""What such a refusal quotes: a wrong port may be half of a password."""
_TRY_AGAIN: dict[type[psycopg.Error], tuple[str, str]] = {
    PoolTimeout: ("database_busy", "no database connection became free in time"),
    pg.TooManyConnections: ("database_busy", "PostgreSQL has no connection left"),
    pg.SerializationFailure: ("database_conflict", "PostgreSQL asks to try again"),
    pg.DeadlockDetected: ("database_conflict", "PostgreSQL asks to try again"),
    pg.LockNotAvailable: ("database_locked", "somebody held a lock for too long"),
    pg.QueryCanceled: ("database_timeout", "a statement took longer than its limit"),
    pg.ReadOnlySqlTransaction: ("database_read_only", "PostgreSQL takes no writes, as a standby does"),
    pg.DiskFull: ("database_full", "PostgreSQL has no room on its disk"),
    pg.OutOfMemory: ("database_full", "PostgreSQL has no memory left"),
    pg.IdleInTransactionSessionTimeout: ("database_paused", "a transaction waited too long for its next statement"),
    pg.TransactionTimeout: ("database_paused", "a transaction took too long"),
}
"""By what happened; whatever else ends a connection is `database_away`. The order is of no matter: none of these is
another."""


@contextmanager
def driver_errors_translated() -> Iterator[None]:
    """Raises what the block's driver errors mean for the hub: Transient, Misconfigured, or themselves."""
    try:
        yield
    except psycopg.Error as exc:
        meaning = meaning_of(exc)
        if meaning is None:
            raise
        raise meaning from exc


def meaning_of(exc: psycopg.Error) -> HubError | None:
    """What a driver error asks for, or None where only the caller can know."""
    if any((exc.sqlstate or "").startswith(prefix) for prefix in _NEEDS_OPERATOR):
        return misconfigured("database_refuses", why=_first_line(exc))
    if exc.sqlstate is None and (refused := _while_connecting(exc)) is not None:
        return refused
    for kind, (code, reason) in _TRY_AGAIN.items():
        if isinstance(exc, kind):
            return Transient(f"{reason}: {_first_line(exc)}", code=code)
    if isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError):
        return Transient(f"the database is away: {_first_line(exc)}", code="database_away")
    return None


def _while_connecting(exc: psycopg.Error) -> HubError | None:
    """What a server says to who connects carries no state, its words alone."""
    text = str(exc)
    if text.startswith(_OF_OPTIONS) and "connection to server" not in text:
        return misconfigured(
            "database_url_unusable", why=_QUOTED.sub('"…"', _first_line(exc).removeprefix(_OF_OPTIONS))
        )
    if "does not exist" in text and "FATAL" in text:  # no such database, user or role
        return misconfigured("database_not_migrated", why=_first_line(exc))
    if "too many clients" in text:
        return Transient(f"PostgreSQL has no connection left: {_first_line(exc)}", code="database_busy")
    if "No space left on device" in text:
        return Transient(f"PostgreSQL has no room on its disk: {_first_line(exc)}", code="database_full")
    return None


def _first_line(exc: psycopg.Error) -> str:
    # Only the primary line: DETAIL quotes the row, which may be a report.
    return (exc.diag.message_primary or str(exc) or type(exc).__name__).strip().splitlines()[0]
