"""The one transaction of submitting by Kafka: the place in the topic, ledger, events, receipts and refusals.

The place is compared and moved in that transaction, so a worker that was paused and replaced writes nothing, and a
crash neither loses a record nor judges it twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog

from lienthong.access import audit, registered
from lienthong.access.principals import Principal
from lienthong.errors import HubError, Rejected
from lienthong.eventlog.port import Superseded
from lienthong.kafka.messages import Received
from lienthong.postgres.pool import Connection, Pool
from services.ingest.claims import refusals
from services.ingest.claims.claim import Claim
from services.ingest.claims.committer import Committer
from services.ingest.claims.refusals import Ration, Refusal
from services.ingest.claims.results import status_of
from services.ingest.claims.work import Outcome, Work
from services.ingest.definitions.loading import now_and_version
from services.ingest.kafka import records, store
from services.ingest.kafka.store import (
    RECEIPTS,
    REFUSALS,
    HeldClient,
    Inbox,
    Move,
    Outgoing,
)
from services.ingest.kinds import KINDS

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record of a client's topic, as it was read."""

    client: str
    received: Received


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A record with its claim, or why there is none; who wrote it, and when the hub counts it as received."""

    record: Record
    principal: Principal
    claim: Claim | None
    why: Rejected | None
    received_at: datetime


class Judge:
    """Judges records in the caller's thread. Places are those of the transaction before, by client."""

    def __init__(self, committer: Committer, pool: Pool, largest: int = records.LARGEST) -> None:
        """committer: not started. largest: bytes of an event."""
        self._committer, self._pool, self._largest = committer, pool, largest
        self._ration = Ration()

    def judge(self, batch: Sequence[Record], places: Mapping[str, Inbox]) -> Counter[str]:
        """Judge records that follow the clients' places; how many of each verdict.

        A record at which the hub itself fails is set aside, and the others go on. Raises Superseded when a place
        has moved, Transient, Misconfigured: then what was not committed is to be read again.
        """
        reads = self._read(batch)
        try:
            return self._together(reads, places)
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 (one record's fault must not be all the others'; it is told below)
            log.warning("inbound_one_by_one", records=len(reads), error=type(error).__name__)
        return self._one_by_one(reads, dict(places))

    def again(self, record: Record, inbox: Inbox, by: str) -> Outcome:
        """Judge a record that was judged before, for the person `by`; the place does not move."""
        [read] = self._read([record])
        turn = _Again(reads=[read], places={inbox.client: inbox}, ration=self._ration, by=by)
        self._commit([read], turn)
        return turn.outcomes[0]

    def skip(self, inbox: Inbox, topic_id: str, start: int) -> None:
        """Go on at `start` of a topic: it was made anew or cut off (what is read again is known by its id), or what
        stood before `start` is gone, which the client is told.
        """
        self._committer.commit([], _Skip(inbox=inbox, topic_id=topic_id, start=start))

    def _one_by_one(self, reads: Sequence[Read], places: dict[str, Inbox]) -> Counter[str]:
        counted: Counter[str] = Counter()
        for read in reads:
            counted += self._alone(read, places)
            before = places[read.record.client]
            places[read.record.client] = Inbox(
                client=before.client,
                topic=before.topic,
                topic_id=before.topic_id,
                next_offset=read.record.received.offset + 1,
            )
        return counted

    def _alone(self, read: Read, places: Mapping[str, Inbox]) -> Counter[str]:
        mine = {read.record.client: places[read.record.client]}
        try:
            return self._together([read], mine)
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 (set aside and told: it must not stop what comes after it)
            log.error(
                "inbound_set_aside",
                client=read.record.client,
                offset=read.record.received.offset,
                error=type(error).__name__,
            )
        aside = Read(
            record=read.record,
            principal=read.principal,
            claim=None,
            why=records.set_aside(),
            received_at=read.received_at,
        )
        self._together([aside], mine)
        return Counter(set_aside=1)

    def _together(self, reads: Sequence[Read], places: Mapping[str, Inbox]) -> Counter[str]:
        turn = _Turn(reads=reads, places=places, ration=self._ration)
        self._commit(reads, turn)
        return Counter(outcome.verdict for outcome in turn.outcomes)

    def _commit(self, reads: Sequence[Read], turn: _Turn) -> None:
        works = [
            Work(
                principal=read.principal, claims=(read.claim,), read_at=0.0, done=Future(), received_at=read.received_at
            )
            for read in reads
            if read.claim is not None
        ]
        self._committer.commit(works, turn)

    def _read(self, batch: Sequence[Record]) -> list[Read]:
        with self._pool.connection() as conn:
            offset, (now, _) = store.clock_offset(conn), now_and_version(conn)
            who = registered.find_all(conn, {record.client for record in batch})
        reads = []
        for record in batch:
            client = who[record.client]  # always there: a client with a topic is never deleted
            at = _received_at(record.received, offset, now)
            claim, why = _claim(record.received, self._largest) if client.active else (None, records.revoked())
            reads.append(Read(record=record, principal=client.principal, claim=claim, why=why, received_at=at))
        return reads


