"""What is done in one accepting transaction: locks in sorted order, look-ups, decisions, ledger, slots, heads last,
events. It knows no thread and no connection of its own: those are the committer's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lienthong import events
from lienthong.access.principals import Principal
from lienthong.contracts import canonical
from lienthong.errors import Rejected
from lienthong.eventlog.port import Appender
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection
from lienthong.web.problems import entry as problem_entry
from services.ingest.claims import acceptance, ledger, refusals
from services.ingest.claims.accepted import fact_of, ledger_row, noted_of
from services.ingest.claims.claim import Claim
from services.ingest.claims.kind import Kinds
from services.ingest.claims.ledger import EventId, LedgerRow
from services.ingest.claims.receipts import receipt_of
from services.ingest.claims.refusals import Ration
from services.ingest.claims.verdicts import ERASED_SALT, Checked, Earlier, Key, Slot
from services.ingest.claims.work import Alongside, Outcome, Work
from services.ingest.definitions.current import Current
from services.ingest.definitions.snapshot import Definitions

Judgement = Checked | Rejected | LedgerRow
"""What is known of a claim before it is decided: checked, refused for its source alone, or in the ledger already."""

_ACCEPTED = Outcome(verdict="accepted")
"""Before it has its receipt."""


class Stale(Exception):
    """The definitions in memory are not those of the database."""


@dataclass(slots=True)
class _Open:
    """The growing state of one transaction: what is known so far of ids, reports and items. clock_read_at: this
    process's clock when the database had told its own."""

    now: datetime
    clock_read_at: float
    ids: dict[EventId, LedgerRow]
    slots: dict[Key, Slot]
    accepted: list[tuple[int, int, Checked, LedgerRow]] = field(default_factory=list)


class Accepting:
    """Accepts what shares a transaction. Of one thread."""

    def __init__(self, *, kinds: Kinds, current: Current, appender: Appender) -> None:
        """kinds: what is taken."""
        self._kinds, self._current, self._appender = kinds, current, appender
        self._sample, self._ration = current.sample, Ration()

    def accept(
        self,
        tx: Connection,
        batch: Sequence[Work],
        alongside: Alongside | None,
        begin: Callable[[], object],
    ) -> tuple[list[list[Outcome]], bool]:
        """One outcome for each claim of each work, and whether anything was written. begin: begins the transaction,
        once the look-ups have been sent.

        Raises Stale when the definitions in memory are older than the database's: read them and come again.
        """
        if alongside is not None:
            begin()
            alongside.before(tx)
        state, version = self._look_up(tx, batch, begin if alongside is None else _already_begun)
        now = state.now
        definitions = self._current.at_version(version, now)
        if definitions is None:
            raise Stale
        earlier = self._earlier_of(tx, batch, definitions)
        checked = [
            [
                _repeated_row(claim, work, state) or self._check(claim, work, definitions, now, earlier)
                for claim in work.claims
            ]
            for work in batch
        ]
        results = []
        for place, (work, row) in enumerate(zip(batch, checked, strict=True)):
            received = _received_at(work, now, state.clock_read_at)
            results.append(
                [self._decide((place, index), item, work, received, state) for index, item in enumerate(row)]
            )
        refusals.keep(tx, self._ration.select(refusals.of_transaction(now, batch, checked, results)))
        if alongside is not None:
            alongside.after(tx, results)
        self._write(tx, batch, state, results)
        return results, bool(state.accepted)

    def _earlier_of(self, tx: Connection, batch: Sequence[Work], definitions: Definitions) -> Earlier:
        """What the checks compare with, of the kinds that are there."""
        claims = [claim for work in batch for claim in work.claims]
        there = {claim.type for claim in claims}
        earlier: Earlier = {}
        for name, kind in self._kinds.items():
            if kind.earlier_of is not None and name in there:
                earlier = {**earlier, **kind.earlier_of(tx, claims, definitions)}
        return earlier

    def _check(
        self, claim: Claim, work: Work, definitions: Definitions, now: datetime, earlier: Earlier
    ) -> Checked | Rejected:
        try:
            return acceptance.check(self._kinds[claim.type].check, claim, work.principal, definitions, now, earlier)
        except Rejected as refusal:  # a source that is not the client's: its id is not looked up
            return refusal

    def _look_up(self, tx: Connection, batch: Sequence[Work], begin: Callable[[], object]) -> tuple[_Open, int]:
        """What the ledger holds of the claims' ids and reports, under their locks; and the definitions' version.

        A source that isn't the client's is not looked up, nor what can't be accepted anyhow. A report is known by the
        words of its claim, right or not: what is locked for nothing is let go with the transaction.
        """
        claims = [
            claim
            for work in batch
            for claim in work.claims
            if not claim.faults and work.principal.may_use_source(claim.source)
        ]
        keys = {key for claim in claims if (key := self._kinds[claim.type].key(claim)) is not None}
        view = ledger.look_up(tx, {(claim.source, claim.id) for claim in claims}, keys, begin)
        by_id = {(row.source, row.id): row for row in view.rows}
        return _Open(now=view.now, clock_read_at=time.monotonic(), ids=by_id, slots=view.slots), view.version

    def _decide(self, place: tuple[int, int], item: Judgement, work: Work, received: datetime, state: _Open) -> Outcome:
        """place: of the work in the batch, and of the claim among its work's."""
        if isinstance(item, Rejected):
            return Outcome(verdict="refused", problems=item.problems)
        if isinstance(item, LedgerRow):
            return Outcome(verdict="repeated", receipt=receipt_of(item, self._sample))
        claim, kind = item.claim, self._kinds[item.claim.type]
        earlier = state.ids.get((claim.source, claim.id))
        slot = None if item.key is None else state.slots.get(item.key)
        verdict, problems = acceptance.decide(
            item, None if earlier is None else _repeats(earlier, claim, work.principal), slot, kind.order
        )
        if verdict == "refused":
            return Outcome(verdict=verdict, problems=problems)
        if verdict == "repeated":  # of one in this very transaction, which has no receipt yet (_settle_repeats)
            return Outcome(verdict=verdict)
        if work.dry_run:
            return Outcome(verdict="would_accept", receipt={"warnings": [problem_entry(w) for w in item.warnings]})
        first = received if slot is None else slot.first_received_at
        row = ledger_row(item, received, first)
        state.accepted.append((*place, item, row))
        state.ids[(claim.source, claim.id)] = row
        if kind.moves and item.key is not None and item.revision is not None:
            state.slots[item.key] = Slot(
                revision=item.revision, withdrawn=kind.withdraws, first_received_at=first, nil=item.nil
            )
        return _ACCEPTED

    def _write(self, tx: Connection, batch: Sequence[Work], state: _Open, results: list[list[Outcome]]) -> None:
        """Ledger, slots and events of what was accepted; the outcomes get their receipts."""
        if not state.accepted:
            return
        self._put_slots(tx, state)
        for _, _, item, row in state.accepted:
            if (effect := self._kinds[row.type].effect) is not None:
                effect(tx, item, row)
        counts: dict[str, int] = {}
        for _, _, _, row in state.accepted:
            counts[row.province] = counts.get(row.province, 0) + 1
        heads = self._appender.lock_heads(tx, counts)  # heads last: everybody of the partition waits from here on
        places = {key: (place.partition, place.first, place.chain) for key, place in heads.places.items()}
        # Nothing is recorded before it came, also where the server's clock was set back meanwhile.
        recorded_at = max(heads.now, state.now)
        recorded: list[Recorded] = []
        rows: list[LedgerRow] = []
        for place, index, item, row in state.accepted:
            partition, position, chain = places[row.province]
            row.partition, row.position = partition, position
            noted = noted_of(item, row)
            row.link = events.link(chain, row.content_hash, noted)
            places[row.province] = (partition, position + 1, row.link)
            rows.append(row)
            recorded.append(
                Recorded(
                    event=fact_of(item, row),
                    partition=partition,
                    position=position,
                    recorded_at=recorded_at,
                    seal=row.content_hash,
                    link=row.link,
                    noted=noted,
                )
            )
            results[place][index] = Outcome(verdict="accepted", receipt=receipt_of(row, self._sample))
        _settle_repeats(batch, results, rows, self._sample)
        self._appender.write(tx, heads, recorded)
        ledger.add_to_ledger(tx, rows)

    def _put_slots(self, tx: Connection, state: _Open) -> None:
        moved = [(item, row) for _, _, item, row in state.accepted if self._kinds[row.type].moves]
        latest = {item.key: row for item, row in moved if item.key is not None}
        if latest:
            ledger.put_slots(tx, latest, state.slots)


