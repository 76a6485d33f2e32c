"""Reading a whole topic as an outside consumer does: with confluent-kafka alone, from its beginning."""

from __future__ import annotations

from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One message. position: its `ce_sequence`, 0 where it has none."""

    partition: int
    key: bytes
    headers: dict[str, str]
    value: bytes

    @property
    def position(self) -> int:
        return int(self.headers.get("ce_sequence", "0"))


def everything_in(settings: KafkaSettings, topic: str) -> list[Seen]:
    """All messages of all partitions, each partition in its order."""
    count = Administration(settings).topics([topic])[topic].partitions
    options = {**settings.client_options(), "group.id": "outside", "enable.partition.eof": True}
    consumer = Consumer({**options, "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(count)])
    seen: list[Seen] = []
    ended = 0
    while ended < count:
        message = consumer.poll(20)
        assert message is not None, "Kafka does not answer"
        error = message.error()
        if error is not None:
            assert error.code() == KafkaError._PARTITION_EOF, error
            ended += 1
            continue
        headers = {name: value.decode() for name, value in message.headers() or []}
        seen.append(
            Seen(partition=message.partition(), key=message.key() or b"", headers=headers, value=message.value() or b"")
        )
    consumer.close()
    return seen


def first_occurrences(seen: list[Seen], partition: int) -> list[int]:
    """Positions of a partition as somebody reads them who skips what is not above the highest he has."""
    kept: list[int] = []
    for one in seen:
        if one.partition == partition and one.position > (kept[-1] if kept else 0):
            kept.append(one.position)
    return kept
