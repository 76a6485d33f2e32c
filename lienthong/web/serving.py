"""How the hub is served: the server's configuration, and what stands between it and the apps.

Outermost the connections (`heads`), then from which address and how safely a request came (`transport`), then how many
a sender may send (`limits`), then the pace of its body (`bodies`) and the headers that every answer has.
"""

from __future__ import annotations

import resource

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.access.tokens import Verifier
from lienthong.settings import Settings
from lienthong.web import heads
from lienthong.web.bodies import Pace
from lienthong.web.connections import Connections
from lienthong.web.limits import Buckets, Limited
from lienthong.web.transport import PROBES, SecureTransport, networks

_BY = (b"Accept", b"Accept-Language", b"Authorization", b"Cookie")
_PUBLIC: tuple[bytes, ...] = ()  # the same for everybody, as keys are
SPARE_FILES = 200  # descriptors for the database, Kafka, files; the others are for connections


def edge(app: ASGIApp, settings: Settings, verifier: Verifier) -> ASGIApp:
    """The app behind everything that a request passes before it."""
    counted = Limited(
        Answered(app),
        verifier=verifier,
        clients=Buckets(rate=settings.client_rate, burst=settings.client_burst),
        strangers=Buckets(rate=settings.address_rate, burst=settings.address_burst),
    )
    open_paths = PROBES | {"/metrics"} if settings.metrics_from else PROBES
    return SecureTransport(counted, trusted=networks(settings.trusted_proxies), open_paths=open_paths)


def config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """For uvicorn.Server."""
    connections = Connections(
        most=min(settings.max_connections, _descriptors() - SPARE_FILES),
        most_of_address=settings.max_connections_per_address,
        unlimited=networks(settings.trusted_proxies),
    )
    return uvicorn.Config(
        app,
        http=heads.protocol(connections),
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=15,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )


def _descriptors() -> int:
    """As many file descriptors as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


class Answered:
    """ASGI middleware: the sender's pace, that it may go away, and headers of every answer.

    An answer is data of an administration: nobody keeps it, unless the route says for how long (keys) or gives a
    validator to ask again with (feeds). One address answers with figures or with a problem, in a form and a language
    that were asked for, to whom it lets in: each of its answers says so alike, or who keeps one gives it to others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_usual_headers(list(message.get("headers", ())))}
            await send(message)

        try:
            await self._app(scope, Pace(receive), sending)
        except ClientDisconnect:
            return  # in the middle of a body: nobody is there to be answered, and nothing is out of order here


def _with_usual_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in _TELLING:
            fields[lower] = fields[lower] + b", " + value if lower in fields else value
    if not fields:  # most answers: for these it is worked out once
        return [*headers, *_USUAL]
    if b"x-content-type-options" not in fields:
        headers.append(_NO_SNIFFING)
    if b"cache-control" not in fields:
        headers.append((b"cache-control", b"private, no-cache" if b"etag" in fields else b"no-store"))
    by = _PUBLIC if b"public" in fields.get(b"cache-control", b"").lower() else _BY
    return _with_vary(headers, fields.get(b"vary", b""), by)


def _with_vary(headers: list[tuple[bytes, bytes]], vary: bytes, by: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    """The headers, with one Vary that names all of these. vary: what it names so far."""
    words = {word.strip() for word in vary.lower().split(b",")}
    missing = [name for name in by if name.lower() not in words]
    if not missing:
        return headers
    others = [(name, value) for name, value in headers if name.lower() != b"vary"] if vary else headers
    return [*others, (b"vary", b", ".join([vary, *missing] if vary else missing))]


_TELLING = frozenset({b"x-content-type-options", b"cache-control", b"etag", b"vary"})
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_USUAL = _with_vary([_NO_SNIFFING, (b"cache-control", b"no-store")], b"", _BY)
"""What an answer gets that says nothing of these itself."""
