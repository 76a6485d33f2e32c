"""The accepting transaction, shared by the requests that wait for one.

Requests put their claims into a queue; one thread takes whatever has queued up while its last commit ran (no
fixed wait: a wait of 2 ms only costs) and accepts it all in one transaction: locks in sorted order, look-ups,
decisions, ledger, slots, heads last, events. When a shared transaction fails for a reason that may lie in one
request, each request is tried in a transaction of its own, so nobody fails for another.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Protocol

import orjson
import psycopg
from psycopg import Transaction

from lienthong import events
from lienthong.access.tokens import Principal
from lienthong.contracts import canonical
from lienthong.contracts.explaining import CLASSIFIED
from lienthong.errors import HubError, Problem, Rejected, Transient
from lienthong.eventlog.port import Appender
from lienthong.events import Recorded
from lienthong.forms.values import unpack
from lienthong.postgres.pool import Connection, connect, translated
from lienthong.web.problems import entry as problem_entry
from services.ingest.claims import acceptance
from services.ingest.claims import ledger as store
from services.ingest.claims.acceptance import (
    Checked,
    Entry,
    Key,
    Slot,
)
from services.ingest.claims.accepted import columns, fact_of, ledger_row
from services.ingest.claims.claim import Claim
from services.ingest.claims.ledger import EventId, LedgerRow
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions

SWITCH_INTERVAL = 0.0005  # seconds
MAX_CLAIMS = 250  # claims in one transaction: larger gains nothing and makes everybody behind wait longer


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one claim. verdict: `accepted`, `repeated`, `refused` or (dry run) `would_accept`."""

    verdict: str
    receipt: Mapping[str, Any] | None = None
    problems: tuple[Problem, ...] = ()


_ACCEPTED = Outcome(verdict="accepted")
"""Before it has its receipt."""


