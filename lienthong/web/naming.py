"""Which installation answers at an address: so that nobody takes a stranger's hub for this one, or sends it secrets."""

from __future__ import annotations

import time

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.refusals import misconfigured

HEADER = "lienthong-installation"
"""What /livez and /readyz name the installation by (lienthong.eventlog.installation)."""


def is_ours(address: str, installation: str, *, timeout: float = 2.0, probe: str = "/readyz") -> bool:
    """Whether this very installation answers at an address and can work. False while nobody answers.

    probe: which of its probes is asked; the receiving platform of a demonstration has /livez alone.

    Raises Misconfigured (`port_taken`) when somebody else answers.
    """
    try:
        # Its certificate is of its public name, not of this machine's address; nothing secret is sent here.
        answer = httpx.get(f"{address}{probe}", timeout=timeout, trust_env=False, verify=False)
    except httpx.TransportError:
        return False
    if answer.headers.get(HEADER) != installation:
        raise misconfigured("port_taken", address=address, setting="LIENTHONG_PORT")
    return answer.status_code == 200


def until_ours(address: str, installation: str, *, patience: float, pause: float = 0.1) -> bool:
    """Wait for `is_ours`; False when it did not come true in time."""
    end = time.monotonic() + patience
    while not (ready := is_ours(address, installation)) and time.monotonic() < end:
        time.sleep(pause)
    return ready


def answering_as(app: ASGIApp, installation: str) -> ASGIApp:
    """The app, whose probes say which installation answers."""
    header = (HEADER.encode(), installation.encode())

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def named_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        probed = scope["type"] == "http" and scope["path"] in ("/livez", "/readyz")
        await app(scope, receive, named_send if probed else send)

    return answer
