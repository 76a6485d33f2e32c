"""What a process says of itself: alive, ready, its metrics, its API. They belong to the process, not to a service.

`/livez` and `/readyz` tell anybody yes or no: a balancer asks. Why not, and the metrics, are for those who watch the
hub: this machine, listed addresses, whoever shows the word of the settings.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

from lienthong.errors import Rejected
from lienthong.refusals import problem, refused
from lienthong.settings import Settings
from lienthong.web.transport import is_loopback, is_within, networks
from services.hub.looking import Look

Ready = Callable[[], dict[str, str]]
"""What is wrong, by part; empty when ready."""

Behind = Callable[[], dict[str, dict[str, float]]]
"""By consumer of the log: `events` it has yet to apply, `seconds` since the oldest of them."""

Watcher = Callable[[Scope], bool]
"""Whether a request may see why the hub is not ready, and its metrics."""

_PROMETHEUS = "text/plain; version=0.0.4"


PATIENCE = 5.0
"""Seconds for all that is asked for a probe: who watches has given up after that, and what does not answer a look will
not answer a request.
"""


def watchers(settings: Settings) -> Watcher:
    """Those whom the settings let watch."""
    listed = networks(settings.metrics_from)
    token = settings.metrics_token

    def may(scope: Scope) -> bool:
        if on_this_machine(scope) or is_within(_address(scope), listed):
            return True
        shown = Request(scope).headers.get("authorization", "").removeprefix("Bearer ")
        return token is not None and hmac.compare_digest(shown.encode(), token.get_secret_value().encode())

    return may


def on_this_machine(scope: Scope) -> bool:
    """The least there is: who asks from the hub's own machine."""
    return is_loopback(_address(scope))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """Something that describes the API."""

    make: Callable[[], bytes]
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class MethodNotAllowed(Rejected):
    """405, with what may be done instead."""

    def __init__(self, methods: set[str]) -> None:
        allowed = ", ".join(sorted(methods))
        super().__init__([problem("", "method_not_allowed", known=allowed)], status=405)
        self.headers = {"Allow": allowed}


class Probes:
    """ready: what stops requests; degraded: what only delays their effects; behind: how far consumers are behind the
    log. metrics: text for /metrics. described: by path, what describes the API: made when it is first asked for.
    """

    def __init__(
        self,
        *,
        ready: Ready,
        degraded: Ready,
        behind: Behind,
        metrics: Callable[[], bytes],
        described: Mapping[str, Description],
        watcher: Watcher,
    ) -> None:
        self._ready, self._degraded, self._behind = Look(ready), Look(degraded), Look(behind)
        self._metrics, self._described = metrics, described
        self._watcher = watcher
        self._made: dict[str, bytes] = {}
        self._making = {path: Look(description.make) for path, description in described.items()}

    async def answer(self, scope: Scope) -> Response | None:
        """The answer to a request for one of them; None for any other."""
        path = scope["path"]
        if path not in ("/livez", "/readyz", "/metrics", *self._described):
            return None
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed({"GET", "HEAD"})
        if path == "/livez":
            return PlainTextResponse("ok\n")
        if path == "/readyz":
            return await self._readiness(scope)
        if path in self._described:
            return await self._description(path)
        if not self._watcher(scope):
            raise refused("metrics_not_for_you")
        return Response(await asyncio.to_thread(self._metrics), media_type=_PROMETHEUS)

    async def _readiness(self, scope: Scope) -> Response:
        if not self._watcher(scope):
            wrong = _database_fault(await self._ready.answer_within(PATIENCE))
            return JSONResponse({"ready": not wrong}, status_code=503 if wrong else 200)
        looks = (
            self._ready.answer_within(PATIENCE),
            self._degraded.answer_within(PATIENCE),
            self._behind.answer_within(PATIENCE),
        )
        ready, degraded, behind = await asyncio.gather(*looks)
        wrong = _database_fault(ready)
        state = {"ready": not wrong, "wrong": wrong, "degraded": degraded or {}, "behind": behind or {}}
        return JSONResponse(state, status_code=503 if wrong else 200)

    async def _description(self, path: str) -> Response:
        """Made once, which takes a second or two: in a thread, or nobody would be served meanwhile."""
        described = self._described[path]
        if path not in self._made:
            body = await self._making[path].answer()
            self._made[path] = body
        return Response(self._made[path], media_type=described.media, headers=dict(described.headers))


def _database_fault(ready: dict[str, str] | None) -> dict[str, str]:
    return {"database": f"database_away: no answer for {PATIENCE:.0f} s"} if ready is None else ready
