"""A broker with logins and its authorizer, for the run; a hub whose clients submit through it.

Every user has to log in (SASL/PLAIN) and may do what ACLs say. One broker serves all tests of the inbound topics;
each test has topics of its own, by their prefix.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition

from lienthong.contracts.schemas import Contracts
from lienthong.embedded.kafka import Cluster
from lienthong.errors import HubError
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool
from services.identity import store as clients
from services.identity.clients import Registration
from services.ingest.kafka import worker as inbound
from services.ingest.kafka.judging import Judge
from services.ingest.kafka.opening import Opened, open_inbox
from services.ingest.kafka.worker import Worker
from tests.builders.hub import Hub
from tests.builders.kafka_topic import Seen
from tests.builders.kept import Kept
from tests.builders.quick_java import quicken

USERS = {"ld-a": "password-of-a", "ld-b": "password-of-b"}
Record = tuple[Mapping[str, str | bytes], bytes | None]
STRUCTURED = {"content-type": "application/cloudevents+json"}


@pytest.fixture(scope="session")
def brokers_with_logins(request: pytest.FixtureRequest) -> Iterator[Kept[Cluster]]:
    """Of the tests of this process."""
    asking = [item for item in request.session.items if "guarded" in getattr(item, "fixturenames", ())]
    with closing(Kept[Cluster](asked=Counter(guarded=len(asking)))) as kept:
        yield kept


@pytest.fixture
def guarded(brokers_with_logins: Kept[Cluster]) -> Iterator[Cluster]:
    """The broker of this run where everybody has to log in."""
    with brokers_with_logins.read("guarded", with_logins) as cluster:
        yield cluster


@contextmanager
def with_logins() -> Iterator[Cluster]:
    with (
        tempfile.TemporaryDirectory(prefix="lienthong-sasl-") as folder,
        started(Cluster(Path(folder), users=USERS, heap_mb=384)) as cluster,
    ):
        yield cluster


@contextmanager
def started(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, running; without Java or the jars the tests are skipped, or fail where CI wants a broker."""
    try:
        quicken()
        cluster.start()
    except HubError as exc:
        if os.environ.get("LIENTHONG_REQUIRE_KAFKA") == "1":
            pytest.fail(f"LIENTHONG_REQUIRE_KAFKA=1, but there is no broker: {exc}", pytrace=False)
        pytest.skip(f"no Kafka broker: {exc}")
    try:
        yield cluster
    finally:
        cluster.stop()


@dataclass
class Site:
    """A hub with a broker, and its clients `ld-a` and `ld-b`."""

    hub: Hub
    cluster: Cluster
    kafka: KafkaSettings
    pool: Pool
    opened: dict[str, Opened] = field(default_factory=dict)

    def register(self, client: str) -> Opened:
        """Register a client and make its topics."""
        units, sources = ("05977", "05983"), (f"/20/{client}",)
        with self.pool.connection() as conn:
            clients.add(
                conn,
                [
                    Registration(
                        client_id=client,
                        name=client,
                        province="20",
                        units=units,
                        sources=sources,
                        kafka_principal=f"User:{client}",
                    )
                ],
                by="cli:test",
            )
            self.opened[client] = open_inbox(conn, Administration(self.kafka), self.kafka, client, by="cli:test")
        return self.opened[client]

    def as_user(self, user: str) -> KafkaSettings:
        """How that user connects."""
        return self.cluster.settings(user).model_copy(update={"topic_prefix": self.kafka.topic_prefix})

    def write(self, client: str, *records: Record, user: str | None = None) -> None:
        """Write records (headers, value) to a client's topic, as an outside system does. Raises what Kafka says."""
        options = {**self.as_user(user or client).client_options(), "message.timeout.ms": 10_000, "log_level": 0}
        producer, errors = Producer(options), []
        for headers, value in records:
            producer.produce(
                self.opened[client].inbound,
                value=value,
                headers=list(headers.items()),
                timestamp=1000,
                on_delivery=lambda error, _: errors.append(error) if error else None,
            )
        assert producer.flush(15) == 0
        if errors:
            raise PermissionError(errors[0].str())

    def send(self, client: str, *documents: Any) -> None:
        """Write events in structured mode."""
        self.write(client, *((STRUCTURED, json.dumps(document).encode()) for document in documents))

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker that works when told to."""
        with Pool(self.hub.conninfo, role="lienthong_ingest") as pool:
            made = inbound.committer(
                pool=pool,
                conninfo=self.hub.conninfo,
                contracts=Contracts.load(),
                appender=PostgresAppender(partitions_of(self.hub.conn)),
                committed=lambda: None,
            )
            worker = Worker(pool=pool, kafka=self.kafka, judge=Judge(made, pool))
            try:
                yield worker
            finally:
                worker.close()
                made.close()

    def drain(self, worker: Worker, seconds: float = 60.0) -> None:
        """Work until every record was judged and everything was sent."""
        deadline = time.monotonic() + seconds
        ends = {
            one.inbound: extent.end
            for one in self.opened.values()
            for extent in Administration(self.kafka).extents([one.inbound]).values()
        }
        places = "SELECT topic, next_offset FROM ingest.inbound"
        while not set(ends.items()) <= set(self.hub.rows(places)) or self.waiting():
            assert time.monotonic() < deadline, (ends, worker.left_alone())
            worker.step(0.2)

    def waiting(self) -> int:
        [(count,)] = self.hub.rows(
            "SELECT count(*) FROM ingest.outbox o JOIN ingest.outbox_sent s"
            " USING (client, stream) WHERE o.position > s.position"
        )
        return int(count)

    def receipts(self, client: str) -> list[dict[str, Any]]:
        """What the client reads in its topic of receipts, as itself."""
        return [json.loads(one.value) for one in self.seen(client, self.opened[client].receipts)]

    def refusals(self, client: str) -> list[dict[str, Any]]:
        """What the client reads in its topic of refusals, as itself."""
        return [json.loads(one.value) for one in self.seen(client, self.opened[client].refusals)]

    def seen(self, client: str, topic: str) -> list[Seen]:
        """All of a topic of one partition, as that client reads it. Raises PermissionError where it may not."""
        options = {**self.as_user(client).client_options(), "group.id": self.opened[client].group, "log_level": 0}
        reader = Consumer({**options, "enable.partition.eof": True, "enable.auto.commit": False})
        found: list[Seen] = []
        try:
            if (refused := reader.list_topics(topic, timeout=20).topics[topic].error) is not None:
                raise PermissionError(refused.str())
            reader.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
            while (message := reader.poll(20)) is not None:
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    return found
                if error is not None:
                    raise PermissionError(error.str())
                headers = {name: value.decode() for name, value in message.headers() or []}
                found.append(Seen(partition=0, key=message.key() or b"", headers=headers, value=message.value() or b""))
        finally:
            reader.close()
        raise AssertionError("Kafka does not answer")


@pytest.fixture
def site(hub: Hub, guarded: Cluster) -> Iterator[Site]:
    """A hub with the client `ld-a`, whose topics are open."""
    kafka = guarded.settings().model_copy(update={"topic_prefix": f"test-{uuid.uuid4().hex[:12]}"})
    with Pool(hub.conninfo, role="lienthong_ingest") as pool:
        made = Site(hub=hub, cluster=guarded, kafka=kafka, pool=pool)
        made.register("ld-a")
        yield made
    admin = Administration(kafka)
    admin.delete([name for name in admin.names() if name.startswith(kafka.topic_prefix)])
