"""Reading a request's body within bounds: never more in memory than the limit, whatever a sender sends."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from lienthong.errors import Rejected, problem


async def whole(request: Request, limit: int) -> bytes:
    """The body, decompressed. Raises Rejected 413 as soon as it exceeds `limit` bytes, 415 for other encodings."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
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
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        async for chunk in request.stream():
            yield chunk
        return
    if encoding != "gzip":
        raise Rejected([problem("", "encoding_not_supported", "Chỉ hỗ trợ Content-Encoding: gzip.",
                                "Only Content-Encoding: gzip is supported.")], status=415)
    inflate = zlib.decompressobj(wbits=31)
    async for chunk in request.stream():
        rest = chunk
        while rest:
            try:
                piece = inflate.decompress(rest, 65_536)
            except zlib.error as error:
                raise _not_gzip() from error
            rest = inflate.unconsumed_tail
            if piece:
                yield piece
            if inflate.eof:
                rest = b""
    if not inflate.eof:
        raise _not_gzip()


async def lines(request: Request, limit: int) -> AsyncIterator[bytes | None]:
    """The lines of an NDJSON body without their ends; None for a line over `limit` bytes (its rest is dropped)."""
    kept, dropping = bytearray(), False
    async for chunk in chunks(request):
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if dropping:
                dropping = False
            elif len(kept) + end - start > limit:
                yield None
            else:
                kept += chunk[start:end]
                yield bytes(kept)
            kept.clear()
            start = end + 1
        if not dropping:
            if len(kept) + len(chunk) - start > limit:
                yield None
                kept.clear()
                dropping = True
            else:
                kept += chunk[start:]
    if kept:
        yield bytes(kept)


def too_large(limit: int) -> Rejected:
    """413 naming the limit."""
    return Rejected([problem("", "body_too_large", f"Nội dung vượt quá {limit} byte.",
                             f"The content is larger than {limit} bytes.", limit=limit)], status=413)


def _not_gzip() -> Rejected:
    return Rejected([problem("", "not_gzip", "Nội dung không phải gzip hợp lệ.", "The content is not valid gzip.")],
                    status=400)
