"""Load over raw keep-alive connections: a request, its answer, the next. Cheap: the server is what is measured."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop


@dataclass(slots=True)
class Result:
    """What a load did: answers by status, seconds each took, seconds in all."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return sum(count for status, count in self.statuses.items() if status < 300) / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection(asyncio.Protocol):
    def __init__(
        self,
        head: bytes,
        next_body: Callable[[], bytes],
        until: float,
        result: Result,
        done: asyncio.Future[None],
        pace: float,
    ) -> None:
        self._head, self._next, self._until, self._result, self._done = head, next_body, until, result, done
        self._pace, self._due = pace, time.perf_counter()
        self._read, self._sent = bytearray(), 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._complete():
            return
        self._result.statuses[int(self._read[9:12])] += 1
        self._result.latencies.append(time.perf_counter() - self._sent)
        self._read.clear()
        if not self._pace:
            self._send()
        else:
            self._due += self._pace
            asyncio.get_running_loop().call_later(max(0.0, self._due - time.perf_counter()), self._send)

    def _complete(self) -> bool:
        """Whether the answer is there: by its length, or (a stream) by its last, empty chunk."""
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._read[:end]).lower() + b"\r\n"
        place = head.find(b"content-length: ")
        if place < 0:
            return self._read.endswith(b"0\r\n\r\n")
        return len(self._read) >= end + 4 + int(head[place + 16 : head.find(b"\r\n", place)])

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._until:
            self._transport.close()
            return
        body = self._next()
        self._transport.write(b"%sContent-Length: %d\r\n\r\n%s" % (self._head, len(body), body))


def one_each(
    port: int,
    token: str,
    bodies: Sequence[Callable[[], bytes]],
    *,
    seconds: float,
    media: str = "application/cloudevents+json",
    pace: float = 0.0,
) -> Result:
    """One connection for each source of bodies, each sending its next as soon as the last was answered.

    pace: seconds between the requests of one connection; 0: as fast as it goes.
    """
    return uvloop.run(_one_each(port, token, bodies, seconds, media, pace))


async def _one_each(
    port: int, token: str, bodies: Sequence[Callable[[], bytes]], seconds: float, media: str, pace: float
) -> Result:
    loop, result = asyncio.get_running_loop(), Result()
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Type: {media}\r\n"
    ).encode()
    started = time.perf_counter()
    waiting = []
    for place, body in enumerate(bodies):
        done: asyncio.Future[None] = loop.create_future()
        waiting.append(done)
        await loop.create_connection(
            lambda body=body, done=done: _Connection(head, body, started + seconds, result, done, pace),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        if pace:  # spread evenly, so that a rate is a rate and no row of bursts
            await asyncio.sleep(max(0.0, started + pace * (place + 1) / len(bodies) - time.perf_counter()))
    await asyncio.gather(*waiting)
    result.seconds = time.perf_counter() - started
    return result
