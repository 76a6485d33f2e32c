"""ASGI middleware before a hub: it keeps what came, and does to requests what a bad day does to them.

Only for the kit's own hub on loopback: it reads bodies whole and keeps them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.conformance.faults import Disturbance, next_fault
from services.conformance.seen import TOKEN, Exchange

PASS = b"x-lienthong-kit"
"""A request with this header and the sandbox's own word in it is the kit's: it is neither kept nor harmed."""
MOST = 64 * 1024 * 1024  # bytes of a body: more than the hub takes of anything but NDJSON
SHORT = 3  # items of a page
TOO_MANY = 429
_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center></body></html>"
_SPOILED = b"Bearer spoiled"

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """headers: without Date, which the sandbox gives."""

    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Sandbox:
    """The hub behind it. word: of the kit's own requests. Told by the kit's thread, asked by the server's."""

    app: ASGIApp
    word: str
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    skew: float = 0.0
    _faults: tuple[Disturbance, ...] = ()
    _exchanges: list[Exchange] = field(default_factory=list)
    _stale: set[bytes] = field(default_factory=set)
    _number: int = 0
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, faults: Sequence[Disturbance], *, skew: float = 0.0) -> None:
        """What goes wrong from now on. skew: seconds by which the hub's Date is ahead of the time."""
        with self._lock:
            self._faults, self.skew, self._exchanges = tuple(faults), skew, []

    def end(self) -> tuple[Exchange, ...]:
        """All goes well again; what came since `begin`, in the order in which it came."""
        with self._lock:
            self._faults, self.skew = (), 0.0
            return tuple(sorted(self._exchanges, key=lambda each: each.number))

    @property
    def busy(self) -> bool:
        """Whether a request is still being answered."""
        with self._lock:
            return self._open > 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _header(scope, PASS) == self.word.encode():
            await self.app(scope, receive, send)
            return
        with self._lock:
            self._open += 1
        try:
            began = self.clock()
            await self._meet(scope, began, await _read_whole(receive), send)
        finally:
            with self._lock:
                self._open -= 1

    async def _meet(self, scope: Scope, began: float, body: bytes | None, send: Send) -> None:
        """began: when its head had come. body: None of a sender that went away, or sent more than anybody should."""
        number, fault = self._take(scope)
        if body is None:
            return
        stale = self._is_spoiled(scope, fault)
        answer, done = await self._answer(_request_to_hub(scope, fault, stale=stale), body, fault)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        lost = fault is not None and fault.kind in ("lose", "close")
        kept = Exchange(
            number=number,
            began=began,
            ended=self.clock(),
            **_request(scope, body),
            status=answer.status,
            answer=b"" if scope["path"] == TOKEN else answer.body,
            fault=None if fault is None else fault.kind,
            lost=lost,
            stale=stale,
            done=done,
            asked_to_wait=fault.retry_after if fault is not None and fault.kind == "answer" else _seconds(answer),
        )
        with self._lock:
            self._exchanges.append(kept)
        await (_break_off(send) if lost else self._send(_answer_to_sender(answer, fault), send, fault))

    def _take(self, scope: Scope) -> tuple[int, Disturbance | None]:
        with self._lock:
            self._number += 1
            fault, self._faults = next_fault(self._faults, scope["method"], scope["path"])
            return self._number, fault

    def _is_spoiled(self, scope: Scope, fault: Disturbance | None) -> bool:
        """Whether the token of the request is good no longer."""
        token = _header(scope, b"authorization")
        if token is None or not token.lower().startswith(b"bearer "):
            return False
        with self._lock:
            if fault is not None and fault.kind == "expire":
                self._stale.add(token)
            return token in self._stale or (fault is not None and fault.kind == "revoke")

    async def _answer(self, scope: Scope, body: bytes, fault: Disturbance | None) -> tuple[_Answer, bool]:
        """The hub's answer, or the one that it is told to give; whether the hub was given the request."""
        match None if fault is None else fault.kind:
            case "answer":
                assert fault is not None, "a kind has a fault"
                return _problem(fault), False
            case "page":
                assert fault is not None, "a kind has a fault"
                page = _PAGE % (fault.status, fault.status)
                return _Answer(status=fault.status, headers=[(b"content-type", b"text/html")], body=page), False
            case "close":
                return _Answer(status=0, headers=[], body=b""), False
        return await _ask_hub(self.app, scope, body), True

    async def _send(self, answer: _Answer, send: Send, fault: Disturbance | None) -> None:
        here = self.now() + self.skew
        dated = [(b"date", formatdate(here, usegmt=True).encode())]
        if fault is not None and fault.kind == "answer" and fault.retry_after is not None:
            # HTTP dates have whole seconds: counted from the Date of this answer it is retry_after exactly.
            until = formatdate(here + fault.retry_after, usegmt=True) if fault.as_date else str(fault.retry_after)
            dated.append((b"retry-after", until.encode()))
        length = [(b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers + dated + length})
        await send({"type": "http.response.body", "body": answer.body})


