"""The services of the hub, each named once: what it is in the database, what it serves, what works for it.

A new service is a row in SERVICES, and a function that composes it in `http.py` or `workers.py`. Processes, commands,
migrations, metrics and readiness follow from the row. Functions are named here by their place ("module:name") and
imported where they run: a worker pays for its own libraries alone, and this table costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_SERVICES = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """What works for a service beside its HTTP, as a process of its own.

    run: place of a function that takes (Base, ExitStack, Event) and returns when the event is set. process: its name
    among the processes of `lienthong up`. option: what asks for it after the service's command (`aggregate --worker`);
    None where the command has nothing else to run. consumer: its name as a reader of the event log, whose lag is shown.
    """

    run: str
    process: str
    help: str
    option: str | None = None
    consumer: str | None = None
    needs_kafka: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A row. name: of its folder and command. help: what it is for, on the command line.

    role: in which it acts in PostgreSQL. http: place of a function Side → FastAPI; None for one that serves nothing of
    its own. metrics: place of a function (pool, Metrics) that shows what the tables know.
    troubles: place of a function pool → {part: what stands still}, for /readyz.
    """

    name: str
    help: str
    http: str | None = None
    worker: Worker | None = None
    metrics: str | None = None
    troubles: str | None = None
    acts_as: str | None = None

    @property
    def role(self) -> str:
        return f"lienthong_{self.acts_as or self.name}"

    @property
    def migrations(self) -> Path:
        """Where its tables are defined; the folder is missing where it has none."""
        return _SERVICES / self.name / "migrations"


SERVICES = (
    Service(
        name="ingest",
        help="Dịch vụ tiếp nhận. / Ingest: HTTP, or the worker of the inbound topics in Kafka.",
        http="services.hub.http:ingest",
        worker=Worker(
            run="services.hub.workers:inbound",
            process="inbound",
            option="inbound",
            help="Nhận qua Kafka thay vì HTTP",
            needs_kafka=True,
        ),
        metrics="services.ingest.metrics:watch",
        troubles="services.ingest.reminders.reading:troubles",
    ),
    Service(
        name="identity",
        help="Ứng dụng, người dùng, mã truy cập. / Clients, people and their tokens.",
        http="services.hub.http:identity",
    ),
    Service(
        name="aggregate",
        help="Dịch vụ tổng hợp. / Aggregation: HTTP, or its worker.",
        http="services.hub.http:aggregate",
        worker=Worker(
            run="services.hub.workers:aggregate",
            process="aggregate",
            option="worker",
            help="Chạy bộ tổng hợp thay vì HTTP",
            consumer="aggregate",
        ),
    ),
    Service(
        name="export",
        help="Dịch vụ chuyển và cung cấp dữ liệu. / Export: the feed over HTTP, or the worker that pushes.",
        http="services.hub.http:export",
        worker=Worker(
            run="services.hub.workers:export",
            process="export",
            option="worker",
            help="Chạy bộ chuyển thay vì HTTP",
            consumer="export",
        ),
        metrics="services.export.metrics:watch",
        troubles="services.export.deliveries.queue:troubles",
    ),
    Service(name="console", help="Bảng điều hành: bản nháp. / The console: what it keeps of its own, drafts."),
    Service(
        name="portal-reader",
        help="Đọc cổng thông tin của tỉnh. / Read the portals that do not submit themselves.",
        worker=Worker(
            run="services.hub.workers:portals",
            process="portals",
            help="Đọc cổng thông tin của tỉnh",
        ),
        acts_as="ingest",
    ),
    Service(
        name="reminder",
        help="Nhắc, đôn đốc đơn vị còn nợ báo cáo. / Remind units of the reports that they owe.",
        worker=Worker(
            run="services.hub.workers:reminders",
            process="reminders",
            help="Nhắc, đôn đốc đơn vị còn nợ báo cáo",
        ),
        acts_as="ingest",
    ),
    Service(
        name="relay",
        help="Chép nhật ký sự kiện sang Kafka. / Copy the event log to Kafka.",
        worker=Worker(
            run="services.hub.workers:relay",
            process="relay",
            help="Chép nhật ký sự kiện sang Kafka",
            consumer="relay",
            needs_kafka=True,
        ),
        acts_as="export",
    ),
)
"""In the order in which their migrations apply."""


def serving() -> tuple[Service, ...]:
    """Those that answer over HTTP."""
    return tuple(service_ for service_ in SERVICES if service_.http is not None)


def workers(*, kafka: bool) -> tuple[tuple[Service, Worker], ...]:
    """Those that have a worker, with it. kafka: whether the hub has a Kafka."""
    return tuple(
        (service_, service_.worker)
        for service_ in SERVICES
        if service_.worker is not None and (kafka or not service_.worker.needs_kafka)
    )


def service(name: str) -> Service:
    """The row of a service. Raises KeyError."""
    return {service_.name: service_ for service_ in SERVICES}[name]


def words(service_: Service) -> tuple[str, ...]:
    """What runs the worker of a service, after `lienthong`."""
    option = service_.worker.option if service_.worker is not None else None
    return (service_.name,) if option is None else (service_.name, f"--{option}")


def folders() -> tuple[Path, ...]:
    """Migration folders in the order they apply."""
    from lienthong.postgres.migrate import CORE  # noqa: PLC0415  (the driver; the command line reads this table)

    return (CORE, *(service_.migrations for service_ in SERVICES if service_.migrations.is_dir()))


def place(named: str) -> Callable[..., Any]:
    """What stands at "module:name"."""
    module, _, name = named.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
