"""Kafka is killed in the middle of the demonstration's year: the hub goes on, says so, and nothing is out of order."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from lienthong.embedded.kafka import Cluster
from lienthong.kafka.settings import KafkaSettings
from services.demo import outcome, scenario, script, streams
from services.demo.broker import apply_topics
from services.demo.site import Site
from services.demo.starting import running
from tests.builders.running_platform import free_port

pytest_plugins = ("tests.builders.kafka_broker",)


def test_while_kafka_is_away_the_year_goes_on_and_the_backlog_drains_in_order(broker: KafkaSettings) -> None:
    """broker: only so that the test is skipped, or fails, as all that need Kafka; it kills one of its own."""
    with tempfile.TemporaryDirectory(prefix="lienthong-away-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        with Cluster(folder / "kafka") as cluster, hub(folder, cluster) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                reports, extend, *rest = [step for step in year.steps() if step.at <= script.FIRST_HALF.signs_at]
                year.run(reports)
                until(lambda: (ready(site)["ready"], ready(site)["degraded"]) == (True, {}))
                assert metric(site, "lienthong_kafka_reachable") == 1

                cluster.kill(1)
                year.run(extend)
                until(lambda: "kafka" in ready(site)["degraded"])
                before = waiting(site)
                for step in rest:  # corrections, late reports, a release made and delivered
                    year.run(step)
                assert year.book.wrong == []
                assert year.operating.releases == [f"{script.FIRST_HALF.round}/1"]
                assert waiting(site) > before
                assert metric(site, "lienthong_kafka_reachable") == 0
                assert ready(site)["ready"]

                cluster.restart(1)
                until(lambda: ready(site)["degraded"] == {})
                assert outcome.unexpected(streams.checks(streams.gather(site))) == []
                assert waiting(site) == 0
                assert metric(site, "lienthong_kafka_reachable") == 1


@contextmanager
def hub(folder: Path, cluster: Cluster) -> Iterator[Site]:
    """A sample hub on these brokers."""

    @contextmanager
    def broker(_: Path) -> Iterator[KafkaSettings]:
        settings = cluster.settings()
        apply_topics(settings)
        yield settings

    with running(
        folder / "hub",
        lambda _: None,
        start=script.START,
        port=free_port(),
        platform_port=free_port(),
        broker=broker,
    ) as site:
        yield site


def ready(site: Site) -> Mapping[str, Any]:
    """What /readyz says; it always answers 200: reports are accepted."""
    response = httpx.get(f"{site.address}/readyz", timeout=60, trust_env=False)
    assert response.status_code == 200
    answer: Mapping[str, Any] = response.json()
    return answer


def waiting(site: Site) -> float:
    """Events that Kafka does not have yet, by the metrics."""
    return metric(site, 'lienthong_consumer_lag_events{consumer="relay",partition="20"}')


def metric(site: Site, name: str) -> float:
    text = httpx.get(f"{site.address}/metrics", timeout=60, trust_env=False).text
    [value] = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(value)


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:.0f} s")
        time.sleep(0.1)
