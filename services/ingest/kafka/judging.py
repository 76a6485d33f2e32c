"""The one transaction of submitting by Kafka: the place in the topic, ledger, events, receipts and refusals.

The place is compared and moved in that transaction, so a worker that was paused and replaced writes nothing, and a
crash neither loses a record nor judges it twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from lienthong.access import registered
from lienthong.errors import HubError, Rejected
from lienthong.kafka.messages import Received
from lienthong.postgres.pool import Pool
from services.ingest.claims.claim import Claim
from services.ingest.claims.committer import Committer
from services.ingest.claims.refusals import Ration
from services.ingest.claims.work import NO_REPLY, Outcome, Work
from services.ingest.definitions.loading import now_and_version
from services.ingest.kafka import records, store
from services.ingest.kafka.store import (
    Inbox,
)
from services.ingest.kafka.turns import ReadRecord, Record, ReplayTurn, Skip, Turn
from services.ingest.kinds import KINDS

log = structlog.get_logger(__name__)


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
        reads = self._read_records(batch)
        try:
            return self._judge_together(reads, places)
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 (one record's fault must not be all the others'; it is told below)
            log.warning("inbound_one_by_one", records=len(reads), error=type(error).__name__)
        return self._judge_one_by_one(reads, dict(places))

    def judge_again(self, record: Record, inbox: Inbox, by: str) -> Outcome:
        """Judge a record that was judged before, for the person `by`; the place does not move."""
        [read] = self._read_records([record])
        turn = ReplayTurn(reads=[read], places={inbox.client: inbox}, ration=self._ration, by=by)
        self._commit([read], turn)
        return turn.outcomes[0]

    def skip(self, inbox: Inbox, topic_id: str, start: int) -> None:
        """Go on at `start` of a topic: it was made anew or cut off (what is read again is known by its id), or what
        stood before `start` is gone, which the client is told.
        """
        self._committer.commit([], Skip(inbox=inbox, topic_id=topic_id, start=start))

    def _judge_one_by_one(self, reads: Sequence[ReadRecord], places: dict[str, Inbox]) -> Counter[str]:
        counted: Counter[str] = Counter()
        for read in reads:
            counted += self._judge_alone(read, places)
            before = places[read.record.client]
            places[read.record.client] = Inbox(
                client=before.client,
                topic=before.topic,
                topic_id=before.topic_id,
                next_offset=read.record.received.offset + 1,
            )
        return counted

    def _judge_alone(self, read: ReadRecord, places: Mapping[str, Inbox]) -> Counter[str]:
        mine = {read.record.client: places[read.record.client]}
        try:
            return self._judge_together([read], mine)
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 (set aside and told: it must not stop what comes after it)
            log.error(
                "inbound_set_aside",
                client=read.record.client,
                offset=read.record.received.offset,
                error=type(error).__name__,
            )
        aside = ReadRecord(
            record=read.record,
            principal=read.principal,
            claim=None,
            refusal=records.record_set_aside(),
            received_at=read.received_at,
        )
        self._judge_together([aside], mine)
        return Counter(set_aside=1)

    def _judge_together(self, reads: Sequence[ReadRecord], places: Mapping[str, Inbox]) -> Counter[str]:
        turn = Turn(reads=reads, places=places, ration=self._ration)
        self._commit(reads, turn)
        return Counter(outcome.verdict for outcome in turn.outcomes)

    def _commit(self, reads: Sequence[ReadRecord], turn: Turn) -> None:
        works = [
            Work(
                principal=read.principal,
                claims=(read.claim,),
                read_at=0.0,
                reply=NO_REPLY,
                received_at=read.received_at,
            )
            for read in reads
            if read.claim is not None
        ]
        self._committer.commit(works, turn)

    def _read_records(self, batch: Sequence[Record]) -> list[ReadRecord]:
        with self._pool.connection() as conn:
            offset, (now, _) = store.clock_offset(conn), now_and_version(conn)
            who = registered.find_all(conn, {record.client for record in batch})
        reads = []
        for record in batch:
            client = who[record.client]  # always there: a client with a topic is never deleted
            at = _received_at(record.received, offset, now)
            claim, why = _claim(record.received, self._largest) if client.active else (None, records.client_revoked())
            reads.append(
                ReadRecord(record=record, principal=client.principal, claim=claim, refusal=why, received_at=at)
            )
        return reads


def _claim(received: Received, largest: int) -> tuple[Claim | None, Rejected | None]:
    try:
        return records.claim_of(received, KINDS, largest), None
    except Rejected as why:
        return None, why


def _received_at(received: Received, offset: timedelta, now: datetime) -> datetime:
    """The broker's append time by the hub's clock. A topic with the sender's times says nothing: then it is now."""
    if received.appended_ms is None:
        return now
    return datetime.fromtimestamp(received.appended_ms / 1000, UTC) + offset
