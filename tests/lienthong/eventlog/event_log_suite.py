"""What every engine of the event log must do (lienthong/eventlog/port.py). An engine subclasses
`EventLogSuite` and gives the fixture `engine`.
"""

from __future__ import annotations

import json
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lienthong.errors import Transient
from lienthong.eventlog import consumer, session, stops
from lienthong.eventlog.consumer import Consumer, run
from lienthong.eventlog.port import Appender, Batch, Conflict, EventLog, HoleInLog, Subscription
from lienthong.eventlog.stops import PartitionStopped
from lienthong.events import (
    FACT_SET_ASIDE,
    RELEASE_MADE,
    RELEASE_SIGNED,
    REPORT_ACCEPTED,
    Event,
    Recorded,
    link,
    seal_of,
)
from lienthong.postgres.pool import Connection, Pool
from lienthong.proof.links import is_noted

WRITERS = 8


class Engine(ABC):
    """An engine under test, with the means to break it."""

    pool: Pool
    appender: Appender
    log: EventLog

    @abstractmethod
    def tell(self) -> None:
        """What a service does after its commit so that consumers wake up."""

    @abstractmethod
    def smaller(self, *, events: int = 1000, size: int = 1 << 24) -> EventLog:
        """The same log with other limits of a batch: events, and bytes of data."""

    @abstractmethod
    def sever(self, consumer: str) -> None:
        """Break the sessions of all workers of this consumer, as a lost network does. They don't notice yet."""

    @abstractmethod
    def make_hole(self, key: str, position: int) -> None:
        """Lose one event."""

    def append(self, *events: Event) -> list[Recorded]:
        with self.pool.transaction() as tx:
            recorded = self.appender.append(tx, events)
        self.tell()
        return recorded


