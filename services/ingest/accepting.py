"""A committer for workers that accept in their own thread: what comes by Kafka, what is read of portals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lienthong.contracts.schemas import Contracts
from lienthong.eventlog.port import Appender
from lienthong.postgres.pool import Pool
from services.ingest.claims.committer import Committer
from services.ingest.definitions.current import Current
from services.ingest.kinds import KINDS
from services.ingest.rounds.acts import open_due

ROLE = "lienthong_ingest"


def committer(
    *, pool: Pool, conninfo: str, appender: Appender, contracts: Contracts, committed: Callable[[], None]
) -> Committer:
    """A committer for a thread that commits itself. committed: called after each commit that wrote events."""
    with pool.connection() as conn:
        current = Current.of(conn, contracts=contracts, open_due=partial(open_due, appender))
        current.get(conn)
    return Committer(conninfo=conninfo, role=ROLE, appender=appender, current=current, kinds=KINDS, committed=committed)
