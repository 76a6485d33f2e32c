"""What holds for every request and answer of the console: suffixes of addresses, headers against what comes from
elsewhere.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FORMATS = ("json", "csv", "xlsx")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
"""Of every answer; one that passes no middleware carries them itself."""


class Suffixes:
    """`/rounds/P119-LS.2026.csv` is the page /rounds/P119-LS.2026 as CSV; the suffix goes into the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/static/"):
            path, _, suffix = scope["path"].rpartition(".")
            if path and suffix in _FORMATS:
                scope = {**scope, "path": path, "raw_path": path.encode(), "lienthong.format": suffix}
        await self._app(scope, receive, send)


class Headers:
    """What every answer carries: nothing from elsewhere runs, is framed or is guessed at."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