async def _read_whole(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > MOST:
            return None
        if not message.get("more_body", False):
            return bytes(body)


async def _ask_hub(app: ASGIApp, scope: Scope, body: bytes) -> _Answer:
    """What the hub answers. It is given the body at once, and nobody goes away before it has answered."""
    given, bodies = iter([{"type": "http.request", "body": body, "more_body": False}]), list[Message]()
    forever = asyncio.Event()

    async def receive() -> Message:
        message = next(given, None)
        if message is None:
            await forever.wait()
        assert message is not None, "nobody sets the event"
        return message

    async def send(message: Message) -> None:
        bodies.append(message)

    await app(scope, receive, send)
    start = next(each for each in bodies if each["type"] == "http.response.start")
    parts = b"".join(each.get("body", b"") for each in bodies if each["type"] == "http.response.body")
    headers = [(k.lower(), v) for k, v in start["headers"] if k.lower() not in (b"content-length", b"date")]
    return _Answer(status=start["status"], headers=headers, body=parts)


async def _break_off(send: Send) -> None:
    """An answer that breaks off: the head promises a body that never comes, and the server closes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


def _request_to_hub(scope: Scope, fault: Disturbance | None, *, stale: bool) -> Scope:
    """The request as the hub gets it: the hub's own refusal of a bad token is what the sender sees."""
    if stale:
        others = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
        scope = {**scope, "headers": [*others, (b"authorization", _SPOILED)]}
    if fault is not None and fault.kind == "short_pages":
        parameters = [
            (name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "limit"
        ]
        scope = {**scope, "query_string": urlencode([*parameters, ("limit", SHORT)]).encode()}
    return scope


def _answer_to_sender(answer: _Answer, fault: Disturbance | None) -> _Answer:
    """The answer as the sender gets it."""
    match None if fault is None else fault.kind:
        case "cut":
            return _Answer(status=answer.status, headers=answer.headers, body=_first_half(answer.body))
        case "newer":
            return _Answer(status=answer.status, headers=answer.headers, body=_of_newer_version(answer.body))
    return answer


def _first_half(body: bytes) -> bytes:
    """The first half of what is told: whole lines where there are several, else bytes."""
    lines = body.splitlines(keepends=True)
    return b"".join(lines[: len(lines) // 2]) if len(lines) > 1 else body[: len(body) // 2]


def _of_newer_version(body: bytes) -> bytes:
    """With members, and values within them, that no version knows yet. What is no single object stays."""
    try:
        document = orjson.loads(body)
    except ValueError:
        return body
    if not isinstance(document, Mapping):
        return body
    return orjson.dumps({"moiSau2030": {"loai": ["x", None, 1.5]}, **document, "khongBiet": True})


def _problem(fault: Disturbance) -> _Answer:
    """In the shape and with the codes of the hub's own."""
    code = "too_many_requests" if fault.status == TOO_MANY else "database_away"
    body = {"type": "about:blank", "title": code, "status": fault.status, "detail": "sandbox", "code": code}
    headers = [(b"content-type", b"application/problem+json")]
    return _Answer(status=fault.status, headers=headers, body=orjson.dumps(body))


def _request(scope: Scope, body: bytes) -> dict[str, Any]:
    """What is kept of a request: no token and no secret."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "headers": {name: value for name, value in headers.items() if name != "authorization"},
        "body": b"" if scope["path"] == TOKEN else body,
    }


def _seconds(answer: _Answer) -> float | None:
    """What the hub itself asked for."""
    given = next((value for name, value in answer.headers if name == b"retry-after"), b"")
    return float(given) if given.isdigit() else None


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for header, value in scope["headers"] if header == name), None)