def _claim(received: Received, largest: int) -> tuple[Claim | None, Rejected | None]:
    try:
        return records.read(received, KINDS, largest), None
    except Rejected as why:
        return None, why


def _received_at(received: Received, offset: timedelta, now: datetime) -> datetime:
    """The broker's append time by the hub's clock. A topic with the sender's times says nothing: then it is now."""
    if received.appended_ms is None:
        return now
    return datetime.fromtimestamp(received.appended_ms / 1000, UTC) + offset


@dataclass(kw_only=True)
class _Turn:
    """What a transaction writes for the records besides the ledger."""

    reads: Sequence[Read]
    places: Mapping[str, Inbox]
    ration: Ration
    replay: bool = False
    held: dict[str, HeldClient] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def before(self, tx: Connection) -> None:
        mine = {one.record.client for one in self.reads}
        self.held = store.lock(tx, mine)
        for client in mine:
            self.compare(client, self.places[client], self.held[client])

    def compare(self, client: str, place: Inbox, held: HeldClient) -> None:
        if (held.topic_id, held.next_offset) != (place.topic_id, place.next_offset):
            raise Superseded(f"inbound: {client} is no longer at offset {place.next_offset}")

    def after(self, tx: Connection, results: Sequence[Sequence[Outcome]]) -> None:
        decided = iter(results)
        self.outcomes = [_unread(one.why) if one.claim is None else next(decided)[0] for one in self.reads]
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
        last = max(one.record.received.offset for one in self.reads if one.record.client == client)
        return Move(
            before=held.next_offset,
            topic_id=held.topic_id,
            next_offset=last + 1,
            receipts=counts[RECEIPTS] - held.receipts,
            refusals=counts[REFUSALS] - held.refusals,
        )

    def _outgoing(self, read: Read, outcome: Outcome, counts: Counter[str]) -> Outgoing:
        received, claim, client = read.record.received, read.claim, read.record.client
        held = self.held[client]
        stream = REFUSALS if outcome.verdict == "refused" else RECEIPTS
        counts[stream] += 1
        if stream == RECEIPTS:
            data: dict[str, Any] = {
                "status": outcome.verdict,
                "replay": self.replay,
                "original": records.original(received),
            }
        else:
            why = read.why or Rejected(outcome.problems, status=status_of(outcome.problems))
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
            Refusal(
                at=self.held[read.record.client].now,
                client=read.record.client,
                province=read.principal.province,
                source=f"kafka:{read.record.received.topic}",
                id=str(read.record.received.offset),
                unit=None,
                round=None,
                errors=refusals.errors_of(read.why.problems),
            )
            for read in self.reads
            if read.why is not None
        ]
        refusals.keep(tx, self.ration.of(unread))


@dataclass(kw_only=True)
class _Again(_Turn):
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
class _Skip:
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
            why = records.expired(held.next_offset, self.start - 1)
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


def _unread(why: Rejected | None) -> Outcome:
    return Outcome(verdict="refused", problems=() if why is None else why.problems)
