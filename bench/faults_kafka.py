"""Three brokers under a load, one of them killed with -9 and restarted again and again: what is lost, doubled, late.

Run: python -m bench.faults_kafka [kills]      (12 when absent; about 15 s each. make faults-kafka)

Reports are appended as ingest appends them, 200 a second over four provinces; a relay's process copies them to Kafka,
two processes aggregate from it. At the end the topic is read as an outside consumer reads it, and every cell is
compared with a recount from the log. Exits with 1 when anything was lost, doubled in its effect, or out of order.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.aggregation import UNITS, Log
from lienthong.embedded.kafka import Cluster
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Transient
from lienthong.eventlog.kafka import log_topic
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.kafka import peek
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.migrate import migrate
from lienthong.postgres.pool import Pool
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, ROLE
from services.demo.broker import apply_topics, variables
from services.hub import roster
from services.hub.supervisor import command, environment

PROVINCES, YEAR = 4, 2026
A_COMMIT, PAUSE = 10, 0.05  # 200 reports a second
DOWN = 4.0  # seconds that a killed broker stays away: longer than its session of three
BETWEEN = 5.0  # seconds from its return to the next kill
PATIENCE = 90.0
ALL = 10_000_000


class Load:
    """Corrections of all units in turn, until told to stop."""

    def __init__(self, log: Log, provinces: list[str]) -> None:
        self._log, self._provinces = log, provinces
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")
        self.appended = 0

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            numbers = range(self.appended, self.appended + A_COMMIT)
            self._log.append(
                [
                    self._log.report(self._provinces[n % PROVINCES], YEAR, n // PROVINCES % UNITS, revision=n + 2)
                    for n in numbers
                ]
            )
            self.appended += A_COMMIT

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def measure(kills: int) -> Iterator[str]:
    """Lines of figures, as they come; raises SystemExit when something is wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lienthong-faults-")))
        folder.chmod(0o755)
        database = stack.enter_context(EmbeddedServer(folder / "data"))
        migrate(database, roster.folders())
        cluster = stack.enter_context(Cluster(folder / "kafka", brokers=3, heap_mb=256))
        settings = cluster.settings()
        apply_topics(settings)
        pool = stack.enter_context(Pool(database))
        log = Log(pool)
        chosen = log.provinces[:PROVINCES]
        log.fill(chosen, range(YEAR, YEAR + 1))
        for words in (("relay",), ("aggregate", "--worker"), ("aggregate", "--worker")):
            stack.enter_context(_process(words, database, settings, folder))
        engine = PostgresEventLog(pool)
        _until(lambda: engine.positions(CONSUMER) == engine.heads(), "everybody reads")
        with Load(log, chosen) as load:
            relayed, counted = _killing(cluster, engine, kills)
        yield f"{load.appended:,} reports under {kills} kills -9 of one broker of three, each away for {DOWN:.0f} s"
        yield _line("in Kafka again after a kill", relayed)
        yield _line("in the rollups again after a kill", counted)
        _until(
            lambda: engine.positions("relay") == engine.heads() == engine.positions(CONSUMER), "everything is through"
        )
        yield from _judged(settings, engine, database)


def _killing(cluster: Cluster, engine: PostgresEventLog, kills: int) -> tuple[list[float], list[float]]:
    """Seconds after each kill until what was appended after it was in Kafka, and in the rollups."""
    chance, relayed, counted = random.Random(4), list[float](), list[float]()
    for _ in range(kills):
        victim = chance.choice((1, 2, 3))
        cluster.kill(victim)
        began = time.monotonic()
        threads = [
            threading.Thread(target=_passed, args=(engine, who, began, times))
            for who, times in (("relay", relayed), (CONSUMER, counted))
        ]
        for thread in threads:
            thread.start()
        time.sleep(DOWN)
        cluster.restart(victim)
        for thread in threads:
            thread.join()
        time.sleep(BETWEEN)
    return relayed, counted


def _passed(engine: PostgresEventLog, consumer: str, began: float, times: list[float]) -> None:
    """Until the consumer has done, in every partition, more than the log held half a second after the kill."""
    time.sleep(0.5)
    goal = engine.heads()
    _until(lambda: all(engine.positions(consumer)[key] >= head for key, head in goal.items()), f"{consumer} goes on")
    times.append(time.monotonic() - began)


def _judged(settings: KafkaSettings, engine: PostgresEventLog, database: str) -> Iterator[str]:
    heads = {engine.partitions[key]: head for key, head in engine.heads().items() if head}
    seen = peek.last_messages(settings, log_topic(settings), ALL, seconds=300)
    wrong, repeated = 0, 0
    for partition, head in heads.items():
        highest = 0
        for position in (int(message.headers["ce_sequence"]) for message in seen[partition]):
            wrong += position > highest + 1
            repeated += position <= highest
            highest = max(highest, position)
        wrong += highest != head
    yield (
        f"topic: {sum(heads.values()):,} events, {wrong} missing or out of order, "
        f"{repeated} repeated (readers skip them by position)"
    )
    with Pool(database, role=ROLE) as own:
        verified = verify(own)
    yield f"rollups: {verified.cells:,} cells recounted, {len(verified.differences)} wrong"
    if wrong or not verified.is_good:
        raise SystemExit(1)


@contextmanager
def _process(words: tuple[str, ...], database: str, settings: KafkaSettings, folder: Path) -> Iterator[None]:
    variables_ = environment(DATABASE_URL=database, LIENTHONG_LOG_LEVEL="warning", **variables(settings))
    with (folder / f"{words[0]}.log").open("ab") as output:
        process = subprocess.Popen(command(*words), env=variables_, stdout=output, stderr=output)
    try:
        yield
    finally:
        ended = process.poll()
        process.terminate()
        process.wait(30)
        if ended is not None:
            print((folder / f"{words[0]}.log").read_text()[-2000:], file=sys.stderr)


def _line(what: str, seconds: list[float]) -> str:
    return f"{what:36} {statistics.median(seconds):5.1f} s median, {max(seconds):5.1f} s at most"


def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise Transient(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(0.05)


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 12):
        print(line, flush=True)
