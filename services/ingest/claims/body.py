"""Reading a request's body within bounds: never more in memory than the limit, whatever a sender sends."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from lienthong.refusals import refused
from lienthong.web.bodies import too_large

PIECE = 65_536  # bytes inflated at once
# Reports compress 5 to 40 times. A stream that swells more than this, and is not short, is made to exhaust.
LARGEST_RATIO, LEAST_INFLATED = 200, 64 * 1024

_BLANK = re.compile(rb"\s*\n")
"""Blank lines, all at once: 256 KiB of them one by one were 95 ms of the event loop."""

Line = tuple[int, bytes | None]
"""Number of a line in the body (from 1), and the line without its end; None when it is over the limit."""


async def whole_body(request: Request, limit: int) -> bytes:
    """The body, decompressed. Raises Rejected 413 as soon as it exceeds `limit` bytes, 415 for other encodings."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > limit:
        raise too_large(limit)
    parts, size = [], 0
    async for chunk in chunks(request):
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        parts.append(chunk)
    return b"".join(parts)


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces, decompressed piece by piece (a piece of a bomb is never larger than 64 KiB)."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for chunk in _raw_chunks(request):
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip"):
        raise refused("encoding_not_supported")
    inflating = _Inflating()
    async for chunk in _raw_chunks(request):
        inflating.give(chunk)
        while piece := inflating.take():
            yield piece
            await asyncio.sleep(0)  # one compressed piece may hold a thousand: others get their turn between
    inflating.end()


class _Inflating:
    """gzip, of any number of members one after the other."""

    def __init__(self) -> None:
        self._inflate, self._rest = zlib.decompressobj(wbits=31), b""
        self._given = self._taken = 0

    def give(self, chunk: bytes) -> None:
        self._given += len(chunk)
        self._rest += chunk

    def take(self) -> bytes:
        """The next piece; b"" when more must be given. Raises Rejected for what isn't gzip, or swells too much."""
        while self._rest:
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(wbits=31)
            try:
                piece = self._inflate.decompress(self._rest, PIECE)
            except zlib.error as error:
                raise refused("not_gzip") from error
            self._rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if piece:
                self._taken += len(piece)
                if self._taken > max(LEAST_INFLATED, LARGEST_RATIO * (self._given - len(self._rest))):
                    raise refused("compressed_too_much", ratio=LARGEST_RATIO)
                return piece
        return b""

    def end(self) -> None:
        if not self._inflate.eof:
            raise refused("not_gzip")


class Lines:
    """Cuts a body into lines, skipping blank ones. limit: bytes of a line; the rest of a longer one is dropped."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept, self._dropping, self._number = bytearray(), False, 0

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that end in this chunk."""
        pairs: list[Line] = []
        at = 0
        while True:
            if not self._kept and not self._dropping and (blank := _BLANK.match(chunk, at)):
                self._number += chunk.count(b"\n", at, blank.end())
                at = blank.end()
            end = chunk.find(b"\n", at)
            if end < 0:
                self._keep(chunk[at:])
                return pairs
            self._keep(chunk[at:end])
            pairs.extend(self.end())
            at = end + 1

    def end(self) -> list[Line]:
        """The line under way, as far as it has come."""
        self._number += 1
        pairs: list[Line] = []
        if self._dropping:
            pairs = [(self._number, None)]
        elif self._kept and not self._kept.isspace():
            pairs = [(self._number, bytes(self._kept))]
        self._kept.clear()
        self._dropping = False
        return pairs

    def _keep(self, piece: bytes) -> None:
        if self._dropping or not piece:
            return
        if len(self._kept) + len(piece) > self._limit:
            self._kept.clear()
            self._dropping = True
        else:
            self._kept += piece


async def _raw_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; `bodies.Pace` bounds its time. Raises ClientDisconnect when the sender goes away."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if chunk := message.get("body", b""):
            yield chunk
