"""The accepting transaction, shared by the requests that wait for one.

Requests put their claims into a queue; one thread takes whatever has queued up while its last commit ran (no
fixed wait: a wait of 2 ms only costs) and accepts it all in one transaction (`transaction`). When a shared
transaction fails for a reason that may lie in one request, each request is tried in a transaction of its own, so
nobody fails for another. When a lock is not to be had, each province is, and the one that waits goes on in a lane of
its own (`lanes`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from queue import Empty, SimpleQueue

import psycopg
from psycopg import Transaction

from lienthong.errors import HubError, Transient
from lienthong.eventlog.port import Appender
from lienthong.postgres.failures import driver_errors_translated
from lienthong.postgres.pool import Connection, connect
from services.ingest.claims import ledger
from services.ingest.claims.kind import Kinds
from services.ingest.claims.lanes import Lane, Lanes, Trouble
from services.ingest.claims.transaction import Accepting, Stale
from services.ingest.claims.work import Alongside, Outcome, Work
from services.ingest.definitions.current import Current

SWITCH_INTERVAL = 0.0005  # seconds
MAX_CLAIMS = 250  # claims in one transaction: larger gains nothing and makes everybody behind wait longer

# A commit of 250 claims takes some 100 ms; who waits this long for a lock waits for somebody who does not let go.
LOCK_WAIT_MS, STATEMENT_MS = 2_000, 15_000
STANDS = 5.0  # seconds for which a failure is held against readiness, when nothing was tried since
STUCK = 10.0  # seconds after which a transaction that has not ended is told

_LOCKED = "database_locked"


class Committer:
    """One thread, one connection. Start it, submit work, stop it."""

    def __init__(
        self,
        *,
        conninfo: str,
        role: str | None,
        appender: Appender,
        current: Current,
        kinds: Kinds,
        committed: Callable[[], None],
        province: str | None = None,
    ) -> None:
        """kinds: what is taken. committed: called after each commit that wrote something. province: of a lane, which
        accepts for it alone.
        """
        self._kinds, self._province = kinds, province
        self._conninfo, self._role, self._appender = conninfo, role, appender
        self._current, self._committed = current, committed
        self._accepting = Accepting(kinds=kinds, current=current, appender=appender)
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._conn: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._stopping = False
        self._lanes = Lanes(self._lane)
        self._trouble: Trouble | None = None
        self._busy_since: float | None = None
        self._done_at = self._succeeded_at = time.monotonic()

    def _lane(self, province: str) -> Lane:
        return Committer(
            conninfo=self._conninfo,
            role=self._role,
            appender=self._appender,
            current=self._current,
            kinds=self._kinds,
            committed=self._committed,
            province=province,
        )

    def start(self) -> None:
        # After each answer of the database the thread waits for the interpreter; 5 ms, Python's own interval, would
        # be most of a commit's time while the event loop is busy.
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self.end()
        self._thread.join(timeout=20)
        self._lanes.stop()

    def end(self) -> None:
        """Finish what is queued; does not wait for it."""
        self._stopping = True
        self._queue.put(None)

    def trouble(self) -> Trouble | None:
        """Why the latest transaction failed; None when it did not, or nothing was tried for a while."""
        trouble, now = self._trouble, time.monotonic()
        return trouble if trouble is not None and now - trouble.at < STANDS else None

    def idle_seconds(self) -> float:
        """Seconds since anything was done; 0 while something is to be done."""
        return 0.0 if self._busy_since is not None or not self._queue.empty() else time.monotonic() - self._done_at

    def why_down(self) -> str | None:
        """Why nothing can be accepted now; None while something can."""
        waited, trouble, held = self._stuck_seconds(), self.trouble(), self._lanes.troubles()
        if waited > STUCK:
            return _unended_reason(waited)
        if trouble is not None:
            return f"{trouble.code}: {trouble.reason}"
        if held and time.monotonic() - self._succeeded_at > STUCK:
            return f"{_LOCKED}: every province that submits waits for a lock ({', '.join(sorted(held))})"
        return None

    def _stuck_seconds(self) -> float:
        """Seconds for which the transaction under way has not ended."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def held_provinces(self) -> Mapping[str, str]:
        """By province, why what it submits is not accepted while others are."""
        return {province: f"{trouble.code}: {trouble.reason}" for province, trouble in self._lanes.troubles().items()}

    def submit(self, work: Work) -> None:
        """Queue a request's claims; `work.reply` gets one outcome for each, or a HubError."""
        if self._stopping:
            work.reply.set_exception(_stopping_error())
            return
        work.reply.set_running_or_notify_cancel()  # a sender that goes away can't take back what it submitted
        if not self._lanes.take(work):
            self.take(work)

    def take(self, work: Work) -> None:
        """Queue what was submitted. Behind a transaction that does not end nobody is left to wait, nor heaps up."""
        if (waited := self._stuck_seconds()) > STUCK:
            work.reply.set_exception(Transient(_unended_reason(waited), code="database_away"))
            return
        self._queue.put(work)

    def commit(self, batch: Sequence[Work], alongside: Alongside) -> list[list[Outcome]]:
        """Accept in the caller's thread, for a worker that reads where it keeps its place (don't `start` it then).

        One outcome for each claim of each work. Nothing is tried again: whatever is raised, nothing was written.
        """
        try:
            return self._commit(batch, alongside)
        except BaseException:
            self._drop_connection()
            raise

    def close(self) -> None:
        """End the connection of a committer that was never started."""
        self._drop_connection()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ended = self._gather(first)
            self._busy_since = time.monotonic()
            self._process([work for work in batch if not self._lanes.take(work)])
            self._done_at, self._busy_since = time.monotonic(), None
            if ended:
                break
        while not self._queue.empty():  # what came between the last look and the end
            if (late := self._queue.get()) is not None:
                _fail([late], _stopping_error())
        self._drop_connection()

    def _gather(self, first: Work) -> tuple[list[Work], bool]:
        batch, count = [first], len(first.claims)
        while count < MAX_CLAIMS:
            try:
                more = self._queue.get_nowait()
            except Empty:
                return batch, False
            if more is None:
                return batch, True
            batch.append(more)
            count += len(more.claims)
        return batch, False

    def _process(self, batch: Sequence[Work]) -> None:
        if not batch:
            return
        had_connection = self._conn is not None
        try:
            results = self._commit(batch)
        except Transient as error:
            self._drop_connection()
            if error.code == _LOCKED and self._province is None:
                self._part(batch)
            else:
                self._trouble = Trouble(code=error.code, reason=str(error), at=time.monotonic())
                _fail(batch, error)
                if not had_connection or self._stuck_seconds() > STUCK:
                    self._fail_waiting(error)  # who came meanwhile has waited, and would wait once more with each batch
        except Exception as error:  # noqa: BLE001 (raised by the request it came with; the others go on)
            if len(batch) > 1:
                for work in batch:
                    self._process([work])
            else:
                self._drop_connection()
                _fail(batch, _write_error(error) if isinstance(error, psycopg.Error) else error)
        else:
            self._trouble, self._succeeded_at = None, time.monotonic()
            for work, outcomes in zip(batch, results, strict=True):
                work.reply.set_result(outcomes)

    def _part(self, batch: Sequence[Work]) -> None:
        """Somebody holds a lock that one of these needs: each province is tried alone, the one that waits in a lane."""
        by_province: dict[str, list[Work]] = {}
        for work in batch:
            by_province.setdefault(work.principal.province, []).append(work)
        if len(by_province) > 1:
            for works in by_province.values():
                self._process(works)
            return
        [(province, works)] = by_province.items()
        self._lanes.open(province, works)

    def _fail_waiting(self, error: Transient) -> None:
        """What is queued now, once."""
        for _ in range(self._queue.qsize()):
            work = self._queue.get_nowait()
            if work is None:  # to be met by who asked for the end
                self._queue.put(None)
                return
            _fail([work], error)

    def _commit(self, batch: Sequence[Work], alongside: Alongside | None = None) -> list[list[Outcome]]:
        changes_nothing = alongside is None and all(work.dry_run for work in batch)
        with driver_errors_translated():
            conn = self._connection()
            while True:
                try:
                    with ExitStack() as opened:
                        # Not conn.transaction(): that one, begun within a pipeline, would keep it to the end.
                        begin = partial(opened.enter_context, Transaction(conn, force_rollback=changes_nothing))
                        results, wrote = self._accepting.accept(conn, batch, alongside, begin)
                    break
                except Stale:
                    self._current.reload(conn)
        if wrote:
            self._committed()
        return results

    def _connection(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = connect(
                self._conninfo,
                role=self._role,
                application_name="lienthong ingest committer",
                statement_timeout_ms=STATEMENT_MS,
                lock_timeout_ms=LOCK_WAIT_MS,
            )
            self._conn.execute(ledger.SQL.only_by_index)
        return self._conn

    def _drop_connection(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _fail(batch: Sequence[Work], error: Exception) -> None:
    for work in batch:
        work.reply.set_exception(error)


def _unended_reason(seconds: float) -> str:
    return f"a transaction has not ended for {seconds:.0f} s"


def _stopping_error() -> HubError:
    return Transient("the hub is stopping; send again", code="stopping")


def _write_error(error: psycopg.Error) -> HubError:
    return Transient(f"the database refused the write: {type(error).__name__}", code="write_failed")
