"""Asking destinations for what they have published, page by page, in turns. What is taken stands in export's tables."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

import structlog

from lienthong import retention
from lienthong.contracts import canonical, strict
from lienthong.contracts.schemas import Contracts
from lienthong.errors import Rejected, Transient
from lienthong.outage import Outage, keep_working
from lienthong.postgres.answers import certain
from lienthong.postgres.pool import Connection, Pool
from lienthong.pushes.exchange import Unreachable
from services.export.deliveries import SQL as DELIVERIES
from services.export.deliveries import destinations
from services.export.deliveries.destinations import Destination
from services.export.deliveries.queue import UNFORESEEN
from services.export.deliveries.wire import Wire
from services.export.taken import SQL, pages
from services.export.taken.pages import NotOfContract, TakenPage

_PAGE = 200
NAMES = 10
"""For each item whose content is kept, of so many the names are: 150 bytes beside 2,000, and a portal that lists all it
ever had (a sitemap) lists old ones too.
"""
_PAGES_A_TURN = 50  # then the other destinations have their turn
_SECONDS_A_TURN = 30.0  # likewise; one that drips each page out would else keep the others waiting for minutes
_IDLE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Taker:
    """Takes from destinations that are taken from. Threads and processes may share the work: each turn is claimed."""

    def __init__(
        self,
        pool: Pool,
        wire: Wire,
        contracts: Contracts,
        *,
        every: float,
        seconds: float = _SECONDS_A_TURN,
        kept: int,
    ) -> None:
        """every: seconds between two turns of one destination. seconds: after these a turn asks for no further page.
        kept: of one destination the content of so many items at most, and what one turn brings besides.
        """
        self._pool = pool
        self._wire = wire
        self._contracts = contracts
        self._every, self._seconds, self._kept = every, seconds, kept
        self._failing: dict[str, str] = {}

    def run(self, halt: threading.Event) -> None:
        """Take until `halt` is set. Raises what no retry cures."""
        outage = Outage("taking_waits", "taking_goes_on")
        keep_working(self.step, halt, outage, idle=min(_IDLE_SECONDS, self._every))

    def step(self) -> bool:
        """One turn of one destination; False when none is due. Raises Transient."""
        with self._pool.transaction() as tx:
            row = tx.execute(SQL.claim_taking, {"every": self._every}).fetchone()
        if row is None:
            return False
        destination, after = row
        try:
            destination_ = destinations.find(self._pool, destination)
        except Rejected:
            log.info("taking_ended", destination=destination)  # it was removed a moment ago
            return True
        try:
            self._turn(destination_, after)
            self._forget(destination)
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 (whatever is wrong with this one must not stop the others)
            log.error("taking_unforeseen", destination=destination, error=type(error).__name__)
            self._record_failure(destination_, UNFORESEEN, type(error).__name__)
        return True

    def _turn(self, destination: Destination, after: int) -> None:
        until = time.monotonic() + self._seconds
        for _ in range(_PAGES_A_TURN):
            try:
                page = self._ask(destination, after)
            except (Unreachable, NotOfContract) as error:
                self._record_failure(destination, getattr(error, "code", "answer_not_of_contract"), str(error))
                return
            with self._pool.transaction() as tx:
                _keep(tx, destination, page)
            after = page.after
            if not page.more or time.monotonic() >= until:
                break
        if self._failing.pop(destination.id, None) is not None:
            log.info("taking_again", destination=destination.id)

    def _forget(self, destination: str) -> None:
        """What is beyond the newest goes, in pages, so that nobody waits for it."""
        for query, kept in ((SQL.leave_content, self._kept), (SQL.forget_taken, NAMES * self._kept)):
            parameters = {"destination": destination, "kept": kept, "page": retention.PAGE}
            gone = retention.PAGE
            while gone == retention.PAGE:
                with self._pool.transaction() as tx:
                    gone = tx.execute(query, parameters).rowcount

    def _ask(self, destination: Destination, after: int) -> TakenPage:
        with self._pool.connection() as conn:
            now = certain(conn, datetime, DELIVERIES.real_now)
        answer = self._wire.ask(destination, f"/v1/published?after={after}&limit={_PAGE}", at=now)
        if answer.status != 200:
            raise Unreachable(f"http_{answer.status}", f"HTTP {answer.status}")
        try:
            page = strict.read(answer.body)
        except Rejected as error:
            raise NotOfContract(error.problems[0].code) from error
        if not isinstance(page, dict):
            raise NotOfContract("no object")
        return pages.read_page(page, self._contracts, after=after, own=destination.sender)

    def _record_failure(self, destination: Destination, code: str, detail: str) -> None:
        """Kept for the operator each time; logged when it is news."""
        with self._pool.transaction() as tx:
            tx.execute(SQL.taking_failed, {"destination": destination.id, "outcome": code, "detail": detail[:300]})
        if self._failing.get(destination.id) != code:
            log.warning("taking_failed", destination=destination.id, code=code)
        self._failing[destination.id] = code


def _keep(tx: Connection, destination: Destination, page: TakenPage) -> None:
    if page.anew:
        tx.execute(SQL.begin_anew, {"destination": destination.id})
    with tx.cursor() as cursor:
        cursor.executemany(SQL.keep_taken, [_row(destination, item) for item in page.items])
    tx.execute(SQL.taken_to, {"destination": destination.id, "after": page.after, "left_out": page.left_out})


def _row(destination: Destination, item: pages.TakenItem) -> dict[str, Any]:
    return {
        "destination": destination.id,
        "sender": item.sender,
        "id": item.id,
        "version": item.version,
        "number": item.number,
        "urn": item.urn,
        "published_at": item.published_at,
        "data": None if item.data is None else canonical.write(item.data).decode(),
    }