def an_event(number: int | str, key: str = "20", *, kind: str = REPORT_ACCEPTED, data: str | None = None) -> Event:
    return Event(
        type=kind,
        source="urn:test",
        id=str(number),
        time=datetime(2026, 10, 10, 1, 2, 3, 456789, tzinfo=UTC),
        partition_key=key,
        subject=f"subject-{number}",
        data=data or f'{{"chữ": "{number}"}}',
        correlation_id="c",
        causation_id="d",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


class Results:
    """A handler that writes each event it is given into a table without any constraint."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.failures: list[Exception] = []
        self.indigestible: set[str] = set()
        with pool.connection() as conn:
            conn.execute("CREATE TABLE seen (at bigserial, key text, position bigint, id text)")

    def __call__(self, tx: Connection, batch: Batch, /) -> None:
        for event in batch.events:
            if event.event.id in self.indigestible:
                raise ValueError("nobody may read this")
            tx.execute(
                "INSERT INTO seen (key, position, id) VALUES (%s, %s, %s)",
                (event.event.partition_key, event.position, event.event.id),
            )
        if self.failures:
            raise self.failures.pop()

    def ids(self) -> list[str]:
        with self._pool.connection() as conn:
            return [row[0] for row in conn.execute("SELECT id FROM seen ORDER BY key, at")]

    def positions(self, key: str) -> list[int]:
        with self._pool.connection() as conn:
            return [row[0] for row in conn.execute("SELECT position FROM seen WHERE key = %s ORDER BY at", (key,))]


def set_aside(key: str, position: int, *consumers: str) -> Event:
    """The fact by which an operator sets another aside."""
    data = {"partition": key, "position": position, "consumers": list(consumers), "by": "test", "reason": "hỏng"}
    event = an_event(f"aside-{position}", key, kind=FACT_SET_ASIDE, data=json.dumps(data))
    return replace(event, subject=stops.subject_of(key, position))


def stops_of(engine: Engine) -> list[stops.Stop]:
    with engine.pool.connection() as conn:
        return stops.stops(conn)


class Gate:
    """A subscription whose worker is paused, as by the operating system, right after it has read a batch."""

    def __init__(self, inner: Subscription) -> None:
        self._inner = inner
        self.holding = threading.Event()
        self.open = threading.Event()

    @property
    def consumer(self) -> str:
        return self._inner.consumer

    def pause(self) -> None:
        """Hold the worker at its next batch."""
        self.open.clear()
        self.holding.clear()

    def poll(self, timeout: float) -> Batch | None:
        batch = self._inner.poll(timeout)
        if batch is not None:
            self.holding.set()
            assert self.open.wait(60)
        return batch

    def hold(self, key: str, seconds: float) -> None:
        self._inner.hold(key, seconds)

    def rewind(self, key: str) -> None:
        self._inner.rewind(key)

    def held(self) -> frozenset[str]:
        return self._inner.held()

    def close(self) -> None:
        self._inner.close()


@contextmanager
def in_background(engine: Engine, subscription: Subscription, results: Results) -> Iterator[threading.Event]:
    """A worker in a thread of its own; its errors are raised at the end."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(run, subscription, results, engine.pool, stop)
        try:
            yield stop
        finally:
            stop.set()
        running.result(60)


def until(condition: object, seconds: float = 60.0) -> None:
    """Wait for a condition (a callable), not for a time."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


class EventLogSuite:
    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError("an engine's suite gives this fixture")

    @pytest.fixture
    def results(self, engine: Engine) -> Results:
        return Results(engine.pool)

    # -- appending and reading

    def test_an_event_is_read_back_as_it_was_appended(self, engine: Engine) -> None:
        [recorded] = engine.append(an_event(1))
        assert engine.log.read("20", after=0) == [recorded]
        assert recorded.event == an_event(1)
        assert (recorded.position, engine.log.head("20"), engine.log.heads()["20"]) == (1, 1, 1)

    def test_each_partition_counts_from_one(self, engine: Engine) -> None:
        recorded = engine.append(an_event(1), an_event(2, "33"), an_event(3), an_event(4, "VN"))
        assert [(one.event.partition_key, one.position) for one in recorded] == [
            ("20", 1),
            ("33", 1),
            ("20", 2),
            ("VN", 1),
        ]

    def test_reading_continues_after_a_position_and_ends_at_the_head(self, engine: Engine) -> None:
        engine.append(*map(an_event, range(10)))
        assert [one.position for one in engine.log.read("20", after=3, limit=4)] == [4, 5, 6, 7]
        assert engine.log.read("20", after=10) == []
        assert engine.log.read("33", after=0) == []

    def test_an_unknown_partition_is_named(self, engine: Engine) -> None:
        with pytest.raises(KeyError, match="99"):
            engine.append(an_event(1, "99"))
        with pytest.raises(KeyError, match="99"):
            engine.log.head("99")

    def test_rare_facts_are_found_by_type_and_subject(self, engine: Engine) -> None:
        engine.append(an_event(1, kind=RELEASE_MADE), an_event(2, kind=RELEASE_SIGNED), an_event(3))
        assert [one.event.id for one in engine.log.find(RELEASE_MADE, "subject-1")] == ["1"]
        assert engine.log.find(RELEASE_MADE, "subject-2") == []

    def test_a_rolled_back_transaction_leaves_no_hole(self, engine: Engine) -> None:
        engine.append(an_event(1))
        with pytest.raises(RuntimeError), engine.pool.transaction() as tx:
            engine.appender.append(tx, [an_event(2)])
            raise RuntimeError("the caller changed its mind")
        [recorded] = engine.append(an_event(3))
        assert recorded.position == 2
        assert [one.event.id for one in engine.log.read("20", after=0)] == ["1", "3"]

    def test_an_event_is_invisible_until_its_transaction_commits(self, engine: Engine) -> None:
        with engine.pool.transaction() as tx:
            engine.appender.append(tx, [an_event(1)])
            assert engine.log.head("20") == 0
            assert engine.log.read("20", after=0) == []
        assert engine.log.head("20") == 1

    def test_positions_are_in_commit_order_even_if_the_first_claimer_is_slow(self, engine: Engine) -> None:
        with ThreadPoolExecutor(1) as threads:
            with engine.pool.transaction() as tx:
                engine.appender.append(tx, [an_event("slow")])
                quick = threads.submit(engine.append, an_event("quick"))
                with pytest.raises(TimeoutError):
                    quick.result(0.1)
            assert [one.position for one in quick.result(60)] == [2]
        assert [one.event.id for one in engine.log.read("20", after=0)] == ["slow", "quick"]

    def test_writers_of_the_same_partitions_in_opposite_order_never_deadlock(self, engine: Engine) -> None:
        def write(number: int) -> None:
            keys = ["20", "33", "VN"] if number % 2 else ["VN", "33", "20"]
            engine.append(*(an_event(f"{number}-{key}", key) for key in keys))

        with ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(write, range(80)))
        assert [engine.log.head(key) for key in ("20", "33", "VN")] == [80, 80, 80]

    def test_recorded_times_never_decrease_within_a_partition(self, engine: Engine) -> None:
        with ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(lambda number: engine.append(an_event(number)), range(100)))
        times = [one.recorded_at for one in engine.log.read("20", after=0)]
        assert times == sorted(times)

    # -- duplicates and the chain

    def test_the_same_id_with_the_same_content_is_recorded_once(self, engine: Engine) -> None:
        [first] = engine.append(an_event(1, kind=RELEASE_SIGNED))
        again = engine.append(an_event(1, kind=RELEASE_SIGNED), an_event(2, kind=RELEASE_SIGNED))
        assert again[0] == first
        assert again[1].position == 2

    def test_the_same_id_twice_in_one_call_is_recorded_once(self, engine: Engine) -> None:
        first, second = engine.append(an_event(1, kind=RELEASE_SIGNED), an_event(1, kind=RELEASE_SIGNED))
        assert first == second
        assert engine.log.head("20") == 1

    def test_the_same_id_with_other_content_is_refused_and_nothing_is_written(self, engine: Engine) -> None:
        engine.append(an_event(1, kind=RELEASE_SIGNED))
        for other in (
            an_event(1, kind=RELEASE_SIGNED, data="{}"),
            an_event(1, kind=RELEASE_MADE),
            an_event(1, "33", kind=RELEASE_SIGNED),
        ):
            with pytest.raises(Conflict):
                engine.append(an_event(2, kind=RELEASE_SIGNED), other)
        assert engine.log.heads()["20"] == 1

    def test_twins_in_flight_are_recorded_once(self, engine: Engine) -> None:
        with ThreadPoolExecutor(WRITERS) as threads:
            recorded = list(threads.map(lambda _: engine.append(an_event(1, kind=RELEASE_SIGNED)), range(24)))
        assert all(one == recorded[0] for one in recorded)
        assert engine.log.head("20") == 1

    def test_each_link_continues_the_chain_of_its_partition(self, engine: Engine) -> None:
        with engine.pool.transaction() as tx:
            chain = engine.appender.lock_heads(tx, {"20": 1}).places["20"].chain
        with ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(lambda n: engine.append(an_event(n), an_event(f"{n}b", "33")), range(50)))
        for one in engine.log.read("20", after=0):
            assert one.seal == seal_of(one.event)
            assert is_noted(chain, one, None)
            chain = one.link
        with engine.pool.transaction() as tx:
            assert engine.appender.lock_heads(tx, {"20": 1}).places["20"].chain == chain

    def test_recorded_times_never_decrease_where_the_servers_clock_was_set_back(self, engine: Engine) -> None:
        engine.append(an_event(1))
        with engine.pool.connection() as conn:  # as the clock had been an hour ahead
            conn.execute("UPDATE eventlog.heads SET recorded_at = recorded_at + interval '1 hour' WHERE position > 0")
        [second], [third] = engine.append(an_event(2)), engine.append(an_event(3))
        [first, *_] = engine.log.read("20", after=0)
        assert second.recorded_at > first.recorded_at + timedelta(minutes=59)
        assert third.recorded_at == second.recorded_at

    @pytest.mark.parametrize("wrong", ["position", "link", "partition", "unlocked"])
    def test_writing_elsewhere_than_under_the_locked_heads_is_refused(self, engine: Engine, wrong: str) -> None:
        event = an_event(1, "33" if wrong == "unlocked" else "20")
        with pytest.raises(ValueError), engine.pool.transaction() as tx:
            heads = engine.appender.lock_heads(tx, {"20": 1})
            place, seal = heads.places["20"], seal_of(event)
            one = Recorded(
                event=event,
                partition=place.partition + (wrong == "partition"),
                position=place.first + (wrong == "position"),
                recorded_at=heads.now,
                seal=seal,
                link=seal if wrong == "link" else link(place.chain, seal),
            )
            engine.appender.write(tx, heads, [one])
        assert engine.log.head("20") == 0

    # -- consuming

    def test_a_new_consumer_begins_at_the_beginning_and_an_old_one_where_it_ended(
        self, engine: Engine, results: Results
    ) -> None:
        for number in range(2):
            engine.append(an_event(number))
            subscription = engine.log.subscribe("c")
            Consumer(subscription, results, engine.pool).consume_until(engine.log.heads())
            subscription.close()
        assert results.ids() == ["0", "1"]

    def test_consumers_of_different_names_each_get_everything(self, engine: Engine, results: Results) -> None:
        engine.append(an_event(1))
        for name in ("a", "b"):
            subscription = engine.log.subscribe(name)
            Consumer(subscription, results, engine.pool).consume_until(engine.log.heads())
            subscription.close()
        assert results.ids() == ["1", "1"]

    def test_only_the_chosen_partitions_are_read(self, engine: Engine, results: Results) -> None:
        engine.append(an_event(1, "20"), an_event(2, "33"), an_event(3, "VN"))
        subscription = engine.log.subscribe("c", ["VN", "33"])
        Consumer(subscription, results, engine.pool).consume_until({"33": 1, "VN": 1})
        assert sorted(results.ids()) == ["2", "3"]
        subscription.close()

    def test_a_reader_with_many_writers_skips_nothing_and_repeats_nothing(
        self, engine: Engine, results: Results
    ) -> None:
        keys = ("20", "33", "01")

        def write(writer: int) -> None:
            chance = random.Random(writer)
            for number in range(40):
                chosen = chance.sample(keys, chance.randint(1, 3))
                engine.append(*(an_event(f"{writer}-{number}-{key}", key) for key in chosen))

        with in_background(engine, engine.log.subscribe("c"), results), ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(write, range(WRITERS)))
            goal = engine.log.heads()
            until(lambda: len(results.ids()) >= sum(goal.values()))
        for key in keys:
            assert results.positions(key) == list(range(1, goal[key] + 1))
        assert len(set(results.ids())) == sum(goal.values())

    def test_an_event_wakes_a_waiting_consumer(
        self, engine: Engine, results: Results, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No regular look is waited for: the next one is later than a test waits for. (How soon: make bench.)"""
        monkeypatch.setattr(session, "SAFETY_POLL_SECONDS", 3600.0)
        monkeypatch.setattr(consumer, "_POLL_SECONDS", 600.0)
        with in_background(engine, engine.log.subscribe("c"), results) as stop:
            for number in range(1, 21):
                engine.append(an_event(number))
                until(lambda wanted=number: len(results.ids()) == wanted)
            stop.set()
            engine.append(an_event("last"))  # a long wait for the end of the worker is not needed either

    def test_a_batch_is_limited_by_events_and_by_bytes_but_holds_at_least_one(self, engine: Engine) -> None:
        large = f'{{"x": "{"a" * 4000}"}}'
        engine.append(*(an_event(number, data=large) for number in range(6)))
        assert _sizes(engine.smaller(events=4), "by-events") == [4, 2]
        assert _sizes(engine.smaller(size=9000), "by-bytes") == [2, 2, 2]
        assert _sizes(engine.smaller(size=100), "at-least-one") == [1] * 6

    def test_a_handler_that_fails_for_now_leaves_nothing_and_is_asked_again(
        self, engine: Engine, results: Results
    ) -> None:
        engine.append(an_event(1), an_event(2))
        results.failures = [Transient("a destination is away"), Transient("still away")]
        forgotten: list[str] = []
        subscription = engine.log.subscribe("c")
        Consumer(subscription, results, engine.pool, lost=forgotten.append).consume_until({"20": 2})
        assert results.ids() == ["1", "2"]
        assert forgotten == ["20", "20"]
        subscription.close()

    # -- facts that can't be applied

    def test_a_fact_that_can_not_be_applied_stops_its_partition_and_no_other(
        self, engine: Engine, results: Results
    ) -> None:
        engine.append(*map(an_event, range(1, 6)), an_event("other", "33"))
        results.indigestible = {"3"}
        with in_background(engine, engine.log.subscribe("c"), results):
            until(lambda: results.ids() == ["1", "2", "other"])
            engine.append(an_event("later", "33"))
            until(lambda: results.ids() == ["1", "2", "other", "later"])
            [found] = stops_of(engine)
        assert (found.consumer, found.key, found.position) == ("c", "20", 3)
        assert (found.type, found.code) == (REPORT_ACCEPTED, "fact_not_applicable")
        assert found.reason.startswith("ValueError at ")
        assert "nobody may read this" not in found.reason
        assert engine.log.positions("c")["20"] == 2  # type: ignore[attr-defined]

    def test_a_fact_that_was_set_aside_is_passed_over_at_once_and_on_every_replay(
        self, engine: Engine, results: Results
    ) -> None:
        engine.append(*map(an_event, range(1, 6)))
        results.indigestible = {"3"}
        with in_background(engine, engine.log.subscribe("c"), results):
            until(lambda: len(stops_of(engine)) == 1)
            engine.append(set_aside("20", 3, "c"))
            until(lambda: results.ids() == ["1", "2", "4", "5", "aside-3"])
            assert stops_of(engine) == []
        results.indigestible = set()
        again = engine.log.subscribe("d")
        Consumer(again, results, engine.pool).consume_until({"20": 6})
        assert results.ids()[5:] == ["1", "2", "3", "4", "5", "aside-3"]  # for another consumer it was no trouble
        again.close()
        with engine.pool.connection() as conn:
            conn.execute("DELETE FROM seen")
            conn.execute("DELETE FROM eventlog.positions WHERE consumer = 'c'")
        replayed = engine.log.subscribe("c")
        Consumer(replayed, results, engine.pool).consume_until({"20": 6})
        assert results.ids() == ["1", "2", "4", "5", "aside-3"]
        replayed.close()

    def test_a_fact_whose_cause_was_mended_is_applied_by_the_next_worker(
        self, engine: Engine, results: Results
    ) -> None:
        engine.append(*map(an_event, range(1, 4)))
        results.indigestible = {"2"}
        subscription = engine.log.subscribe("c")
        with pytest.raises(PartitionStopped, match="position 2 of partition 20"):
            Consumer(subscription, results, engine.pool).consume_until({"20": 3})
        subscription.close()
        results.indigestible = set()
        mended = engine.log.subscribe("c")
        Consumer(mended, results, engine.pool).consume_until({"20": 3})
        assert results.ids() == ["1", "2", "3"]
        assert stops_of(engine) == []
        mended.close()

    def test_a_handler_may_append_in_the_transaction_of_its_results(self, engine: Engine) -> None:
        def answer(tx: Connection, batch: Batch, /) -> None:
            signed = [event.event for event in batch.events if event.event.type == RELEASE_SIGNED]
            engine.appender.append(tx, [an_event(f"made-{event.id}", kind=RELEASE_MADE) for event in signed])

        engine.append(an_event(1, kind=RELEASE_SIGNED), an_event(2, kind=RELEASE_SIGNED))
        subscription = engine.log.subscribe("c")
        Consumer(subscription, answer, engine.pool).consume_until({"20": 4})
        assert [one.event.id for one in engine.log.read("20", after=2)] == ["made-1", "made-2"]
        subscription.close()

    def test_a_hole_stops_the_consumer_before_it(self, engine: Engine, results: Results) -> None:
        engine.append(*map(an_event, range(1, 6)))
        engine.make_hole("20", 3)
        with in_background(engine, engine.log.subscribe("c"), results):
            engine.append(an_event("other", "33"))
            until(lambda: results.ids() == ["1", "2", "other"])
            until(lambda: "c" in {stop.consumer for stop in stops_of(engine)})
        [found] = [
            stop for stop in stops_of(engine) if stop.consumer == "c"
        ]  # where Kafka is, the relay stands there too
        assert (found.key, found.position, found.type, found.code) == ("20", 3, None, "hole_in_log")

    def test_reading_over_a_hole_is_refused(self, engine: Engine) -> None:
        engine.append(*map(an_event, range(1, 6)))
        engine.make_hole("20", 3)
        for after, limit in ((0, 10), (2, 1), (2, 10)):
            with pytest.raises(HoleInLog):
                engine.log.read("20", after=after, limit=limit)
        assert [one.position for one in engine.log.read("20", after=3)] == [4, 5]

    # -- several workers

    def test_a_worker_that_was_paused_and_replaced_changes_nothing(self, engine: Engine, results: Results) -> None:
        paused = Gate(engine.log.subscribe("c"))
        with in_background(engine, paused, results):
            paused.open.set()
            engine.append(an_event(1))
            until(lambda: results.ids() == ["1"])
            paused.pause()
            engine.append(*map(an_event, range(2, 6)))
            assert paused.holding.wait(60)
            engine.sever("c")
            replacement = engine.log.subscribe("c")
            Consumer(replacement, results, engine.pool).consume_until({"20": 5})
            replacement.close()
            paused.open.set()
            engine.append(an_event(6))
            until(lambda: len(results.ids()) >= 6)
        assert results.positions("20") == [1, 2, 3, 4, 5, 6]

    def test_of_two_workers_with_the_same_batch_one_is_superseded(self, engine: Engine, results: Results) -> None:
        engine.append(*map(an_event, range(1, 4)))
        subscription = engine.log.subscribe("c")
        batch = subscription.poll(10)
        assert batch is not None
        slow = Consumer(Replaying([_head(batch, 1), _tail(batch, 2)], subscription), results, engine.pool)
        quick = Consumer(Replaying([batch], subscription), results, engine.pool)
        assert slow.step(0.1)
        assert quick.step(0.1)
        assert not slow.step(0.1)
        assert results.positions("20") == [1, 2, 3]
        subscription.close()

    def test_a_batch_delivered_again_has_no_second_effect(self, engine: Engine, results: Results) -> None:
        engine.append(*map(an_event, range(1, 4)))
        subscription = engine.log.subscribe("c")
        batch = subscription.poll(10)
        assert batch is not None
        again = Replaying([_head(batch, 2), _head(batch, 1), batch, batch], subscription)
        worker = Consumer(again, results, engine.pool)
        assert [worker.step(0.1) for _ in range(4)] == [True, False, True, False]
        assert results.positions("20") == [1, 2, 3]
        subscription.close()

    def test_workers_share_the_partitions_and_one_takes_over_from_another(
        self, engine: Engine, results: Results
    ) -> None:
        first, second = engine.log.subscribe("c"), engine.log.subscribe("c")
        with in_background(engine, first, results):
            until(lambda: len(first.held()) == 35)
            with in_background(engine, second, results):
                until(lambda: len(first.held()) == 18 and len(second.held()) == 17)
                assert not first.held() & second.held()
                engine.append(*(an_event(key, key) for key in engine.log.heads()))
                until(lambda: len(results.ids()) == 35)
            until(lambda: len(first.held()) == 35)
            engine.append(*(an_event(f"{key}-2", key) for key in engine.log.heads()))
            until(lambda: len(results.ids()) == 70)
        assert len(set(results.ids())) == 70

    def test_workers_for_different_partitions_leave_none_unread(self, engine: Engine, results: Results) -> None:
        with (
            in_background(engine, engine.log.subscribe("c", ["VN"]), results),
            in_background(engine, engine.log.subscribe("c", ["20", "33", "01"]), results),
        ):
            engine.append(*(an_event(key, key) for key in ("20", "33", "01")))
            until(lambda: len(results.ids()) == 3)

    def test_broken_sessions_of_two_workers_double_and_lose_nothing(self, engine: Engine, results: Results) -> None:
        log = engine.smaller(events=7)
        with in_background(engine, log.subscribe("c"), results), in_background(engine, log.subscribe("c"), results):
            for number in range(60):
                engine.append(*(an_event(f"{number}-{key}", key) for key in ("20", "33", "01", "04")))
                if number % 15 == 7:
                    engine.sever("c")
            until(lambda: len(results.ids()) >= 240)
        for key in ("20", "33", "01", "04"):
            assert results.positions(key) == list(range(1, 61))


class Replaying:
    """A subscription that delivers given batches, as an engine does after a lost acknowledgement."""

    def __init__(self, batches: Sequence[Batch], inner: Subscription) -> None:
        self._batches = list(batches)
        self._inner = inner

    @property
    def consumer(self) -> str:
        return self._inner.consumer

    def poll(self, timeout: float) -> Batch | None:
        return self._batches.pop(0) if self._batches else None

    def hold(self, key: str, seconds: float) -> None:
        self._inner.hold(key, seconds)

    def rewind(self, key: str) -> None:
        self._inner.rewind(key)

    def held(self) -> frozenset[str]:
        return self._inner.held()

    def close(self) -> None:
        self._inner.close()


def _head(batch: Batch, count: int) -> Batch:
    return replace(batch, events=batch.events[:count])


def _tail(batch: Batch, count: int) -> Batch:
    return batch.beyond(batch.last - count)


def _sizes(log: EventLog, consumer: str) -> list[int]:
    subscription = log.subscribe(consumer)
    sizes = []
    while (batch := subscription.poll(0.05)) is not None:
        sizes.append(len(batch.events))
    subscription.close()
    return sizes
