"""A sample hub while it runs: what is known of it, and what may be done to it from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

from lienthong import units
from lienthong.eventlog import installation
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import Pool, connect
from lienthong.pushes import signing
from lienthong.settings import Settings
from lienthong.units import Registry
from services.demo.mailbox import Mailbox
from services.export.deliveries import acts
from services.export.deliveries.acts import ExportActor
from services.export.deliveries.destinations import Destination
from services.hub import base as parts
from services.hub.supervisor import ChildProcess
from services.identity import store
from services.identity.clients import Registration
from services.ingest.office.desk import Desk
from services.ingest.portals import acts as portals
from services.ingest.portals.sources import KnownPortal
from services.ingest.reminders import acts as reminders
from services.ingest.reminders.contacts import Contact
from services.ingest.units import acts as registry

PATIENCE = 60.0  # seconds for a process to answer: a cold start on a busy machine of two cores took 12
ACTOR = "cli:demo"


@dataclass(kw_only=True, slots=True, eq=False)
class Site:
    """Where everything is while it runs. kafka: None where the log stays on PostgreSQL alone.

    counts: how many processes of a part there are, where not one. running: the processes. platform: its address, which
    moves on while it starts where another program takes its port.
    """

    folder: Path
    conninfo: str
    settings: Settings
    platform: str
    desk: Desk
    mailbox: Mailbox
    kafka: KafkaSettings | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    running: list[ChildProcess] = field(default_factory=list)
    processes: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return self.settings.local_address

    @property
    def name(self) -> str:
        """Of this installation: its hub and its platform say it."""
        return self.base.installation

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
        return {client.client_id: client.secret for client in issued if client.secret is not None}

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
            acts.add(pool, wanted, ExportActor(name="cli:demo"))
        return wanted.id

    def publish_on_platform(self, item: str, data: Mapping[str, object]) -> None:
        """The platform shows an item of its own."""
        address = f"{self.platform}/admin/published/{item}"
        httpx.put(address, json=dict(data), trust_env=False, timeout=PATIENCE).raise_for_status()

    def read_portal(self, source: KnownPortal) -> None:
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
