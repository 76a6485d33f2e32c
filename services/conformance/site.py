"""The kit's own hub on loopback: a fresh database, the whole hub behind the sandbox, and everybody who acts there."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import uvicorn

from lienthong.calendar import VIETNAM
from lienthong.client import Hub, Secret
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Transient
from lienthong.eventlog import installation
from lienthong.postgres.pool import connect
from lienthong.settings import Settings, load
from lienthong.web import serving
from services.conformance.days import BATCH
from services.conformance.sandbox import PASS, Sandbox
from services.conformance.tasks import Access
from services.hub import base as parts
from services.hub import filling, place, roster
from services.hub import http as side
from services.identity import proofs, store
from services.identity.clients import Registration
from services.ingest.office.desk import Desk

PROVINCE, FOREIGN = "20", "33"
PLAN = "P119-LS"
SYSTEM, COLLEAGUE, OFFICE = "phan-mem", "phan-mem-khac", "so-khcn"
OPEN = datetime(2026, 10, 10, 9, tzinfo=VIETNAM)  # the round P119-LS.2026 is open, its deadline five days ahead
PAST = datetime(2026, 10, 17, 9, tzinfo=VIETNAM)
ACTOR = "cli:conformance"
START = 20.0  # seconds for the server to listen
HIGHEST_PORT = 32_767  # above begin the ports that outgoing connections use
FIRST_PORT = 8081


@dataclass(slots=True)
class Site:
    """units: the communes that the system reports for. foreign: one of another province. access: the system's."""

    conninfo: str
    desk: Desk
    sandbox: Sandbox
    access: Access
    units: tuple[str, ...]
    foreign: str
    colleague: Hub
    office: Hub
    own: Hub
    """Asks with the system's rights what the hub holds of it, unseen by the sandbox."""
    _word: str = field(repr=False, default="")

    def pass_deadline(self) -> None:
        set_clock(self.conninfo, PAST)
        self.desk.open_due()

    def rotate(self) -> None:
        """A new secret for the system; the old one and the tokens got with it are good no longer."""
        with connect(self.conninfo, role="lienthong_identity", application_name="lienthong conformance") as conn:
            issued = proofs.rotate(conn, SYSTEM, by=ACTOR, overlap=timedelta(0))
        assert issued.secret is not None, "the system has no key"
        self.access = Access(
            address=self.access.address, client_id=SYSTEM, source=self.access.source, secret=issued.secret
        )
        self.own.close()
        self.own = _hub(self.access.address, self._word, SYSTEM, issued.secret, self.access.source)


@contextmanager
def running(folder: Path, *, port: int | None = None) -> Iterator[Site]:
    """A sandbox hub with a server of its own in `folder` (whatever was in it is removed). Raises Misconfigured."""
    with (
        place.only_supervisor(folder),
        EmbeddedServer(_empty(folder)) as conninfo,
        _prepared_site(conninfo, folder / "data", port) as site,
    ):
        yield site


@contextmanager
def _prepared_site(conninfo: str, data: Path, port: int | None) -> Iterator[Site]:
    with _listening(port) as bound:
        settings = settings_of(data, bound.getsockname()[1])
        parts.prepare(settings, conninfo)
        with connect(conninfo, application_name="lienthong conformance") as conn:
            installation.become_sample(conn)
        set_clock(conninfo, OPEN)
        base = parts.Base(settings=settings, conninfo=conninfo)
        with filling.desk(base, ACTOR) as desk:
            filling.fill(desk, lambda what: None, plans=(PLAN,))
        with site_over(conninfo, settings, bound) as site:
            yield site


@contextmanager
def site_over(conninfo: str, settings: Settings, bound: socket.socket) -> Iterator[Site]:
    """The sandbox over a database with units and the plan. bound: where it listens, settings.port."""
    base = parts.Base(settings=settings, conninfo=conninfo)
    with ExitStack() as stack:
        desk = stack.enter_context(filling.desk(base, ACTOR))
        app = side.public_app(base, tuple(row.name for row in roster.serving()), stack)
        sandbox = Sandbox(app, secrets.token_hex(16))
        stack.enter_context(_serving(sandbox, settings, bound))
        registry = desk.definitions().registry
        units = tuple(sorted(unit.code for unit in registry.communes_of(PROVINCE, on=OPEN.date())))
        foreign = min(unit.code for unit in registry.communes_of(FOREIGN, on=OPEN.date()))
        yield stack.enter_context(_with_people(conninfo, settings, desk, sandbox, units, foreign))


