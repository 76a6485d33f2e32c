"""The only module that knows confluent-kafka: sending, reading by assignment, and administration.

Its errors are translated here, once. What librdkafka retries by itself (a broker that is away, a leader that
moves) does not surface, except as the Transient of a send that was not acknowledged in time.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import structlog
from confluent_kafka import (
    OFFSET_END,
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka import Message as KafkaMessage
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its stubs do not say what it exports
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from lienthong.errors import HubError, Misconfigured, Transient
from lienthong.kafka.messages import Message, Received
from lienthong.kafka.settings import READING, SENDING, KafkaSettings
from lienthong.refusals import misconfigured

log = structlog.get_logger(__name__)

KAFKA_AWAY = "kafka_away"

Partition = tuple[str, int]
"""A topic and the number of one of its partitions."""

_ACL = "the user of LIENTHONG_KAFKA_SASL_USERNAME lacks an ACL"
_NEEDS_OPERATOR = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: _ACL,
    KafkaError.GROUP_AUTHORIZATION_FAILED: _ACL,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: _ACL,
    KafkaError._AUTHENTICATION: "check LIENTHONG_KAFKA_SASL_USERNAME and its password",
    KafkaError.SASL_AUTHENTICATION_FAILED: "check LIENTHONG_KAFKA_SASL_USERNAME and its password",
    KafkaError._SSL: "check LIENTHONG_KAFKA_SSL_CA and the certificates",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "run `lienthong topics apply`",
    KafkaError._UNKNOWN_TOPIC: "run `lienthong topics apply`",
    KafkaError._UNKNOWN_PARTITION: "run `lienthong topics check`",
    KafkaError.MSG_SIZE_TOO_LARGE: "lower LIENTHONG_KAFKA_MESSAGE_BYTES or raise max.message.bytes",
    KafkaError.SECURITY_DISABLED: "without an authorizer anybody may write anywhere; set authorizer.class.name",
    KafkaError.INVALID_REPLICATION_FACTOR: "LIENTHONG_KAFKA_REPLICATION exceeds the number of brokers",
}


_HANDSHAKE = "in state SSL_HANDSHAKE"  # librdkafka tells of one as an error of transport too, whichever comes first
_RECENT_SECONDS = 60.0  # what ended a connection longer ago explains nothing; an idle one ends too


class _Refusals:
    """What connections ended with while none held: librdkafka's own answer is then only that nobody is there."""

    def __init__(self) -> None:
        self._last: KafkaError | None = None
        self._at = 0.0

    def __call__(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._last, self._at = error, time.monotonic()

    def meaning_of(self, error: KafkaError) -> HubError:
        """As the function of this name, with the reason where Kafka is away. That may pass, also a refusal: a broker
        that just stops breaks handshakes off too."""
        meaning = meaning_of(error)
        old = time.monotonic() - self._at > _RECENT_SECONDS
        if self._last is None or old or isinstance(meaning, Misconfigured):
            return meaning
        code = KafkaError._SSL if _HANDSHAKE in self._last.str() else self._last.code()
        advice = _NEEDS_OPERATOR.get(code)
        said = f"{meaning}. The last connection: {self._last.str()}"
        return Transient(f"{said}; {advice}" if advice else said, code=KAFKA_AWAY)


def meaning_of(error: KafkaError) -> HubError:
    """What an error of Kafka asks for."""
    advice = _NEEDS_OPERATOR.get(error.code())
    if advice is not None:
        return misconfigured("kafka_refuses", why=error.str(), advice=advice)
    return Transient(f"Kafka is away: {error.str()} ({error.name()})", code=KAFKA_AWAY)


def _options(settings: KafkaSettings, **more: Any) -> dict[str, Any]:
    if not settings.bootstrap:
        raise misconfigured("kafka_not_set")
    # librdkafka would write to stderr whenever a broker is away; what matters surfaces as an error here.
    named: dict[str, Any] = {"client.id": f"lienthong@{socket.gethostname()}", "log_level": 0}
    return {**settings.client_options(), **named, **more}


# -- sending -----------------------------------------------------------------------------------------------

_FULL_QUEUE_SECONDS = 0.05


class Sender:
    """Sends batches in order, each acknowledged by all in-sync replicas before `send` returns.

    Used by one thread. After a failure nothing of the batch is sent any more, so nothing sent later overtakes
    it; what was sent before the failure may be in Kafka, and is sent again with the repeated batch.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._refusals = _Refusals()
        self._options = _options(settings, error_cb=self._refusals, **SENDING)
        self._seconds = settings.send_seconds
        self._producer: Producer | None = None

    def send(self, topic: str, messages: Iterable[Message]) -> None:
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

    def check(self, seconds: float, refusals: _Refusals) -> None:
        """Raises what is wrong unless everything was acknowledged."""
        if self.error is not None:
            raise refusals.meaning_of(self.error)
        left = self.expected - self.done
        if left:
            late = KafkaError(KafkaError._TIMED_OUT, f"{left} messages were not acknowledged in {seconds:g} s")
            raise refusals.meaning_of(late)


def _enqueue(producer: Producer, topic: str, message: Message, delivery: _Delivery, deadline: float) -> None:
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


# -- reading -----------------------------------------------------------------------------------------------


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
        self._consumer = Consumer(_options(settings, **READING, **{"group.id": group}))

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
        heard.messages.append(received(message))
    elif error.code() == KafkaError._PARTITION_EOF:
        heard.at_end.add((str(message.topic()), int(message.partition() or 0)))
    else:
        meaning = meaning_of(error)
        if isinstance(meaning, Misconfigured):
            raise meaning
        log.info("kafka_reader_waits", reason=str(meaning))


def received(message: KafkaMessage) -> Received:
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
        repeated=_repeated(headers) if len(by_name) < len(headers) else frozenset(),
    )


def _headers(message: KafkaMessage) -> list[tuple[str, bytes | None]]:
    try:
        # The client hands out a list of pairs with bytes; its stubs allow what may be given to it.
        return cast("list[tuple[str, bytes | None]]", message.headers() or [])
    except UnicodeDecodeError:
        return []  # a stranger's names that are no text: the message then lacks what it needs, and is refused


def _repeated(headers: Iterable[tuple[str, object]]) -> frozenset[str]:
    return frozenset(name for name, times in Counter(name for name, _ in headers).items() if times > 1)


# -- administration ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicState:
    """A topic as Kafka has it. config: only what was set for this topic, not the brokers' defaults."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """What partition 0 of a topic holds: offsets from `start` up to below `end`.

    id: of this very topic; one that is removed and made anew under its name has another.
    """

    id: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """Who an ACL allows to write, and where: a topic, or (prefix) all whose names begin so, or `*`."""

    principal: str
    topic: str
    prefix: bool = False

    def covers(self, topic: str) -> bool:
        return topic.startswith(self.topic) if self.prefix else self.topic in (topic, "*")


class Administration:
    """Looking at the cluster and its topics, and changing them. Thread-safe."""

    def __init__(self, settings: KafkaSettings, *, timeout: float = 10.0) -> None:
        """timeout: seconds for each question."""
        self._refusals = _Refusals()
        self._client = AdminClient(_options(settings, error_cb=self._refusals))
        self._timeout = timeout

    def nodes(self, timeout: float | None = None) -> set[int]:
        """The ids of the brokers that the cluster counts as alive. Raises Transient if none answers."""
        try:
            return set(self._client.list_topics(timeout=timeout or self._timeout).brokers)
        except KafkaException as exc:
            raise self._failed(exc) from exc

    def names(self) -> set[str]:
        """All topics that this user may see."""
        return set(self.partitions())

    def partitions(self) -> dict[str, int]:
        """How many partitions each topic has that this user may see. Any broker answers this, the controller is
        not needed.
        """
        try:
            topics = self._client.list_topics(timeout=self._timeout).topics
        except KafkaException as exc:
            raise self._failed(exc) from exc
        return {name: len(topic.partitions) for name, topic in topics.items() if topic.partitions}

    def topics(self, names: Sequence[str]) -> dict[str, TopicState]:
        """Those of the named topics that exist, and that every broker asked knows already."""
        if not names:
            return {}
        asked = self._client.describe_topics(TopicCollection(list(names)), request_timeout=self._timeout)
        found = {}
        for name, answer in asked.items():
            described = self._existing(answer)
            if described is not None:
                found[name] = described
        configs = self._configs(list(found))
        return {
            name: TopicState(
                name=name,
                partitions=len(described.partitions),
                replication=min(len(partition.replicas) for partition in described.partitions),
                config=configs[name],
            )
            for name, described in found.items()
            if name in configs
        }

    def create(self, state: TopicState) -> None:
        """Make a topic; one that exists already is left as it is."""
        wanted = NewTopic(
            state.name,
            num_partitions=state.partitions,
            replication_factor=state.replication,
            config=dict(state.config),
        )
        for answer in self._client.create_topics([wanted], request_timeout=self._timeout).values():
            try:
                answer.result()
            except KafkaException as exc:
                if exc.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise self._failed(exc) from exc

    def configure(self, name: str, config: Mapping[str, str]) -> None:
        """Set these settings of a topic; others stay."""
        entries = [
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in config.items()
        ]
        resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
        for answer in self._client.incremental_alter_configs([resource]).values():
            self._result(answer)

    def delete(self, names: Sequence[str]) -> None:
        """Remove topics with all they hold."""
        for answer in self._client.delete_topics(list(names), request_timeout=self._timeout).values():
            self._result(answer)

    def ends(self, topic: str, partitions: Iterable[int]) -> dict[int, int]:
        """The offset after the last message, by partition."""
        asked = {
            TopicPartition(topic, partition): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for partition in partitions
        }
        answers = self._client.list_offsets(asked, request_timeout=self._timeout)
        return {place.partition: self._result(answer).offset for place, answer in answers.items()}

    def allow(self, user: str, topic: str, what: Literal["read", "write"]) -> None:
        """Give a user the right to read or write one topic (and to see it)."""
        operation = AclOperation.READ if what == "read" else AclOperation.WRITE
        bindings = [
            AclBinding(
                ResourceType.TOPIC,
                topic,
                ResourcePatternType.LITERAL,
                f"User:{user}",
                "*",
                granted,
                AclPermissionType.ALLOW,
            )
            for granted in (operation, AclOperation.DESCRIBE)
        ]
        for answer in self._client.create_acls(bindings, request_timeout=self._timeout).values():
            self._result(answer)

    def forbid_writing(self, user: str, topic: str) -> int:
        """Take away what lets this user write to this one topic. Returns how many rights that were."""
        filters = [
            AclBindingFilter(
                ResourceType.TOPIC,
                topic,
                ResourcePatternType.LITERAL,
                f"User:{user}",
                "*",
                operation,
                AclPermissionType.ALLOW,
            )
            for operation in (AclOperation.WRITE, AclOperation.ALL)
        ]
        answers = self._client.delete_acls(filters, request_timeout=self._timeout)
        return sum(len(self._result(answer)) for answer in answers.values())

    def allow_group(self, user: str, group: str) -> None:
        """Let a user read as a member of this consumer group."""
        binding = AclBinding(
            ResourceType.GROUP,
            group,
            ResourcePatternType.LITERAL,
            f"User:{user}",
            "*",
            AclOperation.READ,
            AclPermissionType.ALLOW,
        )
        for answer in self._client.create_acls([binding], request_timeout=self._timeout).values():
            self._result(answer)

    def writers(self) -> list[Right]:
        """Everybody whom an ACL allows to write to topics; superusers need none. Denials are not looked at.

        Raises Misconfigured where the brokers have no authorizer: then anybody may write anywhere.
        """
        anything: Any = None  # what its stubs do not allow
        everything = AclBindingFilter(
            ResourceType.TOPIC,
            anything,
            ResourcePatternType.ANY,
            anything,
            anything,
            AclOperation.ANY,
            AclPermissionType.ALLOW,
        )
        found = self._result(self._client.describe_acls(everything, request_timeout=self._timeout))
        return [
            Right(
                principal=acl.principal,
                topic=acl.name,
                prefix=acl.resource_pattern_type == ResourcePatternType.PREFIXED,
            )
            for acl in found
            if acl.operation in (AclOperation.WRITE, AclOperation.ALL)
        ]

    def extents(self, names: Sequence[str]) -> dict[str, Extent]:
        """What partition 0 of those of the named topics that exist holds."""
        if not names:
            return {}
        asked = self._client.describe_topics(TopicCollection(list(names)), request_timeout=self._timeout)
        found = {name: described for name, answer in asked.items() if (described := self._existing(answer)) is not None}
        starts = self._offsets(found, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
        ends = self._offsets(found, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        return {
            name: Extent(id=_text(described.topic_id), start=starts[name], end=ends[name])
            for name, described in found.items()
        }

    def _offsets(self, names: Iterable[str], where: OffsetSpec) -> dict[str, int]:
        asked = {TopicPartition(name, 0): where for name in names}
        answers = self._client.list_offsets(asked, request_timeout=self._timeout) if asked else {}
        return {place.topic: self._result(answer).offset for place, answer in answers.items()}

    def _configs(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
        asked = self._client.describe_configs(resources, request_timeout=self._timeout)
        # Another broker may answer this than the one that described the topic, and not know it yet.
        known = {
            resource.name: found for resource, answer in asked.items() if (found := self._existing(answer)) is not None
        }
        return {
            name: {entry.name: entry.value for entry in found.values() if not entry.is_default}
            for name, found in known.items()
        }

    def _result(self, answer: Future[Any]) -> Any:
        try:
            return answer.result()
        except KafkaException as exc:
            raise self._failed(exc) from exc

    def _existing(self, answer: Future[Any]) -> Any:
        try:
            return answer.result()
        except KafkaException as exc:
            if exc.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self._failed(exc) from exc

    def _failed(self, exc: KafkaException) -> HubError:
        self._client.poll(0)  # what brokers said is handed out here
        return self._refusals.meaning_of(exc.args[0])


def _text(topic_id: Any) -> str:
    bits = topic_id.get_most_significant_bits(), topic_id.get_least_significant_bits()
    return "".join(f"{half % (1 << 64):016x}" for half in bits)
