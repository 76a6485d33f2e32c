"""`/v1/session`, `/v1/sessions`: logging in, proving more, acting, logging out. For the console and for scripts.

A script logs in like a browser and keeps the cookies, then gets an access token at `/v1/session/token` and uses it on
all of the hub's routes. What needs a proof takes its time on purpose, so these routes have threads of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from lienthong.access.roles import PEOPLE
from lienthong.access.tokens import LIFETIME
from lienthong.instants import wire
from lienthong.refusals import refused
from lienthong.web.answers import gives
from lienthong.web.routes import Routes
from services.identity import answers
from services.identity.bodies import RequestBody, body, openapi_of_body
from services.identity.sessions import account, browser
from services.identity.sessions.login import Begun, Logins
from services.identity.sessions.session import Session, csrf_of

_NO_STORE = {"Cache-Control": "no-store"}
_Result = TypeVar("_Result")

AnySession = Annotated[Session, Depends(browser.session)]
Complete = Annotated[Session, Depends(browser.complete)]


class Credentials(RequestBody):
    """A local account's login."""

    person: str = Field(max_length=200, examples=["lan.nt"])
    password: str = Field(max_length=1000)


class Code(RequestBody):
    """A code of the second factor, or a recovery code."""

    code: str = Field(max_length=100, examples=["123 456"])


class NewPassword(RequestBody):
    """Changing one's own password."""

    old: str = Field(max_length=1000)
    password: str = Field(max_length=1000)


class ActIn(RequestBody):
    """The province to act in."""

    province: str = Field(max_length=20, examples=["20"])


def router(logins: Logins) -> APIRouter:
    """The routes, for the root of the identity app, whose state holds `logins`."""
    routes = Routes(prefix="/v1", tags=["people"])
    run = _Threads()
    _logging_in(routes, logins, run)
    _proving(routes, logins, run)
    _acting(routes, logins)
    _listing(routes, logins)
    return routes


