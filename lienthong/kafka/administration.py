"""Looking at a cluster, its topics and rights, and changing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
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

from lienthong.errors import HubError
from lienthong.kafka.connection import Refusals, options
from lienthong.kafka.settings import KafkaSettings


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
        self._refusals = Refusals()
        self._client = AdminClient(options(settings, error_cb=self._refusals))
        self._timeout = timeout

    def nodes(self, timeout: float | None = None) -> set[int]:
        """The ids of the brokers that the cluster counts as alive. Raises Transient if none answers."""
        try:
            return set(self._client.list_topics(timeout=timeout or self._timeout).brokers)
        except KafkaException as exc:
            raise self._failure(exc) from exc

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
            raise self._failure(exc) from exc
        return {name: len(topic.partitions) for name, topic in topics.items() if topic.partitions}

    def topics(self, names: Sequence[str]) -> dict[str, TopicState]:
        """Those of the named topics that exist, and that every broker asked knows already."""
        if not names:
            return {}
        futures = self._client.describe_topics(TopicCollection(list(names)), request_timeout=self._timeout)
        body = {}
        for name, answer in futures.items():
            described = self._existing(answer)
            if described is not None:
                body[name] = described
        configs = self._configs(list(body))
        return {
            name: TopicState(
                name=name,
                partitions=len(described.partitions),
                replication=min(len(partition.replicas) for partition in described.partitions),
                config=configs[name],
            )
            for name, described in body.items()
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
                    raise self._failure(exc) from exc

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
        offset_specs = {
            TopicPartition(topic, partition): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for partition in partitions
        }
        answers = self._client.list_offsets(offset_specs, request_timeout=self._timeout)
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
        acls = self._result(self._client.describe_acls(everything, request_timeout=self._timeout))
        return [
            Right(
                principal=acl.principal,
                topic=acl.name,
                prefix=acl.resource_pattern_type == ResourcePatternType.PREFIXED,
            )
            for acl in acls
            if acl.operation in (AclOperation.WRITE, AclOperation.ALL)
        ]

    def extents(self, names: Sequence[str]) -> dict[str, Extent]:
        """What partition 0 of those of the named topics that exist holds."""
        if not names:
            return {}
        futures = self._client.describe_topics(TopicCollection(list(names)), request_timeout=self._timeout)
        body = {
            name: described for name, answer in futures.items() if (described := self._existing(answer)) is not None
        }
        starts = self._offsets(body, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
        ends = self._offsets(body, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        return {
            name: Extent(id=_id_text(described.topic_id), start=starts[name], end=ends[name])
            for name, described in body.items()
        }

    def _offsets(self, names: Iterable[str], where: OffsetSpec) -> dict[str, int]:
        offset_specs = {TopicPartition(name, 0): where for name in names}
        answers = self._client.list_offsets(offset_specs, request_timeout=self._timeout) if offset_specs else {}
        return {place.topic: self._result(answer).offset for place, answer in answers.items()}

    def _configs(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
        futures = self._client.describe_configs(resources, request_timeout=self._timeout)
        # Another broker may answer this than the one that described the topic, and not know it yet.
        entries_by_topic = {
            resource.name: entries
            for resource, answer in futures.items()
            if (entries := self._existing(answer)) is not None
        }
        return {
            name: {entry.name: entry.value for entry in entries.values() if not entry.is_default}
            for name, entries in entries_by_topic.items()
        }

    def _result(self, answer: Future[Any]) -> Any:
        try:
            return answer.result()
        except KafkaException as exc:
            raise self._failure(exc) from exc

    def _existing(self, answer: Future[Any]) -> Any:
        try:
            return answer.result()
        except KafkaException as exc:
            if exc.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self._failure(exc) from exc

    def _failure(self, exc: KafkaException) -> HubError:
        self._client.poll(0)  # what brokers said is handed out here
        return self._refusals.meaning_of(exc.args[0])


def _id_text(topic_id: Any) -> str:
    bits = topic_id.get_most_significant_bits(), topic_id.get_least_significant_bits()
    return "".join(f"{half % (1 << 64):016x}" for half in bits)
