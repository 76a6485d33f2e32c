"""Submitting by Kafka when something dies, is paused, is made anew or comes too late: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from lienthong.backup.backup import back_up
from lienthong.backup.restore import restore
from lienthong.errors import Rejected, Transient
from lienthong.eventlog.port import Superseded
from lienthong.kafka import topics
from lienthong.kafka.administration import Administration
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import connect
from services.ingest.kafka.again import judge_again
from services.ingest.kafka.opening import open_inbox
from tests.builders.hub import a_report
from tests.builders.inbound_broker import STRUCTURED, Site
from tests.conftest import MIGRATIONS

pytest_plugins = ("tests.builders.inbound_broker",)

A = "/20/ld-a"

_PROCESS = """
import sys, threading
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.kafka.settings import KafkaSettings
from lienthong.metrics import Metrics
from lienthong.postgres.pool import Pool, connect
from lienthong.settings import load
from services.ingest.kafka import worker
conninfo = sys.argv[1]
kafka = load(KafkaSettings)
with connect(conninfo) as conn, Pool(conninfo, role="lienthong_ingest") as pool:
    worker.run(pool=pool, conninfo=conninfo, kafka=kafka, appender=PostgresAppender(partitions_of(conn)),
               committed=lambda: None, stop=threading.Event(), shown=Metrics())