class Done(Protocol):
    """Where a request's outcomes go: a Future, or what is cheaper. Called in the committer's thread."""

    def set_running_or_notify_cancel(self) -> bool:
        """Asked when the work is queued: from then on it can't be taken back."""

    def set_result(self, result: list[Outcome], /) -> None:
        """Committed, or refused with reasons."""

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Nothing was written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Claims of one request. read_at: time.monotonic() when the whole submission had been read.

    received_at: the time of receipt, where somebody else tells it (a broker's log-append time, by the hub's clock).
    """

    principal: Principal
    claims: tuple[Claim, ...]
    read_at: float
    done: Done
    dry_run: bool = False
    received_at: datetime | None = None


class Alongside(Protocol):
    """What is written in the accepting transaction besides the ledger: all of it before the heads are locked."""

    def before(self, tx: Connection, /) -> None:
        """First of all; raising ends the transaction."""

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]], /) -> None:
        """With the verdicts of each work; receipts stand in the ledger once the transaction is committed."""


@dataclass(slots=True)
class _Open:
    """The growing state of one transaction: what is known so far of ids, reports and items."""

    now: datetime
    ids: dict[EventId, Entry]
    slots: dict[Key, Slot]
    accepted: list[tuple[int, int, Checked, LedgerRow]] = field(default_factory=list)


class Committer:
    """One thread, one connection. Start it, submit work, stop it."""

    def __init__(
        self, *, conninfo: str, role: str | None, appender: Appender, current: Current, committed: Callable[[], None]
    ) -> None:
        """committed: called after each commit that wrote something."""
        self._conninfo, self._role, self._appender = conninfo, role, appender
        self._current, self._committed = current, committed
        self._sample = current.sample
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._conn: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._stopping = False

    def start(self) -> None:
        # After each answer of the database the thread waits for the interpreter; 5 ms, Python's own interval, would
        # be most of a commit's time while the event loop is busy.
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._stopping = True
        self._queue.put(None)
        self._thread.join(timeout=20)
        if self._conn is not None:
            self._conn.close()

    def submit(self, work: Work) -> None:
        """Queue a request's claims; `work.done` gets one outcome for each, or a HubError."""
        if self._stopping:
            work.done.set_exception(_stopping())
            return
        work.done.set_running_or_notify_cancel()  # a sender that goes away can't take back what it submitted
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
            self._process(batch)
            if ended:
                break
        while not self._queue.empty():  # what came between the last look and the end
            if (late := self._queue.get()) is not None:
                _fail([late], _stopping())

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
        try:
            results = self._commit(batch)
        except Transient as error:
            self._drop_connection()
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 (raised by the request it came with; the others go on)
            if len(batch) > 1:
                for work in batch:
                    self._process([work])
            else:
                self._drop_connection()
                _fail(batch, _unexpected(error) if isinstance(error, psycopg.Error) else error)
        else:
            for work, outcomes in zip(batch, results, strict=True):
                work.done.set_result(outcomes)

    def _commit(self, batch: Sequence[Work], alongside: Alongside | None = None) -> list[list[Outcome]]:
        changes_nothing = alongside is None and all(work.dry_run for work in batch)
        with translated():
            conn = self._connection()
            while True:
                try:
                    with ExitStack() as opened:
                        # Not conn.transaction(): that one, begun within a pipeline, would keep it to the end.
                        begin = partial(opened.enter_context, Transaction(conn, force_rollback=changes_nothing))
                        results, wrote = self._accept(conn, batch, alongside, begin)
                    break
                except _Stale:
                    self._current.reload(conn)
        if wrote:
            self._committed()
        return results

    def _accept(
        self,
        tx: Connection,
        batch: Sequence[Work],
        alongside: Alongside | None,
        begin: Callable[[], object],
    ) -> tuple[list[list[Outcome]], bool]:
        if alongside is not None:
            begin()
            alongside.before(tx)
        state, version = self._look_up(tx, batch, begin if alongside is None else _begun)
        now = state.now
        definitions = self._current.at(version, now)
        if definitions is None:
            raise _Stale
        earlier = _earlier(tx, batch, definitions)
        checked = [[self._check(claim, work, definitions, now, earlier) for claim in work.claims] for work in batch]
        results = []
        for place, (work, row) in enumerate(zip(batch, checked, strict=True)):
            received = _received(work, now)
            results.append(
                [self._decide((place, index), item, work, received, state) for index, item in enumerate(row)]
            )
        _record_refusals(tx, now, batch, checked, results)
        if alongside is not None:
            alongside.after(tx, results)
        self._write(tx, batch, state, results)
        return results, bool(state.accepted)

    def _check(
        self,
        claim: Claim,
        work: Work,
        definitions: Definitions,
        now: datetime,
        earlier: Mapping[Key, Mapping[str, Any]],
    ) -> Checked | Rejected:
        previous = earlier.get(acceptance.before(claim, definitions) or ("", "", "")) if earlier else None
        try:
            return acceptance.check(claim, work.principal, definitions, now, previous)
        except Rejected as refusal:  # a source that is not the client's: its id is not looked up
            return refusal

    def _look_up(self, tx: Connection, batch: Sequence[Work], begin: Callable[[], object]) -> tuple[_Open, int]:
        """What the ledger holds of the claims' ids and reports, under their locks; and the definitions' version.

        A source that isn't the client's is not looked up. A report is known by the words of its claim, whether it
        turns out right or not: what is locked for nothing is let go with the transaction.
        """
        claims = [claim for work in batch for claim in work.claims if work.principal.may_use_source(claim.source)]
        keys = [key for claim in claims if (key := acceptance.key_of(claim)) is not None]
        ids = [(claim.source, claim.id) for claim in claims]
        found = store.look_up(tx, ids, keys, self._sample, begin)
        return _Open(now=found.now, ids=found.ids, slots=found.slots), found.version

    def _decide(
        self, place: tuple[int, int], item: Checked | Rejected, work: Work, received: datetime, state: _Open
    ) -> Outcome:
        """place: of the work in the batch, and of the claim among its work's."""
        if isinstance(item, Rejected):
            return Outcome(verdict="refused", problems=item.problems)
        claim = item.claim
        known = state.ids.get((claim.source, claim.id))
        same = known is not None and _same(known, claim)
        slot = None if item.key is None else state.slots.get(item.key)
        verdict, problems = acceptance.decide(item, known, slot, same)
        if verdict == "refused":
            return Outcome(verdict=verdict, problems=problems)
        if verdict == "repeated":
            assert known is not None
            return Outcome(verdict=verdict, receipt=known.receipt)
        if work.dry_run:
            return Outcome(verdict="would_accept", receipt={"warnings": [problem_entry(w) for w in item.warnings]})
        row = ledger_row(item, received)
        state.accepted.append((*place, item, row))
        state.ids[(claim.source, claim.id)] = Entry(
            type=claim.type, content_hash=row.content_hash, salt=row.salt, receipt={}
        )
        if item.key is not None and item.revision is not None:
            state.slots[item.key] = Slot(revision=item.revision, withdrawn=claim.type == events.REPORT_WITHDRAWAL)
        return _ACCEPTED

    def _write(self, tx: Connection, batch: Sequence[Work], state: _Open, results: list[list[Outcome]]) -> None:
        """Ledger, slots and events of what was accepted; the outcomes get their receipts."""
        if not state.accepted:
            return
        latest = {
            item.key: (row, item.claim.type == events.REPORT_WITHDRAWAL)
            for _, _, item, row in state.accepted
            if item.key is not None
        }
        if latest:
            store.put_slots(
                tx, {key: row for key, (row, _) in latest.items()}, {key: gone for key, (_, gone) in latest.items()}
            )
        for _, _, item, row in state.accepted:
            if item.item is not None:
                _put_item(tx, item, row)
        counts: dict[str, int] = {}
        for _, _, _, row in state.accepted:
            counts[row.province] = counts.get(row.province, 0) + 1
        claim = self._appender.claim(tx, counts)  # heads last: everybody of the partition waits from here on
        places = {key: (place.partition, place.first, place.chain) for key, place in claim.places.items()}
        recorded: list[Recorded] = []
        ledger: list[LedgerRow] = []
        for place, index, item, row in state.accepted:
            partition, position, chain = places[row.province]
            link = events.link(chain, row.content_hash)
            places[row.province] = (partition, position + 1, link)
            row.partition, row.position, row.link = partition, position, link
            ledger.append(row)
            recorded.append(
                Recorded(
                    event=fact_of(item, row),
                    partition=partition,
                    position=position,
                    recorded_at=claim.now,
                    seal=row.content_hash,
                    link=link,
                )
            )
            receipt = store.receipt(columns(row), self._sample)
            results[place][index] = Outcome(verdict="accepted", receipt=receipt)
        _settle_repeats(batch, results, ledger, self._sample)
        self._appender.write(tx, claim, recorded)
        store.add_to_ledger(tx, ledger)

    def _connection(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = connect(self._conninfo, role=self._role, application_name="lienthong ingest committer")
            self._conn.execute(store.SQL.only_by_index)
        return self._conn

    def _drop_connection(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _same(known: Entry, claim: Claim) -> bool:
    """Whether the ledger's content is this content; after a redaction it can't be told, and the receipt is given."""
    if known.salt == acceptance.ERASED_SALT:
        return True
    return known.content_hash == canonical.content_hash(known.salt, claim.type, claim.body)


def _begun() -> None:
    """The transaction is open already."""


class _Stale(Exception):
    """The definitions in memory are not those of the database."""


def _earlier(tx: Connection, batch: Sequence[Work], definitions: Definitions) -> dict[Key, Mapping[str, Any]]:
    """Figures of the reports of the round before, for the forms that check against them."""
    if not definitions.compares:
        return {}
    keys = {
        key for work in batch for claim in work.claims if (key := acceptance.before(claim, definitions)) is not None
    }
    if not keys:
        return {}
    return {
        key: unpack(definitions.forms[(key[1], version)], values)
        for key, (version, values) in store.latest_values(tx, sorted(keys)).items()
    }


def _settle_repeats(
    batch: Sequence[Work], results: list[list[Outcome]], ledger: Sequence[LedgerRow], sample: bool
) -> None:
    """An event that stands twice in one transaction: the second gets the first one's receipt."""
    by_id = {(row.source, row.id): row for row in ledger}
    for work, row in zip(batch, results, strict=True):
        for index, outcome in enumerate(row):
            if outcome.verdict == "repeated" and not outcome.receipt:
                claim = work.claims[index]
                first = by_id[(claim.source, claim.id)]
                row[index] = Outcome(verdict="repeated", receipt=store.receipt(columns(first), sample))


def _received(work: Work, now: datetime) -> datetime:
    """When the submission had been read, by the database's clock; never later than now, whoever tells it."""
    if work.received_at is not None:
        return min(work.received_at, now)
    return now - timedelta(seconds=max(0.0, time.monotonic() - work.read_at))


def _put_item(tx: Connection, item: Checked, row: LedgerRow) -> None:
    """The item as submitted or withdrawn; the row gets the revision that the hub gives it."""
    assert item.item is not None
    state = "submitted" if row.type == events.CONTENT_SUBMITTED else "withdrawn"
    found = tx.execute(
        store.SQL.put_item,
        {
            "unit": item.item[0],
            "item": item.item[1],
            "state": state,
            "body": item.claim.body.decode(),
            "at": row.received_at,
        },
    ).fetchone()
    assert found is not None, "an upsert returns its row"
    row.revision = found[0]


def _record_refusals(
    tx: Connection,
    now: datetime,
    batch: Sequence[Work],
    checked: Sequence[Sequence[Checked | Rejected]],
    results: Sequence[Sequence[Outcome]],
) -> None:
    rows = [
        (
            now,
            work.principal.client_id,
            work.principal.province,
            claim.source,
            claim.id,
            *_about(item),
            orjson.dumps([{"pointer": p.pointer, "code": p.code} for p in outcome.problems]).decode(),
        )
        for work, items, outcomes in zip(batch, checked, results, strict=True)
        for claim, item, outcome in zip(work.claims, items, outcomes, strict=True)
        if outcome.verdict == "refused" and not work.dry_run
    ]
    if rows:
        store.add_refusals(tx, rows)


def _about(item: Checked | Rejected) -> tuple[str | None, str | None]:
    """Unit and round of a refused claim, shortened: they are the sender's words."""
    if isinstance(item, Rejected) or any(p.code == CLASSIFIED for p in item.problems):
        return None, None
    round_ = item.data.get("round")
    return (item.unit or "")[:40] or None, round_[:60] if isinstance(round_, str) else None


def _fail(batch: Sequence[Work], error: Exception) -> None:
    for work in batch:
        work.done.set_exception(error)


def _stopping() -> HubError:
    return Transient("the hub is stopping; send again", code="stopping")


def _unexpected(error: psycopg.Error) -> HubError:
    return Transient(f"the database refused the write: {type(error).__name__}", code="write_failed")
