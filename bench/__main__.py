"""`python -m bench [rows…]`: what design.md §7 asks for, measured on this machine and printed as ratios of one run.

rows: single bulk batch repeats visible proof aggregation workers kafka console validation (all when none is named).
Nothing here fails.
SECONDS of each load can be set by LIENTHONG_BENCH_SECONDS. CPU is told beside each rate: on a machine that does
other things too it is the steadier figure.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench import aggregation, console, hub, kafka, load, validation, visible, workers
from bench.hub import Running
from bench.load import Result
from lienthong.errors import HubError
from lienthong.postgres.pool import connect
from services.hub.evidence import one_moment, prove

SECONDS = float(os.environ.get("LIENTHONG_BENCH_SECONDS", "4"))
CONNECTIONS = 48
BULK = 2000  # lines of one bulk request
NDJSON, BATCH = "application/x-ndjson", "application/cloudevents-batch+json"
out = Console(width=None if Console().is_terminal else 160)


class Measured:
    """Rates of one run by name, and the table they stand in."""

    def __init__(self) -> None:
        self.rates: dict[str, float] = {}
        self.table = Table(
            "",
            "reports/s",
            "against",
            "p50 ms",
            "p99 ms",
            "CPU µs each: http",
            "postgres",
            "sender",
            title="Acceptance (3.4 kB, 40 figures, durable)",
        )

    def add(self, name: str, each: int, result: Result, cpu: dict[str, float], base: str | None = None) -> None:
        """each: reports of one request. base: the row that this one's rate is divided by."""
        answered = sum(count for status, count in result.statuses.items() if status < 300) * each
        if not answered:
            self.table.add_row(name, f"none: {dict(result.statuses)}")
            return
        self.rates[name] = rate = answered / result.seconds
        against = f"{rate / self.rates[base]:.2f} × {base}" if base in self.rates and base != name else ""
        shares = [f"{cpu[part] / answered * 1e6:,.0f}" for part in ("http", "postgres", "sender")]
        self.table.add_row(
            name,
            f"{rate:,.0f}",
            against,
            f"{result.quantile(0.5) * 1e3:,.1f}",
            f"{result.quantile(0.99) * 1e3:,.1f}",
            *shares,
        )


def main() -> None:
    rows = sys.argv[1:] or [
        "single",
        "bulk",
        "batch",
        "repeats",
        "visible",
        "proof",
        "aggregation",
        "workers",
        "kafka",
        "console",
        "validation",
    ]
    out.print(facts())
    if {"single", "bulk", "batch", "repeats", "visible", "proof"} & set(rows):
        acceptance(rows)
    if "aggregation" in rows:
        out.rule("Aggregation: replay, one correction, the national read")
        for line in aggregation.measure(int(os.environ.get("LIENTHONG_BENCH_REPORTS", "10000"))):
            out.print(line)
    if "workers" in rows:
        out.rule("Many aggregators: 1, 2, 4 processes, and the nation")
        for line in workers.measure(int(os.environ.get("LIENTHONG_BENCH_REPORTS", "10000"))):
            out.print(line, soft_wrap=True)
    if "kafka" in rows:
        out.rule("The event log on Kafka against PostgreSQL")
        try:
            kafka.main(int(os.environ.get("LIENTHONG_BENCH_REPORTS", "10000")))
        except HubError as error:  # no Java, no jars: the rest can be measured all the same
            out.print(f"not measured: {error}")
    if "console" in rows:
        out.rule("The console: pages a second, and memory of the process")
        for part in console.measure():
            out.print(part)
    if "validation" in rows:
        out.rule("Validation, one core")
        validation.main()


def acceptance(rows: Sequence[str]) -> None:
    """Everything that needs a running hub."""
    measured = Measured()
    with out.status("filling a hub …") as status, hub.a_hub() as running:
        units = [unit for _, unit in running.units]
        for processes in (1, 2):
            started = running.start("http", count=processes)
            token, said = running.token(), f", {processes} http process" + ("es" if processes > 1 else "")
            makers = [running.reports(unit).next for unit in units[:CONNECTIONS]]
            load.one_each(running.port, token, makers, seconds=1)  # warm
            if "single" in rows:
                status.update("one request each" + said)
                timed(measured, running, "one request each" + said, 1, token, makers, base="a transaction each")
            if "bulk" in rows:
                status.update("bulk" + said)
                timed(
                    measured,
                    running,
                    "bulk NDJSON" + said,
                    BULK,
                    token,
                    many(running, units[:4], BULK, b"\n"),
                    NDJSON,
                    base="one request each" + said,
                )
            if processes == 1:
                rest(measured, running, rows, units, token, status.update)
                memory = running.memory()
            running.stop(started)
        if "single" in rows:
            status.update("a transaction each")
            started = running.start("http", module="bench.alone")
            makers = [running.reports(unit).next for unit in units[:CONNECTIONS]]
            load.one_each(running.port, running.token(), makers, seconds=1)
            timed(measured, running, "a transaction each", 1, running.token(), makers)
            running.stop(started)
    if measured.rates:
        out.print(measured.table)
    for name, rate in measured.rates.items():
        if name.startswith("one request each") and "a transaction each" in measured.rates:
            ratio = rate / measured.rates["a transaction each"]
            out.print(f"{name}: {ratio:.1f} × the same acceptance with a transaction of its own (aim: 2)")
    out.print(f"memory of the http process after this: {memory[0]:.0f} MB (aim: 120)")


