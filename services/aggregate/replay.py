"""Rebuilding everything from the log: the tables are emptied, the positions reset, all facts consumed again.

What was released stays as the log holds it; the datasets are computed again only to compare their digests.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from lienthong.errors import HubError
from lienthong.eventlog import stops
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import Consumer
from lienthong.eventlog.leases import Leases
from lienthong.eventlog.port import Batch
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.eventlog.stops import Stop
from lienthong.postgres.pool import Pool, connect
from lienthong.refusals import misconfigured
from services.aggregate.store import SQL, diverged_releases
from services.aggregate.worker import CONSUMER, ROLE, Aggregator

# One bulk write and one delta for each (round, form) of a batch: beyond some hundreds each, larger batches only cost
# memory. 2,000 reports of 3 kB are 6 MB.
BATCH_EVENTS = 2_000
BATCH_BYTES = 8 * 1024 * 1024

Progress = Callable[[int, int], None]
"""Called with (events consumed, events in all) about twice a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """What a replay did. diverged: releases whose dataset came out differently: (release, logged, recomputed).
    stopped: partitions that stand before a fact that can't be applied.
    """

    events: int
    seconds: float
    diverged: tuple[tuple[str, str, str], ...]
    stopped: tuple[Stop, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.diverged and not self.stopped


class ReplayFailed(HubError):
    """A process of the replay ended early; its error stands in the log. The tables are incomplete: replay again."""

    code = "replay_failed"


def replay(conninfo: str, *, processes: int = 2, progress: Progress | None = None) -> Replayed:
    """Rebuild aggregate's tables from the log, up to where it stands now.

    conninfo: a login that may act in aggregate's role. Workers must be stopped: Misconfigured when one lives.
    Raises ReplayFailed.
    """
    began = time.monotonic()
    with Pool(conninfo, role=ROLE, application_name="lienthong replay", max_size=4) as pool:
        log = PostgresEventLog(pool)
        with _holding_all_leases(conninfo):
            with pool.transaction() as tx:
                tx.execute(SQL.forget_everything)
                tx.execute(SQL.forget_positions, {"consumer": CONSUMER})
            goal = {key: head for key, head in log.heads().items() if head}
            _consume_all(conninfo, goal, processes, lambda: log.positions(CONSUMER), progress or _no_progress)
        with pool.connection() as conn:
            otherwise = diverged_releases(conn)
            stopped = tuple(stop for stop in stops.stops(conn) if stop.consumer == CONSUMER)
    return Replayed(events=sum(goal.values()), seconds=time.monotonic() - began, diverged=otherwise, stopped=stopped)


def shares(goal: Mapping[str, int], processes: int) -> list[dict[str, int]]:
    """The partitions dealt out so that each process has about the same number of events."""
    dealt: list[dict[str, int]] = [{} for _ in range(max(1, min(processes, len(goal))))]
    for key, events in sorted(goal.items(), key=lambda item: (-item[1], item[0])):
        min(dealt, key=lambda share: sum(share.values()))[key] = events
    return [share for share in dealt if share]


class _Share:
    """The Subscription of one process: its partitions one after the other, up to their goals. Without leases: the
    replay holds all of them, and nobody else reads.
    """

    def __init__(self, log: PostgresEventLog, goal: Mapping[str, int]) -> None:
        self._log = log
        self._goal = dict(goal)
        self._at = dict.fromkeys(goal, 0)
        self._held: set[str] = set()

    @property
    def consumer(self) -> str:
        return CONSUMER

    @property
    def unfinished(self) -> list[str]:
        """The partitions that have facts left and don't stand before one."""
        return [key for key, goal in self._goal.items() if self._at[key] < goal and key not in self._held]

    def poll(self, timeout: float) -> Batch | None:
        for key in self.unfinished[:1]:
            at = self._at[key]
            events = tuple(self._log.page(key, at, min(BATCH_EVENTS, self._goal[key] - at)))
            self._at[key] += len(events)
            return Batch(key=key, partition=self._log.partitions[key], after=at, events=events)
        return None

    def rewind(self, key: str) -> None:
        self._at[key] = self._log.positions(CONSUMER)[key]

    def hold(self, key: str, seconds: float) -> None:
        self._held.add(key)  # for good: a replay waits for nobody

    def held(self) -> frozenset[str]:
        return frozenset(self._goal)

    def close(self) -> None:
        pass


def consume(conninfo: str, goal: Mapping[str, int]) -> None:
    """One process's share: consume these partitions up to their goals, or up to a fact that can't be applied."""
    with Pool(conninfo, role=ROLE, application_name="lienthong replay", max_size=3) as pool:
        with pool.connection() as conn:
            partitions = partitions_of(conn)
        log = PostgresEventLog(pool, batch_events=BATCH_EVENTS, batch_bytes=BATCH_BYTES)
        aggregator, share = Aggregator(PostgresAppender(partitions), log), _Share(log, goal)
        consumer = Consumer(share, aggregator, pool, lost=aggregator.forget)
        while share.unfinished:
            consumer.step(0.0)


def _consume_all(
    conninfo: str,
    goal: Mapping[str, int],
    processes: int,
    positions: Callable[[], Mapping[str, int]],
    progress: Progress,
) -> None:
    # A fork of this process would carry its connections into the children. The server of forks has none, and has read
    # the libraries once for all of them (more than a second each).
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    workers: Sequence[BaseProcess] = [
        context.Process(target=consume, args=(conninfo, share)) for share in shares(goal, processes)
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        progress(sum(positions().values()), sum(goal.values()))
        if any(worker.exitcode not in (None, 0) for worker in workers):
            break
        wait([worker.sentinel for worker in workers if worker.is_alive()], timeout=0.5)
    _end(workers)
    progress(sum(positions().values()), sum(goal.values()))


def _end(workers: Sequence[BaseProcess]) -> None:
    failed = [worker for worker in workers if worker.exitcode not in (None, 0)]
    for worker in workers:
        if failed:
            worker.terminate()
        worker.join()
    if failed:
        raise ReplayFailed(f"{len(failed)} of {len(workers)} processes failed (exit {failed[0].exitcode})")


@contextmanager
def _holding_all_leases(conninfo: str) -> Iterator[None]:
    """Holds the leases of every partition, so that no worker consumes beside us into emptied tables."""
    with connect(conninfo, role=ROLE, application_name="lienthong replay") as conn:
        numbers = partitions_of(conn).values()
        taken, _ = Leases(conn, CONSUMER, numbers).balance()
        if len(taken) < len(numbers):
            raise misconfigured("aggregate_running")
        yield


def _no_progress(done: int, total: int) -> None:
    pass