"""


def a_process(site: Site) -> subprocess.Popen[bytes]:
    """A worker in a process of its own."""
    kafka, secret = site.kafka, site.kafka.sasl_password
    assert secret is not None
    told = {
        "BOOTSTRAP": kafka.bootstrap,
        "SECURITY_PROTOCOL": kafka.security_protocol,
        "SASL_MECHANISM": "PLAIN",
        "SASL_USERNAME": kafka.sasl_username,
        "SASL_PASSWORD": secret.get_secret_value(),
        "TOPIC_PREFIX": kafka.topic_prefix,
    }
    environment = {**os.environ, **{f"LIENTHONG_KAFKA_{name}": str(value) for name, value in told.items()}}
    return subprocess.Popen([sys.executable, "-c", _PROCESS, site.hub.conninfo], env=environment)


def judged(site: Site) -> int:
    [(offset,)] = site.hub.rows("SELECT next_offset FROM ingest.inbound WHERE client = 'ld-a'")
    return int(offset)


def await_judged(site: Site, offset: int, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while judged(site) < offset:
        assert time.monotonic() < deadline, judged(site)
        time.sleep(0.005)


def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(site: Site) -> None:
    count = 1500
    documents = [a_report(site.hub, source=A, revision=n + 1, id=f"r{n}") for n in range(count)]
    site.send("ld-a", *documents[: count // 2])
    kills = 0
    for goal in (1, count // 4, count // 2 + 1):
        process = a_process(site)
        try:
            await_judged(site, goal)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        kills += judged(site) < count
        if goal == count // 4:
            site.send("ld-a", *documents[count // 2 :])
    with site.worker() as worker:
        site.drain(worker)
    assert kills >= 2, "it was never in the middle"
    assert site.hub.rows("SELECT revision FROM ingest.ledger ORDER BY position") == [(n + 1,) for n in range(count)]
    first = {one.position: one.value for one in reversed(site.seen("ld-a", site.opened["ld-a"].receipts))}
    assert sorted(first) == list(range(1, count + 1))
    assert len({receipt["receipt"] for receipt in site.receipts("ld-a")}) == count
    assert site.refusals("ld-a") == []


def test_a_worker_that_was_paused_and_replaced_changes_nothing(site: Site) -> None:
    with site.worker() as paused, site.worker() as other:
        paused._balance()
        site.send("ld-a", a_report(site.hub, source=A))
        heard = []
        while not heard:
            heard = paused._fresh_records(paused._reader.poll(1.0, 10).messages)
        assert paused._conn is not None
        paused._conn.close()  # its session breaks while it is paused: the leases are free
        site.drain(other)
        before = site.hub.rows("SELECT * FROM ingest.inbound"), site.hub.rows("SELECT * FROM ingest.outbox")
        with pytest.raises(Superseded):
            paused._take(heard)
        assert (site.hub.rows("SELECT * FROM ingest.inbound"), site.hub.rows("SELECT * FROM ingest.outbox")) == before


def test_two_workers_share_the_clients(site: Site) -> None:
    site.register("ld-b")
    with site.worker() as worker, site.worker() as two:
        deadline = time.monotonic() + 60
        while not (
            worker.clients_read() | two.clients_read() == {"ld-a", "ld-b"}
            and not worker.clients_read() & two.clients_read()
        ):
            assert time.monotonic() < deadline, (worker.clients_read(), two.clients_read())
            worker.step(0.1)
            two.step(0.1)
        site.send("ld-a", a_report(site.hub, source=A))
        site.send("ld-b", a_report(site.hub, source="/20/ld-b", unit="05983"))
        while site.hub.rows("SELECT count(*) FROM ingest.ledger") != [(2,)]:
            assert time.monotonic() < deadline
            worker.step(0.1)
            two.step(0.1)


def test_a_session_that_ends_in_the_middle_is_only_a_delay(site: Site) -> None:
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
        with connect(site.hub.conninfo) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND application_name LIKE 'lienthong%ingest%'"
            )
        site.send("ld-a", a_report(site.hub, source=A, revision=2))
        for _ in range(20):
            try:
                site.drain(worker)
                break
            except Transient:
                continue
    assert [receipt["revision"] for receipt in site.receipts("ld-a")] == [1, 2]


def test_a_topic_made_anew_is_read_from_its_start_and_known_events_keep_their_receipts(site: Site) -> None:
    document = a_report(site.hub, source=A)
    site.send("ld-a", document)
    with site.worker() as worker:
        site.drain(worker)
        admin = Administration(site.kafka)
        admin.delete([site.opened["ld-a"].inbound])
        await_gone(site.kafka, site.opened["ld-a"].inbound)
    definitions = topics.wanted_topics(topics.load(), site.kafka, ["ld-a"])
    topics.apply(admin, {name: state for name, state in definitions.items() if ".inbound." in name})
    site.send("ld-a", document, a_report(site.hub, source=A, revision=2), a_report(site.hub, source=A, revision=3))
    with site.worker() as worker:
        site.drain(worker)
    assert [receipt["status"] for receipt in site.receipts("ld-a")] == ["accepted", "repeated", "accepted", "accepted"]


def await_gone(kafka: KafkaSettings, topic: str) -> None:
    deadline = time.monotonic() + 60
    while topic in Administration(kafka).names():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_retention_removed_unread_is_told_and_its_replay_refused(site: Site) -> None:
    site.send("ld-a", *(a_report(site.hub, source=A, revision=n) for n in (1, 2, 3, 4)))
    topic = site.opened["ld-a"].inbound
    admin = AdminClient(site.kafka.client_options())
    for answer in admin.delete_records([TopicPartition(topic, 0, 3)]).values():
        answer.result()
    with site.worker() as worker:
        site.drain(worker)
        [lost] = site.refusals("ld-a")
        assert lost["problem"]["errors"][0]["params"] == {"first": 0, "last": 2}
        assert [receipt["revision"] for receipt in site.receipts("ld-a")] == [4]
        with pytest.raises(Rejected, match="no longer"):
            judge_again(site.pool, site.kafka, worker._judge, client="ld-a", offset=1, by="cli:test")
        with pytest.raises(Rejected, match="not judged"):
            judge_again(site.pool, site.kafka, worker._judge, client="ld-a", offset=4, by="cli:test")


def test_opening_again_changes_nothing(site: Site) -> None:
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
    with site.pool.connection() as conn:
        again = open_inbox(conn, Administration(site.kafka), site.kafka, "ld-a", by="cli:test")
    assert again == site.opened["ld-a"]
    assert judged(site) == 1


def test_what_is_too_large_for_kafka_the_client_library_refuses(site: Site) -> None:
    with pytest.raises(Exception, match="too large"):
        site.write("ld-a", (STRUCTURED, b" " * 1_100_000))


def test_answers_go_from_the_table_when_kafka_has_dropped_them_too_and_never_unsent(site: Site) -> None:
    site.send("ld-a", *(a_report(site.hub, source=A, revision=n) for n in (1, 2, 3)))
    with site.worker() as worker:
        site.drain(worker)
    with connect(site.hub.conninfo) as owner:
        owner.execute("UPDATE ingest.outbox SET at = at - interval '91 days' WHERE position < 3")
        owner.execute("UPDATE ingest.outbox_sent SET position = 1 WHERE stream = 'receipts'")
    with site.worker() as worker:
        site.drain(worker)
        assert site.hub.rows("SELECT position FROM ingest.outbox") == [(3,)]
    assert [one.position for one in site.seen("ld-a", site.opened["ld-a"].receipts)] == [1, 2, 3, 2, 3]


def test_a_restored_hub_reads_on_and_accepts_again_what_came_after_the_backup(
    site: Site, empty_database: str, tmp_path: Path
) -> None:
    site.send("ld-a", a_report(site.hub, source=A))
    with site.worker() as worker:
        site.drain(worker)
        back_up(site.hub.conninfo, tmp_path / "hub.backup")
        site.send("ld-a", a_report(site.hub, source=A, revision=2))
        site.drain(worker)
    restore(empty_database, tmp_path / "hub.backup", MIGRATIONS)
    restored = replace(site, hub=replace(site.hub, conninfo=empty_database))
    with restored.worker() as worker:
        restored.drain(worker)
    assert restored.hub.rows("SELECT revision FROM ingest.ledger ORDER BY position") == [(1,), (2,)]
    seen = site.seen("ld-a", site.opened["ld-a"].receipts)
    assert [one.position for one in seen] == [1, 2, 2]
    assert seen[1].headers["ce_epoch"] != seen[2].headers["ce_epoch"]


def test_a_missing_topic_of_receipts_holds_up_nobody_else(site: Site) -> None:
    site.register("ld-b")
    Administration(site.kafka).delete([site.opened["ld-a"].receipts])
    await_gone(site.kafka, site.opened["ld-a"].receipts)
    site.send("ld-a", a_report(site.hub, source=A))
    site.send("ld-b", a_report(site.hub, source="/20/ld-b", unit="05983"))
    deadline = time.monotonic() + 60
    with site.worker() as worker:
        while not (judged(site) == 1 and site.receipts("ld-b")):
            assert time.monotonic() < deadline
            with suppress(Transient):
                worker.step(0.2)
        with site.pool.connection() as conn:
            open_inbox(conn, Administration(site.kafka), site.kafka, "ld-a", by="cli:test")
    with site.worker() as worker:
        site.drain(worker)
    assert [receipt["status"] for receipt in site.receipts("ld-a")] == ["accepted"]


def test_a_topic_removed_while_it_is_read_holds_up_nobody_else(site: Site) -> None:
    site.register("ld-b")
    deadline = time.monotonic() + 60
    with site.worker() as worker:
        while worker.clients_read() != {"ld-a", "ld-b"}:
            worker.step(0.2)
        Administration(site.kafka).delete([site.opened["ld-a"].inbound])
        await_gone(site.kafka, site.opened["ld-a"].inbound)
        for revision in (1, 2, 3):
            site.send("ld-b", a_report(site.hub, source="/20/ld-b", unit="05983", revision=revision))
            while site.hub.rows("SELECT max(revision) FROM ingest.ledger") != [(revision,)] or site.waiting():
                assert time.monotonic() < deadline
                with suppress(Transient):
                    worker.step(0.2)


def test_a_broker_that_dies_delays_receipts_and_judges_nothing_twice(site: Site) -> None:
    site.send("ld-a", *(a_report(site.hub, source=A, revision=n) for n in (1, 2)))
    with site.worker() as worker:
        while judged(site) < 2:
            worker.step(0.2)
        site.cluster.kill(1)
        with connect(site.hub.conninfo) as owner:  # as if it had died before the receipts were acknowledged
            owner.execute("UPDATE ingest.outbox_sent SET position = 0 WHERE client = 'ld-a'")
        with pytest.raises(Transient):
            worker.step(0.2)
        site.cluster.restart(1)
        site.send("ld-a", a_report(site.hub, source=A, revision=3))
        site.drain(worker)
    seen = site.seen("ld-a", site.opened["ld-a"].receipts)
    assert [one.position for one in seen][-3:] == [1, 2, 3]
    assert site.hub.rows("SELECT count(*) FROM ingest.ledger") == [(3,)]
