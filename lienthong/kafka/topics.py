"""The hub's topics: their definitions under schemas/topics/, and making Kafka agree with them.

The number of a topic's partitions never changes once it is made: `apply` refuses as `check` does. Whoever needs
more makes a new topic and lets the relay fill it from the table.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lienthong.errors import Misconfigured, Transient
from lienthong.kafka.administration import Administration, TopicState
from lienthong.kafka.settings import KafkaSettings
from lienthong.refusals import misconfigured
from lienthong.shipped import schemas_folder, shipped_yaml

LOG = "log"

_VISIBLE_SECONDS = 15.0
_DAY_MS = 24 * 60 * 60 * 1000


class TopicText(BaseModel):
    """A text in Vietnamese and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vi: str
    en: str


class Topic(BaseModel):
    """One file of schemas/topics/. `topic` may hold `{client}`: then each client has one of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str = Field(pattern=r"^[a-z0-9.]+(\.\{client\})?$")
    title: TopicText
    description: TopicText
    producers: tuple[str, ...] = Field(min_length=1)
    consumers: tuple[str, ...] = Field(min_length=1)
    readers: Literal["hub", "client"]
    events: tuple[str, ...] = Field(min_length=1)
    compatibility: Literal["backward"]
    key: Literal["partitionkey"]
    partitions: int = Field(ge=1)
    retention_days: int = Field(ge=1)
    cleanup: Literal["delete", "compact"]
    timestamps: Literal["LogAppendTime", "CreateTime"]
    max_message_bytes: int = Field(ge=10_000)

    @property
    def per_client(self) -> bool:
        return "{client}" in self.topic

    def name(self, prefix: str, client: str | None = None) -> str:
        """The topic's name in Kafka. client: for those that each client has."""
        return f"{prefix}.{self.topic.replace('{client}', client or '')}"

    def config(self, replication: int) -> dict[str, str]:
        """What is set for it in Kafka."""
        return {
            "retention.ms": str(self.retention_days * _DAY_MS),
            "cleanup.policy": self.cleanup,
            "message.timestamp.type": self.timestamps,
            "max.message.bytes": str(self.max_message_bytes),
            # Acknowledged means: on two machines, wherever there are two.
            "min.insync.replicas": str(min(2, replication)),
        }


def load(folder: Path | None = None) -> dict[str, Topic]:
    """All definitions by `topic`: those of schemas/topics/, or of another folder. Raises Misconfigured with the
    file.
    """
    folder = folder or schemas_folder() / "topics"
    topics: dict[str, Topic] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            topic = Topic.model_validate(shipped_yaml(path))
        except (yaml.YAMLError, ValidationError) as exc:
            raise misconfigured("topic_file_broken", path=str(path), why=str(exc)) from exc
        topics[topic.topic] = topic
    if LOG not in topics:
        raise misconfigured("topic_of_log_missing", folder=str(folder))
    return topics


def wanted_topics(
    topics: Mapping[str, Topic], settings: KafkaSettings, clients: Sequence[str] = ()
) -> dict[str, TopicState]:
    """What Kafka should have, by the topic's name. clients: those that submit through Kafka."""
    states = {}
    for topic in topics.values():
        for client in clients if topic.per_client else (None,):
            name = topic.name(settings.topic_prefix, client)
            states[name] = TopicState(
                name=name,
                partitions=topic.partitions,
                replication=settings.replication,
                config=topic.config(settings.replication),
            )
    return states


def differences(states: Mapping[str, TopicState], topic_states: Mapping[str, TopicState]) -> list[str]:
    """What is not as it should be, a sentence each; empty where everything agrees."""
    sentences: list[str] = []
    for name, state in states.items():
        if name not in topic_states:
            sentences.append(f"{name} is missing: `lienthong topics apply` makes it")
            continue
        sentences += _partitions(state, topic_states[name])
        if topic_states[name].replication != state.replication:
            sentences.append(
                f"{name} is kept {topic_states[name].replication} times, not {state.replication}: reassign its"
                " replicas with Kafka's tools, or set LIENTHONG_KAFKA_REPLICATION"
            )
        sentences += [
            f"{name}: {key} is {topic_states[name].config.get(key, 'not set')}, not {value}:"
            " `lienthong topics apply` sets it"
            for key, value in state.config.items()
            if topic_states[name].config.get(key) != value
        ]
    return sentences


def check(admin: Administration, states: Mapping[str, TopicState]) -> list[str]:
    """The differences between Kafka and what it should have. Raises Transient where Kafka is away."""
    return differences(states, admin.topics(list(states)))


def apply(admin: Administration, states: Mapping[str, TopicState]) -> list[str]:
    """Make what is missing and set what differs; says what was done.

    Raises Misconfigured, before anything is changed, where a topic has another number of partitions.
    """
    topics = admin.topics(list(states))
    changed = [sentence for name in topics for sentence in _partitions(states[name], topics[name])]
    if changed:
        raise Misconfigured("; ".join(changed))
    missing = [state for name, state in states.items() if name not in topics]
    for state in missing:
        admin.create(state)
    _await_visible(admin, [state.name for state in missing])
    done = [f"{state.name} made: {state.partitions} partitions, {state.replication} copies" for state in missing]
    for name in topics:
        state = states[name]
        other = {key: value for key, value in state.config.items() if topics[name].config.get(key) != value}
        if other:
            admin.configure(name, other)
            done.append(f"{name} set: {', '.join(f'{key}={value}' for key, value in other.items())}")
    return done


def _await_visible(admin: Administration, names: list[str]) -> None:
    """A topic just made is not known to all brokers at once; who asks too early would be told it is missing."""
    deadline = time.monotonic() + _VISIBLE_SECONDS
    while set(names) - admin.topics(names).keys():
        if time.monotonic() > deadline:
            raise Transient(f"topics were made but do not appear: {', '.join(names)}", code="kafka_away")
        time.sleep(0.05)


def _partitions(state: TopicState, held: TopicState) -> list[str]:
    if held.partitions == state.partitions:
        return []
    return [
        f"{state.name} has {held.partitions} partitions, not {state.partitions}: their number never changes,"
        " because it decides the order of events. Remove the topic and let the relay fill it anew"
    ]
