"""One year of a real hub for the whole folder, on each engine: all processes, real HTTP, a platform; clock on 2026."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lienthong.eventlog.kafka_client import Administration
from lienthong.eventlog.kafka_settings import KafkaSettings
from services.demo import outcome, scenario, script, streams
from services.demo.broker import Broker, apply_topics
from services.demo.site import running
from tests.acceptance.living import Lived

PORT, PLATFORM_PORT = 18480, 18490  # or the next free ones: a demonstration may run beside the tests


@pytest.fixture(scope="session", params=["postgres", "kafka"])
def lived(request: pytest.FixtureRequest) -> Iterator[Lived]:
    """Takes about 20 s on two cores, on each engine."""
    broker = on_topics_of_its_own(request.getfixturevalue("broker")) if request.param == "kafka" else None
    with tempfile.TemporaryDirectory(prefix="lienthong-year-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        with running(
            folder / "hub",
            lambda _: None,
            start=script.START,
            port=PORT,
            platform_port=PLATFORM_PORT,
            broker=broker,
        ) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                for step in year.steps():
                    year.run(step)
                found = outcome.gather(year)
                carried = None if site.kafka is None else streams.gather(site)
                yield Lived(year=year, outcome=found, carried=carried)


def on_topics_of_its_own(given: KafkaSettings) -> Broker:
    """The broker of the run, with topics that nobody else has; they are removed at the end."""

    @contextmanager
    def broker(_: Path) -> Iterator[KafkaSettings]:
        settings = given.model_copy(update={"topic_prefix": f"test-{uuid.uuid4().hex[:12]}"})
        apply_topics(settings)
        yield settings
        admin = Administration(settings)
        admin.delete([name for name in admin.names() if name.startswith(settings.topic_prefix)])

    return broker