@contextmanager
def _with_people(
    conninfo: str, settings: Settings, desk: Desk, sandbox: Sandbox, units: tuple[str, ...], foreign: str
) -> Iterator[Site]:
    """The system, another system of the same units, and the province's operator."""
    wanted = [
        Registration(client_id=SYSTEM, name="Phần mềm kết nối", province=PROVINCE, units=units),
        Registration(client_id=COLLEAGUE, name="Phần mềm khác của xã", province=PROVINCE, units=units),
        Registration(client_id=OFFICE, name="Điều hành tỉnh", province=PROVINCE, role="province", units=("*",)),
    ]
    with connect(conninfo, role="lienthong_identity", application_name="lienthong conformance") as conn:
        issued = {client.client_id: client.secret or "" for client in store.add(conn, wanted, by=ACTOR)}
    sources = {registration.client_id: registration.used_sources[0] for registration in wanted}
    address = settings.address
    hubs = {name: _hub(address, sandbox.word, name, issued[name], sources[name]) for name in issued}
    site = Site(
        conninfo=conninfo,
        desk=desk,
        sandbox=sandbox,
        access=Access(address=address, client_id=SYSTEM, source=sources[SYSTEM], secret=issued[SYSTEM]),
        units=units,
        foreign=foreign,
        colleague=hubs[COLLEAGUE],
        office=hubs[OFFICE],
        own=hubs[SYSTEM],
        _word=sandbox.word,
    )
    try:
        yield site
    finally:
        for hub in (site.colleague, site.office, site.own):
            hub.close()


def settings_of(data: Path, port: int) -> Settings:
    """Of a hub that nothing of this machine's environment touches, and that takes small batches."""
    return load(
        Settings,
        data_dir=data,
        database_url=None,
        public_url=None,
        tls_certificate=None,
        tls_key=None,
        host="127.0.0.1",
        port=port,
        sample=True,
        max_batch_events=BATCH,
    )


def set_clock(conninfo: str, instant: datetime) -> None:
    with connect(conninfo, application_name="lienthong conformance") as conn:
        installation.set_clock(conn, instant)


def _hub(address: str, word: str, client_id: str, secret: str, source: str) -> Hub:
    """A client whose requests the sandbox leaves alone."""
    http = httpx.Client(base_url=address, timeout=30, trust_env=False, headers={PASS.decode(): word})
    return _Closing(http, Secret(client_id=client_id, secret=secret), source=source)


class _Closing(Hub):
    """A hub that closes the connections it was given."""

    def close(self) -> None:
        self._http.close()


@contextmanager
def _serving(sandbox: Sandbox, settings: Settings, bound: socket.socket) -> Iterator[None]:
    config = serving.config(sandbox, settings)
    config.date_header = False  # the sandbox says what day it is
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it would tell of each answer that is broken off
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="sandbox", daemon=True)
    thread.start()
    end = time.monotonic() + START
    try:
        while not server.started:
            if time.monotonic() > end or not thread.is_alive():
                raise Transient(f"{settings.address}: the sandbox hub did not start", code="sandbox_not_started")
            time.sleep(0.05)
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=START)


@contextmanager
def _listening(port: int | None) -> Iterator[socket.socket]:
    """A listening socket: at this port, or at the first free one. Raises Misconfigured (`port_taken`)."""
    if port is not None:
        place.refuse_taken("127.0.0.1", port)
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for wished in range(port or FIRST_PORT, HIGHEST_PORT):
            with contextlib.suppress(OSError):
                sock.bind(("127.0.0.1", wished))
                break
        sock.listen(512)
        sock.setblocking(False)
        yield sock


def _empty(folder: Path) -> Path:
    """The data folder, without what an earlier run left, or its server if that was killed."""
    data = folder / "data"
    if data.exists():
        left = EmbeddedServer(data)
        if left.running() is not None:
            left.stop()
        shutil.rmtree(data)
    data.mkdir(parents=True)
    return data
