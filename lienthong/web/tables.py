"""Routes whose bodies are tables or maps of megabytes, which hold others up no longer than they have to.

The guard has read such a body strictly in a thread, and written it again (lienthong/web/guard.py). The framework reads
it once more, on the event loop: Python's own reader makes a map of 8 MB in 570 ms of one go, orjson in 140, and while
either does nobody else is served. So it is orjson, and for what is large in a thread.

    routes = Routes(prefix="/v1/units", route_class=TableRoute)
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lienthong.collector import deferring
from lienthong.web.guard import AT_ONCE
from lienthong.web.routes import OnDemand


class _ReadFast(Request):
    """Its JSON by orjson; a whole number beyond 64 bits, which the route refuses in its own words, by Python."""

    async def json(self) -> Any:
        raw = await self.body()
        try:
            return orjson.loads(raw) if len(raw) <= AT_ONCE else await run_in_threadpool(_load_large, raw)
        except orjson.JSONDecodeError:
            return await super().json()


def _load_large(raw: bytes) -> Any:
    with deferring:
        return orjson.loads(raw)


class TableRoute(OnDemand):
    """A route of a router of tables."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            return await handle(_ReadFast(request.scope, request.receive))

        return handled
