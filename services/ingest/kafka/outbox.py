"""Sends receipts and refusals to the clients' topics, in the order of their positions, as the relay does the log.

In one transaction for a stream: its position is held, Kafka acknowledges, the position moves. After a failure it
begins again there, so a client may get a message twice; it skips by `ce_sequence`, which has no holes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import orjson
import structlog

from lienthong import events
from lienthong.errors import Misconfigured, Transient
from lienthong.eventlog import installation as clock
from lienthong.instants import wire
from lienthong.kafka.administration import Administration
from lienthong.kafka.connection import KAFKA_AWAY
from lienthong.kafka.messages import Headers, OutgoingMessage
from lienthong.kafka.sender import Sender
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Connection, Pool
from lienthong.refusals import misconfigured
from lienthong.retention import PAGE
from services.ingest.claims.ledger import row_of
from services.ingest.claims.receipts import receipt_of
from services.ingest.kafka.store import RECEIPTS, REFUSALS, SQL

RECEIPT_ISSUED = events.PREFIX + "receipt.issued.v1"
SUBMISSION_REFUSED = events.PREFIX + "submission.refused.v1"

KEPT_DAYS = 90  # as long as Kafka keeps them (schemas/topics): a refusal must be known while its original is there
_MOST = 500  # of one transaction: 2 MB of refusals with every fault of a form
_TYPES = {RECEIPTS: RECEIPT_ISSUED, REFUSALS: SUBMISSION_REFUSED}
_TIDY_SECONDS = 3600.0
_PROBE_SECONDS = 2.0
_BLOCKED_SECONDS = 30.0
_PAUSED_SECONDS = 5.0  # of a stream whose send was not acknowledged: others first, it may be that topic alone

log = structlog.get_logger(__name__)


def topic_of(settings: KafkaSettings, stream: str, client: str) -> str:
    """The topic of a client's receipts or refusals, or (`inbound`) of its submissions."""
    return f"{settings.topic_prefix}.{stream}.{client}"


class Outbox:
    """Used by one thread; several in any processes share the work."""

    def __init__(self, pool: Pool, settings: KafkaSettings) -> None:
        self._pool, self._settings = pool, settings
        self._sender, self._admin = Sender(settings), Administration(settings)
        self._kafka_away = False
        self._tidy_at = 0.0
        self._names: set[str] = set()  # topics that were there
        self._blocked: dict[tuple[str, str], float] = {}  # streams whose topic takes nothing → when to try again

    def send(self) -> int:
        """Send what waits now; how many messages. Raises Transient: nothing is lost by that.

        A stream whose topic is missing or refuses is left for half a minute and said so; the others go on.
        """
        self._await_kafka()
        self._blocked = {stream: at for stream, at in self._blocked.items() if at > time.monotonic()}
        total = 0
        try:
            while sent := self._send_stream():
                total += sent
        except Transient as error:
            self._kafka_away = error.code == KAFKA_AWAY
            raise
        self._tidy()
        return total

    def close(self) -> None:
        self._sender.close()

    def _await_kafka(self) -> None:
        # A transaction that is open while nobody answers would keep PostgreSQL from tidying up.
        if self._kafka_away:
            self._admin.nodes(timeout=_PROBE_SECONDS)
            self._kafka_away = False

    def _send_stream(self) -> int:
        with self._pool.transaction() as tx:
            blocked = {"not_clients": [c for c, _ in self._blocked], "not_streams": [s for _, s in self._blocked]}
            taken = tx.execute(SQL.take_stream, blocked).fetchone()
            if taken is None:
                return 0
            client, stream, after = taken
            parameters = {"client": client, "stream": stream, "after": after, "limit": _MOST}
            installation = clock.installation(tx)
            rows = tx.execute(SQL.outgoing, parameters).fetchall()
            topic = topic_of(self._settings, stream, client)
            try:
                self._require(topic)
                self._sender.send(topic, [_message(client, stream, row, installation) for row in rows])
            except Misconfigured as error:
                log.error("inbound_answers_blocked", topic=topic, reason=str(error))
                self._blocked[client, stream] = time.monotonic() + _BLOCKED_SECONDS
            except Transient:
                self._names = set()
                self._blocked[client, stream] = time.monotonic() + _PAUSED_SECONDS
                raise
            else:
                _mark(tx, client, stream, after, rows)
        return len(rows)

    def _require(self, topic: str) -> None:
        # The client library waits for a missing topic as for an absent broker, and everybody behind would wait too.
        if topic not in self._names:
            self._names = self._admin.names()
        if topic not in self._names:
            raise misconfigured("topic_missing", topic=topic)

    def _tidy(self) -> None:
        if time.monotonic() < self._tidy_at:
            return
        with self._pool.transaction() as tx:
            dropped = tx.execute(SQL.drop_sent, {"days": KEPT_DAYS, "page": PAGE}).rowcount
        if dropped < PAGE:
            self._tidy_at = time.monotonic() + _TIDY_SECONDS


def _mark(tx: Connection, client: str, stream: str, after: int, rows: Sequence[tuple[Any, ...]]) -> None:
    last, *_ = rows[-1]
    moved = tx.execute(SQL.mark_sent, {"client": client, "stream": stream, "after": after, "last": last})
    assert moved.rowcount == 1, "the row is held"


def _message(client: str, stream: str, row: tuple[Any, ...], installation: clock.Installation) -> OutgoingMessage:
    """A CloudEvent in binary mode. row: position, time, data, and for receipts the ledger's columns."""
    position, at, data, *accepted = row
    body = orjson.loads(data)
    if accepted[0] is not None:
        body |= receipt_of(row_of(accepted), installation.sample)
    headers: Headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_type", _TYPES[stream].encode()),
        ("ce_source", f"/hub/{stream}".encode()),
        ("ce_id", f"{client}-{position}".encode()),
        ("ce_time", wire(at).encode()),
        ("ce_partitionkey", client.encode()),
        ("ce_sequence", str(position).encode()),
        ("ce_epoch", str(installation.epoch).encode()),
    ]
    if "id" in body:
        headers.append(("ce_causationid", body["id"].encode()))
    return OutgoingMessage(partition=0, key=client.encode(), headers=headers, value=orjson.dumps(body))
