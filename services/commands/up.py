"""`lienthong up`: everything on one machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lienthong import telemetry
from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.errors import HubError
from lienthong.eventlog import installation as clock
from lienthong.postgres.pool import connect
from lienthong.settings import Settings, load
from lienthong.shipped import in_a_checkout
from lienthong.web import naming
from services.commands.terminal import err, errors_told, out, tell_fault
from services.hub import base, nursery, place, roster
from services.hub.supervisor import (
    AWAY,
    ChildProcess,
    Supervisor,
    environment,
)

_NEXT = {
    "plans install": "chọn kế hoạch / the plans that you choose",
    "users add": "người dùng / a person",
    "clients add": "phần mềm / a system",
    "--help": "mọi lệnh / all commands",
}
STARTING_SECONDS = 60.0  # a cold start on a busy machine of two cores took 12


def up(sample: Annotated[bool, typer.Option(help="Tạo kho dữ liệu mẫu (được đặt đồng hồ)")] = False) -> None:
    """Chạy toàn bộ trên một máy. / Run everything on one machine; Ctrl-C stops it cleanly."""
    with errors_told(away=AWAY):
        settings = load(Settings)
        telemetry.configure(settings)
        _judge_settings()
        with place.only_supervisor(settings.data_dir):
            place.refuse_taken(settings.host, settings.port)
            place.refuse_certificate(settings)
            nursery.prepare()  # while the database starts
            with base.database(settings, own=True) as conninfo:
                start(settings, conninfo, sample=sample or settings.sample)
                _supervise(settings, conninfo)


def _judge_settings() -> None:
    from services.hub import every_setting  # noqa: PLC0415  (each service's libraries, for a moment of the start)

    every_setting.refuse_wrong()


def _supervise(settings: Settings, conninfo: str) -> None:
    children = [
        ChildProcess(name=name, words=words, output=_log_of(settings, name))
        for name, words in processes(settings).items()
    ]
    supervisor = Supervisor(
        parts=children,
        environment=environment(DATABASE_URL=conninfo),
        keep=_keeper_of_database(settings),
        changed=lambda name, what: telemetry.logger().info("part", part=name, state=what),
        refused=_tell_part,
    )
    with connect(conninfo) as conn:
        name = clock.installation(conn).name
    out.print("Đang khởi động … (Ctrl-C để dừng) / starting; Ctrl-C stops it")
    threading.Thread(target=_tell, args=(settings, name, supervisor), name="ready", daemon=True).start()
    supervisor.run()


def _tell_part(name: str, text: str) -> None:
    """Why a part can't start, where it says so to a log file alone and not to this terminal."""
    err.print(f"[red]✗[/] {name} không khởi động được / can't start:", highlight=False)
    err.print(escape(text), highlight=False, soft_wrap=True)


def _tell(settings: Settings, name: str, supervisor: Supervisor) -> None:
    """Say when the hub can be used and what comes next; end everything where somebody else answers in its place."""
    try:
        while not naming.until_ours(settings.local_address, name, patience=STARTING_SECONDS):
            out.print("Chưa sẵn sàng; xem nhật ký ở trên. / not ready yet; see the log above")
    except HubError as error:
        tell_fault(error)
        supervisor.stop.set()
        return
    out.print(f"Sẵn sàng / ready: [bold]{settings.address}[/]", highlight=False)
    out.print("Việc tiếp theo / next:", highlight=False)
    called = ".venv/bin/lienthong" if in_a_checkout() else "lienthong"
    for words, what in _NEXT.items():
        out.print(f"  [bold]{called} {words}[/]  {what}", highlight=False)


def _keeper_of_database(settings: Settings) -> Callable[[], None]:
    """Starts the embedded server again when it has died; a server of one's own is kept by whoever runs it."""
    if settings.database_url is not None:
        return lambda: None
    server = EmbeddedServer(settings.data_dir)

    def keep() -> None:
        if server.pid() is None:
            telemetry.logger().warning("database_ended", data_dir=str(settings.data_dir))
            server.start()

    return keep


def _log_of(settings: Settings, part: str) -> Path | None:
    """The file of a part beside that of the settings; each process bounds its own."""
    whole = settings.log_file
    return None if whole is None else whole.with_name(f"{whole.stem}-{part}{whole.suffix}")


def processes(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The processes of a whole hub: name → words after `lienthong`."""
    serving: dict[str, tuple[str, ...]] = {f"http-{n}": ("http",) for n in range(1, settings.http_workers + 1)}
    working = roster.workers(kafka=base.kafka_settings() is not None)
    return serving | {
        worker.process: (service.name, *([f"--{worker.option}"] if worker.option else []))
        for service, worker in working
    }


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
        database = base.Base(settings=settings, conninfo=conninfo)
        with filling.desk(database, "cli:up") as desk:
            filling.fill(desk, lambda what: status.update(f"Nạp {what} …"))
