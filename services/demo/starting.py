"""A sample hub that really runs: embedded PostgreSQL, every part as a process of its own, a receiving platform."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured
from lienthong.eventlog import installation
from lienthong.kafka.settings import KafkaSettings
from lienthong.postgres.pool import connect
from lienthong.settings import Settings, load
from lienthong.web import naming
from services.demo.broker import Broker
from services.demo.leftovers import only_demonstration, wipe
from services.demo.mailbox import Mailbox, serving
from services.demo.ports import free
from services.demo.processes import PLATFORM, platform_words, processes, wait
from services.demo.site import ACTOR, Site
from services.hub import base as parts
from services.hub import filling, nursery, place

DEFAULT_PORT = 8080
MAIL_PORT = 2525  # where the demonstration's mailbox looks for a free one

Announce = Callable[[str], None]


@contextmanager
def running(
    folder: Path,
    announce: Announce,
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
    with only_demonstration(folder):
        with place.only_supervisor(folder / "data"):
            pass  # a hub that somebody runs on with `up` is not wiped
        wipe(folder)
        with ExitStack() as stack:
            stack.enter_context(place.only_supervisor(folder / "data"))  # nor does `up` join in meanwhile
            nursery.prepare()  # it reads while the database starts
            conninfo = _sample_database(stack, folder, announce, start=start, port=port)
            settings = _settings(folder, port)  # its port is looked for now, not before what took a while
            site = Site(
                folder=folder,
                conninfo=conninfo,
                settings=settings,
                kafka=None if broker is None else _kafka(stack, broker, folder, announce),
                mailbox=_mailbox(stack, settings),
                desk=stack.enter_context(filling.desk(parts.Base(settings=settings, conninfo=conninfo), ACTOR)),
                counts=counts or {},
                platform=f"http://127.0.0.1:{free(platform_port, settings.port)}",
            )
            stack.callback(site.stop_parts)
            _start(site, announce)
            yield site


def _sample_database(stack: ExitStack, folder: Path, announce: Announce, *, start: datetime, port: int | None) -> str:
    announce("Khởi động PostgreSQL nhúng / starting the embedded PostgreSQL")
    conninfo = stack.enter_context(EmbeddedServer(folder / "data"))
    announce("Tạo cơ sở dữ liệu mẫu / creating the sample database")
    parts.prepare(_settings(folder, port), conninfo)
    _become_sample(conninfo, start)
    return conninfo


def _kafka(stack: ExitStack, broker: Broker, folder: Path, announce: Announce) -> KafkaSettings:
    announce("Khởi động Kafka / starting Kafka")
    return stack.enter_context(broker(folder))


def _mailbox(stack: ExitStack, settings: Settings) -> Mailbox:
    """At the first port that it gets: another may take one between the look at it and the use."""
    wished = MAIL_PORT
    while True:
        mailbox = Mailbox(port=free(wished, settings.port))
        try:
            return stack.enter_context(serving(mailbox))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        wished = mailbox.port + 1


def _settings(folder: Path, port: int | None) -> Settings:
    return load(
        Settings,
        data_dir=folder / "data",
        database_url=None,
        public_url=None,
        tls_certificate=None,
        tls_key=None,
        host="127.0.0.1",
        port=free(DEFAULT_PORT) if port is None else port,
        sample=True,
    )


def _start(site: Site, announce: Announce) -> None:
    """Its processes, and what they start with."""
    announce("Khởi động các thành phần / starting the parts")
    site.processes.enter_context(processes(site))
    filling.fill(
        site.desk, lambda what: announce(f"Nạp danh mục và kế hoạch / loading {what}"), plans=filling.shipped_plans()
    )
    announce("Chờ các thành phần sẵn sàng / waiting for the parts")
    name = site.name  # secrets are sent to this hub and this platform alone, not to whoever answers at their ports
    wait(lambda: _platform_answers(site), site.platform, site.running)  # first: it may have died of a taken port
    wait(lambda: naming.is_ours(site.address, name, timeout=5), site.address, site.running)


def _platform_answers(site: Site) -> bool:
    """Whether ours does. Where another program took its port between the look at it and the use, it gets the next."""
    part = next(part for part in site.running if part.name == PLATFORM)
    port = int(site.platform.rpartition(":")[2])
    try:
        if naming.is_ours(site.platform, site.name, timeout=5, probe="/livez"):
            return True
        taken = part.failures > 0 and free(port) != port  # by one that does not speak HTTP
    except Misconfigured:
        taken = True
    if taken:
        site.platform = f"http://127.0.0.1:{free(port + 1, site.settings.port)}"
        part.words, part.failures = platform_words(site), 0  # the supervisor starts it again by these
    return False


def _become_sample(conninfo: str, start: datetime) -> None:
    with connect(conninfo, application_name="lienthong demo") as conn:
        installation.become_sample(conn)
        installation.set_clock(conn, start)
