"""What only an administrator of the server can do: change what the hub never lets anybody change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lienthong.postgres.pool import Connection


@contextmanager
def tampering(conn: Connection) -> Iterator[Connection]:
    """The connection of a superuser whose statements no trigger sees."""
    conn.execute("SET session_replication_role = replica")
    try:
        yield conn
    finally:
        conn.execute("RESET session_replication_role")
