"""One destination never touches another: neither by being slow, nor by a wrong address, nor by an error of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from lienthong.errors import Rejected
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.pool import Pool, connect
from lienthong.pushes import signing
from services.export.deliveries import acts, destinations, queue
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.destinations import Destination
from services.export.deliveries.listing import Delivery, list_deliveries
from services.export.deliveries.wire import retry_after
from services.export.settings import ExportSettings
from services.export.worker import Worker
from tests.builders.bad_receiver import (
    DRIPPING_BODY,
    DRIPPING_HEAD,
    PROCESSING,
    Behaviour,
    answering,
    receiving,
    silent,
)
from tests.builders.exporting import Export, a_dataset, approved, released
from tests.builders.running_platform import Running, a_sender, running, until
from tests.builders.tampering import tampering

ME = ExportActor(name="cli:test")


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
def working(database: str, *, senders: int = 4) -> Iterator[threading.Thread]:
    """A worker in the role of its service, until the end of the block."""
    stop = threading.Event()
    with Pool(database, role="lienthong_export", max_size=12) as pool:
        settings = ExportSettings(retry_seconds=(1, 1, 1, 1), senders=senders)
        thread = threading.Thread(target=Worker(PostgresEventLog(pool), pool, settings).run, args=(stop,))
        thread.start()
        try:
            yield thread
        finally:
            stop.set()
            thread.join(60)
            assert not thread.is_alive()


def a_bad_one(port: int, number: int, **changed: object) -> Destination:
    """A destination at a receiver that misbehaves, with room for many attempts at once."""
    given = {
        "id": f"20-bad-{number}",
        "name": "x",
        "province": "20",
        "url": f"http://127.0.0.1:{port}",
        "reach": "loopback",
        "sender": "x",
        "secret": signing.new_secret(),
        "in_flight": 64,
        "per_minute": 60_000,
        "timeout_seconds": 20.0,
        "kinds": ("content",),
    }
    return Destination(**(given | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (silent, "timeout"),
        (DRIPPING_HEAD, "timeout"),
        (PROCESSING, "answer_malformed"),
        (DRIPPING_BODY, "timeout"),
    ],
)
def test_receivers_that_never_finish_hold_up_nobody_else(
    export: Export, platform: Running, database: str, behaviour: Behaviour, outcome: str
) -> None:
    """Six of them with a dozen messages each, two threads at the least, and a healthy one that is added last."""
    with ExitStack() as stack:
        ports = [stack.enter_context(receiving(behaviour)) for _ in range(6)]
        for number, port in enumerate(ports):
            acts.add(export.pool, a_bad_one(port, number, timeout_seconds=2.0), ME)
        export.add(platform)
        with working(database, senders=2):
            export.append(*(approved(f"tin-{n}") for n in range(12)))
            until(lambda: _delivered(export, "platform") == 12, timeout=60)
            slow = [d for d in export.deliveries() if d.destination != "platform"]
            assert not [d for d in slow if d.state == "delivered"]
            until(lambda: any(a.outcome == outcome for d in _of(export, "20-bad-0") for a in d.attempts), timeout=60)


def _of(export: Export, destination: str) -> list[Delivery]:
    return list_deliveries(export.pool, destination=destination, limit=500)


def _delivered(export: Export, destination: str) -> int:
    return sum(d.state == "delivered" for d in _of(export, destination))


def test_a_destination_has_no_more_threads_than_its_share(export: Export, platform: Running) -> None:
    with receiving(silent) as port:
        acts.add(export.pool, a_bad_one(port, 1), ME)
        export.take_in(*(approved(f"tin-{n}") for n in range(5)))
        assert queue.claim(export.pool, "one", share=2) is not None
        assert queue.claim(export.pool, "two", share=2) is not None
        assert queue.claim(export.pool, "three", share=2) is None


@pytest.mark.parametrize(
    "url",
    ["https://platform.example:84430", "https://a..b.vn", f"https://{'a' * 64}.vn", "https://nềntảng.vn", "http:"],
)
def test_an_address_from_before_the_check_puts_aside_its_own_deliveries_alone(
    export: Export, platform: Running, database: str, url: str
) -> None:
    acts.add(export.pool, a_bad_one(1, 1), ME)
    with export.pool.connection() as conn:
        conn.execute("UPDATE export.destinations SET url = %s, reach = 'public' WHERE id = '20-bad-1'", [url])
    export.add(platform)
    with working(database) as worker:
        export.append(approved())
        until(lambda: _delivered(export, "platform") == 1)
        until(lambda: _of(export, "20-bad-1")[0].attempt_count > 0)
        assert worker.is_alive()
    [bad] = _of(export, "20-bad-1")
    assert bad.attempts[0].outcome in ("address_invalid", "name_not_resolved")


def test_an_unforeseen_error_sets_one_delivery_aside_and_readiness_says_so(
    export: Export, platform: Running, database: str
) -> None:
    export.add(platform)
    export.take_in(released(a_dataset()), approved("a"), approved("b"))
    with export.pool.connection() as conn:  # what a bug of ours or a damaged disk may leave
        conn.execute("UPDATE export.messages SET data = '{\"half' WHERE subject = '20.SKHCN/a'")
    assert queue.troubles(export.pool) == {}
    with working(database) as worker:
        until(
            lambda: (
                {d.subject: d.state for d in export.deliveries()}
                == {"P119-LS.2026": "delivered", "20.SKHCN/a": "dead", "20.SKHCN/b": "delivered"}
            )
        )
        assert worker.is_alive()
    [dead] = [d for d in export.deliveries() if d.state == "dead"]
    assert dead.reason == "unforeseen"
    assert dead.id in queue.troubles(export.pool)["deliveries"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM export.deliveries WHERE subject = '20.SKHCN/a'",
        "DELETE FROM export.messages WHERE subject LIKE '%/a'",
    ],
    ids=["the delivery, its attempts left", "the message"],
)
def test_what_was_changed_behind_the_hub_is_set_aside_and_holds_up_nobody(
    export: Export, platform: Running, database: str, change: str
) -> None:
    """A delivery whose row an administrator of the server deleted is made anew, with attempts of before it."""
    export.add(platform)
    export.take_in(approved("a"))
    export.push_all()
    with connect(database) as owner, tampering(owner):
        owner.execute(change.encode())
    with export.pool.transaction() as tx:
        tx.execute(
            "INSERT INTO export.deliveries (id, destination, kind, subject, version, withdraws)"
            " SELECT DISTINCT delivery, 'platform', 'content', '20.SKHCN/a', 1, false FROM export.attempts"
            " ON CONFLICT (id) DO UPDATE SET state = 'pending'"
        )
    export.take_in(approved("b"))
    with working(database) as worker:
        until(lambda: {d.state for d in export.deliveries()} == {"delivered", "dead"})
        assert worker.is_alive()
    [dead] = [d for d in export.deliveries() if d.state == "dead"]
    assert (dead.subject, dead.reason) == ("20.SKHCN/a", "delivery_altered")
    assert dead.id in queue.troubles(export.pool)["deliveries"]


def test_one_that_was_set_aside_for_its_attempts_is_sent_again_when_somebody_asks(
    export: Export, platform: Running, database: str
) -> None:
    export.add(platform)
    export.take_in(approved("a"))
    export.push_all()
    with connect(database) as owner:
        owner.execute("UPDATE export.deliveries SET attempts = 0, state = 'pending', settled_at = NULL")
    assert (export.push_all(), export.only().state) == (0, "dead")
    acts.retry(export.pool, export.only().id, ME)
    assert (export.push_all(), export.only().state) == (1, "delivered")
    assert [attempt.number for attempt in export.only().attempts] == [1, 2]
    assert queue.troubles(export.pool) == {}


def test_a_receiver_that_is_gone_is_paused_and_goes_on_where_it_stood(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a"), approved("b"))
    platform.tell(mode="fail", status=410, times=1)
    assert export.push_all() == 1
    paused = destinations.get_with_queue(export.pool, "platform", ME.sight)
    assert (paused.destination.active, paused.destination.paused_reason, paused.pending) == (False, "http_410", 2)
    assert ("worker:export", "destination.paused") in _audit(export)
    acts.resume(export.pool, "platform", ME)
    assert export.push_all() == 2
    assert {d.state for d in export.deliveries()} == {"delivered"}


def test_a_receiver_that_asks_for_a_pause_gets_nothing_else_meanwhile(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a"), approved("b"))
    platform.tell(mode="fail", status=429, retry_after=600, times=1)
    assert export.push_all() == 1
    assert queue.next_due(export.pool, 1000) > 500


def test_both_secrets_sign_until_the_overlap_is_over(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a"))
    fresh, until_ = acts.rotate(export.pool, "platform", ME, overlap=timedelta(days=3))
    assert timedelta(days=2.9) < until_ - datetime.now(UTC) < timedelta(days=3.1)
    export.push_all()  # the platform still has the old one
    assert export.only().state == "delivered", export.only().attempts
    _tell_secret(platform, fresh)
    export.take_in(approved("b"))
    export.push_all()  # and now the new one
    assert {d.state for d in export.deliveries()} == {"delivered"}
    assert destinations.find(export.pool, "platform").signing_secrets(until_) == (fresh,)


def test_without_an_overlap_only_the_new_secret_signs(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved())
    acts.rotate(export.pool, "platform", ME, overlap=timedelta(0))
    export.push_all()
    assert {a.status for a in export.only().attempts} == {401}


def test_an_edited_destination_gets_what_it_now_wants_and_no_more(export: Export, platform: Running) -> None:
    export.add(platform, kinds=("content",), url="https://nobody.example", reach="public")
    export.take_in(approved(), released(a_dataset()))
    changed = acts.edit(export.pool, "platform", {"kinds": ("release",), "url": platform.url, "reach": "loopback"}, ME)
    assert changed.url == platform.url
    export.push_all()
    assert {d.kind: d.state for d in export.deliveries()} == {"content": "superseded", "release": "delivered"}
    with pytest.raises(Rejected):
        acts.edit(export.pool, "platform", {"url": "https://a..b.vn"}, ME)


def test_a_removed_destination_gets_nothing_and_its_record_stays(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a"))
    export.push_all()
    export.take_in(approved("b"))
    assert acts.remove(export.pool, "platform", ME) == 1
    export.take_in(approved("c"))
    assert export.push_all() == 0
    assert {d.subject: d.state for d in export.deliveries()} == {"20.SKHCN/a": "delivered", "20.SKHCN/b": "superseded"}
    with pytest.raises(Rejected) as gone:
        destinations.get_with_queue(export.pool, "platform", ME.sight)
    assert gone.value.code == "destination_unknown"
    with pytest.raises(Rejected) as again:
        export.add(platform)
    assert again.value.code == "destination_exists"
    with export.pool.connection() as conn:
        assert conn.execute("SELECT secret FROM export.destinations").fetchall() == [("",)]


def test_every_act_on_a_destination_is_in_the_audit_log(export: Export, platform: Running) -> None:
    export.add(platform)
    acts.edit(export.pool, "platform", {"per_minute": 60}, ME)
    acts.pause(export.pool, "platform", ME, reason="bảo trì")
    acts.resume(export.pool, "platform", ME)
    acts.rotate(export.pool, "platform", ME)
    acts.remove(export.pool, "platform", ME)
    assert [act for _, act in _audit(export)] == [
        f"destination.{act}" for act in ("added", "changed", "paused", "resumed", "rotated", "removed")
    ]


def test_what_hangs_up_at_once_is_tried_again_by_the_schedule(export: Export) -> None:
    with receiving(answering(b"")) as port:
        acts.add(export.pool, a_bad_one(port, 1), ME)
        export.take_in(approved())
        export.push_all(export.pusher((0, 0)))
    assert export.only().reason == "exhausted_connection_broken"


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 10, 20, 2, tzinfo=UTC)
    later = now + timedelta(minutes=10)
    assert retry_after(format_datetime(later, usegmt=True), now) == 600
    assert retry_after(format_datetime(now - timedelta(days=1), usegmt=True), now) == 0
    assert retry_after("Tue, 20 Oct 2026 02:10:00 -0000", now) == 600
    assert retry_after(" 120 ", now) == 120
    for nonsense in ("", "soon", "-5", "1e3", "9" * 20, "Tue, 99 Oct 2026 99:10:00 GMT"):
        assert retry_after(nonsense, now) is None


def _tell_secret(platform: Running, secret: str) -> None:
    platform.knows(platform.sender, secret)


def _audit(export: Export) -> list[tuple[str, str]]:
    with export.pool.connection() as conn:
        return [(row[0], row[1]) for row in conn.execute("SELECT actor, act FROM ingest.audit ORDER BY seq")]
