"""How much one sender may ask, so that it takes nothing from the others: a bucket of tokens for each.

Whoever shows a good access token has a bucket of its own, wherever it sends from: what others at the same office
address do wrong costs it nothing. Everybody else shares the bucket of the address. A bucket holds `burst` requests and
is filled again at `rate` a second; the answer to one too many is 429 with the seconds to wait in Retry-After. Each
process of the hub counts for itself.

The token endpoint is not counted here: which client asks stands in its body, and identity counts by that.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from lienthong.access.tokens import Verifier
from lienthong.errors import Problem, Rejected, Transient
from lienthong.refusals import problem
from lienthong.web import handling
from lienthong.web.authorization import TOKEN_PATH

UNCOUNTED = frozenset({TOKEN_PATH, "/livez", "/readyz"})


class SlowDown(Rejected):
    """One request too many (429, with Retry-After). wait: seconds."""

    def __init__(self, reason: Problem, wait: float) -> None:
        super().__init__([reason], status=429)
        self.headers = {"Retry-After": str(max(1, math.ceil(wait)))}


class Buckets:
    """A bucket for each key: `burst` at once, `rate` a second in the long run. Safe to share between threads.

    capacity: keys remembered. A full table forgets the key that was silent longest, whose bucket is the fullest.
    """

    def __init__(
        self,
        *,
        rate: float,
        burst: float,
        capacity: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate, self.burst = rate, burst
        self._capacity, self._clock = capacity, clock
        self._lock = threading.Lock()
        self._held: dict[Hashable, tuple[float, float]] = {}  # key → (tokens, when); the longest silent first

    def take(self, key: Hashable, cost: float = 1.0) -> float:
        """Take from a bucket. 0 when there was enough, else the seconds until there will be; then nothing is taken."""
        with self._lock:
            left = self._tokens_left(key)
            if left < cost:
                self._put(key, left)
                return (cost - left) / self.rate
            self._put(key, left - cost)
            return 0.0

    def wait(self, key: Hashable, cost: float = 1.0) -> float:
        """What `take` would answer; takes nothing."""
        with self._lock:
            return max(0.0, (cost - self._tokens_left(key)) / self.rate)

    def __len__(self) -> int:
        return len(self._held)

    def _tokens_left(self, key: Hashable) -> float:
        now = self._clock()
        tokens, then = self._held.get(key, (self.burst, now))
        return min(self.burst, tokens + (now - then) * self.rate)

    def _put(self, key: Hashable, tokens: float) -> None:
        self._held.pop(key, None)
        while len(self._held) >= self._capacity:
            del self._held[next(iter(self._held))]
        self._held[key] = (tokens, self._clock())


class Limited:
    """ASGI middleware over the whole hub. clients: by client or person; strangers: by address."""

    def __init__(self, app: ASGIApp, *, verifier: Verifier, clients: Buckets, strangers: Buckets) -> None:
        self._app, self._verifier = app, verifier
        self._clients, self._strangers = clients, strangers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in UNCOUNTED:
            refusal = self._refusal(scope)
            if refusal is not None:
                await handling.response(refusal, Request(scope))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> SlowDown | None:
        try:
            client = self._client(scope)
        except Transient:
            return None  # who is calling can't be told now; the route says so
        address = scope["client"][0] if scope.get("client") else ""
        buckets, key = (self._strangers, address) if client is None else (self._clients, client)
        wait = buckets.take(key)
        return too_many(wait, buckets) if wait else None

    def _client(self, scope: Scope) -> str | None:
        """Who sends, if its token is good."""
        for name, value in scope["headers"]:
            if name == b"authorization":
                try:
                    return self._verifier.bearer(value.decode("latin-1")).client_id
                except Rejected:
                    return None
        return None


def too_many(wait: float, buckets: Buckets) -> SlowDown:
    """The refusal that names the rate."""
    seconds = max(1, math.ceil(wait))
    fault = problem("", "too_many_requests", seconds=seconds, rate=f"{buckets.rate:g}", burst=f"{buckets.burst:g}")
    return SlowDown(fault, wait)
