"""Pushing to a platform that really runs: once, in order, with every attempt kept."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lienthong.errors import Rejected
from lienthong.eventlog import stops
from lienthong.eventlog.append import PostgresAppender
from lienthong.eventlog.stops import PartitionStopped
from lienthong.postgres.pool import Pool
from lienthong.pushes import signing
from services.export.deliveries import acts, queue
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.pusher import Crew, Pusher
from services.export.deliveries.reconciling import reconcile
from services.export.deliveries.retry import AttemptOutcome, decide
from services.export.deliveries.wire import Wire
from services.export.mappings import MAPPINGS
from tests.builders.exporting import (
    Export,
    a_dataset,
    approved,
    redacted,
    release_withdrawn,
    released,
    set_aside,
    withdrawn,
)
from tests.builders.running_platform import Running, a_sender, running, until

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


def test_a_release_reaches_the_platform_once(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(released(a_dataset()))
    assert export.push_all() == 1
    assert export.only().state == "delivered", export.only().attempts
    [item] = platform.held("release")
    assert (item["id"], item["version"], item["state"]) == ("P119-LS.2026", 1, "published")


def test_what_fails_twice_is_delivered_once_with_three_attempts_on_record(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(released(a_dataset()))
    platform.tell(mode="fail", times=2)
    assert export.push_all() == 3
    delivery = export.only()
    assert delivery.state == "delivered"
    assert [attempt.status for attempt in delivery.attempts] == [503, 503, 200]
    assert len(platform.held("release")) == 1


def test_a_refusal_is_put_aside_with_its_reason_and_can_be_replayed(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(released(a_dataset()))
    platform.tell(mode="refuse", times=1)
    export.push_all()
    delivery = export.only()
    assert (delivery.state, delivery.reason) == ("dead", "http_422")
    assert "told_to_refuse" in (delivery.attempts[0].detail or "")
    assert acts.retry(export.pool, delivery.id, ME).id == delivery.id
    export.push_all()
    assert export.only().state == "delivered", export.only().attempts
    assert export.only().attempt_count == 2


def test_after_the_whole_schedule_it_is_put_aside(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved())
    platform.tell(mode="fail")
    assert export.push_all(export.pusher((0, 0))) == 3
    assert export.only().reason == "exhausted_http_503"


def test_a_slow_platform_times_out_and_gets_it_again(export: Export, platform: Running) -> None:
    export.add(platform, timeout_seconds=0.5)
    export.take_in(approved())
    platform.tell(mode="slow", seconds=3, times=1)
    assert export.pusher().step()
    acts.edit(export.pool, "platform", {"timeout_seconds": 30.0}, ME)
    export.push_all()
    delivery = export.only()
    assert [attempt.outcome for attempt in delivery.attempts] == ["timeout", "http_200"]
    assert len(platform.held("content")) == 1


@pytest.mark.parametrize("mode", ["close", "lose"])
def test_a_broken_connection_is_tried_again_and_stored_once(export: Export, platform: Running, mode: str) -> None:
    export.add(platform)
    export.take_in(approved())
    platform.tell(mode=mode, times=1)
    assert export.push_all() == 2
    assert export.only().attempts[0].outcome == "connection_broken"
    assert len(platform.held("content")) == 1


def test_a_worker_killed_between_sending_and_recording_leaves_one_item_at_the_platform(
    export: Export, platform: Running, database: str
) -> None:
    export.add(platform)
    export.take_in(released(a_dataset()))
    killed = multiprocessing.get_context("spawn").Process(target=_send_and_die, args=(database,))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    assert len(platform.held("release")) == 1
    assert export.only().state == "pending"
    assert not export.pusher().step(), "the claim of the killed worker still holds"
    with export.pool.connection() as conn:  # its lease runs out
        conn.execute("UPDATE export.deliveries SET claimed_until = clock_timestamp() - interval '1 second'")
    export.push_all()
    delivery = export.only()
    assert delivery.state == "delivered"
    assert [attempt.finished_at is None for attempt in delivery.attempts] == [True, False]
    assert len(platform.held("release")) == 1


def _send_and_die(database: str) -> None:
    """A worker process that is killed after the platform answered and before the answer is recorded."""
    with Pool(database) as pool:
        claimed = queue.claim(pool, "doomed")
        assert claimed is not None
        parcel = MAPPINGS["platform"](claimed.kept.message, claimed.destination.signs_as)
        Wire().post(claimed.destination, parcel, message=claimed.id, at=claimed.at)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_claim_that_was_lost_changes_nothing_but_its_own_record(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved())
    first = export.claim("paused")
    with export.pool.connection() as conn:
        conn.execute("UPDATE export.deliveries SET claimed_until = clock_timestamp() - interval '1 second'")
    second = export.claim("replacement")
    refused = AttemptOutcome(status=422, code="http_422")
    queue.settle(export.pool, first, refused, decide(refused, attempt=1, luck=0))
    assert export.only().state == "pending"
    done = AttemptOutcome(status=200, code="http_200")
    queue.settle(export.pool, second, done, decide(done, attempt=1, luck=0))
    assert export.only().state == "delivered", export.only().attempts


def test_a_wrong_secret_is_put_aside_until_it_is_mended(export: Export, platform: Running) -> None:
    export.add(platform, secret=signing.new_secret())
    export.take_in(approved())
    export.push_all()
    assert export.only().reason == "exhausted_http_401"
    acts.rotate(export.pool, "platform", ME, secret=platform.secret)
    assert acts.retry_all(export.pool, ME, destination="platform") == [export.only().id]
    export.push_all()
    assert export.only().state == "delivered", export.only().attempts


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "127.0.0.1", "::1", "100.64.0.7"])
def test_a_name_that_leads_to_a_private_address_is_refused_without_a_connection(
    export: Export, platform: Running, address: str
) -> None:
    export.add(platform, url="https://platform.example", reach="public")
    export.take_in(approved())
    export.push_all(export.pusher(resolve=lambda host, port: ["8.8.8.8", address]))
    delivery = export.only()
    assert (delivery.state, delivery.reason) == ("dead", "address_refused")
    assert address in (delivery.attempts[0].detail or "")


def test_the_connection_goes_to_the_address_that_was_checked(export: Export, platform: Running) -> None:
    port = platform.url.rsplit(":", 1)[1]
    export.add(platform, url=f"http://platform.example:{port}")
    export.take_in(approved())
    export.push_all(export.pusher(resolve=lambda host, port: ["127.0.0.1"]))
    assert export.only().state == "delivered", export.only().attempts


def test_a_newer_version_waits_for_the_older_one_and_other_subjects_go_on(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a", 1), approved("a", 2), approved("b", 1))
    platform.tell(mode="fail", times=1)
    pusher = export.pusher((3600,))
    export.push_all(pusher)
    assert [(d.subject, d.version, d.state) for d in export.deliveries()] == [
        ("20.SKHCN/a", 1, "pending"),
        ("20.SKHCN/a", 2, "pending"),
        ("20.SKHCN/b", 1, "delivered"),
    ]
    _make_due(export)
    export.push_all(pusher)
    assert {d.state for d in export.deliveries()} == {"delivered"}


def test_a_dead_letter_does_not_hold_up_newer_versions_and_is_not_replayed_over_them(
    export: Export, platform: Running
) -> None:
    export.add(platform)
    export.take_in(approved("a", 1), approved("a", 2))
    platform.tell(mode="refuse", times=1)
    export.push_all()
    first, second = export.deliveries()
    assert (first.state, second.state) == ("dead", "delivered")
    with pytest.raises(Rejected) as refused:
        acts.retry(export.pool, first.id, ME)
    assert refused.value.code == "delivery_not_dead"


def test_what_waits_for_its_next_attempt_can_be_tried_now(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a", 1), approved("a", 2))
    platform.tell(mode="fail", times=2)
    pusher = export.pusher((3600, 3600, 3600))
    export.push_all(pusher)
    first, second = export.deliveries()
    assert (first.state, second.state) == ("pending", "pending")
    acts.retry(export.pool, second.id, ME)  # with the first, behind which it waits
    export.push_all(pusher)
    assert export.deliveries()[0].attempt_count == 2
    assert acts.retry_subject(export.pool, "20.SKHCN/a", ME) == [first.id]  # the second is due already, behind it
    export.push_all(pusher)
    assert {d.state for d in export.deliveries()} == {"delivered"}
    with pytest.raises(Rejected) as refused:
        acts.retry_subject(export.pool, "20.SKHCN/a/1", ME)
    assert refused.value.code == "delivery_not_dead"
    with pytest.raises(Rejected) as refused:
        acts.retry_subject(export.pool, "20.SKHCN/b", ME)
    assert refused.value.code == "delivery_unknown"


def test_what_is_withdrawn_before_it_was_sent_is_never_sent(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved(), withdrawn())
    export.push_all()
    assert [d.state for d in export.deliveries()] == ["superseded", "delivered"]
    assert platform.get("/v1/items/content/20.SKHCN%2F2026-0042?version=1").json()["type"] == "content.withdrawn"


def test_what_was_under_way_when_it_was_withdrawn_is_not_sent_again(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved())
    claimed = queue.claim(export.pool, "under way")
    assert claimed is not None
    export.take_in(withdrawn())
    failed = AttemptOutcome(status=503, code="http_503")
    queue.settle(export.pool, claimed, failed, decide(failed, attempt=1, luck=0.5, schedule=(0,)))
    export.push_all()
    assert [d.state for d in export.deliveries()] == ["superseded", "delivered"]
    assert platform.held("content")[0]["state"] == "withdrawn"


def test_a_tombstone_follows_what_was_delivered(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved(), released(a_dataset()))
    export.push_all()
    export.take_in(withdrawn(), release_withdrawn())
    export.push_all()
    assert [item["state"] for item in platform.held("content") + platform.held("release")] == ["withdrawn"] * 2


def test_a_redacted_text_is_erased_here_and_withdrawn_outside(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved("a", title="Tên người"), approved("b"))
    export.push_all()
    export.take_in(redacted("20", 1), redacted("20", 77))
    export.push_all()
    assert {item["id"]: item["state"] for item in platform.held("content")} == {
        "20.SKHCN/a": "withdrawn",
        "20.SKHCN/b": "published",
    }
    with export.pool.connection() as conn:
        kept = conn.execute("SELECT string_agg(data, '') FROM export.messages").fetchone()
    assert kept is not None and "Tên người" not in kept[0]
    assert all(one.equal for one in reconcile(export.pool, Wire(), "platform"))


def test_what_was_never_approved_leaves_no_trace_outside(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(withdrawn())
    assert export.deliveries() == []


def test_a_release_goes_only_to_the_recipients_of_its_scope(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(released(a_dataset(recipients=["VN"])))
    assert export.deliveries() == []


def test_a_destination_gets_only_its_own_province_and_kinds(export: Export, platform: Running) -> None:
    export.add(platform, kinds=("content",))
    export.take_in(released(a_dataset()), approved(), approved(unit="33.SKHCN"))
    assert [d.subject for d in export.deliveries()] == ["20.SKHCN/2026-0042"]


def test_a_destination_added_later_gets_what_is_in_force(export: Export, platform: Running) -> None:
    export.take_in(approved("a", 1), approved("a", 2), approved("b"), withdrawn("b"), released(a_dataset()))
    export.add(platform)
    export.push_all()
    assert [(i["id"], i["version"], i["state"]) for i in platform.held("content")] == [
        ("20.SKHCN/a", 2, "published"),
        ("20.SKHCN/b", 1, "withdrawn"),
    ]
    assert len(platform.held("release")) == 1


def test_sample_data_is_marked_on_arrival(pool: Pool, appender: PostgresAppender, platform: Running) -> None:
    export = Export(pool, appender, sample=True)
    export.add(platform)
    export.take_in(approved())
    export.push_all()
    assert json.loads(platform.get("/v1/items/content/20.SKHCN%2F2026-0042").content)["notice"] == "dữ liệu mẫu"


def test_reading_the_log_again_sends_nothing_again(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved(), released(a_dataset()))
    export.push_all()
    with export.pool.connection() as conn:
        conn.execute("DELETE FROM eventlog.positions")
    export.take_in()
    assert export.push_all() == 0
    assert len(export.deliveries()) == 2


def test_many_workers_share_the_work_and_each_message_is_sent_once(export: Export, platform: Running) -> None:
    export.add(platform, in_flight=8)
    export.take_in(*(approved(f"tin-{number}", revision) for number in range(12) for revision in (1, 2)))
    stop, wake = threading.Event(), threading.Event()
    crews = [Crew(export.pool, Pusher(export.pool, Wire(), schedule=(0, 0), name=str(n)), least=2) for n in range(3)]
    threads = [threading.Thread(target=crew.run, args=(stop, wake)) for crew in crews]
    for thread in threads:
        thread.start()
    until(lambda: all(d.state == "delivered" for d in export.deliveries()), timeout=60)
    stop.set()
    wake.set()
    for thread in threads:
        thread.join()
    assert {d.attempt_count for d in export.deliveries()} == {1}
    assert [(item["version"], item["state"]) for item in platform.held("content")] == [(2, "published")] * 12


def test_the_rate_of_a_destination_holds_whoever_sends(export: Export, platform: Running) -> None:
    export.add(platform, per_minute=6)
    export.take_in(approved("a"), approved("b"))
    assert queue.claim(export.pool, "one") is not None
    assert queue.claim(export.pool, "two") is None
    assert 8 < queue.next_due(export.pool, 60) <= 10


def test_no_more_than_the_allowed_number_is_under_way_at_once(export: Export, platform: Running) -> None:
    export.add(platform, in_flight=1)
    export.take_in(approved("a"), approved("b"))
    assert queue.claim(export.pool, "one") is not None
    until(lambda: _slot_has_passed(export))
    assert queue.claim(export.pool, "two") is None


def test_a_paused_destination_waits_and_goes_on(export: Export, platform: Running) -> None:
    export.add(platform)
    export.take_in(approved())
    acts.pause(export.pool, "platform", ME)
    assert export.push_all() == 0
    acts.resume(export.pool, "platform", ME)
    assert export.push_all() == 1


def test_an_unsafe_destination_is_refused_when_it_is_added(export: Export, platform: Running) -> None:
    with pytest.raises(Rejected):
        export.add(platform, url="http://platform.example", reach="public")
    with pytest.raises(Rejected):
        export.add(platform, secret="whsec_short")
    export.add(platform)
    with pytest.raises(Rejected) as again:
        export.add(platform)
    assert again.value.status == 409


def test_a_dataset_that_is_not_what_its_digest_says_is_never_sent_and_stops_its_province(
    export: Export, platform: Running
) -> None:
    export.add(platform)
    damaged = released(a_dataset())
    event = type(damaged)(
        **{name: getattr(damaged, name) for name in damaged.__slots__} | {"data": damaged.data.replace('"12"', '"13"')}
    )
    with pytest.raises(PartitionStopped):
        export.take_in(event, approved())
    assert export.deliveries() == []
    with export.pool.connection() as conn:
        assert [(stop.position, stop.code) for stop in stops.stops(conn)] == [(1, "release_digest_mismatch")]
    export.take_in(set_aside("20", 1))
    assert [d.kind for d in export.deliveries()] == ["content"]


def _slot_has_passed(export: Export) -> bool:
    with export.pool.connection() as conn:
        return conn.execute("SELECT bool_and(slot_at <= clock_timestamp()) FROM export.destinations").fetchone() == (
            True,
        )


def _make_due(export: Export) -> None:
    with export.pool.connection() as conn:
        conn.execute("UPDATE export.deliveries SET due_at = clock_timestamp() WHERE state = 'pending'")


def test_a_portal_that_answers_200_to_everything_has_not_received_it(
    export: Export, platform: Running, tmp_path: Path
) -> None:
    export.add(platform, url=f"{platform.url}/xem")  # a path that is not the contract's
    export.take_in(approved())
    export.push_all()
    assert export.only().state == "dead"
