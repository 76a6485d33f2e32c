"""One address for all services of a machine: each request goes to the app that has its route.

The services' apps stay apart (each has its own state and errors); a reverse proxy does the same for services
that run on machines of their own, by deploy/.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from lienthong.errors import HubError
from lienthong.refusals import refused
from lienthong.web import handling, parameters
from lienthong.web.addresses import Addresses, RouteAddress
from services.hub import reference
from services.hub.probes import Behind, MethodNotAllowed, Probes, Ready, Watcher, on_this_machine

_FOR_PROGRAMS = ("v1", "oauth", ".well-known")


class Front:
    """An ASGI app over FastAPI apps. ready: asked by /readyz, what stops requests; degraded: what only delays their
    effects; behind: how far consumers are behind the log. metrics: text for /metrics. watcher: who is told more than
    yes or no. pages: what people see, set once it is made (it asks this front itself).
    """

    def __init__(
        self,
        apps: Sequence[FastAPI],
        *,
        ready: Ready,
        degraded: Ready,
        behind: Behind,
        metrics: Callable[[], bytes],
        watcher: Watcher = on_this_machine,
    ) -> None:
        self.apps = tuple(apps)
        self.pages: ASGIApp | None = None
        self._probes = Probes(
            ready=ready,
            degraded=degraded,
            behind=behind,
            metrics=metrics,
            described=reference.descriptions(self.apps),
            watcher=watcher,
        )
        self._addresses = Addresses(
            RouteAddress.of(route, app) for app in self.apps for route in iter_route_contexts(app.routes)
        )
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
        target = self._direct.get((scope["method"], scope["path"]))
        if target is None:
            try:
                scope = parameters.decode_address(scope)
                target = await self._probes.answer(scope) or self._app_for(scope)
            except HubError as error:
                target = handling.response(error, Request(scope))
        await target(scope, receive, send)

    def _app_for(self, scope: Scope) -> ASGIApp:
        """The app with a route of that path and method. Where only the method is wrong: Rejected (405). Where nothing
        is: the pages, but for addresses of the API, which are Rejected (404).
        """
        method, path = scope["method"], scope["path"]
        app = self._addresses.find("GET" if method == "HEAD" else method, path)
        if app is not None:
            return app
        methods = self._addresses.methods(path)
        if methods:
            raise MethodNotAllowed(methods | {"HEAD"} if "GET" in methods else methods)
        if self.pages is not None and _for_people(path):
            return self.pages
        raise refused("address_unknown", path=path)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in self.apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield


def _for_people(path: str) -> bool:
    """What no service answers is a page's, but for the addresses of the API, also where they are misspelled, and for
    what is no path (`OPTIONS *`): their 404 is a problem document.
    """
    return path.startswith("/") and path.lower().lstrip("/").partition("/")[0] not in _FOR_PROGRAMS


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
