"""How fast aggregation is: replay of everything, one correction against ten times the history, the national read.

Run: python -m bench.aggregation [reports]      (20,000 when absent; its own embedded server in a temporary folder)
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from lienthong import events
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.eventlog.consumer import advance
from lienthong.eventlog.port import Batch
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import Event
from lienthong.postgres.migrate import migrate
from lienthong.postgres.pool import Pool
from services.aggregate import reading
from services.aggregate.replay import replay
from services.aggregate.store import PlanVersions
from services.aggregate.verify import verify
from services.aggregate.worker import CONSUMER, Aggregator
from services.hub import roster

FIGURES = 40
UNITS = 100  # communes of a province, about
NARRATIVE = "Đã tổ chức tuyên truyền. " * 90  # makes the event 3.4 kB, as a real report is


def a_plan(province: str) -> dict[str, Any]:
    """A plan of one form of 40 figures and six ratios."""
    said = {"vi": "x"}
    figures = [
        {
            "code": f"f{n}",
            "label": said,
            "measure": said,
            "kind": "flow" if n % 2 else "stock",
            "decimals": n % 3,
            "counts": said,
            "reported_by": "commune",
        }
        for n in range(FIGURES)
    ]
    ratios = [
        {
            "code": f"I-{n}",
            "title": said,
            "measure": said,
            "levels": ["province", "nation"],
            "computation": {"kind": "ratio", "numerator": f"f{n}", "denominator": f"f{n + 1}"},
        }
        for n in range(0, 12, 2)
    ]
    programme = {
        "programme": "P9",
        "title": said,
        "figures": figures,
        "reporters": {"commune": {"label": said, "level": "commune"}},
    }
    plan = {
        "plan": f"P9-{province}",
        "programme": "P9",
        "version": 1,
        "issued_by": province,
        "title": said,
        "forms": [{"reporters": "commune", "version": "1.0.0", "figures": [f["code"] for f in figures]}],
        "indicators": ratios,
        "obligations": [],
        "schedules": [],
    }
    return {"programme": programme, "plan": plan}


def an_opening(plan: dict[str, Any], year: int) -> dict[str, Any]:
    code, province = plan["plan"]["plan"], plan["plan"]["issued_by"]
    form = plan["plan"]["forms"][0]
    return {
        "round": f"{code}.{year}",
        "plan": code,
        "planVersion": 1,
        "programme": "P9",
        "kind": "periodic",
        "root": province,
        "province": province,
        "deadlines": [],
        "assumptions": [],
        "period": {"code": f"{year}", "first": f"{year}-01-01", "last": f"{year}-12-14"},
        "forms": [{"form": f"{code}.commune", "version": "1.0.0", "figures": form["figures"]}],
        "obliged": {f"{code}.commune": [f"{province}{n:03d}" for n in range(UNITS)]},
    }


class Log:
    """Facts as ingest would append them."""

    def __init__(self, pool: Pool) -> None:
        with pool.connection() as conn:
            self.appender = PostgresAppender(partitions_of(conn))
            self.provinces = [key for key in partitions_of(conn) if key != events.NATION]
        self._pool, self._chance, self._count = pool, random.Random(9), 0

    def append(self, added: list[Event]) -> None:
        with self._pool.transaction() as tx:
            self.appender.append(tx, added)

    def event(self, kind: str, province: str, data: dict[str, Any]) -> Event:
        self._count += 1
        return Event(
            type=kind,
            source="/bench",
            id=str(self._count),
            time=datetime.now(UTC),
            partition_key=province,
            subject="bench",
            data=orjson.dumps(data).decode(),
        )

    def report(self, province: str, year: int, unit: int, revision: int = 1) -> Event:
        code = f"P9-{province}"
        values = [None if n % 9 == 8 else self._chance.randrange(10**6) for n in range(FIGURES)]
        return self.event(
            events.REPORT_ACCEPTED,
            province,
            {
                "unit": f"{province}{unit:03d}",
                "round": f"{code}.{year}",
                "form": f"{code}.commune",
                "revision": revision,
                "values": values,
                "late": False,
                "contentHash": f"sha256:{'0' * 64}",
                "report": {"narrative": NARRATIVE},
            },
        )

    def fill(self, provinces: list[str], years: range) -> int:
        """Every unit reports in every year; returns how many reports."""
        for province in provinces:
            plan = a_plan(province)
            self.append(
                [
                    self.event(
                        events.PLAN_PUBLISHED,
                        province,
                        {"plan": plan, "planVersion": 1, "programme": "P9", "province": province, "digest": ""},
                    )
                ]
            )
            for year in years:
                self.append(
                    [
                        self.event(events.ROUND_OPENED, province, an_opening(plan, year)),
                        *(self.report(province, year, unit) for unit in range(UNITS)),
                    ]
                )
        return len(provinces) * len(years) * UNITS


def measure(wanted: int) -> Iterator[str]:
    """Lines of figures, as they come."""
    with tempfile.TemporaryDirectory(prefix="lienthong-bench-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServer(Path(folder)) as conninfo:
            migrate(conninfo, roster.folders())
            with Pool(conninfo) as pool:
                log = Log(pool)
                years = range(2026, 2026 + max(1, wanted // (20 * UNITS)))
                small = log.fill(log.provinces[:2], years)
                yield from _replayed(conninfo, small, 1)
                reports = small + log.fill(log.provinces[2:20], years)
                yield from _replayed(conninfo, reports, 1)
                yield from _replayed(conninfo, reports, 2)
                began = time.perf_counter()
                verified = verify(pool)
                yield (
                    f"verify         {verified.events / (time.perf_counter() - began):>10,.0f} events/s, "
                    f"{verified.cells:,} cells, {len(verified.differences)} wrong"
                )
                yield from _corrected(pool, log, years[0], f"with {reports:,} reports")
                yield from _national(pool, years[0])


def _replayed(conninfo: str, reports: int, processes: int) -> Iterator[str]:
    done = replay(conninfo, processes=processes)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    yield (
        f"replay         {reports / done.seconds:>10,.0f} reports/s ({reports:,} reports, "
        f"{processes} processes, {done.seconds:.1f} s, largest process {peak} MB)"
    )


def _corrected(pool: Pool, log: Log, year: int, what: str) -> Iterator[str]:
    """One correction a transaction: reading what was there, writing report, rollup and position."""
    province, engine = log.provinces[0], PostgresEventLog(pool)
    aggregator, spent = Aggregator(log.appender, engine), []
    for number in range(300):
        log.append([log.report(province, year, number % UNITS, revision=number + 2)])
        after = engine.positions(CONSUMER)[province]
        [recorded] = engine.read(province, after, 1)
        began = time.perf_counter()
        with pool.transaction() as tx:
            batch = Batch(key=province, partition=recorded.partition, after=after, events=(recorded,))
            advance(tx, CONSUMER, batch)
            aggregator(tx, batch)
        spent.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(spent, n=100)
    yield f"one correction {cuts[49]:>10.2f} ms p50, {cuts[98]:.2f} ms p99, commit included, {what}"


def _national(pool: Pool, year: int) -> Iterator[str]:
    plans, spent = PlanVersions(), []
    for _ in range(20):
        began = time.perf_counter()
        with pool.transaction() as tx:
            national = reading.national(tx, plans, "P9", str(year))
        spent.append((time.perf_counter() - began) * 1000)
    yield f"national read  {statistics.median(spent):>10.1f} ms p50 over {len(national['provinces'])} provinces"


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000):
        print(line, flush=True)
