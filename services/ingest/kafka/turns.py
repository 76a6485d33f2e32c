"""What one transaction of submitting by Kafka writes besides the ledger: the place in the topic, receipts, refusals.

A turn is of records that come for the first time, of one that is judged again, or passes over what the topic lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from lienthong.access import audit
from lienthong.access.principals import Principal
from lienthong.errors import Rejected
from lienthong.eventlog.port import Superseded
from lienthong.kafka.messages import Received
from lienthong.postgres.pool import Connection
from services.ingest.claims import refusals
from services.ingest.claims.claim import Claim
from services.ingest.claims.refusals import KeptRefusal, Ration
from services.ingest.claims.results import status_of
from services.ingest.claims.work import Outcome
from services.ingest.kafka import records, store
from services.ingest.kafka.store import RECEIPTS, REFUSALS, HeldClient, Inbox, Move, Outgoing


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record of a client's topic, as it was read."""

    client: str
    received: Received


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRecord:
    """A record with its claim, or why there is none; who wrote it, and when the hub counts it as received."""

    record: Record
    principal: Principal
    claim: Claim | None
    refusal: Rejected | None
    received_at: datetime


@dataclass(kw_only=True)
class Turn:
    """What a transaction writes for the records besides the ledger."""

    reads: Sequence[ReadRecord]
    places: Mapping[str, Inbox]
    ration: Ration
    replay: bool = False
    held: dict[str, HeldClient] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def before(self, tx: Connection) -> None:
        mine = {read.record.client for read in self.reads}
        self.held = store.lock(tx, mine)
        for client in mine:
            self.compare(client, self.places[client], self.held[client])

    def compare(self, client: str, place: Inbox, held: HeldClient) -> None:
        if (held.topic_id, held.next_offset) != (place.topic_id, place.next_offset):
            raise Superseded(f"inbound: {client} is no longer at offset {place.next_offset}")

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]]) -> None:
        decided = iter(results)
        self.outcomes = [
            _unread_outcome(read.refusal) if read.claim is None else next(decided)[0] for read in self.reads
        ]
        counts = {
            client: Counter({RECEIPTS: held.receipts, REFUSALS: held.refusals}) for client, held in self.held.items()
        }
        store.put_out(
            tx,
            [
                self._outgoing(read, outcome, counts[read.record.client])
                for read, outcome in zip(self.reads, self.outcomes, strict=True)
            ],
        )
        self._record_unread(tx)
        moved = {client: self.move(client, held, counts[client]) for client, held in self.held.items()}
        if store.move(tx, moved) != len(moved):
            raise Superseded("inbound: a place moved although it is held")

    def move(self, client: str, held: HeldClient, counts: Counter[str]) -> Move:
        last = max(read.record.received.offset for read in self.reads if read.record.client == client)
        return Move(
            before=held.next_offset,
            topic_id=held.topic_id,
            next_offset=last + 1,
            receipts=counts[RECEIPTS] - held.receipts,
            refusals=counts[REFUSALS] - held.refusals,
        )

    def _outgoing(self, read: ReadRecord, outcome: Outcome, counts: Counter[str]) -> Outgoing:
        received, claim, client = read.record.received, read.claim, read.record.client
        held = self.held[client]
        stream = REFUSALS if outcome.verdict == "refused" else RECEIPTS
        counts[stream] += 1
        if stream == RECEIPTS:
            data: dict[str, Any] = {
                "status": outcome.verdict,
                "replay": self.replay,
                "original": records.original_place(received),
            }
        else:
            why = read.refusal or Rejected(outcome.problems, status=status_of(outcome.problems))
            data = records.refusal(received, why, claim, replay=self.replay)
        accepted = claim if stream == RECEIPTS else None
        code = next((item.code for item in outcome.problems), None)
        return Outgoing(
            client=client,
            stream=stream,
            position=counts[stream],
            at=held.now,
            topic_id=held.topic_id,
            offset=received.offset,
            source=accepted.source if accepted else None,
            id=accepted.id if accepted else None,
            code=code,
            data=orjson.dumps(data, default=str).decode(),
        )

    def _record_unread(self, tx: Connection) -> None:
        """Operators find these among all refusals; the place stands for the id that could not be read."""
        unread = [
            KeptRefusal(
                at=self.held[read.record.client].now,
                client=read.record.client,
                province=read.principal.province,
                source=f"kafka:{read.record.received.topic}",
                id=str(read.record.received.offset),
                unit=None,
                round=None,
                errors=refusals.errors_of(read.refusal.problems),
            )
            for read in self.reads
            if read.refusal is not None
        ]
        refusals.keep(tx, self.ration.select(unread))


@dataclass(kw_only=True)
class ReplayTurn(Turn):
    """The same for a record that was judged before: the place stays."""

    by: str
    replay: bool = True

    def compare(self, client: str, place: Inbox, held: HeldClient) -> None:
        if held.topic_id != place.topic_id:
            raise Superseded(f"inbound: the topic of {client} was made anew")

    def move(self, client: str, held: HeldClient, counts: Counter[str]) -> Move:
        return Move(
            before=held.next_offset,
            topic_id=held.topic_id,
            next_offset=held.next_offset,
            receipts=counts[RECEIPTS] - held.receipts,
            refusals=counts[REFUSALS] - held.refusals,
        )

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]]) -> None:
        super().after(tx, results)
        [read], [outcome] = self.reads, self.outcomes
        audit.record(
            tx,
            self.by,
            "inbound.replayed",
            read.record.client,
            {"offset": read.record.received.offset, "verdict": outcome.verdict},
            province=read.principal.province,
        )


@dataclass(kw_only=True)
class Skip:
    """Goes on at another place of the topic; the client is told which records were never judged."""

    inbox: Inbox
    topic_id: str
    start: int

    def before(self, tx: Connection) -> None:
        client = self.inbox.client
        held = store.lock(tx, [client])[client]
        if (held.topic_id, held.next_offset) != (self.inbox.topic_id, self.inbox.next_offset):
            raise Superseded(f"inbound: {client} is no longer at offset {self.inbox.next_offset}")
        lost = self.topic_id == held.topic_id and self.start > held.next_offset
        if lost:
            why = records.expired_unread(held.next_offset, self.start - 1)
            gone = Received(topic=self.inbox.topic, partition=0, offset=held.next_offset, headers={}, value=b"")
            data = records.refusal(gone, why, None, replay=False)
            data["original"]["hash"] = None
            store.put_out(
                tx,
                [
                    Outgoing(
                        client=client,
                        stream=REFUSALS,
                        position=held.refusals + 1,
                        at=held.now,
                        topic_id=held.topic_id,
                        offset=held.next_offset,
                        source=None,
                        id=None,
                        code=why.code,
                        data=orjson.dumps(data, default=str).decode(),
                    )
                ],
            )
        store.move(
            tx,
            {client: Move(before=held.next_offset, topic_id=self.topic_id, next_offset=self.start, refusals=int(lost))},
        )

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]]) -> None:
        """Nothing was judged."""


def _unread_outcome(why: Rejected | None) -> Outcome:
    return Outcome(verdict="refused", problems=() if why is None else why.problems)
