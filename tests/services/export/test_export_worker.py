"""The worker as a whole: consumes, pushes, reconciles, and loses nothing when it is killed at any moment."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lienthong.errors import Rejected, Transient
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.metrics import Metrics
from lienthong.postgres.pool import Pool
from lienthong.pushes import signing
from services.export import metrics
from services.export.deliveries import queue
from services.export.deliveries.listing import list_deliveries
from services.export.deliveries.presence import Presence, free_lost
from services.export.deliveries.reconciling import reconcile
from services.export.deliveries.wire import Wire
from services.export.settings import ExportSettings
from services.export.worker import Worker
from services.hub import standing
from services.platform.app import app
from services.platform.store import Store
from tests.builders.exporting import Export, a_dataset, approved, released, withdrawn
from tests.builders.running_platform import Running, a_sender, free_port, running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("platform")) as found:
        yield found


@pytest.fixture
def platform(server: Running) -> Iterator[Running]:
    with a_sender(server) as made:
        yield made


@pytest.fixture
def export(pool: Pool, appender: PostgresAppender) -> Export:
    return Export(pool, appender)


@contextmanager
def working(database: str, retry_seconds: tuple[int, ...] = (0, 0, 0, 0)) -> Iterator[None]:
    """A worker in the role of its service, until the end of the block."""
    stop = threading.Event()
    with Pool(database, role="lienthong_export", max_size=8) as pool:
        worker = Worker(PostgresEventLog(pool), pool, ExportSettings(retry_seconds=retry_seconds))
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(60)
            assert not thread.is_alive()


def test_a_running_worker_takes_facts_to_the_platform_in_its_own_role(
    export: Export, platform: Running, database: str
) -> None:
    export.add(platform)
    platform.tell(mode="fail", times=3)
    with working(database):
        export.append(released(a_dataset()), approved("a"), approved("b"), withdrawn("b"))
        until(lambda: len(platform.held("content")) == 2 and len(platform.held("release")) == 1)
        until(lambda: all(d.state in ("delivered", "superseded") for d in export.deliveries()))
    states = {item["id"]: item["state"] for item in platform.held("content")}
    assert states == {"20.SKHCN/a": "published", "20.SKHCN/b": "withdrawn"}


def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(
    export: Export, platform: Running, database: str
) -> None:
    items = 30
    export.add(platform, in_flight=4)  # a lease would last 65 s: longer than this test waits
    export.append(*(approved(f"tin-{n}", revision) for n in range(items) for revision in (1, 2)))
    platform.tell(mode="slow", seconds=0.1)  # so that kills hit a worker that waits for an answer
    dead: set[int] = set()
    luck, kills = random.Random(7), 0
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # the libraries are read once, and not by each of them
    while kills < 6 or (kills < 40 and not _broken_off(export)):
        process = context.Process(target=_work, args=(database,))
        process.start()
        # However long a start takes: the moment of the kill is the point.
        until(lambda: not _seats(export) <= dead, timeout=60)  # noqa: B023 (called at once)
        time.sleep(luck.uniform(0.0, 0.1))
        assert process.pid is not None
        dead |= _seats(export)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1
    with working(database):
        until(
            lambda: len(export.deliveries()) == 2 * items and all(d.state == "delivered" for d in export.deliveries()),
            timeout=60,
        )
    held = platform.held("content")
    assert [(item["version"], item["state"]) for item in held] == [(2, "published")] * items
    assert _broken_off(export), "no kill hit a worker between sending and recording; the test proves nothing"


def _broken_off(export: Export) -> list[int]:
    """Attempts of which nobody knows how they ended. (Those that run, run in a worker that is dead by now.)"""
    return [a.number for d in export.deliveries() for a in d.attempts if a.finished_at is None]


def _seats(export: Export) -> set[int]:
    """The workers that have claimed something, whether they still live or not."""
    with export.pool.connection() as conn:
        rows = conn.execute("SELECT claimed_by FROM export.deliveries WHERE claimed_until > clock_timestamp()")
        return {seat for (seat,) in rows}


def test_a_claim_is_free_as_soon_as_its_workers_session_is_gone(export: Export, platform: Running) -> None:
    export.add(platform, in_flight=4)
    export.take_in(approved("a"), approved("b"))
    here, gone = Presence(export.pool), Presence(export.pool)
    here.take()
    gone.take()
    first = queue.claim(export.pool, "here", here.seat)
    second = queue.claim(export.pool, "gone", gone.seat)
    assert first is not None and second is not None
    with export.pool.connection() as conn:
        assert free_lost(conn) == 0
        gone.leave()
        until(lambda: free_lost(conn) == 1)
        assert free_lost(conn) == 0
    again = queue.claim(export.pool, "here", here.seat)
    assert again is not None and again.id == second.id and again.attempt == 2
    here.leave()


def test_a_claim_without_a_seat_waits_for_its_lease(export: Export, platform: Running) -> None:
    """As a worker of the version before leaves it while both versions run."""
    export.add(platform)
    export.take_in(approved())
    assert queue.claim(export.pool, "older") is not None
    with export.pool.connection() as conn:
        assert free_lost(conn) == 0


def _work(database: str) -> None:
    """A worker process that runs until it is killed."""
    with Pool(database, role="lienthong_export", max_size=8) as pool:
        log = PostgresEventLog(pool, batch_events=7)
        Worker(log, pool, ExportSettings(senders=2)).run(threading.Event())


def test_reconciliation_finds_and_sends_again_what_the_platform_lost(
    export: Export, platform: Running, tmp_path: Path
) -> None:
    export.add(platform)
    export.take_in(released(a_dataset()), approved("a"), approved("b"), withdrawn("b"))
    export.push_all()
    wire = Wire()
    assert all(one.equal for one in reconcile(export.pool, wire, "platform"))
    with running(tmp_path) as empty:  # the platform was restored from an old backup: it has nothing
        _move(export, platform, empty)
        found = {one.kind: one for one in reconcile(export.pool, wire, "platform")}
        assert (found["content"].ours, found["content"].theirs) == (2, 0)
        assert found["content"].resent == ("20.SKHCN/a", "20.SKHCN/b")
        export.push_all()
        assert all(one.equal for one in reconcile(export.pool, wire, "platform"))
        assert [item["state"] for item in empty.held("content")] == ["published", "withdrawn"]


def test_reconciliation_only_tells_what_the_platform_should_not_have(export: Export, platform: Running) -> None:
    export.add(platform)
    other = Export(export.pool, PostgresAppender({}))
    export.take_in(approved("a"))
    export.push_all()
    with export.pool.connection() as conn:
        conn.execute("DELETE FROM export.attempts")
        conn.execute("DELETE FROM export.deliveries")
        conn.execute("DELETE FROM export.messages")
    [_, content] = reconcile(other.pool, Wire(), "platform")
    assert [item.id for item in content.difference.unknown] == ["20.SKHCN/a"]
    assert content.resent == ()


def test_reconciliation_says_when_the_destination_is_away_or_refuses(export: Export, platform: Running) -> None:
    export.add(platform, url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Transient):
        reconcile(export.pool, Wire(), "platform")
    with pytest.raises(Rejected, match="refuses"):
        reconcile(export.pool, Wire(resolve=lambda host, port: ["10.0.0.1"]), "platform")
    with pytest.raises(Rejected):
        reconcile(export.pool, Wire(), "nowhere")


def test_the_metrics_tell_what_did_not_arrive(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a"), approved("b"))
    platform.tell(mode="refuse", times=1)
    export.push_all()
    shown = Metrics()
    metrics.watch(export.pool, shown)
    log = PostgresEventLog(export.pool)
    standing.watch(shown, export.pool, log, ("export",))
    text = shown.render().decode()
    assert "lienthong_deliveries_dead 1.0" in text
    assert "lienthong_deliveries_delivered 1.0" in text
    assert 'lienthong_consumer_lag_events{consumer="export",partition="20"} 0.0' in text
    [oldest] = [line.split()[1] for line in text.splitlines() if line.startswith("lienthong_oldest_undelivered")]
    assert float(oldest) > 0


@pytest.mark.parametrize(("name", "outcome"), [("platform.example", "delivered"), ("other.example", "pending")])
def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    export: Export, tmp_path: Path, name: str, outcome: str
) -> None:
    port, secret = free_port(), signing.new_secret()
    store = Store(tmp_path / "platform.sqlite")
    store.put_sender("hub", secret=secret, province="20")
    authority = _certificate(tmp_path, "platform.example")
    config = uvicorn.Config(
        app(store),
        host="127.0.0.1",
        port=port,
        log_level="critical",
        ssl_certfile=str(tmp_path / "cert.pem"),
        ssl_keyfile=str(tmp_path / "key.pem"),
    )
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run)
    thread.start()
    try:
        until(lambda: serving.started)
        shown = Running(url=f"https://{name}:{port}", secret=secret, sender="hub")
        export.add(shown)
        export.take_in(approved())
        pusher = export.pusher((3600,), context=authority, resolve=lambda host, p: ["127.0.0.1"])
        export.push_all(pusher)
        assert export.only().state == outcome, export.only().attempts
        if outcome == "pending":
            assert export.only().reason == "certificate_refused"
    finally:
        serving.should_exit = True
        thread.join(10)


def _certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A self-signed certificate for a name in `folder`, and a context that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def _move(export: Export, old: Running, new: Running) -> None:
    """The destination stays, its address is another platform that knows the same sender."""
    new.knows(old.sender, new.secret)
    with export.pool.connection() as conn:
        conn.execute("UPDATE export.destinations SET url = %s, secret = %s", (new.url, new.secret))
    object.__setattr__(new, "sender", old.sender)


def test_listing_pages_backwards_without_losing_any(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(*(approved(f"t{n}") for n in range(5)))
    first = list_deliveries(export.pool, limit=3)
    rest = list_deliveries(export.pool, before=first[-1].number, limit=3)
    assert [d.subject[-1] for d in first + rest] == ["4", "3", "2", "1", "0"]
