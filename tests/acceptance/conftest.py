"""One year of a real hub for the whole folder: all processes, real HTTP, a platform; the clock stands in 2026.

On each engine; on Kafka with several processes of each kind, of which workers are killed all the time.
"""

from __future__ import annotations

import re
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from services.demo import outcome, scenario, script, streams
from services.demo.broker import Broker, apply_topics
from services.demo.scenario import Year
from services.demo.starting import running
from tests.builders.kept import Kept
from tests.builders.living_year import KILLS, Killer, Lived
from tests.builders.running_platform import free_port
from tests.builders.thorough import LONG

MANY = {"http": 2, "aggregate": 3 if LONG else 2, "export": 2, "relay": 2}
SETTINGS = {
    "postgres": ("postgres", {}),
    "kafka": ("kafka", {}),
    "postgres, many workers, killed": ("postgres", MANY),
    "kafka, many workers, killed": ("kafka", MANY),
}
USUAL = ("postgres", "kafka, many workers, killed")
"""Each engine, one of them at its hardest; LIENTHONG_LONG_TESTS=1 lives through the year in every setting."""
ASKED = list(SETTINGS) if LONG else list(USUAL)


@pytest.fixture(scope="session")
def years(request: pytest.FixtureRequest) -> Iterator[Kept[Lived]]:
    """The years that tests of this process ask for: of several processes one has all tests of a year."""
    given = (item.callspec.params.get("lived") for item in request.session.items if hasattr(item, "callspec"))
    with closing(Kept[Lived](asked=Counter(setting for setting in given if setting in SETTINGS))) as kept:
        yield kept


@pytest.fixture(params=ASKED, ids=ASKED)
def lived(request: pytest.FixtureRequest, years: Kept[Lived]) -> Iterator[Lived]:
    """Takes about 20 s on two cores, in each setting; for tests that leave it as they find it."""
    engine, _ = SETTINGS[request.param]
    broker = request.getfixturevalue("broker") if engine == "kafka" else None
    with years.read(request.param, lambda: a_year(request.param, broker)) as found:
        yield found


@contextmanager
def a_year(setting: str, broker: KafkaSettings | None) -> Iterator[Lived]:
    """A whole year of a hub in one of the settings; it runs on meanwhile."""
    _, counts = SETTINGS[setting]
    with tempfile.TemporaryDirectory(prefix="lienthong-year-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        with running(
            folder / "hub",
            lambda _: None,
            start=script.START,
            port=free_port(),
            platform_port=free_port(),
            broker=None if broker is None else on_topics_of_its_own(broker),
            counts=counts,
        ) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                kills = go_killing(year) if counts else go(year)
                found = outcome.gather(year)
                carried = None if site.kafka is None else streams.gather(site)
                yield Lived(year=year, outcome=found, carried=carried, kills=kills)
            if site.kafka is not None and not counts:
                site.stop_parts()
                of_kafka(site.folder / "log", sum(found.receipts.values()) // 2)


def of_kafka(log: Path, least: int) -> None:
    """What a worker says at its end: that it read this many events of Kafka and not of the table."""
    for worker in ("aggregate", "export"):
        said = (log / f"{worker}.log").read_text(encoding="utf-8")
        [ended] = re.findall(r"kafka_reader_ended.*?from_kafka\W+(\d+)", said)
        assert int(ended) > least, said[-2000:]


def go(year: Year) -> int:
    """The whole year; nobody is killed."""
    for step in year.steps():
        year.run(step)
    return 0


def go_killing(year: Year) -> int:
    """The whole year while workers are killed and others come; returns how many were killed.

    By steps and not by seconds: a quick machine has as many kills in its year as a slow one.
    """
    steps = year.steps()
    between = len(steps) // KILLS
    with Killer(year.site.running, seed=8) as killer:
        for place, step in enumerate(steps):
            if place % between == between // 2:
                killer.soon()
            year.run(step)
    return killer.kills


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
