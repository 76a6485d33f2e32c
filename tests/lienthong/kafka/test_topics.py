"""The definitions of topics agree with the log, and what Kafka has is compared with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lienthong import events
from lienthong.errors import Misconfigured
from lienthong.kafka import topics
from lienthong.kafka.administration import TopicState
from lienthong.kafka.settings import KafkaSettings
from tests.conftest import ROOT

DEFINITIONS = topics.load(ROOT / "schemas" / "topics")
SETTINGS = KafkaSettings(bootstrap="127.0.0.1:1", replication=3, topic_prefix="lt")
STATES = topics.wanted_topics(DEFINITIONS, SETTINGS, ["20-skhcn"])


def test_the_log_has_a_partition_for_the_nation_and_each_province() -> None:
    migration = (ROOT / "lienthong/postgres/migrations/0002.event_log.sql").read_text(encoding="utf-8")
    keys = migration.split("unnest(ARRAY[")[1].split("]")[0].count("'") // 2
    assert DEFINITIONS["log"].partitions == keys == 35


def test_the_log_carries_every_fact_and_clients_send_every_claim() -> None:
    assert set(DEFINITIONS["log"].events) == events.FACTS
    assert set(DEFINITIONS["inbound.{client}"].events) == events.CLAIMS


def test_each_client_has_topics_of_its_own() -> None:
    assert set(STATES) == {"lt.log", "lt.inbound.20-skhcn", "lt.receipts.20-skhcn", "lt.refusals.20-skhcn"}
    assert {topic.topic for topic in DEFINITIONS.values() if topic.readers == "client"} == {
        "receipts.{client}",
        "refusals.{client}",
    }


def test_receipt_times_are_the_brokers() -> None:
    assert all(state.config["message.timestamp.type"] == "LogAppendTime" for state in STATES.values())


def test_three_copies_are_acknowledged_from_two_on_and_one_from_one() -> None:
    assert STATES["lt.log"].config["min.insync.replicas"] == "2"
    alone = topics.wanted_topics(DEFINITIONS, SETTINGS.model_copy(update={"replication": 1}))
    assert alone["lt.log"].config["min.insync.replicas"] == "1"


def test_agreement_has_nothing_to_say() -> None:
    assert topics.differences(STATES, STATES) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"partitions": 36}, "36 partitions, not 35"),
        ({"replication": 1}, "kept 1 times, not 3"),
        ({"config": {}}, "retention.ms is not set"),
    ],
)
def test_every_difference_is_named(change: dict[str, object], said: str) -> None:
    topic_states = {**STATES, "lt.log": replace(STATES["lt.log"], **change)}  # type: ignore[arg-type]
    assert any(said in line and "lt.log" in line for line in topics.differences(STATES, topic_states))


def test_a_missing_topic_is_named() -> None:
    topic_states: dict[str, TopicState] = {}
    assert len(topics.differences(STATES, topic_states)) == 4


def test_a_misspelt_definition_is_refused_with_its_file(tmp_path: Path) -> None:
    text = (ROOT / "schemas" / "topics" / "log.yaml").read_text(encoding="utf-8")
    (tmp_path / "log.yaml").write_text(text.replace("retention_days", "retention"), encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"log\.yaml"):
        topics.load(tmp_path)


# -- settings


def test_brokers_elsewhere_need_encryption() -> None:
    with pytest.raises(ValueError, match="ALLOW_UNENCRYPTED"):
        KafkaSettings(bootstrap="kafka.example:9092")
    assert KafkaSettings(bootstrap="kafka.example:9092", allow_unencrypted=True)
    assert KafkaSettings(bootstrap="kafka.example:9092", security_protocol="SSL")


def test_a_login_needs_a_name_and_a_password_and_shows_neither() -> None:
    with pytest.raises(ValueError, match="SASL_USERNAME"):
        KafkaSettings(bootstrap="k:1", security_protocol="SASL_SSL")
    made = KafkaSettings.model_validate(
        {"bootstrap": "k:1", "security_protocol": "SASL_SSL", "sasl_username": "hub", "sasl_password": "hidden"}
    )
    assert "hidden" not in repr(made)
    assert made.client_options()["sasl.password"] == "hidden"
