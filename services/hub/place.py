"""Where a hub stands: its data folder and its port are its own."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lienthong.embedded.postgres.server import EmbeddedServer
from lienthong.refusals import misconfigured
from lienthong.settings import Settings

LOCK = "up.lock"


def refuse_taken(host: str, port: int, setting: str = "LIENTHONG_PORT") -> None:
    """Raises Misconfigured (`port_taken`) when somebody listens there: asked before anything is begun, so that no hub
    starts that can't be reached, and nobody's secrets go to a stranger's.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what an earlier hub's connections left is no bar
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise misconfigured("port_taken", address=f"{host}:{port}", setting=setting) from exc


def refuse_missing(settings: Settings) -> None:
    """Raises Misconfigured (`no_hub_here`) where a command would make a hub in a mistyped folder. Makes nothing."""
    if settings.database_url is None and not EmbeddedServer(settings.data_dir).exists():
        raise misconfigured("no_hub_here", folder=str(settings.data_dir))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One supervisor for a data folder. Raises Misconfigured (`already_up`) where another runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise misconfigured("already_up", folder=str(folder)) from exc
        yield
