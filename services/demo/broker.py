"""Where the demonstration's Kafka comes from, and how its parts are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pydantic import SecretStr

from lienthong.kafka.settings import KafkaSettings

Broker = Callable[[Path], AbstractContextManager[KafkaSettings]]
"""Makes a broker ready for a demonstration in this folder, with the hub's topics."""


@contextmanager
def own_broker(folder: Path) -> Iterator[KafkaSettings]:
    """One broker of Apache Kafka in `folder`/kafka, with the hub's topics. Raises as Cluster does."""
    from lienthong.embedded.kafka import Cluster  # noqa: PLC0415  (Kafka's client is 10 MB; only where Kafka is shown)

    with Cluster(folder / "kafka") as cluster:
        settings = cluster.settings()
        apply_topics(settings)
        yield settings


def apply_topics(settings: KafkaSettings) -> None:
    """Make the hub's topics."""
    from lienthong.kafka import topics  # noqa: PLC0415
    from lienthong.kafka.administration import Administration  # noqa: PLC0415

    topics.apply(Administration(settings), topics.wanted_topics(topics.load(), settings))


def variables(settings: KafkaSettings) -> dict[str, str]:
    """The environment that makes a process use this Kafka."""
    environment = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            environment[f"LIENTHONG_KAFKA_{name.upper()}"] = text
    return environment
