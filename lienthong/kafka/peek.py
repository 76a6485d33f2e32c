"""Looking at what stands in topics without consuming it: for people, demonstrations and tests. Nothing is committed."""

from __future__ import annotations

import time

from lienthong.errors import Transient
from lienthong.kafka.administration import Administration
from lienthong.kafka.connection import KAFKA_AWAY, Partition
from lienthong.kafka.messages import Received
from lienthong.kafka.reader import Reader
from lienthong.kafka.settings import KafkaSettings

_GROUP = "peek"
_AT_ONCE = 1_000


def last_messages(
    settings: KafkaSettings, topic: str, count: int, *, seconds: float = 20.0
) -> dict[int, list[Received]]:
    """The last `count` messages of each partition that holds any, in their order.

    Raises Transient where Kafka does not give them within `seconds`, KeyError without such a topic.
    """
    admin = Administration(settings)
    ends = admin.ends(topic, range(admin.topics([topic])[topic].partitions))
    wanted: dict[Partition, int | None] = {(topic, n): max(0, end - count) for n, end in ends.items() if end}
    reader = Reader(settings, f"{settings.topic_prefix}.{_GROUP}")
    try:
        return _read(reader, wanted, seconds)
    finally:
        reader.close()


def _read(reader: Reader, wanted: dict[Partition, int | None], seconds: float) -> dict[int, list[Received]]:
    messages: dict[int, list[Received]] = {number: [] for _, number in sorted(wanted)}
    waiting, deadline = set(wanted), time.monotonic() + seconds
    reader.add(wanted)
    while waiting:
        heard = reader.poll(0.2, _AT_ONCE)
        for message in heard.messages:
            messages[message.partition].append(message)
        waiting -= heard.at_end
        if waiting and time.monotonic() > deadline:
            raise Transient(f"Kafka did not give {len(waiting)} partitions in {seconds:g} s", code=KAFKA_AWAY)
    return messages
