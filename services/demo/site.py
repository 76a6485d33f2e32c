"""A sample hub that really runs: embedded PostgreSQL, every part as a process of its own, a receiving platform."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

from lienthong import units
from lienthong.embedded.kafka.node import end_orphan
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured
from lienthong.eventlog import installation
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool, connect
from lienthong.pushes import signing
from lienthong.settings import Settings
from lienthong.units import Registry
from lienthong.web import naming
from services.demo.broker import Broker, variables
from services.demo.mailbox import Mailbox, served
from services.export.deliveries import acts
from services.export.deliveries.acts import Actor
from services.export.deliveries.destinations import Destination
from services.hub import base as parts
from services.hub import filling, place
from services.hub.supervisor import Part, Supervisor, command
from services.identity import store
from services.identity.clients import Registration
from services.ingest.office.desk import Desk
from services.ingest.portals import acts as portals
from services.ingest.portals.sources import Source
from services.ingest.reminders import acts as reminders
from services.ingest.reminders.contacts import Contact
from services.ingest.units import acts as registry

PATIENCE = 60.0  # seconds for a process to answer: a cold start on a busy machine of two cores took 12
DEFAULT_PORT = 8080
HOPELESS = 3  # deaths of a part after which waiting for it is vain
HIGHEST_PORT = 32_767  # above begin the ports that outgoing connections use
MAIL_PORT = 2525  # where the demonstration's mailbox looks for a free one
ACTOR = "cli:demo"
DATA_DIR = "LIENTHONG_DATA_DIR"
RETRY_SECONDS = "[1, 2, 4, 8, 16, 30, 60]"
"""The demonstration cannot wait the hours that the real schedule waits for a receiver."""

Told = Callable[[str], None]


class NotReady(Exception):
    """A part did not come up; its log says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where everything is while it runs. kafka: None where the log stays on PostgreSQL alone.

    counts: how many processes of a part there are, where not one. running: the processes.
    """

    folder: Path
    conninfo: str
    settings: Settings
    platform: str
    desk: Desk
    mailbox: Mailbox
    kafka: KafkaSettings | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    running: list[Part] = field(default_factory=list)
    processes: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def name(self) -> str:
        """Of this installation: its hub and its platform say it."""
        with connect(self.conninfo, application_name="lienthong demo") as conn:
            return installation.installation(conn).name

    @property
    def base(self) -> parts.Base:
        return parts.Base(settings=self.settings, conninfo=self.conninfo)

    def set_clock(self, instant: datetime) -> None:
        """Let the hub's clock go on from there, and open what is due by it."""
        with connect(self.conninfo, application_name="lienthong demo") as conn:
            installation.set_clock(conn, instant)
        self.desk.open_due()

    def stop_parts(self) -> None:
        """End all processes but PostgreSQL."""
        self.processes.close()

    @property
    def registry(self) -> Registry:
        """All units as the hub knows them."""
        return self.desk.definitions().registry

    def register(self, wanted: list[Registration], province_of: Callable[[str], str | None]) -> dict[str, str]:
        """Register clients in one transaction; their secrets by client id."""
        with connect(self.conninfo, role="lienthong_identity", application_name="lienthong demo") as conn:
            issued = store.add(conn, wanted, by=ACTOR, province_of=province_of)
        return {one.client_id: one.secret for one in issued if one.secret is not None}

    @contextmanager
    def pool(self, service: str) -> Iterator[Pool]:
        with ExitStack() as stack:
            yield self.base.pool(service, stack, size=2)

    def add_platform(self, province: str) -> str:
        """Make the platform a destination of a province, and the province a sender there. Returns its id."""
        secret, sender = signing.new_secret(), f"province-{province}"
        httpx.put(
            f"{self.platform}/admin/senders/{sender}",
            trust_env=False,
            json={"secret": secret, "province": province},
            timeout=PATIENCE,
        ).raise_for_status()
        wanted = Destination(
            id=f"platform-{province}",
            takes=True,
            name="Nền tảng truyền thông số quốc gia (mẫu)",
            province=province,
            url=self.platform,
            reach="loopback",
            sender=sender,
            secret=secret,
        )
        with self.pool("export") as pool:
            acts.add(pool, wanted, Actor(name="cli:demo"))
        return wanted.id

    def publish_on_platform(self, item: str, data: Mapping[str, object]) -> None:
        """The platform shows an item of its own."""
        address = f"{self.platform}/admin/published/{item}"
        httpx.put(address, json=dict(data), trust_env=False, timeout=PATIENCE).raise_for_status()

    def read_portal(self, source: Source) -> None:
        """Read a portal from now on."""
        with self.desk.act() as act:
            portals.add(act, source)

    def bring_in(self, agency: Mapping[str, str]) -> None:
        """An agency that the shipped list lacks."""
        row = units.Row(table="units", file="mẫu", line=1, values=dict(agency))
        with self.desk.act(changes=True) as act:
            registry.change(act, [row])

    def set_contact(self, unit: str, mail: str) -> None:
        """A unit is reminded by this address from now on."""
        with self.desk.act() as act:
            reminders.set_contact(act, Contact(unit=unit, province="", mails=[mail]))

    def leave_portal(self, portal: str) -> None:
        """It is not read any more for a while: its server ends with the demonstration's step."""
        with self.desk.act() as act:
            portals.set_active(act, portal, active=False)

    def break_platform_once(self) -> None:
        """The next push finds the platform out of order (503)."""
        fault = {"mode": "fail", "times": 1}
        httpx.put(f"{self.platform}/admin/fault", json=fault, trust_env=False, timeout=PATIENCE).raise_for_status()


