"""Reading by assignment: partitions from an offset that its user keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import structlog
from confluent_kafka import OFFSET_END, TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, TopicPartition
from confluent_kafka import Message as KafkaMessage

from lienthong.errors import Misconfigured
from lienthong.kafka.connection import Partition, meaning_of, options
from lienthong.kafka.messages import Received
from lienthong.kafka.settings import READING, KafkaSettings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What one look at Kafka gave. at_end: partitions of which nothing more stood there at that moment."""

    messages: list[Received] = field(default_factory=list)
    at_end: set[Partition] = field(default_factory=set)


class Reader:
    """Reads partitions as assigned, each from an offset or from its end on. Used by one thread.

    While Kafka is away it hears nothing and raises nothing; librdkafka goes on trying. Where an offset is no
    longer there (retention, a topic made anew) it goes on with the first that is: whoever keeps offsets compares.
    """

    def __init__(self, settings: KafkaSettings, group: str) -> None:
        """group: a name for the ACLs and the operator; no offsets are committed to it."""
        self._consumer = Consumer(options(settings, **READING, **{"group.id": group}))

    def add(self, places: Mapping[Partition, int | None]) -> None:
        """Begin to read these partitions at an offset, or (None) at their end as of some moment after this call:
        `Heard.at_end` tells when.
        """
        self._consumer.incremental_assign(
            [
                TopicPartition(topic, partition, OFFSET_END if offset is None else offset)
                for (topic, partition), offset in places.items()
            ]
        )

    def drop(self, places: Iterable[Partition]) -> None:
        """Read these no longer."""
        self._consumer.incremental_unassign([TopicPartition(topic, number) for topic, number in places])

    def poll(self, timeout: float, limit: int) -> Heard:
        """Up to `limit` messages; waits for the first only. Raises Misconfigured."""
        heard = Heard()
        first = self._consumer.poll(timeout)
        if first is not None:
            _take(first, heard)
            for message in self._consumer.consume(limit - 1, timeout=0) if limit > 1 else ():
                _take(message, heard)
        return heard

    def close(self) -> None:
        self._consumer.close()


def _take(message: KafkaMessage, heard: Heard) -> None:
    error = message.error()
    if error is None:
        heard.messages.append(message_of(message))
    elif error.code() == KafkaError._PARTITION_EOF:
        heard.at_end.add((str(message.topic()), int(message.partition() or 0)))
    else:
        meaning = meaning_of(error)
        if isinstance(meaning, Misconfigured):
            raise meaning
        log.info("kafka_reader_waits", reason=str(meaning))


def message_of(message: KafkaMessage) -> Received:
    """A message as it stands in its topic. A header without a value is none; a name that stands twice is told."""
    # The stubs allow None, which only a message that was never in Kafka has.
    kind, milliseconds = message.timestamp()
    headers = _headers(message)
    by_name = dict(headers)
    return Received(
        topic=str(message.topic()),
        partition=int(message.partition() or 0),
        offset=int(message.offset() or 0),
        headers={name: value for name, value in by_name.items() if value is not None},
        value=message.value() or b"",
        appended_ms=milliseconds if kind == TIMESTAMP_LOG_APPEND_TIME else None,
        repeated=_repeated_names(headers) if len(by_name) < len(headers) else frozenset(),
    )


def _headers(message: KafkaMessage) -> list[tuple[str, bytes | None]]:
    try:
        # The client hands out a list of pairs with bytes; its stubs allow what may be given to it.
        return cast("list[tuple[str, bytes | None]]", message.headers() or [])
    except UnicodeDecodeError:
        return []  # a stranger's names that are no text: the message then lacks what it needs, and is refused


def _repeated_names(headers: Iterable[tuple[str, object]]) -> frozenset[str]:
    return frozenset(name for name, times in Counter(name for name, _ in headers).items() if times > 1)