class _Threads:
    """Threads for what waits on a slow hash: a flood of log-ins leaves the others' threads to reports."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="login")  # started by the first request

    async def __call__(self, act: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)


def _logging_in(routes: APIRouter, logins: Logins, run: _Threads) -> None:
    @routes.post(
        "/session",
        summary="Log in with a local account",
        openapi_extra=openapi_of_body(Credentials),
        **gives(answers.SessionBegun, 201),
    )
    async def login(request: Request, given: Annotated[Credentials, Depends(body(Credentials))]) -> Response:
        browser.refuse_elsewhere(request)
        begun = await run(partial(logins.begin, given.person, given.password, browser.where(request)))
        return _begun_response(request, begun, 201)

    @routes.get("/session", summary="Who am I, and what may I do", **gives(answers.SessionOf))
    def whoami(request: Request, session: AnySession) -> Response:
        return JSONResponse(session_body(session, browser.cookie(request, browser.COOKIE)), headers=_NO_STORE)

    @routes.delete("/session", summary="Log out", status_code=204)
    def logout(request: Request, session: AnySession) -> Response:
        logins.end(session.person, session.session, browser.where(request))
        response = Response(status_code=204, headers=_NO_STORE)
        browser.forget(request, response, browser.COOKIE)
        return response


def _proving(routes: APIRouter, logins: Logins, run: _Threads) -> None:
    @routes.post(
        "/session/totp",
        summary="Give the code of the second factor",
        openapi_extra=openapi_of_body(Code),
        **gives(answers.SessionBegun),
    )
    async def totp(request: Request, session: AnySession, given: Annotated[Code, Depends(body(Code))]) -> Response:
        act = partial(account.give_code, logins, session, given.code, browser.where(request))
        return _begun_response(request, await run(act), 200)

    @routes.post(
        "/session/enrolment", summary="Set up a second factor; its first code confirms it", **gives(answers.EnrolmentOf)
    )
    def enrolment(session: AnySession) -> Response:
        factor = account.enrol(logins, session)
        return JSONResponse({"secret": factor.secret, "uri": factor.uri, "svg": factor.picture}, headers=_NO_STORE)

    @routes.post(
        "/session/recovery-codes",
        summary="New recovery codes in place of the ones before",
        **gives(answers.RecoveryCodes),
    )
    def recovery_codes(request: Request, session: Complete) -> Response:
        codes = account.new_recovery_codes(logins, session, browser.where(request))
        return JSONResponse({"recoveryCodes": list(codes)}, headers=_NO_STORE)

    @routes.post(
        "/session/password",
        summary="Change one's own password",
        openapi_extra=openapi_of_body(NewPassword),
        **gives(answers.SessionBegun),
    )
    async def password(
        request: Request, session: AnySession, given: Annotated[NewPassword, Depends(body(NewPassword))]
    ) -> Response:
        act = partial(account.change_password, logins, session, given.old, given.password, browser.where(request))
        return _begun_response(request, await run(act), 200)


def _acting(routes: APIRouter, logins: Logins) -> None:
    @routes.post(
        "/session/token", summary="A short-lived access token with one's own rights", **gives(answers.AccessToken)
    )
    def token(session: Complete) -> Response:
        answer = {
            "access_token": logins.token(session, lifetime=LIFETIME),
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": " ".join(sorted(session.principal().scopes)),
        }
        return JSONResponse(answer, headers=_NO_STORE)

    @routes.put(
        "/session/province",
        summary="Act in another of one's provinces",
        openapi_extra=openapi_of_body(ActIn),
        **gives(answers.SessionOf),
    )
    def act_in(request: Request, session: Complete, given: Annotated[ActIn, Depends(body(ActIn))]) -> Response:
        logins.act_in(session, given.province)
        return whoami_again(request, logins)


def whoami_again(request: Request, logins: Logins) -> Response:
    """The session as it stands after a change."""
    cookie = browser.cookie(request, browser.COOKIE)
    session = logins.find(cookie)
    if session is None:
        raise refused("session_missing")
    return JSONResponse(session_body(session, cookie), headers=_NO_STORE)


def _listing(routes: APIRouter, logins: Logins) -> None:
    @routes.get("/sessions", summary="One's own sessions", **gives(answers.Sessions))
    def sessions(session: Complete) -> Response:
        bodies = [
            session_in_list(each, current=each.session == session.session) for each in logins.sessions(session.person)
        ]
        return JSONResponse({"sessions": bodies}, headers=_NO_STORE)

    @routes.delete("/sessions/{session_id}", summary="End one of one's own sessions", status_code=204)
    def end(session_id: str, request: Request, session: Complete) -> Response:
        if not logins.end(session.person, session_id, browser.where(request)):
            raise refused("session_unknown", session=session_id)
        return Response(status_code=204, headers=_NO_STORE)


def session_body(session: Session, cookie: str) -> dict[str, Any]:
    """A session as its own person sees it. An unfinished one tells what is missing, and no right."""
    person = session.person
    document: dict[str, Any] = {
        "session": session.session,
        "state": session.state.value,
        "person": {"id": person.person, "name": person.name},
        "csrf": csrf_of(cookie),
        "endsAt": wire(session.ends_at),
    }
    if not session.complete:
        return document
    principal = session.principal()
    return {
        **document,
        "province": session.province,
        "provinces": list(person.provinces),
        "bindings": [
            {
                "role": b.role,
                "name": {"vi": PEOPLE[b.role].name.vi, "en": PEOPLE[b.role].name.en} if b.role in PEOPLE else None,
                "units": sorted(b.units),
                "scopes": sorted(b.scopes),
            }
            for b in principal.bindings
        ],
        "scopes": sorted(principal.scopes),
        "secondFactor": person.has_second_factor,
        "by": session.made_by,
    }


def session_in_list(session: Session, *, current: bool = False) -> dict[str, Any]:
    """A session in a list."""
    return {
        "session": session.session,
        "current": current,
        "by": session.made_by,
        "state": session.state.value,
        "address": session.address,
        "agent": session.agent,
        "createdAt": wire(session.created_at),
        "seenAt": wire(session.seen_at),
        "endsAt": wire(session.ends_at),
    }


def _begun_response(request: Request, begun: Begun, status: int) -> Response:
    document = session_body(begun.session, begun.cookie)
    if begun.recovery_codes:
        document["recoveryCodes"] = list(begun.recovery_codes)
    response = JSONResponse(document, status_code=status, headers=_NO_STORE)
    browser.remember(request, response, begun)
    return response