@contextmanager
def running(
    folder: Path,
    told: Told,
    *,
    start: datetime,
    port: int | None = None,
    platform_port: int = 8090,
    broker: Broker | None = None,
    counts: Mapping[str, int] | None = None,
) -> Iterator[Site]:
    """A fresh sample hub in `folder` (whatever was in it is removed), stopped at the end.

    start: where the hub's clock begins. port: the hub's, which must be free; None: 8080 or the next free one.
    broker: gives the Kafka that carries the log to the consumers. counts: how many processes of a part (http,
    aggregate, …) run at once, where not one. Raises Misconfigured when another demonstration uses the folder or
    another program the port, NotReady.
    """
    if port is not None:
        place.refuse_taken("127.0.0.1", port)
    with _alone(folder):
        with place.alone(folder / "data"):
            pass  # a hub that somebody runs on with `up` is not wiped
        _wipe(folder)
        with ExitStack() as stack:
            stack.enter_context(place.alone(folder / "data"))  # nor does `up` join in meanwhile
            told("Khởi động PostgreSQL nhúng / starting the embedded PostgreSQL")
            conninfo = stack.enter_context(EmbeddedServer(folder / "data"))
            settings = _settings(folder, port)
            told("Tạo cơ sở dữ liệu mẫu / creating the sample database")
            parts.prepare(settings, conninfo)
            _become_sample(conninfo, start)
            kafka = None
            if broker is not None:
                told("Khởi động Kafka / starting Kafka")
                kafka = stack.enter_context(broker(folder))
            mailbox = _mailbox(stack, settings)
            desk = stack.enter_context(filling.desk(parts.Base(settings=settings, conninfo=conninfo), ACTOR))
            site = Site(
                folder=folder,
                conninfo=conninfo,
                settings=settings,
                desk=desk,
                mailbox=mailbox,
                kafka=kafka,
                counts=counts or {},
                platform=f"http://127.0.0.1:{_free(platform_port, settings.port)}",
            )
            stack.callback(site.stop_parts)
            _start(site, told)
            yield site


def _mailbox(stack: ExitStack, settings: Settings) -> Mailbox:
    """At the first port that it gets: another may take one between the look at it and the use."""
    wished = MAIL_PORT
    while True:
        mailbox = Mailbox(port=_free(wished, settings.port))
        try:
            return stack.enter_context(served(mailbox))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        wished = mailbox.port + 1


def _settings(folder: Path, port: int | None) -> Settings:
    return Settings(
        data_dir=folder / "data",
        database_url=None,
        public_url=None,
        tls_certificate=None,
        host="127.0.0.1",
        port=_free(DEFAULT_PORT) if port is None else port,
        sample=True,
    )


def _start(site: Site, told: Told) -> None:
    """Its processes, and what they start with."""
    told("Khởi động các thành phần / starting the parts")
    site.processes.enter_context(_processes(site))
    filling.fill(
        site.desk, lambda what: told(f"Nạp danh mục và kế hoạch / loading {what}"), plans=filling.shipped_plans()
    )
    told("Chờ các thành phần sẵn sàng / waiting for the parts")
    name = site.name  # secrets are sent to this hub and this platform alone, not to whoever answers at their ports
    _wait(lambda: naming.is_ours(site.address, name, timeout=5), site.address, site.running)
    _wait(lambda: naming.is_ours(site.platform, name, timeout=5, probe="/livez"), site.platform, site.running)