def rest(
    measured: Measured,
    running: Running,
    rows: Sequence[str],
    units: Sequence[str],
    token: str,
    tell: Callable[[str], None],
) -> None:
    """Batches, repeats, and how soon a figure is seen: with one http process."""
    if "batch" in rows:
        tell("batches of 200")
        timed(measured, running, "batches of 200", 200, token, many(running, units[:4], 200, b","), BATCH)
    if "repeats" in rows:
        tell("repeats")
        again = [known.__getitem__ for known in ([running.reports(unit).next()] for unit in units[:CONNECTIONS])]
        timed(measured, running, "the same event again", 1, token, [lambda get=get: get(0) for get in again])  # type: ignore[misc]
    if "proof" in rows:
        tell("verify")
        worker = running.start("aggregate", "--worker", port=running.port)
        with visible.positions(running) as seen:
            visible.until_seen(running, seen, 600)
        running.stop(worker)
        out.print(proved(running))
    if "visible" in rows:
        tell("from submission to the province's figure")
        worker = running.start("aggregate", "--worker", port=running.port)
        out.print("PostgreSQL: " + visible.delays(running, units, token, SECONDS + 2))
        running.stop(worker)
        if "kafka" in rows:
            tell("the same through Kafka")
            out.print("Kafka: " + visible.delays_on_kafka(running, units, token, SECONDS + 2))


def timed(
    measured: Measured,
    running: Running,
    name: str,
    each: int,
    token: str,
    bodies: Sequence[Callable[[], bytes]],
    media: str = "application/cloudevents+json",
    base: str | None = None,
) -> None:
    """One row: the load, and what it cost whom."""
    before = cpu_of(running)
    result = load.one_each(running.port, token, bodies, seconds=SECONDS, media=media)
    after = cpu_of(running)
    measured.add(name, each, result, {part: after[part] - before[part] for part in before}, base)


def many(running: Running, units: Sequence[str], count: int, between: bytes) -> list[Callable[[], bytes]]:
    """Bodies of many reports of one unit each: lines, or a JSON array."""

    def body(unit: str) -> bytes:
        reports = running.reports(unit)
        joined = between.join(reports.next() for _ in range(count))
        return joined if between == b"\n" else b"[" + joined + b"]"

    return [lambda unit=unit: body(unit) for unit in units]  # type: ignore[misc]


def proved(running: Running) -> str:
    """What it takes to hold everything accepted so far against the log: at half of it, and at all of it."""
    with connect(running.conninfo) as conn, one_moment(conn):
        started, reached = time.monotonic(), list[tuple[float, int]]()
        proof = prove(conn, lambda done, _: reached.append((time.monotonic() - started, done)))
        seconds = time.monotonic() - started
    half = next((at for at, done in reached if done * 2 >= proof.events), seconds)
    each = 100_000 / max(1, proof.events)
    return (
        f"verify: {proof.events:,} events in {seconds:.1f} s, {seconds * each:.1f} s per 100,000; the second half took "
        f"{(seconds - half) / max(half, 1e-9):.2f} × the first; {len(proof.findings)} findings"
    )


def cpu_of(running: Running) -> dict[str, float]:
    """Seconds of CPU used so far by the hub's processes, by PostgreSQL and by this process."""
    server = running.server.pid()
    backends = [server, *(child.pid for child in psutil.Process(server).children())] if server else []
    return {
        "http": sum(map(_cpu, (process.pid for process in running.processes))),
        "postgres": sum(map(_cpu, backends)),
        "sender": _cpu(os.getpid()),
    }


def _cpu(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:  # a backend that ended meanwhile
        return 0.0
    return float(times.user + times.system)


def facts() -> str:
    """The machine, in a line: no figure means anything without it."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    busy = psutil.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {model}, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; load before: {busy:.1f}; "
        f"{yardstick() * 1e3:.0f} ms for a million turns of a Python loop"
    )


def yardstick() -> float:
    """Seconds of one core for a million turns of a loop, the best of five: by it runs on different machines, or on one
    whose neighbours take their share, can be told apart."""

    def turns() -> float:
        began, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number
        return time.process_time() - began

    return min(turns() for _ in range(5))


if __name__ == "__main__":
    main()
