"""Judging records again, one by one: after a fault of the hub's was mended, or a right or round was put in order.

The original is read in the inbound topic, as long as Kafka keeps it. Judged now, with its first time of receipt; its
receipt or refusal goes the same way. What was accepted before gets its receipt again.
"""

from __future__ import annotations

import time

import orjson

from lienthong.errors import Rejected, Transient
from lienthong.kafka.administration import Administration
from lienthong.kafka.messages import Received
from lienthong.kafka.reader import Reader
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool
from lienthong.refusals import refused
from services.ingest.claims.work import Outcome
from services.ingest.kafka import records, store
from services.ingest.kafka.judging import Judge
from services.ingest.kafka.store import Inbox
from services.ingest.kafka.turns import Record

_SECONDS = 15.0


def judge_again(pool: Pool, kafka: KafkaSettings, judge: Judge, *, client: str, offset: int, by: str) -> Outcome:
    """Judge one record again. Raises Rejected when it was not judged yet or is not there any more, Transient."""
    with pool.connection() as conn:
        inbox = store.inbox(conn, client)
        rows = conn.execute(store.SQL.refused_at, {"client": client, "offset": offset}).fetchall()
    if inbox is None:
        raise refused("client_without_topic", client=client)
    if not 0 <= offset < inbox.next_offset:
        raise refused("not_judged_yet", offset=offset)
    received = _original_record(kafka, inbox, offset)
    hashes = {orjson.loads(data)["original"]["hash"] for (data,) in rows} - {None}
    if hashes and records.hash_of(received) not in hashes:
        raise _original_gone(offset)
    return judge.judge_again(Record(client=client, received=received), inbox, by)


def _original_record(kafka: KafkaSettings, inbox: Inbox, offset: int) -> Received:
    extent = Administration(kafka).extents([inbox.topic]).get(inbox.topic)
    if extent is None or extent.id != inbox.topic_id or not extent.start <= offset < extent.end:
        raise _original_gone(offset)
    reader = Reader(kafka, f"{kafka.topic_prefix}.inbound")
    deadline = time.monotonic() + _SECONDS
    try:
        reader.add({(inbox.topic, 0): offset})
        while time.monotonic() < deadline:
            for message in reader.poll(1.0, 1).messages:
                if message.offset != offset:
                    raise _original_gone(offset)
                return message
    finally:
        reader.close()
    raise Transient(f"Kafka did not give record {offset} of {inbox.topic} in time", code="kafka_away")


def _original_gone(offset: int) -> Rejected:
    return refused("original_gone", offset=offset)
