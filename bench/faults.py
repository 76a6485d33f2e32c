"""kill -9 of any process and of PostgreSQL while reports come in: nothing with a receipt is lost, nothing doubled.

Run: python -m bench.faults [kills]      (200 when absent). A real `lienthong up` in a folder of its own, senders that
repeat until they are answered, as integrated systems do, and at the end the whole ledger, log, chain and rollups
held against the receipts. Exits with 1 when anything is wrong.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench import hub
from lienthong import events
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog import installation
from lienthong.eventlog.postgres import PostgresEventLog
from lienthong.events import Recorded
from lienthong.postgres.pool import Connection, Pool, connect
from lienthong.proof import whole
from lienthong.proof.links import is_noted
from lienthong.proof.walk import data_of
from services.aggregate.verify import verify
from services.identity import store
from services.identity.clients import Registration

ROUND, FORM = "P119-LS.2026", "P119-LS.commune"
VICTIMS = ("http", "postgres", "aggregate", "backend", "export", "nursery")
WITHIN = 10.0  # seconds in which the hub must accept again


@dataclass
class Living:
    """A `lienthong up` that is being killed at. receipts: by event id, as the senders got them."""

    process: subprocess.Popen[bytes]
    server: EmbeddedServer
    conninfo: str
    port: int
    secret: str = ""
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)
    killed_at: float = 0.0

    def victim(self, kind: str, chance: random.Random) -> int | None:
        """The process to kill; None while there is none of that kind."""
        if kind in ("postgres", "backend"):
            pid = self.server.pid()
            if pid is None or kind == "postgres":
                return pid
            backends = [child.pid for child in psutil.Process(pid).children()]
            return chance.choice(backends) if backends else None
        pids = [
            child.pid
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if {"lienthong", kind} <= set(_words(child))
        ]
        return chance.choice(pids) if pids else None

    def kill(self, kind: str, chance: random.Random) -> float:
        """Kill -9; the seconds until a report that was sent after it has its receipt (at most three times WITHIN)."""
        pid = self.victim(kind, chance)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        started = self.killed_at = time.monotonic()
        self.answered.clear()
        if not self.answered.wait(3 * WITHIN):
            self.wrong.append(f"no report was accepted within {3 * WITHIN:g} s of killing {kind}")
        return time.monotonic() - started


def _words(process: psutil.Process) -> list[str]:
    """The command line; [] of one that has just ended."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def send(living: Living, unit: str, figures: dict[str, Any]) -> None:
    """One sender: revision after revision of a unit, each repeated until it has a receipt."""
    token, conn, revision = "", None, 0
    while not living.stop.is_set():
        revision += 1
        document = _a_report(unit, revision, figures)
        first_try = time.monotonic()
        while True:
            sent = time.monotonic()
            try:
                token = token or hub.token(living.port, living.secret)
                conn = conn or http.client.HTTPConnection("127.0.0.1", living.port, timeout=10)
                conn.request(
                    "POST",
                    "/v1/events",
                    json.dumps(document),
                    {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"},
                )
                answer = conn.getresponse()
                status, body = answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                conn = None
                status, body = 0, {}
            if status in (200, 201):
                break
            if 400 <= status < 500 and status != 401:
                living.wrong.append(f"{document['id']} was refused: {body}")
                return
            token = "" if status == 401 else token
            if living.stop.is_set() and time.monotonic() - first_try > 3 * WITHIN:
                living.wrong.append(f"{document['id']} got no answer")
                return
            time.sleep(0.05)
        living.receipts[document["id"]] = body
        if sent > living.killed_at:
            living.answered.set()


def _a_report(unit: str, revision: int, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": events.REPORT_SUBMITTED,
        "source": hub.SOURCE,
        "id": f"{unit}-{revision}",
        "data": {
            "round": ROUND,
            "form": FORM,
            "formVersion": "1.0.1",
            "unit": unit,
            "revision": revision,
            "figures": {**figures, "news_items_commune": revision},
            "narrative": {"results": "", "shortcomings": "", "proposals": ""},
            "signedDocument": {"number": "1/BC-UBND", "date": "2026-10-09"},
        },
    }


@contextmanager
def a_living_hub(seconds: float = 90) -> Iterator[Living]:
    """`lienthong up` over an embedded server in a folder of its own, as sample data, on a day in October 2026."""
    with tempfile.TemporaryDirectory(prefix="lienthong-faults-") as folder:
        Path(folder).chmod(0o755)
        port = hub.free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENTHONG_")}
        environment |= {
            "LIENTHONG_DATA_DIR": f"{folder}/data",
            "LIENTHONG_PORT": str(port),
            "LIENTHONG_LOG_FORMAT": "json",
            **hub.UNLIMITED,
        }
        environment.pop("DATABASE_URL", None)
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "up", "--sample"],
                cwd=hub.ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        server = EmbeddedServer(Path(folder) / "data")
        try:
            hub.wait_ready(port, seconds)
            living = Living(process=process, server=server, conninfo=server.start(), port=port)
            _prepare(living)
            install = [sys.executable, "-m", "services.cli", "plans", "install", "P119-LS"]
            subprocess.run(install, cwd=hub.ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            yield living
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            server.stop()


def _prepare(living: Living) -> None:
    with connect(living.conninfo) as owner:
        installation.set_clock(owner, hub.CLOCK)
        with connect(living.conninfo, role="lienthong_ingest") as conn:
            [issued] = store.add(
                conn,
                [
                    Registration(
                        client_id="bench",
                        name="Bench",
                        province="20",
                        role="province",
                        units=("*",),
                        scopes=("report:submit", "report:read"),
                        sources=(hub.SOURCE,),
                    )
                ],
                by="cli:faults",
            )
    living.secret = issued.secret or ""


def run(
    living: Living, kills: Sequence[str], *, senders: int = 8, seed: int = 1, progress: bool = False
) -> list[float]:
    """Kill one after the other under load. Returns the seconds until the hub accepted again, for each."""
    chance, figures = random.Random(seed), _figures(living)
    units = [
        unit
        for (unit,) in _rows(
            living,
            b"SELECT DISTINCT unnest(ARRAY(SELECT jsonb_array_elements_text("
            b"body::jsonb->'obliged'->'P119-LS.commune'))) FROM ingest.rounds "
            b"WHERE round = 'P119-LS.2026'",
        )
    ]
    threads = [threading.Thread(target=send, args=(living, unit, figures)) for unit in sorted(units)[:senders]]
    for thread in threads:
        thread.start()
    pauses = []
    try:
        living.answered.wait(30)
        for number, kind in enumerate(kills, start=1):
            time.sleep(chance.uniform(0.05, 0.6))
            pauses.append(living.kill(kind, chance))
            if progress:
                print(f"{number}/{len(kills)} {kind}: {pauses[-1]:.2f} s, {len(living.receipts)} receipts", flush=True)
    finally:
        living.stop.set()
        for thread in threads:
            thread.join(4 * WITHIN)
    return pauses


def _figures(living: Living) -> dict[str, Any]:
    """Figures of the form: threes, and the first value of each status. Opens the round on the way."""
    token = hub.token(living.port, living.secret)
    conn = http.client.HTTPConnection("127.0.0.1", living.port, timeout=30)
    conn.request("GET", f"/v1/schemas/forms/{FORM}/1.0.1", headers={"Authorization": f"Bearer {token}"})
    properties = json.loads(conn.getresponse().read())["properties"]["figures"]["properties"]
    return {code: next((v for v in schema.get("enum", []) if v is not None), 3) for code, schema in properties.items()}


def faults(living: Living) -> list[str]:
    """Everything that is not as the receipts say; [] when all is whole."""
    texts = list(living.wrong)
    with connect(living.conninfo) as conn:
        ledger = {
            identifier: tuple(kept)
            for identifier, *kept in conn.execute(
                b"SELECT id, province || '-' || position, encode(link, 'hex'), revision "
                b"FROM ingest.ledger WHERE source = %s",
                (hub.SOURCE,),
            )
        }
        lost = set(living.receipts) - set(ledger)
        texts += [f"{len(lost)} receipts are not in the ledger: {sorted(lost)[:5]}"] if lost else []
        more = set(ledger) - set(living.receipts)
        texts += [f"{len(more)} events are in the ledger without a receipt: {sorted(more)[:5]}"] if more else []
        texts += [
            f"{id_}: the receipt differs from the ledger"
            for id_, receipt in living.receipts.items()
            if id_ in ledger and (receipt["receipt"], receipt["link"], receipt["revision"]) != ledger[id_]
        ]
        texts += _log_faults(conn, len(ledger))
    with Pool(living.conninfo) as pool:
        log = PostgresEventLog(pool)
        deadline = time.monotonic() + 3 * WITHIN
        while log.positions("aggregate") != log.heads() and time.monotonic() < deadline:
            time.sleep(0.05)
        counted = verify(pool)
    if not counted.is_good or not counted.cells:
        texts.append(f"rollups differ from a recomputation: {counted.differences[:3]} {counted.diverged[:3]}")
    return texts


def _facts(conn: Connection) -> Iterator[Recorded]:
    with conn.transaction():
        for partition in whole.partitions(conn):
            yield from whole.events(conn, partition)


def _log_faults(conn: Connection, accepted: int) -> list[str]:
    """Positions without holes, each link made of the one before, the head at the end, an event for each receipt."""
    texts = []
    heads = {
        p: (position, chain)
        for p, position, chain in conn.execute(b"SELECT partition, position, chain FROM eventlog.heads")
    }
    place: dict[int, tuple[int, bytes | None]] = {}
    for recorded in _facts(conn):
        partition, position = recorded.partition, recorded.position
        before, chain = place.get(partition, (0, None))
        if position != before + 1:
            texts.append(f"partition {partition}: {position} follows {before}")
        if chain is not None and not is_noted(chain, recorded, data_of(recorded)):
            texts.append(f"partition {partition}: the chain breaks at {position}")
        place[partition] = position, recorded.link
    texts += [
        f"partition {p}: the head stands at {heads[p][0]}, the log ends at {end}"
        for p, end in place.items()
        if heads[p] != end
    ]
    [(count,)] = conn.execute(b"SELECT count(*) FROM eventlog.events WHERE type = 'vn.lienthong.report.accepted.v1'")
    return texts + ([] if count == accepted else [f"{count} facts for {accepted} accepted reports"])


def _rows(living: Living, query: bytes) -> list[tuple[Any, ...]]:
    with connect(living.conninfo) as conn:
        return conn.execute(query).fetchall()


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with a_living_hub() as living:
        pauses = run(living, [VICTIMS[n % len(VICTIMS)] for n in range(kills)], progress=True)
        texts = faults(living)
        mean = sum(pauses) / len(pauses)
        print(
            f"{kills} kills, {len(living.receipts)} receipts; accepting again after {mean:.2f} s "
            f"on average, {max(pauses):.2f} s at most (aim: {WITHIN:g} s)"
        )
    print("\n".join(texts) or "nothing lost, nothing doubled, no hole, the chain whole, every rollup right")
    sys.exit(1 if texts or max(pauses) > WITHIN else 0)


if __name__ == "__main__":
    main()
