"""Many aggregators at once: how fast 1, 2 and 4 processes work off a backlog, and what the nation costs meanwhile.

Run: python -m bench.workers [reports]      (20,000 when absent; its own embedded server in a temporary folder)

The same again with what this hub refuses to have, a row that holds the national figure and that every transaction
changes (docs/decisions/0002, 0009); and with one province whose transactions take long. Waiting is counted by looking
at pg_stat_activity all the time.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

import psutil

from bench.aggregation import UNITS, Log
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import run
from lienthong.eventlog.leases import Leases
from lienthong.eventlog.port import Batch
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.answers import certain, value
from lienthong.postgres.migrate import migrate
from lienthong.postgres.pool import Connection, Pool, connect
from services.aggregate import reading
from services.aggregate.store import SQL, PlanVersions
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, ROLE, Aggregator
from services.hub import roster

YEAR = 2026
SLOW = 0.2  # seconds; consolidating a round of 100 units takes about as long on a busy machine
LIVE = 20  # reports in a transaction, about what ingest commits together at 1,000 requests a second
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker' AND wait_event_type = 'Lock'"
    " AND wait_event <> 'advisory'"
)
_spawn = multiprocessing.get_context("spawn")


@dataclass(kw_only=True)
class Watched:
    """What was seen while workers were at it. reads: milliseconds; waiting: sessions that waited for a lock, by look;
    cpu: seconds of all workers and of PostgreSQL.
    """

    reads: list[float] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    cpu: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is tried. batch: reports in a transaction. nation: each transaction also changes the row of the nation, as a
    simpler design would. slow: the key of a partition whose transactions take SLOW seconds, as those that make a large
    release do.
    """

    workers: int
    batch: int
    nation: bool = False
    slow: str | None = None


def work(conninfo: str, stop: Signal, setting: Setting) -> None:
    """A worker's process."""
    ended = threading.Event()
    threading.Thread(target=_pass_on, args=(stop, ended), daemon=True).start()
    with Pool(conninfo, role=ROLE, application_name="worker") as pool:
        with pool.connection() as conn:
            appender = PostgresAppender(partitions_of(conn))
        log = PostgresEventLog(pool, batch_events=setting.batch)
        aggregator = Aggregator(appender, log)

        def handler(tx: Connection, batch: Batch, /) -> None:
            aggregator(tx, batch)
            if setting.nation:
                tx.execute("UPDATE aggregate.bench_nation SET reports = reports + %s", (len(batch.events),))
            if batch.key == setting.slow:
                time.sleep(SLOW)

        run(log.subscribe(CONSUMER), handler, pool, ended, lost=aggregator.forget)


def _pass_on(stop: Signal, ended: threading.Event) -> None:
    stop.wait()
    ended.set()


def watch(conninfo: str, stop: threading.Event, seen: Watched) -> None:
    """Look for waiting sessions fifty times a second, read the nation twice a second: little beside the workers."""
    plans = PlanVersions()
    with connect(conninfo, role=ROLE) as conn, connect(conninfo) as owner:
        for look in itertools.count():
            if stop.wait(0.02):
                return
            seen.waiting.append(value(owner, int, WAITING) or 0)
            if look % 25 == 5:
                began = time.perf_counter()
                reading.national(conn, plans, "P9", str(YEAR))
                seen.reads.append((time.perf_counter() - began) * 1000)


def once(conninfo: str, setting: Setting) -> tuple[int, float, Watched]:
    """Aggregate everything anew: reports (without the slow partition's), seconds, and what was seen."""
    seen, looking = Watched(), threading.Event()
    with Pool(conninfo) as pool, ExitStack() as stack:
        with pool.transaction() as tx:
            tx.execute(SQL.forget_everything)
            tx.execute(SQL.forget_positions, {"consumer": CONSUMER})
        log = PostgresEventLog(pool)
        goal = {key: head for key, head in log.heads().items() if key != setting.slow}
        # Somebody holds every lease until all workers are up: starting a process is not what is measured.
        holder = connect(conninfo)
        Leases(holder, CONSUMER, log.partitions.values()).balance()
        stop = _spawn.Event()
        children = [_spawn.Process(target=work, args=(conninfo, stop, setting)) for _ in range(setting.workers)]
        for child in children:
            child.start()
        stack.callback(_end, children, stop)
        _seated(holder, setting.workers + 1)
        holder.close()
        while not sum(log.positions(CONSUMER).values()):
            time.sleep(0.01)
        began, before = time.perf_counter(), _cpu(conninfo, children)
        watching = threading.Thread(target=watch, args=(conninfo, looking, seen))
        watching.start()
        # Where one province is slow, its worker's others wait for it anyway: three quarters of all are counted.
        enough = int(sum(goal.values()) * (0.75 if setting.slow else 1.0))
        while (done := _done(log, goal)) < enough:
            time.sleep(0.05)
        seconds, seen.cpu = time.perf_counter() - began, _cpu(conninfo, children) - before
        looking.set()
        watching.join()
    return done, seconds, seen


