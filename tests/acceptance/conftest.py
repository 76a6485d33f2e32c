"""One year of a real hub for the whole folder: all processes, real HTTP, a platform; the clock stands in 2026.

On each engine; on Kafka with several processes of each kind, of which workers are killed all the time.
"""

from __future__ import annotations

import re
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from lienthong.embedded.kafka import Cluster
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from services.demo import outcome, scenario, script, streams
from services.demo.broker import Broker, apply_topics
from services.demo.scenario import Year
from services.demo.starting import running
from tests.builders import kafka_outage
from tests.builders.kafka_outage import Outage
from tests.builders.kept import Kept
from tests.builders.living_year import Killer, Lived
from tests.builders.running_platform import free_port
from tests.builders.thorough import LONG

MANY = {"http": 2, "aggregate": 3 if LONG else 2, "export": 2, "relay": 2}
SETTINGS = {
    "postgres": ("postgres", {}),
    "kafka": ("kafka", {}),
    "postgres, many workers, killed": ("postgres", MANY),
    "kafka, many workers, killed": ("kafka", MANY),
}
HARDEST = "kafka, many workers, killed"
USUAL = ("postgres", HARDEST)
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
    if request.param == HARDEST:
        request.getfixturevalue("brokers_can_run")
    broker = request.getfixturevalue("broker") if request.param == "kafka" else None
    with years.read(request.param, lambda: a_year(request.param, broker)) as found:
        yield found


@contextmanager
def a_year(setting: str, broker: KafkaSettings | None) -> Iterator[Lived]:
    """A whole year of a hub in one of the settings; it runs on meanwhile."""
    _, counts = SETTINGS[setting]
    with tempfile.TemporaryDirectory(prefix="lienthong-year-") as made, ExitStack() as stack:
        folder = Path(made)
        folder.chmod(0o755)  # the server may run as another user, who has to pass through
        cluster = stack.enter_context(Cluster(folder / "kafka")) if setting == HARDEST else None
        given = broker if cluster is None else cluster.settings()
        with running(
            folder / "hub",
            lambda _: None,
            start=script.START,
            port=free_port(),
            platform_port=free_port(),
            broker=None if given is None else on_topics_of_its_own(given),
            counts=counts,
        ) as site:
            year, http = scenario.begin(site, lambda _: None)
            with http:
                kills, outage = go(year, killed=bool(counts), cluster=cluster)
                found = outcome.gather(year)
                carried = None if site.kafka is None else streams.gather(site)
                yield Lived(year=year, outcome=found, carried=carried, kills=kills, outage=outage)
            if site.kafka is not None and not counts:
                site.stop_parts()
                of_kafka(site.folder / "log", sum(found.receipts.values()) // 2)


def of_kafka(log: Path, least: int) -> None:
    """What a worker says at its end: that it read this many events of Kafka and not of the table."""
    for worker in ("aggregate", "export"):
        said = (log / f"{worker}.log").read_text(encoding="utf-8")
        [ended] = re.findall(r"kafka_reader_ended.*?from_kafka\W+(\d+)", said)
        assert int(ended) > least, said[-2000:]


def go(year: Year, *, killed: bool, cluster: Cluster | None) -> tuple[int, Outage | None]:
    """The whole year. killed: workers are, while it goes on, and others come. cluster: its broker is killed and comes
    back. Returns how many workers were killed, and how the hub stood without Kafka.
    """
    steps, outage = year.steps(), None
    with Killer(year.site.running, seed=8) as killer:
        run = killer.among(len(steps), year.run) if killed else year.run
        if cluster is not None:
            steps, first = kafka_outage.after_the_first_round(steps), kafka_outage.of_the_first_round(steps)
            outage = kafka_outage.lived_through(year, cluster, first, run)
        for step in steps:
            run(step)
    return killer.kills, outage


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
