"""How soon a report that was submitted stands in the figures of its province and of the nation."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import kafka, load
from bench.hub import Running
from lienthong.errors import HubError
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.postgres.answers import value
from lienthong.postgres.pool import Pool, connect
from services.demo.broker import apply_topics, variables


def delays(running: Running, units: Sequence[str], token: str, seconds: float, rate: int = 500) -> str:
    """How long after a report had been read the rollups hold it, at `rate` reports a second, for so many seconds."""
    with positions(running) as seen:
        _at_work(running, seen, units, token)
        before = _head(running)
        connections = min(50, len(units))
        bodies = [running.reports(unit).next for unit in units[:connections]]
        result = load.one_each(running.port, token, bodies, seconds=seconds, pace=connections / rate)
        until_seen(running, seen, 20)
    waited = sorted(_delays(_accepted_after(running, before), seen))
    if not waited:
        return "submit → figure: the worker saw nothing"
    answered = sum(result.statuses.values()) / result.seconds
    waits = result.quantile(0.5) * 1e3, result.quantile(0.99) * 1e3
    return (
        f"at {answered:.0f}/s: submit → receipt p50 {waits[0]:.1f} p99 {waits[1]:.1f} ms; "
        f"submit → province's and nation's figure p50 {waited[len(waited) // 2] * 1e3:.1f} "
        f"p99 {waited[int(len(waited) * 0.99)] * 1e3:.1f} ms "
        "(aim: p99 100 ms)"
    )


def _at_work(running: Running, seen: Sequence[tuple[int, float]], units: Sequence[str], token: str) -> None:
    """Until the worker has nothing left in any partition and takes what comes.

    Its own start (a second or so) is none of what is measured: where the province was worked off before, its position
    says nothing of whether this worker runs; and as long as the others have a backlog, the province waits its turn.
    """
    load.one_each(running.port, token, [running.reports(units[0]).next], seconds=0.01)
    until_seen(running, seen, 60)
    deadline = time.monotonic() + 60
    with Pool(running.conninfo) as pool:
        log = PostgresEventLog(pool)
        while log.positions("aggregate") != log.heads() and time.monotonic() < deadline:
            time.sleep(0.02)


def until_seen(running: Running, seen: Sequence[tuple[int, float]], seconds: float) -> None:
    """Until aggregation stands at the head of the province's partition, or so many seconds have gone."""
    deadline = time.monotonic() + seconds
    while (not seen or seen[-1][0] < _head(running)) and time.monotonic() < deadline:
        time.sleep(0.005)


def delays_on_kafka(running: Running, units: Sequence[str], token: str, seconds: float) -> str:
    """The same with the log on Kafka: a broker, a relay and a worker beside the http process, once all is relayed."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        try:
            settings = stack.enter_context(kafka.a_broker(Path(folder)))
        except HubError as error:  # no Java, no jars: the rest can be measured all the same
            return f"not measured: {error}"
        own = settings.model_copy(update={"topic_prefix": f"bench-{uuid.uuid4().hex[:8]}"})
        apply_topics(own)
        started = [*running.start("relay", port=running.port, more=variables(own))]
        started += running.start("aggregate", "--worker", port=running.port, more=variables(own))
        stack.callback(running.stop, started)
        with Pool(running.conninfo) as pool:
            log, deadline = PostgresEventLog(pool), time.monotonic() + 300
            while any(log.positions(who) != log.heads() for who in ("relay", "aggregate")):
                if time.monotonic() > deadline:
                    return f"not measured: still behind {log.lag('relay')}"
                time.sleep(0.1)
        return delays(running, units, token, seconds)


@contextmanager
def positions(running: Running) -> Iterator[list[tuple[int, float]]]:
    """(position, database's time): how far aggregation had come, asked again and again."""
    seen: list[tuple[int, float]] = []
    stop = threading.Event()

    def watch() -> None:
        with connect(running.conninfo) as conn:
            while not stop.wait(0.002):
                row = conn.execute(
                    b"SELECT c.position, extract(epoch FROM eventlog.hub_now()) FROM eventlog.positions c "
                    b"JOIN eventlog.partitions p USING (partition) "
                    b"WHERE c.consumer = 'aggregate' AND p.key = '20'"
                ).fetchone()
                position, at = row or (0, 0)
                if row is not None and (not seen or position > seen[-1][0]):
                    seen.append((position, float(at)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _accepted_after(running: Running, position: int) -> list[tuple[int, float]]:
    """(position, database's time) at which reports had been read, of those after a position."""
    query = (
        b"SELECT position, extract(epoch FROM received_at) FROM ingest.ledger "
        b"WHERE province = '20' AND position > %s ORDER BY position"
    )
    with connect(running.conninfo) as conn:
        return [(place, float(at)) for place, at in conn.execute(query, (position,))]


_HEAD = "SELECT h.position FROM eventlog.heads h JOIN eventlog.partitions p USING (partition) WHERE p.key = '20'"


def _head(running: Running) -> int:
    with connect(running.conninfo) as conn:
        return value(conn, int, _HEAD) or 0


def _delays(accepted: Sequence[tuple[int, float]], seen: Sequence[tuple[int, float]]) -> Iterator[float]:
    place = 0
    for position, at in accepted:
        while place < len(seen) and seen[place][0] < position:
            place += 1
        if place < len(seen):
            yield seen[place][1] - at
