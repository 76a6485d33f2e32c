"""What the launcher of Kafka reads and writes: its list of jars, its configuration, the Java it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lienthong.embedded.kafka.configuration import (
    SUPERUSER,
    ClusterLayout,
    Node,
    as_text,
    checked_users,
    server_properties,
)
from lienthong.embedded.kafka.jars import cache_folder, locked_jars
from lienthong.embedded.kafka.java import feature_release
from lienthong.errors import Misconfigured

NODES = tuple(Node(id=n, port=9091 + n, controller_port=9191 + n) for n in (1, 2, 3))


def test_the_list_names_kafka_and_what_carries_its_log_lines() -> None:
    jars = {jar.artifact: jar for jar in locked_jars()}
    assert len(jars) == len(locked_jars()) == 46
    kafka = {jar.version for name, jar in jars.items() if jar.group == "org.apache.kafka"}
    assert len(kafka) == 1
    assert jars["log4j-slf4j-impl"].version == jars["log4j-core"].version


def test_a_damaged_line_is_refused_with_its_number(tmp_path: Path) -> None:
    broken = tmp_path / "jars.lock"
    broken.write_text("# fine\norg.x:y:1 sha256:zz 10\n", encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"jars\.lock:2"):
        locked_jars(broken)


def test_the_cache_is_where_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_CACHE", "/somewhere")
    assert cache_folder() == Path("/somewhere/kafka")


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_402"', 8),
        ("no java here", None),
    ],
)
def test_the_release_of_a_java_is_recognised(said: str, release: int | None) -> None:
    assert feature_release(said) == release


def test_brokers_listen_on_loopback_only() -> None:
    for count in (1, 3):
        layout = ClusterLayout(nodes=NODES[:count])
        for node in layout.nodes:
            properties = server_properties(node, layout, "/data")
            addresses = [properties[name] for name in ("listeners", "advertised.listeners")]
            assert all(part.split("://")[1].startswith("127.0.0.1:") for text in addresses for part in text.split(","))


def test_three_brokers_keep_three_copies_and_acknowledge_from_two_on() -> None:
    properties = server_properties(NODES[0], ClusterLayout(nodes=NODES), "/data")
    assert properties["default.replication.factor"] == "3"
    assert properties["min.insync.replicas"] == "2"
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:9192,2@127.0.0.1:9193,3@127.0.0.1:9194"


def test_with_users_nobody_may_do_what_no_rule_allows() -> None:
    layout = ClusterLayout(nodes=NODES[:1], passwords={SUPERUSER: "0123456789", "client-20": "abcdefgh"})
    text = as_text(server_properties(NODES[0], layout, "/data"))
    assert "allow.everyone.if.no.acl.found=false" in text
    assert "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT" in text
    assert 'user_client-20="abcdefgh"' in text
    assert "abcdefgh" not in repr(layout)


@pytest.mark.parametrize("users", [{"a b": "password"}, {SUPERUSER: "password"}, {"a": 'pass"word'}, {"a": "short"}])
def test_names_and_passwords_that_would_break_the_configuration_are_refused(users: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        checked_users(users)
