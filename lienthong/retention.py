"""Removing what has outlived its retention, a page at a time, so that nobody waits for it.

Which kinds of data have which retention is in docs/retention.md. What has a receipt is never among them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from lienthong.errors import Transient

EVERY_SECONDS = 3600.0
PAGE = 5_000
"""Rows removed in one transaction: some 20 ms of database time."""

log = structlog.get_logger(__name__)


def sweep(what: str, remove: Callable[[], int], stop: threading.Event, *, every: float = EVERY_SECONDS) -> None:
    """Remove what is too old, now and every `every` seconds, until `stop` is set. Blocks: for a thread of its own.

    remove: removes one page and gives the number of rows; 0 when nothing is left. what: its name in the logs.
    """
    while not stop.is_set():
        removed = 0
        try:
            while not stop.is_set() and (count := remove()):
                removed += count
        except Transient as error:
            log.warning("retention_waits", what=what, code=error.code)
        if removed:
            log.info("retention_removed", what=what, rows=removed)
        stop.wait(every)
