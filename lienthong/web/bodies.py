"""Bodies of requests within bounds of size and time, whoever reads them.

`Pace` stands around `receive` for every request; `read_whole` reads a body that is needed whole. Time is that of
waiting for the sender: while the hub itself is busy nobody is late. A sender that pauses is told to come again after
IDLE seconds; one that drips may take GRACE seconds and after that must have sent SLOWEST bytes for each second.
"""

from __future__ import annotations

import asyncio
import time

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from lienthong.contracts import canonical, strict, texts
from lienthong.errors import Rejected
from lienthong.refusals import refused

IDLE = 60.0
GRACE = 60.0
SLOWEST = 200  # bytes a second: a line of 2G gives ten times that
LINGER_BYTES, LINGER_SECONDS = 1024 * 1024, 2.0
UNREAD = (408, 413, 415)  # answered while the sender may still be sending
MOST_VALUES = 6_000
"""Of a body that a route's model describes: 500 new clients have 5,000. The framework makes a fault for each member
that a model does not know, on the event loop and in one go: 90,000 of them held it for more than a second."""
MOST_MEMBERS = 1_000  # of the outermost object, for the same reason, where there may be more values


class Pace:
    """Wraps `receive`: raises Rejected (408) from it when the sender is too slow to be waited for."""

    __slots__ = ("_bytes", "_done", "_receive", "_waited")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes, self._waited, self._done = 0, 0.0, False

    async def __call__(self) -> Message:
        if self._done:  # what comes after a body is that the sender has gone, however late
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(IDLE, self._seconds_left())):
                message = await self._receive()
        except TimeoutError as error:
            raise refused("body_too_slow", seconds=IDLE, rate=SLOWEST) from error
        self._waited += time.monotonic() - began
        self._bytes += len(message.get("body", b""))
        self._done = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _seconds_left(self) -> float:
        """Seconds that may be waited for the next piece."""
        return max(0.0, GRACE + self._bytes / SLOWEST - self._waited)


async def read_whole(receive: Receive, announced: str, limit: int) -> bytes:
    """The body. announced: the header Content-Length. Raises Rejected 413 as soon as it exceeds `limit` bytes."""
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
        raise too_large(limit)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise too_large(limit)
    return b"".join(parts)


def strict_json(raw: bytes, values: int | None = MOST_VALUES) -> bytes:
    """A JSON document as the one strict reader understands it, written again. Raises Rejected (400).

    values: the most that it may hold; None for rows and maps, of which the size alone is bounded.
    """
    body = texts.tree(strict.read(raw, values=values))
    if isinstance(body, dict) and len(body) > MOST_MEMBERS:
        raise refused("too_many_values", limit=MOST_MEMBERS)
    try:
        return orjson.dumps(body, default=canonical.as_written)
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits, which the route will refuse in its own words
        return canonical.write(body)


def limit_body(receive: Receive, limit: int) -> Receive:
    """`receive` for a route that reads its body itself: raises Rejected 413 beyond `limit` bytes."""
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise too_large(limit)
        return message

    return receiving


def replay(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives a body already read, and after it what really comes."""
    first = True

    async def receiving() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receiving


def too_large(limit: int) -> Rejected:
    """413 naming the limit."""
    return refused("body_too_large", limit=limit)


class Parting(Response):
    """An answer given before the body was read: the connection ends with it.

    What the sender has already sent is read and dropped for a moment: closing over unread bytes resets the
    connection, and the sender would never see why.
    """

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, status_code=answer.status_code, headers=dict(answer.headers))
        self.headers["Connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                await _drop_rest(receive)
        except TimeoutError:
            pass
        await send({"type": "http.response.body", "body": b""})


async def _drop_rest(receive: Receive) -> None:
    size = 0
    while size < LINGER_BYTES:
        message = await receive()
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
