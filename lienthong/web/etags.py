"""Whether the asker already has what it asks for (RFC 9110 §13.1.2)."""

from __future__ import annotations

from starlette.requests import Request


def unchanged(request: Request, etag: str) -> bool:
    """Whether If-None-Match names the tag, compared weakly. etag: with its quotes."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in known or "*" in known