def _repeated_row(claim: Claim, work: Work, state: _Open) -> LedgerRow | None:
    """The row of this very event, where the client may use its source. Nothing else is asked of what was accepted: what
    would be refused today has its receipt all the same.
    """
    row = None if claim.faults else state.ids.get((claim.source, claim.id))
    if row is None or not work.principal.may_use_source(claim.source) or not _repeats(row, claim, work.principal):
        return None
    return row


def _repeats(row: LedgerRow, claim: Claim, who: Principal) -> bool:
    """Whether this is the event that the ledger knows, of a client that sent it or speaks for its unit: a source may
    have been another's, who is answered for by nobody else.
    """
    own = row.client == who.client_id or who.may_act_for(row.unit, province=row.province)
    return own and _is_same_event(row, claim)


def _is_same_event(row: LedgerRow, claim: Claim) -> bool:
    """Whether the ledger's event is this one; after a redaction it can't be told, and the receipt is given."""
    if row.type != claim.type:
        return False
    return row.salt == ERASED_SALT or row.content_hash == canonical.content_hash(row.salt, claim.type, claim.body)


def _already_begun() -> None:
    """The transaction is open already."""


def _settle_repeats(
    batch: Sequence[Work], results: list[list[Outcome]], rows: Sequence[LedgerRow], sample: bool
) -> None:
    """An event that stands twice in one transaction: the second gets the first one's receipt."""
    by_id = {(row.source, row.id): row for row in rows}
    for work, outcomes in zip(batch, results, strict=True):
        for index, outcome in enumerate(outcomes):
            if outcome.verdict == "repeated" and not outcome.receipt:
                claim = work.claims[index]
                outcomes[index] = Outcome(
                    verdict="repeated", receipt=receipt_of(by_id[(claim.source, claim.id)], sample)
                )


def _received_at(work: Work, now: datetime, clock_read_at: float) -> datetime:
    """When the submission had been read, by the database's clock; never later than now, whoever tells it.

    The time that the clock's answer took on its way here is taken off too: where it matters, for the sender.
    """
    if work.received_at is not None:
        return min(work.received_at, now)
    return now - timedelta(seconds=max(0.0, clock_read_at - work.read_at))
