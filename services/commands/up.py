"""`lienthong up`, and each service apart."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated

import typer

from lienthong import telemetry
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import Misconfigured
from lienthong.eventlog import installation as clock
from lienthong.postgres.pool import connect
from lienthong.settings import Settings, load
from services.commands.terminal import out, told
from services.hub import base, workers
from services.hub.supervisor import (
    Part,
    Supervisor,
    command,
    environment,
)


def up(sample: Annotated[bool, typer.Option(help="Tạo kho dữ liệu mẫu (được đặt đồng hồ)")] = False) -> None:
    """Chạy toàn bộ trên một máy. / Run everything on one machine; Ctrl-C stops it cleanly."""
    with told():
        settings = load(Settings)
        telemetry.configure(settings)
        with base.database(settings) as conninfo:
            start(settings, conninfo, sample=sample or settings.sample)
            children = [Part(name=name, command=command(*words)) for name, words in processes(settings).items()]
            out.print(f"Liên Thông: [bold]{settings.address}[/]  (Ctrl-C để dừng / to stop)")
            Supervisor(
                parts=children,
                environment=environment(DATABASE_URL=conninfo),
                keep=_kept(settings),
                changed=lambda name, what: telemetry.logger().info("part", part=name, state=what),
            ).run()


def _kept(settings: Settings) -> Callable[[], None]:
    """Starts the embedded server again when it has died; a server of one's own is kept by whoever runs it."""
    if settings.database_url is not None:
        return lambda: None
    server = EmbeddedServer(settings.data_dir)

    def keep() -> None:
        if server.pid() is None:
            telemetry.logger().warning("database_ended", data_dir=str(settings.data_dir))
            server.start()

    return keep


def processes(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The processes of a whole hub: name → words after `lienthong`."""
    serving: dict[str, tuple[str, ...]] = {f"http-{n}": ("http",) for n in range(1, settings.http_workers + 1)}
    working: dict[str, tuple[str, ...]] = {"aggregate": ("aggregate", "--worker"), "export": ("export", "--worker")}
    if base.kafka_settings() is not None:
        working["relay"] = ("relay",)
        working["inbound"] = ("ingest", "--inbound")
    return serving | working


def start(settings: Settings, conninfo: str, *, sample: bool) -> None:
    """Migrate, and fill a new installation. Shows what it does."""
    from services.hub import filling  # noqa: PLC0415  (plans, lint, registry: only for a start)

    with out.status("Chuẩn bị cơ sở dữ liệu … / preparing the database"):
        base.prepare(settings, conninfo)
        if sample:
            with connect(conninfo) as conn:
                if not clock.installation(conn).sample:
                    clock.become_sample(conn)
    with out.status("Nạp danh mục và kế hoạch … / loading units and plans") as status:
        found = base.Base(settings=settings, conninfo=conninfo)
        with filling.desk(found, "cli:up") as desk:
            filling.fill(desk, lambda what: status.update(f"Nạp {what} …"))


def migrate() -> None:
    """Cập nhật cấu trúc cơ sở dữ liệu. / Migrate the database."""
    with told(), base.base(migrated=False) as found:
        applied = base.prepare(found.settings, found.conninfo)
        out.print("\n".join(applied) if applied else "Đã là phiên bản mới nhất. / Up to date.")


def http(
    services: Annotated[str, typer.Option(help="Các dịch vụ, cách nhau bằng dấu phẩy")] = ",".join(base.NAMES),
) -> None:
    """Phần HTTP của một hay nhiều dịch vụ. / The HTTP side of some services."""
    import uvicorn  # noqa: PLC0415  (workers go without HTTP)

    from lienthong.web.transport import SecureTransport, networks  # noqa: PLC0415
    from services.hub import http as serving  # noqa: PLC0415

    names = tuple(services.split(","))
    with told():
        if not set(names) <= set(base.NAMES):
            raise Misconfigured(f"services are {', '.join(base.NAMES)}, not {services}")
        with base.base() as found, ExitStack() as stack:
            settings = found.settings
            app = SecureTransport(serving.http(found, names, stack), trusted=networks(settings.trusted_proxies))
            config = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=15,
                ssl_certfile=settings.tls_certificate,
                ssl_keyfile=settings.tls_key,
            )
            # Registry, plans and schemas stay for good: the collector need not look through them again and again.
            gc.collect()
            gc.freeze()
            # A chunk of reports is thousands of objects that all go again by themselves; looking through them every
            # 700, Python's own threshold, was a tenth of the work.
            gc.set_threshold(20_000, 10, 20)
            uvicorn.Server(config).run(sockets=[_listening(settings)])


def ingest(inbound: Annotated[bool, typer.Option(help="Nhận qua Kafka thay vì HTTP")] = False) -> None:
    """Dịch vụ tiếp nhận. / Ingest: HTTP, or the worker of the inbound topics in Kafka."""
    if not inbound:
        return http("ingest")
    with told(), base.base() as found, ExitStack() as stack:
        workers.inbound(found, stack, _stopped())
    return None


def aggregate(worker: Annotated[bool, typer.Option(help="Chạy bộ tổng hợp thay vì HTTP")] = False) -> None:
    """Dịch vụ tổng hợp. / Aggregation: HTTP, or its worker."""
    if not worker:
        return http("aggregate")
    with told(), base.base() as found, ExitStack() as stack:
        workers.aggregate(found, stack, _stopped())


def export(worker: Annotated[bool, typer.Option(help="Chạy bộ chuyển thay vì HTTP")] = False) -> None:
    """Dịch vụ chuyển và cung cấp dữ liệu. / Export: the feed over HTTP, or the worker that pushes."""
    if not worker:
        return http("export")
    with told(), base.base() as found, ExitStack() as stack:
        workers.export(found, stack, _stopped())


def relay() -> None:
    """Chép nhật ký sự kiện sang Kafka. / Copy the event log to Kafka."""
    with told(), base.base() as found, ExitStack() as stack:
        workers.relay(found, stack, _stopped())


def _listening(settings: Settings) -> socket.socket:
    """The listening socket; several processes of one hub share its port (SO_REUSEPORT). Raises Misconfigured."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.http_workers > 1:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((settings.host, settings.port))
        made.listen(2048)
    except OSError as error:
        made.close()
        raise Misconfigured(
            f"can't listen on {settings.host}:{settings.port}: {error.strerror}; is another program "
            "there? Set LIENTHONG_PORT"
        ) from error
    made.setblocking(False)
    return made


def _stopped() -> threading.Event:
    """Set when the process is asked to end."""
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    return stop