@contextmanager
def _processes(site: Site) -> Iterator[None]:
    log = site.folder / "log"
    log.mkdir()
    words = {
        "http": ("http",),
        "aggregate": ("aggregate", "--worker"),
        "export": ("export", "--worker"),
        "portals": ("portal-reader",),
        "reminders": ("reminder",),
        "platform": (
            "platform",
            "--path",
            str(site.folder / "platform.sqlite"),
            "--port",
            site.platform.rpartition(":")[2],
            "--name",
            site.name,
        ),
    }
    if site.kafka is not None:
        words["relay"] = ("relay",)
    for name, said in words.items():
        for number in range(1, site.counts.get(name, 1) + 1):
            known = name if number == 1 else f"{name}-{number}"
            site.running.append(Part(name=known, command=command(*said), output=log / f"{known}.log"))
    supervisor = Supervisor(
        parts=site.running,
        environment=_environment(site),
        changed=lambda name, what: None,
    )
    watching = threading.Thread(target=supervisor.watch, name="supervisor", daemon=True)
    watching.start()
    try:
        yield
    finally:
        supervisor.stop.set()
        watching.join()


def _environment(site: Site) -> dict[str, str]:
    """For the parts. Settings of a real hub that may stand in this shell are not theirs."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LIENTHONG_", "DATABASE_URL"))}
    kafka = {} if site.kafka is None else variables(site.kafka)
    return (
        own
        | kafka
        | {
            "DATABASE_URL": site.conninfo,
            DATA_DIR: str(site.settings.data_dir),
            "LIENTHONG_SAMPLE": "true",
            "LIENTHONG_PORT": str(site.settings.port),
            "LIENTHONG_HOST": site.settings.host,
            "LIENTHONG_HTTP_WORKERS": str(site.counts.get("http", 1)),
            "LIENTHONG_EXPORT_RETRY_SECONDS": RETRY_SECONDS,
            "LIENTHONG_EXPORT_TAKE_SECONDS": "1",
            "LIENTHONG_MAIL_HOST": "127.0.0.1",
            "LIENTHONG_MAIL_PORT": str(site.mailbox.port),
            "LIENTHONG_MAIL_SECURITY": "none",
            "LIENTHONG_MAIL_SENDER": "lienthong@mau.example.vn",
        }
    )


def _become_sample(conninfo: str, start: datetime) -> None:
    with connect(conninfo, application_name="lienthong demo") as conn:
        installation.become_sample(conn)
        installation.set_clock(conn, start)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else's demonstration is wiped while it runs."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misconfigured(f"another demonstration is running in {folder}; stop it (Ctrl-C) first") from error
        yield


def _wipe(folder: Path) -> None:
    """Remove what an earlier demonstration left: if it was killed, its server and its parts live on."""
    if not folder.exists():
        folder.mkdir()
        return
    _end_orphans(folder / "data")
    for node in folder.glob("kafka/node-*"):
        end_orphan(node)
    left = EmbeddedServer(folder / "data")
    if left.running() is not None:
        left.stop()
    shutil.rmtree(folder)
    folder.mkdir()


def _end_orphans(data: Path) -> None:
    """End the parts that a killed demonstration left: they would find the new server and work on it.

    They are known by their environment, which names this very data folder (Linux; elsewhere none are found).
    """
    mark = f"{DATA_DIR}={data}".encode()
    for found in Path("/proc").glob("[0-9]*/environ"):
        pid = int(found.parent.name)
        with contextlib.suppress(OSError):  # another user's, or ended meanwhile
            if pid != os.getpid() and mark in found.read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)


def _free(wished: int, *taken: int) -> int:
    """The wished port, or the next one that nobody listens on."""
    for port in range(wished, HIGHEST_PORT):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            return port
    raise Misconfigured(f"no free port from {wished} on")


def _wait(ready: Callable[[], bool], address: str, parts: Sequence[Part]) -> None:
    """Until it is ready. Raises NotReady, at once when a part has died again and again."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end or any(part.failures >= HOPELESS for part in parts):
            raise NotReady("\n".join([f"{address}: not ready", *_last_words(parts)]))
        time.sleep(0.1)


def _last_words(parts: Sequence[Part]) -> Iterator[str]:
    """The last line that each part wrote which has ended."""
    for part in parts:
        if part.failures and part.output is not None and part.output.exists():
            said = part.output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            yield f"{part.name}: {said[-1] if said else 'ended without a word'}"
