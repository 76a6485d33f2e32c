"""Moving on to Kafka changes no figure; what a restore lost is not brought back by the topics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lienthong.backup.backup import back_up
from lienthong.backup.restore import restore
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from tests.builders.hub import PARTITIONS, Hub, a_hub, a_report
from tests.builders.living_hub import consume, live, shown, sign
from tests.conftest import MIGRATIONS, ROOT

pytest_plugins = ("tests.builders.kafka_broker",)

ALL = 35  # of an installation as it ships: 34 provinces and the nation


@pytest.fixture
def kafka_with_topics(kafka: KafkaSettings) -> KafkaSettings:
    """The topics of an installation with as many partitions as the tests' hubs have."""
    shipped = topics.load(ROOT / "schemas" / "topics")
    definitions = {
        name: topic.model_copy(update={"partitions": len(PARTITIONS)}) if topic.partitions == ALL else topic
        for name, topic in shipped.items()
    }
    topics.apply(Administration(kafka), topics.wanted_topics(definitions, kafka))
    return kafka


def go_on(conninfo: str, kafka: KafkaSettings | None = None) -> dict[str, Any]:
    """The same further life for any hub: reports, a correction, a second release."""
    with a_hub(conninfo) as hub:
        hub.send(a_report(hub, unit="06001"), a_report(hub, unit="06004"))
        consume(conninfo, kafka)
        hub.send(a_report(hub, unit="06001", revision=2))
        sign(hub)
        consume(conninfo, kafka)
    return shown(conninfo)


def test_from_the_embedded_server_to_another_to_kafka_without_a_changed_figure(
    hub: Hub, tmp_path: Path, empty_database: str, kafka_with_topics: KafkaSettings
) -> None:
    live(hub)
    back_up(hub.conninfo, tmp_path / "hub.zip")
    restore(empty_database, tmp_path / "hub.zip", MIGRATIONS)
    on_kafka = go_on(empty_database, kafka_with_topics)
    stayed = go_on(hub.conninfo)
    assert [(row[0], row[1], row[2], row[4]) for row in on_kafka["reports"]] == [
        (row[0], row[1], row[2], row[4]) for row in stayed["reports"]
    ]
    assert on_kafka["rollups"] == stayed["rollups"]
    assert [entry["version"] for entry in on_kafka["feed"]] == [1, 2]
    ours = {position for position in on_kafka["positions"] if position[0] != "relay"}
    assert ours == {position for position in stayed["positions"] if position[0] != "relay"}


def test_what_a_restore_lost_is_not_brought_back_by_the_topics(
    hub: Hub, tmp_path: Path, empty_database: str, kafka_with_topics: KafkaSettings
) -> None:
    hub.send(a_report(hub, unit="05977"))
    consume(hub.conninfo, kafka_with_topics)
    back_up(hub.conninfo, tmp_path / "hub.zip")
    [lost] = hub.send(a_report(hub, unit="06001"))
    consume(hub.conninfo, kafka_with_topics)  # the topics hold it, at a position that is given again below
    restore(empty_database, tmp_path / "hub.zip", MIGRATIONS)
    with a_hub(empty_database) as restored:
        [fresh] = restored.send(a_report(restored, unit="06004"))
        consume(empty_database, kafka_with_topics)
    assert lost.receipt is not None and fresh.receipt is not None
    assert lost.receipt["position"] == fresh.receipt["position"]
    assert [row[2] for row in shown(empty_database)["reports"]] == ["05977", "06004"]
