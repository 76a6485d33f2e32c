"""What passes between a browser and its session: cookies, the word against forgery, where a request comes from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from lienthong.refusals import refused
from services.identity.sessions.login import Begun, Logins
from services.identity.sessions.session import Session, Where, csrf_fits

CSRF_HEADER = "X-CSRF-Token"
COOKIE, DEVICE, FLOW = "lienthong", "lienthong-browser", "lienthong-oidc"
_DEVICE_SECONDS = 180 * 86_400
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def where(request: Request) -> Where:
    """Address and browser of a request."""
    return Where(
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", ""),
        device=cookie(request, DEVICE),
    )


def cookie(request: Request, name: str) -> str:
    """A cookie of ours, or nothing. Under https its name says that no other host and no plain http can have set it."""
    return request.cookies.get(_cookie_name(request, name), "")


def session(request: Request) -> Session:
    """The session of the request, complete or not. A request that changes something has to bring the session's word.

    Raises Rejected: 401 without a session, 403 without the word or from a page of another site.
    """
    refuse_elsewhere(request)
    given = cookie(request, COOKIE)
    logins: Logins = request.app.state.logins
    session_ = logins.find(given) if given else None
    if session_ is None:
        raise refused("session_missing")
    if request.method not in _SAFE and not csrf_fits(given, request.headers.get(CSRF_HEADER)):
        raise refused("csrf_missing")
    return session_


def complete(session_: Annotated[Session, Depends(session)]) -> Session:
    """The same, for what only a complete session may do. Raises Rejected (403) with what is missing."""
    if not session_.complete:
        raise refused("session_incomplete", state=session_.state.value)
    return session_


def refuse_elsewhere(request: Request) -> None:
    """Raises Rejected (403) when a browser says that a page of another site sends the request."""
    if request.method not in _SAFE and request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site"):
        raise refused("request_from_elsewhere")


def remember(request: Request, response: Response, begun: Begun) -> None:
    """Give the browser its cookies. The session's own goes with the browser; the hub ends it before that."""
    _set(request, response, COOKIE, begun.cookie, None)
    if begun.device is not None:
        _set(request, response, DEVICE, begun.device, _DEVICE_SECONDS)


def remember_flow(request: Request, response: Response, browser: str, seconds: int) -> None:
    """Give the browser what it is known by when it comes back from the provider."""
    _set(request, response, FLOW, browser, seconds)


def forget(request: Request, response: Response, name: str) -> None:
    """Take a cookie back."""
    secure = request.url.scheme == "https"
    response.delete_cookie(_cookie_name(request, name), path="/", secure=secure, httponly=True, samesite="lax")


def _set(request: Request, response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        _cookie_name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _cookie_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if request.url.scheme == "https" else name