def measure(wanted: int) -> Iterator[str]:
    """Lines of figures, as they come."""
    with tempfile.TemporaryDirectory(prefix="lienthong-workers-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServer(Path(folder)) as conninfo:
            migrate(conninfo, roster.folders())
            with Pool(conninfo) as pool, pool.connection() as conn:
                conn.execute("CREATE TABLE aggregate.bench_nation AS SELECT 0::bigint AS reports")
                conn.execute("GRANT ALL ON aggregate.bench_nation TO lienthong_aggregate")
                log = Log(pool)
                reports = log.fill(log.provinces, range(YEAR, YEAR + max(1, wanted // (UNITS * len(log.provinces)))))
                yield f"{reports:,} reports of 3.4 kB over {len(log.provinces)} provinces"
                for batch, nation in ((1000, False), (LIVE, False), (LIVE, True)):
                    for workers in (1, 2, 4):
                        yield _line(conninfo, Setting(workers=workers, batch=batch, nation=nation))
                for nation in (False, True):
                    yield _line(conninfo, Setting(workers=4, batch=LIVE, nation=nation, slow=log.provinces[0]))
                yield _idle(conninfo)
                verified = verify(pool)
                yield f"recounted: {verified.cells:,} cells, {len(verified.differences)} wrong"


def _line(conninfo: str, setting: Setting) -> str:
    reports, seconds, seen = once(conninfo, setting)
    reads = sorted(seen.reads) or [0.0]
    waited = sum(1 for count in seen.waiting if count)
    row, slow = ", a row for the nation" if setting.nation else "", ", one slow province" if setting.slow else ""
    what = f"{f'{setting.workers} workers, {setting.batch} a transaction{row}{slow}':<69}"
    rate = f"{reports / seconds:>7,.0f} reports/s, {seen.cpu / reports * 1e6:4.0f} µs CPU each"
    read = f"national read {statistics.median(reads):5.1f} ms p50, {reads[-1]:6.1f} ms at most"
    return f"{what}{rate}; {read}; waiting for a lock in {waited} of {len(seen.waiting)} looks"


def _idle(conninfo: str) -> str:
    seen, stop = Watched(), threading.Event()
    watching = threading.Thread(target=watch, args=(conninfo, stop, seen))
    watching.start()
    time.sleep(3)
    stop.set()
    watching.join()
    return f"national read with nobody at work: {statistics.median(seen.reads):.1f} ms p50 over {len(seen.reads)} reads"


def _done(log: PostgresEventLog, goal: Mapping[str, int]) -> int:
    return sum(position for key, position in log.positions(CONSUMER).items() if key in goal)


def _cpu(conninfo: str, children: Sequence[multiprocessing.process.BaseProcess]) -> float:
    """Seconds of CPU so far, of the workers and of the sessions that work for them."""
    with connect(conninfo) as conn:
        rows = conn.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'worker'").fetchall()
    total = 0.0
    for pid in (*(child.pid for child in children), *(pid for (pid,) in rows)):
        with contextlib.suppress(psutil.Error):  # ended meanwhile
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
    return total


_SEATED = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid >= 1000000"


def _seated(conn: Connection, members: int) -> None:
    """Until so many workers have a seat."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if certain(conn, int, _SEATED) >= members:
            return
        time.sleep(0.05)
    raise TimeoutError("the workers do not come up")


def _end(children: Sequence[multiprocessing.process.BaseProcess], stop: Signal) -> None:
    stop.set()
    for child in children:
        child.join(30)


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000):
        print(line, flush=True)
