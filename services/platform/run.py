"""`lienthong platform`: the receiving platform as a process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import uvicorn

from lienthong.errors import Misconfigured
from lienthong.pushes import signing
from lienthong.web import naming
from lienthong.web.transport import is_loopback
from services.platform.app import app
from services.platform.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformOptions:
    """Where it listens and keeps its file. senders: id → (secret, province), added at the start.
    name: what /livez calls it, for whoever started it and sends it secrets.

    The platform speaks plain HTTP, so it listens on this machine alone (host is a loopback address).
    """

    path: Path
    host: str = "127.0.0.1"
    port: int = 8090
    senders: tuple[tuple[str, str, str], ...] = ()
    name: str = ""


def server(options: PlatformOptions) -> uvicorn.Server:
    """The server, not started yet; `run` it, or `serve` it within a loop. Raises Misconfigured."""
    if not is_loopback(options.host):
        raise Misconfigured(f"the platform listens on this machine alone, not on {options.host!r}")
    store = Store(options.path)
    for identifier, secret, province in options.senders:
        signing.check_secret(secret)
        store.put_sender(identifier, secret=secret, province=province)
    config = uvicorn.Config(
        naming.answering_as(app(store), options.name),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    return uvicorn.Server(config)


def run(options: PlatformOptions) -> None:
    """Serve until interrupted."""
    server(options).run()
