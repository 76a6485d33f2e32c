"""How much a year weighs: sizes of rows and indexes, backup, restore, replay, on real tables with generated data.

Run: python -m bench.scale [provinces] [months]      (34 and 12 when absent: one plan, the whole nation, a year)

Every unit reports every month, one in ten corrects. Bodies have 3.4 kB: 40 figures and a narrative of random
Vietnamese words, so that compression finds no more than it would in real ones. docs/scale.md reckons from here.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from psycopg.conninfo import make_conninfo

from bench.aggregation import FIGURES, a_plan
from lienthong import events
from lienthong.backup.archive import check
from lienthong.backup.backup import back_up
from lienthong.backup.restore import restore
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog.append import PostgresAppender, partitions_of
from lienthong.events import Event, Recorded, link
from lienthong.postgres.answers import certain
from lienthong.postgres.migrate import migrate
from lienthong.postgres.pool import Connection, Pool, connect
from services.aggregate.replay import replay
from services.hub import roster
from services.ingest.claims import ledger as store
from services.ingest.claims.ledger import LedgerRow

UNITS = 113  # of a province: 3,321 communes and about 500 agencies over 34
CORRECTED = 10  # one report in so many is corrected once
WORDS = re.findall(
    r"\w+",
    """
    tổ chức tuyên truyền năng lượng nguyên tử hội nghị cán bộ công chức người dân thôn bản khu phố trường học đài phát
    thanh tin bài phóng sự chuyên mục kinh phí bố trí hạn chế khó khăn kiến nghị đề xuất hướng dẫn tập huấn triển khai
    kế hoạch nhiệm vụ giải pháp phối hợp kiểm tra giám sát đánh giá kết quả thực hiện""",
)

TABLES = ("eventlog.events", "ingest.ledger", "ingest.slots", "aggregate.reports", "aggregate.rollups")


class Year:
    """Generated reports, written as ingest writes them: event, ledger, slot, in one transaction of some hundreds."""

    def __init__(self, pool: Pool) -> None:
        with pool.connection() as conn:
            self._appender = PostgresAppender(partitions_of(conn))
            self.provinces = [key for key in partitions_of(conn) if key != events.NATION]
        self._pool, self._chance = pool, random.Random(7)

    def fill(self, provinces: Sequence[str], months: int) -> int:
        """Returns how many reports, corrections counted."""
        total = 0
        for province in provinces:
            plan = a_plan(province)
            self._definition(
                events.PLAN_PUBLISHED,
                province,
                {"plan": plan, "planVersion": 1, "programme": "P9", "province": province, "digest": ""},
            )
            for month in range(1, months + 1):
                round_ = self._open(plan, province, month)
                units = [f"{province}{n:03d}" for n in range(UNITS)]
                total += self._accept(province, round_, units, 1)
                total += self._accept(province, round_, self._chance.sample(units, UNITS // CORRECTED), 2)
        return total

    def _open(self, plan: dict[str, Any], province: str, month: int) -> str:
        code = plan["plan"]["plan"]
        period = f"{2026 + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}"
        round_, form = f"{code}.{period}", plan["plan"]["forms"][0]
        self._definition(
            events.ROUND_OPENED,
            province,
            {
                "round": round_,
                "plan": code,
                "planVersion": 1,
                "programme": "P9",
                "kind": "periodic",
                "root": province,
                "province": province,
                "deadlines": [],
                "assumptions": [],
                "period": {"code": period, "first": f"{period}-01", "last": f"{period}-28"},
                "forms": [{"form": f"{code}.commune", "version": "1.0.0", "figures": form["figures"]}],
                "obliged": {f"{code}.commune": [f"{province}{n:03d}" for n in range(UNITS)]},
            },
        )
        return round_

    def _definition(self, kind: str, province: str, data: dict[str, Any]) -> None:
        event = Event(
            type=kind,
            source="/bench",
            id=hashlib.sha256(orjson.dumps(data)).hexdigest()[:20],
            time=datetime.now(UTC),
            partition_key=province,
            subject="bench",
            data=orjson.dumps(data).decode(),
        )
        with self._pool.transaction() as tx:
            self._appender.append(tx, [event])

    def _accept(self, province: str, round_: str, units: Sequence[str], revision: int) -> int:
        form = f"{round_.split('.', maxsplit=1)[0]}.commune"
        with self._pool.transaction() as tx:
            now = datetime.now(UTC)
            rows = [self._row(province, round_, form, unit, revision, now) for unit in units]
            keys = {(round_, form, row.unit): row for row in rows}
            store.put_slots(tx, keys, dict.fromkeys(keys, False))
            heads = self._appender.lock_heads(tx, {province: len(rows)})
            place = heads.places[province]
            chain, position, recorded, placed = place.chain, place.first, [], []
            for row in rows:
                chain = link(chain, row.content_hash)
                recorded.append(
                    Recorded(
                        event=self._event(row, position),
                        partition=place.partition,
                        position=position,
                        recorded_at=heads.now,
                        seal=row.content_hash,
                        link=chain,
                    )
                )
                placed.append(_placed(row, place.partition, position, chain))
                position += 1
            self._appender.write(tx, heads, recorded)
            store.add_to_ledger(tx, placed)
        return len(rows)

    def _row(self, province: str, round_: str, form: str, unit: str, revision: int, now: datetime) -> LedgerRow:
        return LedgerRow(
            source=f"/{province}/{unit}",
            id=f"{unit}-{round_}-{revision}",
            type=events.REPORT_SUBMITTED,
            province=province,
            unit=unit,
            round=round_,
            form=form,
            revision=revision,
            content_hash=os.urandom(32),
            salt=os.urandom(16),
            link=b"",
            partition=0,
            position=0,
            received_at=now,
            deadline=now,
            late=False,
            client=f"c-{unit}",
            warnings="[]",
        )

    def _event(self, row: LedgerRow, position: int) -> Event:
        values = [None if n % 9 == 8 else self._chance.randrange(10**5) for n in range(FIGURES)]
        words = " ".join(self._chance.choices(WORDS, k=430))
        data = {
            "unit": row.unit,
            "receivedAt": row.received_at.isoformat(),
            "late": False,
            "claim": {"source": row.source, "id": row.id},
            "client": row.client,
            "contentHash": f"sha256:{row.content_hash.hex()}",
            "salt": row.salt.hex(),
            "link": "0" * 64,
            "position": position,
            "round": row.round,
            "form": row.form,
            "revision": row.revision,
            "formVersion": "1.0.0",
            "deadline": row.received_at.isoformat(),
            "values": values,
            "report": {
                "round": row.round,
                "form": row.form,
                "formVersion": "1.0.0",
                "unit": row.unit,
                "revision": row.revision,
                "figures": {f"figure_name_{n}": v for n, v in enumerate(values)},
                "narrative": {"results": words[:1500], "shortcomings": words[1500:2000], "proposals": words[2000:]},
                "signedDocument": {"number": "12/BC-UBND", "date": "2026-10-10"},
            },
        }
        return Event(
            type=events.REPORT_ACCEPTED,
            source=f"/hub/{row.province}",
            id=f"{row.province}-{position}",
            time=row.received_at,
            partition_key=row.province,
            subject=f"{row.round}/{row.form}/{row.unit}",
            causation_id=row.id,
            data=orjson.dumps(data).decode(),
        )


def measure(provinces: int, months: int) -> Iterator[str]:
    """Lines of figures, as they come."""
    with tempfile.TemporaryDirectory(prefix="lienthong-scale-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedServer(Path(folder)) as conninfo:
            migrate(conninfo, roster.folders())
            with Pool(conninfo) as pool:
                began = time.perf_counter()
                year = Year(pool)
                reports = year.fill(year.provinces[:provinces], months)
                yield _rate("written", reports, began)
            yield from _replayed(conninfo, reports)
            with connect(conninfo) as conn:
                conn.execute("VACUUM ANALYZE")
                yield from _sizes(conn, reports)
            yield from _saved(conninfo, Path(folder) / "year.zip", reports)


def _replayed(conninfo: str, reports: int) -> Iterator[str]:
    began = time.perf_counter()
    replay(conninfo, processes=1)
    yield _rate("aggregated", reports, began)


def _sizes(conn: Connection, reports: int) -> Iterator[str]:
    whole = 0
    yield f"{'table':24}{'rows':>10}{'heap':>9}{'toast':>9}{'indexes':>9}{'B/row':>8}{'B/report':>10}"
    for name in TABLES:
        row = conn.execute(
            "SELECT (SELECT reltuples::bigint FROM pg_class WHERE oid = %(n)s::regclass), pg_relation_size(%(n)s),"
            " pg_table_size(%(n)s) - pg_relation_size(%(n)s), pg_indexes_size(%(n)s)",
            {"n": name},
        ).fetchone()
        assert row is not None
        rows, *sizes = row
        whole += sum(sizes)
        shown = "".join(f"{size / 1e6:>9.1f}" for size in sizes)
        yield f"{name:24}{rows:>10,}{shown}{sum(sizes) / max(1, rows):>8.0f}{sum(sizes) / reports:>10.0f}"
    asked = {"type": events.REPORT_ACCEPTED}
    data = certain(conn, Decimal, "SELECT avg(octet_length(data)) FROM eventlog.events WHERE type = %(type)s", asked)
    yield f"together {whole / 1e6:,.1f} MB; {whole / reports:,.0f} bytes a report; event data {data:,.0f} bytes"


def _saved(conninfo: str, file: Path, reports: int) -> Iterator[str]:
    began = time.perf_counter()
    made = back_up(conninfo, file)
    yield _rate("backed up", reports, began) + f", {made.size / 1e6:,.0f} MB into {file.stat().st_size / 1e6:,.0f} MB"
    began = time.perf_counter()
    check(file)
    yield _rate("checked", reports, began)
    with connect(conninfo) as conn:
        conn.execute("CREATE DATABASE again TEMPLATE template0")
    began = time.perf_counter()
    restore(make_conninfo(conninfo, dbname="again"), file, roster.folders())
    yield _rate("restored", reports, began)
    yield f"largest this process has been: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"


def _placed(row: LedgerRow, partition: int, position: int, chain: bytes) -> LedgerRow:
    return LedgerRow(
        **{name: getattr(row, name) for name in row.__slots__}
        | {"partition": partition, "position": position, "link": chain}
    )


def _rate(what: str, reports: int, began: float) -> str:
    spent = time.perf_counter() - began
    return f"{what:12}{reports:>10,} reports in {spent:>6.1f} s: {reports / spent:>8,.0f}/s"


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    for line in measure(*(given + [34, 12][len(given) :])):
        print(line, flush=True)
