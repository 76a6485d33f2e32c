"""Each process of the hub apart: `lienthong http`, and a command for each service of the roster."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from lienthong import allocator, scrapes
from lienthong.refusals import misconfigured
from lienthong.settings import Settings
from lienthong.stopping import until_asked
from services.commands.terminal import told
from services.hub import base, place, roster
from services.hub.roster import Service, Worker
from services.hub.supervisor import AWAY

if TYPE_CHECKING:
    import uvicorn

_ALL = ",".join(service.name for service in roster.serving())


def http(
    services: Annotated[str, typer.Option(help="Các dịch vụ, cách nhau bằng dấu phẩy")] = _ALL,
) -> None:
    """Phần HTTP của một hay nhiều dịch vụ. / The HTTP side of some services."""
    import uvicorn  # noqa: PLC0415  (workers go without HTTP)

    from lienthong.web import serving  # noqa: PLC0415
    from services.hub import http as http_side  # noqa: PLC0415

    names = tuple(services.split(","))
    allocator.give_back()
    with told(away=AWAY):
        if not set(names) <= {service.name for service in roster.serving()}:
            raise misconfigured("services_unknown", given=services, known=_ALL)
        with base.base() as base_, ExitStack() as stack:
            place.refuse_certificate(base_.settings)
            app = http_side.served(base_, names, stack)
            http_side.counting(base_, stack)
            stack.enter_context(allocator.trimming())
            # Registry, plans and schemas stay for good: the collector need not look through them again and again.
            gc.collect()
            gc.freeze()
            # A chunk of reports is thousands of objects that all go again by themselves; looking through them every
            # 700, Python's own threshold, was a tenth of the work.
            gc.set_threshold(20_000, 10, 20)
            server = uvicorn.Server(serving.config(app, base_.settings))
            # uvicorn raises the signal that ended it once more when it has ended: ours lets the stack be closed. One
            # that comes before uvicorn listens for it is handed on.
            stop = stack.enter_context(until_asked())
            threading.Thread(target=_end_when, args=(stop, server), name="ending", daemon=True).start()
            server.run(sockets=[_listening(base_.settings)])


def command_of(service: Service) -> Callable[..., None]:
    """The command of a row of the roster: its HTTP, or its worker when asked for; the worker alone where it has no
    HTTP.
    """
    worker = service.worker
    if service.http is None:
        assert worker is not None, f"{service.name} has nothing to run"
        return _described(lambda: _work(worker), service)
    if worker is None:
        return _described(lambda: http(service.name), service)
    option = Annotated[bool, typer.Option(f"--{worker.option}", help=worker.help)]

    def run(instead: bool = False) -> None:
        _work(worker) if instead else http(service.name)

    run.__annotations__["instead"] = option
    return _described(run, service)


def _described(command: Callable[..., None], service: Service) -> Callable[..., None]:
    command.__doc__ = service.help
    return command


def _work(worker: Worker) -> None:
    """Run a worker until the process is asked to end."""
    allocator.give_back()
    with told(away=AWAY), base.base() as base_, ExitStack() as stack:
        stack.enter_context(scrapes.left(base_.metrics, scrapes.folder(base_.settings.data_dir), worker.process))
        roster.place(worker.run)(base_, stack, stack.enter_context(until_asked()))


def _listening(settings: Settings) -> socket.socket:
    """The listening socket; several processes of one hub share its port (SO_REUSEPORT). Raises Misconfigured."""
    sock = place.bound(settings.host, settings.port, shared=settings.http_workers > 1)
    try:
        sock.listen(2048)
    except OSError as error:
        sock.close()
        raise place.unusable(error, settings.host, settings.port, "LIENTHONG_PORT") from error
    sock.setblocking(False)
    return sock


def _end_when(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True
