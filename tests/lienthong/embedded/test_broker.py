"""The launcher of a real Kafka: what is acknowledged survives kills, and a folder has one owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lienthong.embedded.kafka import Cluster
from lienthong.embedded.kafka.jars import fetched_jars, locked_jars
from lienthong.errors import Misconfigured, Transient
from lienthong.kafka.administration import Administration, TopicState
from lienthong.kafka.messages import OutgoingMessage, Received
from lienthong.kafka.reader import Reader
from lienthong.kafka.sender import Sender
from lienthong.kafka.settings import KafkaSettings
from tests.builders.running_platform import free_port

pytest_plugins = ("tests.builders.kafka_broker",)

_WIDE = {**os.environ, "COLUMNS": "200"}  # rich breaks lines at the width of a terminal that is not there


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cluster's."""
    return tmp_path_factory.mktemp("cluster") / "kafka"


@pytest.fixture(scope="module")
def cluster(folder: Path, broker: KafkaSettings) -> Iterator[Cluster]:
    """A broker to be killed; it runs again after each test. (`broker` decides whether one can run here at all.)"""
    with Cluster(folder) as started:
        yield started


def a_topic(settings: KafkaSettings, name: str | None = None) -> str:
    """A topic of the test's own."""
    name = name or f"t-{uuid.uuid4().hex[:12]}"
    state = TopicState(name=name, partitions=1, replication=settings.replication, config={})
    Administration(settings).create(state)
    return name


def messages(count: int) -> list[OutgoingMessage]:
    return [OutgoingMessage(partition=0, key=b"20", headers=[], value=str(n).encode()) for n in range(count)]


def end_of(settings: KafkaSettings, topic: str) -> int:
    return Administration(settings).ends(topic, [0])[0]


class Launcher:
    """`lienthong kafka` in a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        code = "import sys; from pathlib import Path; from lienthong.embedded.kafka import run\n"
        code += "run(Path(sys.argv[1]), port=int(sys.argv[2]))"
        command = [sys.executable, "-u", "-c", code, str(folder), str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_WIDE)

    def until(self, text: str) -> str:
        """What it said, up to the line that holds this text."""
        assert self._process.stdout is not None
        said = ""
        while text not in said:
            line = self._process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        return said

    def stop(self) -> None:
        """As an init system does; it has to end well."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(120) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()


def test_what_was_acknowledged_survives_kill_9_and_restart(cluster: Cluster) -> None:
    settings = cluster.settings()
    topic = a_topic(settings)
    sender = Sender(settings)
    sender.send(topic, messages(500))
    cluster.kill(1)
    cluster.restart(1)
    assert end_of(settings, topic) == 500
    sender.send(topic, messages(10))
    assert end_of(settings, topic) == 510
    sender.close()


def test_a_topic_is_read_from_an_offset_on_with_the_brokers_time(kafka: KafkaSettings) -> None:
    topic = f"{kafka.topic_prefix}.inbound.client-20"
    append_time = {"message.timestamp.type": "LogAppendTime"}
    state = TopicState(name=topic, partitions=1, replication=kafka.replication, config=append_time)
    Administration(kafka).create(state)
    sender, reader = Sender(kafka), Reader(kafka, f"{kafka.topic_prefix}.ingest")
    before = time.time()
    sender.send(topic, messages(10))
    reader.add({(topic, 0): 7})
    got: list[Received] = []
    while len(got) < 3:
        got += reader.poll(5, 100).messages
    assert [(one.offset, one.value) for one in got] == [(7, b"7"), (8, b"8"), (9, b"9")]
    after = time.time()
    assert all(one.appended_ms is not None and before - 1 <= one.appended_ms / 1000 <= after + 1 for one in got)
    reader.close()
    sender.close()


def test_a_send_to_a_dead_broker_fails_in_time_and_nothing_of_it_comes_later(cluster: Cluster) -> None:
    settings = cluster.settings().model_copy(update={"send_seconds": 25.0})
    topic = a_topic(settings)
    sender, hasty = Sender(settings), Sender(settings.model_copy(update={"send_seconds": 2.0}))
    sender.send(topic, messages(1))
    cluster.kill(1)
    began = time.monotonic()
    with pytest.raises(Transient, match="acknowledged"):
        hasty.send(topic, messages(50))
    assert time.monotonic() - began < 120  # by itself the driver tries for five minutes
    cluster.restart(1)
    sender.send(topic, messages(2))
    assert end_of(settings, topic) == 3
    sender.close()
    hasty.close()


def test_a_folder_has_one_launcher(cluster: Cluster, folder: Path) -> None:
    with pytest.raises(Misconfigured, match="another"):
        Cluster(folder).start()


def test_after_a_killed_launcher_the_next_takes_its_folder_over_with_as_many_brokers(
    tmp_path: Path, broker: KafkaSettings
) -> None:
    folder = tmp_path / "kafka"
    code = (
        "import sys, time; from pathlib import Path; from lienthong.embedded.kafka import Cluster\n"
        "c = Cluster(Path(sys.argv[1])); c.start(); print(c.pids()[1], flush=True); time.sleep(60)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    orphan = int(launcher.stdout.readline())
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    os.kill(orphan, 0)  # still there: raises if not
    with pytest.raises(Misconfigured, match="belongs to 1 broker"):
        Cluster(folder, brokers=3).start()
    with Cluster(folder) as taken:
        assert Administration(taken.settings()).nodes() == {1}
        assert orphan not in taken.pids().values()


def test_who_has_no_right_by_acl_may_not_write(tmp_path: Path, broker: KafkaSettings) -> None:
    with Cluster(tmp_path / "kafka", users={"client-20": "a-password"}) as cluster:
        topic = a_topic(cluster.settings(), "inbound.client-20")
        client = cluster.settings("client-20")
        stranger = cluster.settings("client-20", password="wrong-password")
        with pytest.raises(Misconfigured, match="ACL"):
            Sender(client).send(topic, messages(1))
        Administration(cluster.settings()).allow("client-20", topic, "write")
        Sender(client).send(topic, messages(1))
        with pytest.raises((Misconfigured, Transient)):
            Administration(stranger).nodes(timeout=3)


def test_lienthong_kafka_starts_a_broker_again_that_died_and_runs_until_it_is_told_to_stop(
    tmp_path: Path, broker: KafkaSettings
) -> None:
    port = free_port()
    launcher = Launcher(tmp_path / "kafka", port=port)
    said = launcher.until("Ctrl+C")
    assert f"127.0.0.1:{port}" in said
    assert "trình diễn" in said
    os.kill(int((tmp_path / "kafka" / "node-1" / "pid").read_text()), signal.SIGKILL)
    launcher.until("starting again")
    nodes = Administration(KafkaSettings(bootstrap=f"127.0.0.1:{port}"), timeout=40).nodes()
    assert nodes == {1}
    launcher.stop()


def test_a_damaged_jar_is_fetched_again(tmp_path: Path, broker: KafkaSettings) -> None:
    whole = fetched_jars()
    for path in whole:
        (tmp_path / path.name).symlink_to(path)
    smallest = min(locked_jars(), key=lambda jar: jar.size)
    (tmp_path / smallest.filename).unlink()
    (tmp_path / smallest.filename).write_bytes(b"half a file")
    again = fetched_jars(tmp_path)
    assert (tmp_path / smallest.filename).stat().st_size == smallest.size
    assert [path.name for path in again] == [path.name for path in whole]
