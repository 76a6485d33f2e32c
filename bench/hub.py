"""A real hub to measure: embedded PostgreSQL as shipped, and the processes of `lienthong` beside it."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

from bench import plan
from lienthong import units
from lienthong.calendar import VIETNAM
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.eventlog import installation as clock
from lienthong.postgres.pool import connect
from lienthong.settings import Settings
from lienthong.shipped import schemas_folder
from services.hub import base, filling
from services.identity import store
from services.identity.clients import Registration
from services.ingest.plans.acts import publish
from services.ingest.units import acts as registry

SOURCE = "/20/clients/bench"
CLOCK = datetime(2026, 10, 10, 9, 0, tzinfo=VIETNAM)
ROOT = Path(__file__).resolve().parent.parent


UNLIMITED = {"LIENTHONG_CLIENT_RATE": "1000000", "LIENTHONG_CLIENT_BURST": "1000000"}
"""One client sends what a whole province would; what a client is allowed is not what is measured."""


@dataclass
class Running:
    """A filled installation. Processes are started with `start` and ended by `stop`."""

    conninfo: str
    server: EmbeddedServer
    secret: str
    units: list[tuple[str, str]]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0
    _reports: dict[str, plan.Reports] = field(default_factory=dict)

    def start(
        self,
        *words: str,
        count: int = 1,
        module: str = "services.cli",
        port: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> list[subprocess.Popen[bytes]]:
        """Processes of one kind, sharing one port if they serve HTTP; returns when they answer. more: environment."""
        self.port = port or free_port()
        own = {**self.environment(count), **(more or {})}
        made = [
            subprocess.Popen([sys.executable, "-m", module, *words], cwd=ROOT, env=own, start_new_session=True)
            for _ in range(count)
        ]
        self.processes += made
        if "http" in words:
            wait_ready(self.port)
        return made

    def environment(self, workers: int = 1) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.conninfo,
            "LIENTHONG_PORT": str(self.port),
            "LIENTHONG_HTTP_WORKERS": str(workers),
            "LIENTHONG_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LIENTHONG_LOG_LEVEL": "error",
            **UNLIMITED,
        }

    def stop(self, processes: Sequence[subprocess.Popen[bytes]] | None = None) -> None:
        """End these processes, or all."""
        for process in self.processes if processes is None else processes:
            process.send_signal(signal.SIGTERM)
        for process in list(self.processes if processes is None else processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.processes.remove(process)

    def token(self) -> str:
        """An access token of the client `bench`."""
        return token(self.port, self.secret)

    def reports(self, unit: str) -> plan.Reports:
        """The reports of a unit: each time the same counting object, so that revisions go on rising."""
        if unit not in self._reports:
            province = next(p for p, u in self.units if u == unit)
            self._reports[unit] = plan.Reports(province=province, unit=unit, source=SOURCE)
        return self._reports[unit]

    def memory(self) -> list[float]:
        """Resident megabytes of each process."""
        return [psutil.Process(process.pid).memory_info().rss / 1e6 for process in self.processes]


@contextmanager
def a_hub(*, places: int = 65) -> Iterator[Running]:
    """An installation with units, the shipped plans and the plan for measuring in Lạng Sơn."""
    with tempfile.TemporaryDirectory(prefix="lienthong-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "data")
        with server as conninfo:
            secret, listed = _filled(conninfo)
            running = Running(conninfo=conninfo, server=server, secret=secret, units=listed[:places])
            try:
                yield running
            finally:
                running.stop()


def _filled(conninfo: str) -> tuple[str, list[tuple[str, str]]]:
    settings = Settings()
    base.prepare(settings, conninfo)
    with connect(conninfo) as owner:
        clock.become_sample(owner)
        clock.set_clock(owner, CLOCK)
    with filling.desk(base.Base(settings=settings, conninfo=conninfo), "cli:bench") as desk:
        with desk.act() as act:
            registry.change(act, registry.rows_of(units.load(schemas_folder() / "units")))
        with desk.act() as act:
            publish(act, plan.a_document("20"), past=True)
        definitions = desk.definitions()
        owing = definitions.rounds[f"{plan.plan_of('20')}.{plan.ROUND_YEAR}"].obliged
        listed = [("20", unit) for units_ in owing.values() for unit in sorted(units_)]
        wanted = Registration(
            client_id="bench",
            name="Bench",
            province="20",
            role="province",
            units=("*",),
            scopes=("report:submit", "report:read"),
            sources=(SOURCE,),
        )
        [issued] = store.add(desk.conn, [wanted], by="cli:bench")
    assert issued.secret is not None
    return issued.secret, listed


def wait_ready(port: int, seconds: float = 30) -> None:
    """Until /readyz says yes. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the hub does not answer")


def token(port: int, secret: str) -> str:
    """An access token from the hub's own endpoint. Raises OSError."""
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "bench", "client_secret": secret})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/oauth/token", form.encode(), timeout=10) as answer:
        return str(json.load(answer)["access_token"])


def free_port() -> int:
    """A port that nobody listens on, below those the system gives to outgoing connections."""
    while True:
        with socket.socket() as tried:
            port = random.randrange(20_000, 32_000)
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
