"""Whether a request may come over plain HTTP, and from which address it really came.

HTTPS is either our own (certificate files given to the server) or that of a proxy which the operator lists.
Plain HTTP is for this machine alone. Nothing is redirected: by then the secret has already crossed the wire
in clear. Run the server with its own proxy handling off (uvicorn: proxy_headers=False), or it would believe
X-Forwarded-Proto before this module is asked.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from lienthong.errors import Rejected
from lienthong.refusals import problem
from lienthong.web.problems import MEDIA_TYPE, document, language

Networks = Sequence[IPv4Network | IPv6Network]

PROBES = frozenset({"/livez", "/readyz"})  # an orchestrator asks them from another address, without TLS

_FORWARDED = (b"x-forwarded-proto", b"x-forwarded-for", b"forwarded")
_LOOPBACK = frozenset({"127.0.0.1", "::1", ""})  # "" is a UNIX socket: on this machine by nature


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """allowed: whether the request may go on. scheme and address: as the sender used and has them."""

    allowed: bool
    scheme: str
    address: str
    reason: str = ""


def networks(listed: Iterable[str]) -> Networks:
    """What a setting lists (addresses or CIDR), which was judged when it was read (lienthong.settings)."""
    return tuple(ip_network(item.strip(), strict=False) for item in listed if item.strip())


def judge(
    *,
    peer: str,
    scheme: str,
    forwarded_proto: str | None,
    forwarded_for: str | None,
    trusted: Networks,
    has_forwarded: bool = False,
) -> Judgement:
    """Decide about one request. Pure.

    peer: address of the other end of the connection ("" for a UNIX socket). scheme: of the connection itself.
    forwarded_proto, forwarded_for: the headers, all values joined by commas. has_forwarded: the request
    carries any forwarding header at all.

    A loopback peer that forwards without being listed is refused, whatever it says: it is a proxy nobody
    configured, and what lies in front of it may be plain HTTP from anywhere.
    """
    if has_forwarded and is_within(peer, trusted):
        return _judge_proxy(peer, forwarded_proto, forwarded_for, trusted)
    if scheme in ("https", "wss"):
        return Judgement(allowed=True, scheme=scheme, address=peer)
    if not is_loopback(peer):
        return Judgement(allowed=False, scheme=scheme, address=peer, reason="https_required")
    if has_forwarded:
        return Judgement(allowed=False, scheme=scheme, address=peer, reason="proxy_not_trusted")
    return Judgement(allowed=True, scheme=scheme, address=peer)


def is_loopback(peer: str) -> bool:
    """True for an address of this machine's loopback, or a UNIX socket ("")."""
    if peer in _LOOPBACK:
        return True
    try:
        return ip_address(peer.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


def _judge_proxy(peer: str, proto: str | None, forwarded_for: str | None, trusted: Networks) -> Judgement:
    # The last value is what the trusted proxy itself wrote; those before it came from the sender.
    last = (proto or "").split(",")[-1].strip().lower()
    address = _origin(peer, forwarded_for, trusted)
    if last == "https":
        return Judgement(allowed=True, scheme="https", address=address)
    return Judgement(allowed=False, scheme="http", address=address, reason="https_required")


def _origin(peer: str, forwarded_for: str | None, trusted: Networks) -> str:
    """The nearest address that is not a trusted proxy, read from the right."""
    for hop in reversed((forwarded_for or "").split(",")):
        address = hop.strip()
        if not _is_address(address):
            return peer
        if not is_within(address, trusted):
            return address
        peer = address
    return peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(peer: str, trusted: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    if not trusted or not peer:
        return False
    try:
        address = ip_address(peer.removeprefix("::ffff:"))
    except ValueError:
        return False
    return any(address in network for network in trusted)


_REFUSALS = {
    "https_required": problem(
        "",
        "https_required",
    ),
    "proxy_not_trusted": problem(
        "",
        "proxy_not_trusted",
    ),
}


class SecureTransport:
    """ASGI middleware: refuses plain HTTP from elsewhere; tells the app the sender's scheme and address."""

    def __init__(self, app: ASGIApp, *, trusted: Networks = (), open_paths: Container[str] = PROBES) -> None:
        """open_paths: served over plain HTTP to anybody, because they say nothing and take nothing."""
        self._app = app
        self._trusted = trusted
        self._open = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        judgement = judge_scope(scope, self._trusted)
        if not judgement.allowed and scope["path"] not in self._open:
            await _refuse(scope, send, judgement.reason)
            return
        client = scope.get("client")
        if client is None or judgement.address != client[0] or judgement.scheme != scope["scheme"]:
            scope = {**scope, "scheme": judgement.scheme, "client": (judgement.address, 0)}
        await self._app(scope, receive, send)


def judge_scope(scope: Scope, trusted: Networks) -> Judgement:
    """`judge` for an ASGI scope."""
    client = scope.get("client")
    headers = [(name, value) for name, value in scope["headers"] if name in _FORWARDED]
    return judge(
        peer=client[0] if client else "",
        scheme=scope.get("scheme", "http"),
        forwarded_proto=_join_values(headers, b"x-forwarded-proto"),
        forwarded_for=_join_values(headers, b"x-forwarded-for"),
        trusted=trusted,
        has_forwarded=bool(headers),
    )


def _join_values(headers: list[tuple[bytes, bytes]], wanted: bytes) -> str | None:
    values = [value.decode("latin-1") for name, value in headers if name == wanted]
    return ",".join(values) if values else None


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    accept = _join_values(scope["headers"], b"accept-language")
    lang = language(accept)
    body = orjson.dumps(document(Rejected([_REFUSALS[reason]], status=403), lang=lang))
    await send(
        {
            "type": "http.response.start",
            "status": 403,
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-language", lang.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
