"""Sending in order, each message acknowledged before anything else counts on it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as KafkaMessage

from lienthong.errors import Transient
from lienthong.kafka.connection import KAFKA_AWAY, Refusals, options
from lienthong.kafka.messages import OutgoingMessage
from lienthong.kafka.settings import SENDING, KafkaSettings

_FULL_QUEUE_SECONDS = 0.05


class Sender:
    """Sends batches in order, each acknowledged by all in-sync replicas before `send` returns.

    Used by one thread. After a failure nothing of the batch is sent any more, so nothing sent later overtakes
    it; what was sent before the failure may be in Kafka, and is sent again with the repeated batch.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._refusals = Refusals()
        self._options = options(settings, error_cb=self._refusals, **SENDING)
        self._seconds = settings.send_seconds
        self._producer: Producer | None = None

    def send(self, topic: str, messages: Iterable[OutgoingMessage]) -> None:
        """Raises Transient (not acknowledged in time) or Misconfigured; repeat the whole batch then."""
        deadline = time.monotonic() + self._seconds
        delivery = _Delivery()
        self._producer = self._producer or Producer(self._options)
        try:
            for message in messages:
                delivery.expected += 1
                _enqueue(self._producer, topic, message, delivery, deadline)
            self._producer.flush(max(0.0, deadline - time.monotonic()))
            delivery.check(self._seconds, self._refusals)
        except KafkaException as exc:
            self._give_up()
            raise self._refusals.meaning_of(exc.args[0]) from exc
        except BaseException:
            self._give_up()
            raise

    def close(self) -> None:
        self._give_up()  # nothing is ever left unsent between two calls of send

    def _give_up(self) -> None:
        """This producer sends nothing more; the next send makes another."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        # To throw away what is in flight breaks the promise of no gaps: librdkafka says so as a fatal error of this
        # producer. It is done with, and the whole batch is sent again.
        with suppress(KafkaException):
            producer.purge(in_queue=True, in_flight=True, blocking=True)
            producer.flush(0)


@dataclass(kw_only=True, slots=True)
class _Delivery:
    """What became of the messages of one batch."""

    expected: int = 0
    done: int = 0
    error: KafkaError | None = None

    def __call__(self, error: KafkaError | None, _message: KafkaMessage) -> None:
        if error is None:
            self.done += 1
        elif self.error is None:
            self.error = error

    def check(self, seconds: float, refusals: Refusals) -> None:
        """Raises what is wrong unless everything was acknowledged."""
        if self.error is not None:
            raise refusals.meaning_of(self.error)
        left = self.expected - self.done
        if left:
            late = KafkaError(KafkaError._TIMED_OUT, f"{left} messages were not acknowledged in {seconds:g} s")
            raise refusals.meaning_of(late)


def _enqueue(producer: Producer, topic: str, message: OutgoingMessage, delivery: _Delivery, deadline: float) -> None:
    while True:
        try:
            producer.produce(
                topic,
                value=message.value,
                key=message.key,
                partition=message.partition,
                headers=[*message.headers],
                on_delivery=delivery,
            )
        except BufferError as exc:
            if time.monotonic() > deadline:
                raise Transient("Kafka takes messages too slowly", code=KAFKA_AWAY) from exc
            producer.poll(_FULL_QUEUE_SECONDS)
        else:
            producer.poll(0)
            return
