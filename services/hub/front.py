"""One address for all services of a machine: each request goes to the app that has its route.

The services' apps stay apart (each has its own state and errors); a reverse proxy does the same for services
that run on machines of their own, by deploy/.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

Ready = Callable[[], dict[str, str]]
"""What is wrong, by part; empty when ready."""
Behind = Callable[[], dict[str, dict[str, float]]]
"""By consumer of the log: `events` it has yet to apply, `seconds` since the oldest of them."""


class Front:
    """An ASGI app over FastAPI apps. ready: asked by /readyz, what stops requests; degraded: what only delays their
    effects; behind: how far consumers are behind the log. metrics: text for /metrics. pages: what people see, set once
    it is made (it asks this front itself).
    """

    def __init__(
        self, apps: Sequence[FastAPI], *, ready: Ready, degraded: Ready, behind: Behind, metrics: Callable[[], bytes]
    ) -> None:
        self.apps = tuple(apps)
        self.pages: Starlette | None = None
        self._ready, self._degraded, self._behind, self._metrics = ready, degraded, behind, metrics
        self._found: dict[tuple[str, str], FastAPI] = {}
        # What an app answers without its framework's middleware and routing: {(method, path): ASGI app}.
        self._direct: dict[tuple[str, str], ASGIApp] = {
            key: direct for app in self.apps for key, direct in getattr(app.state, "direct", {}).items()
        }
        self._stack: AsyncExitStack | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self._running, receive, send)
            return
        if scope["type"] != "http":
            return
        own = await self._own(scope["path"])
        target: ASGIApp = own if own is not None else self._app_for(scope)
        await target(scope, receive, send)

    async def _own(self, path: str) -> Response | None:
        """Health, metrics and the API's description: they belong to the process, not to a service."""
        if path == "/livez":
            return PlainTextResponse("ok\n")
        if path == "/readyz":
            wrong = await asyncio.to_thread(self._ready)
            degraded = await asyncio.to_thread(self._degraded)
            behind = await asyncio.to_thread(self._behind)
            return JSONResponse(
                {"ready": not wrong, "wrong": wrong, "degraded": degraded, "behind": behind},
                status_code=503 if wrong else 200,
            )
        if path == "/metrics":
            return Response(await asyncio.to_thread(self._metrics), media_type="text/plain; version=0.0.4")
        if path == "/openapi.json":
            return JSONResponse(openapi(self.apps))
        return None

    def _app_for(self, scope: Scope) -> ASGIApp:
        """The app with a route of that path and method; else one with the path (405); else the pages, but for
        addresses of the API; else the first (404).
        """
        key = (scope["method"], scope["path"])
        if key in self._direct:
            return self._direct[key]
        known = self._found.get(key)
        if known is not None:
            return known
        matches = [
            (max((_match(route, scope) for route in app.router.routes), default=0), -place, app)
            for place, app in enumerate(self.apps)
        ]
        best = max(matches, key=lambda found: found[:2])
        if best[0] == 0 and self.pages is not None and _for_people(scope):
            return self.pages
        chosen = best[2]
        if scope["path"] in ("/v1/events", "/oauth/token"):  # only fixed paths: others are without number
            self._found[key] = chosen
        return chosen

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in self.apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield


def openapi(apps: Sequence[FastAPI]) -> dict[str, Any]:
    """One OpenAPI 3.1 document of all apps."""
    return get_openapi(
        title="Liên Thông",
        version="1",
        openapi_version="3.1.0",
        summary="Trục trao đổi dữ liệu xã – sở – tỉnh – Bộ (event-driven data-exchange hub)",
        routes=[route for app in apps for route in app.routes],
    )


def _for_people(scope: Scope) -> bool:
    """What no service answers is a page's, but for the addresses of the API: their 404 is a problem document."""
    return not str(scope["path"]).startswith(("/v1/", "/oauth/", "/.well-known/"))


def _match(route: BaseRoute, scope: Scope) -> int:
    found, _ = route.matches(scope)
    return {Match.FULL: 2, Match.PARTIAL: 1, Match.NONE: 0}[found]


async def _lifespan(running: Callable[[], Any], receive: Receive, send: Send) -> None:
    await receive()
    try:
        async with running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})
