"""The words between what decides (flows) and what does (hub, async_hub): steps to take, and what came of them. Pure.

A flow is a generator. It yields a step, is sent what came of it, and returns its result:

    Request → Response | Lost        Pause → None        Login → the access token
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request. path: with its query, as the hub's own links are."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def with_token(self, token: str) -> Request:
        return replace(self, headers={**self.headers, "authorization": f"Bearer {token}"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What came back whole. headers: names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """No answer. sent: whether the hub may have got the request."""

    reason: str
    sent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Seconds in which nothing is to be done."""

    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """An access token is needed, and not this one."""

    stale: str | None = None


Step = Request | Pause | Login
Reply = Response | Lost | str | None

T = TypeVar("T")
Flow = Generator[Step, Reply, T]


def ask(request: Request) -> Flow[Response | Lost]:
    """One request, once."""
    reply = yield request
    assert isinstance(reply, Response | Lost), "a request is answered or lost"
    return reply


def login(stale: str | None) -> Flow[str]:
    """An access token other than `stale`."""
    reply = yield Login(stale=stale)
    assert isinstance(reply, str), "a login gives a token"
    return reply


def pause(seconds: float) -> Flow[None]:
    """Wait."""
    yield Pause(seconds=seconds)
