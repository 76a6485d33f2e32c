"""The process that reads portals."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable

from lienthong.contracts.schemas import Contracts
from lienthong.eventlog.port import Appender
from lienthong.postgres.pool import Pool
from services.ingest.accepting import committer
from services.ingest.portals.reader import Reader, Web


def run(*, pool: Pool, conninfo: str, appender: Appender, committed: Callable[[], None], stop: threading.Event) -> None:
    """Until `stop` is set. committed: wakes consumers (Notifier.nudge)."""
    accepting = committer(
        pool=pool, conninfo=conninfo, appender=appender, contracts=Contracts.load(), committed=committed
    )
    try:
        Reader(pool, accepting, Web(context=ssl.create_default_context())).run(stop)
    finally:
        accepting.close()
