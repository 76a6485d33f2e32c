"""Logging in and out, for browsers: plain forms over the session routes of identity, which decide everything.

What a session still waits for (second factor, a new password, setting the second factor up) is a step of its own, and
each comes back to where somebody wanted to go.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Rejected
from services.console import acting
from services.console.frame import Frame, language, local

PATH = "/login"
_LARGEST = 20_000  # bytes: of a stranger, and a name with a password is a hundred
_STEPS = {"second_factor": "code", "password": "password", "enrolment": "enrolment"}
"""What a session waits for, and the step that gives it."""
_ACTS = {
    "start": ("/v1/session", ("person", "password")),
    "code": ("/v1/session/totp", ("code",)),
    "enrolment": ("/v1/session/totp", ("code",)),
    "password": ("/v1/session/password", ("old", "password")),
}
"""The route that each step's form goes to, and its fields."""


def routes(frame: Frame) -> list[Route]:
    """GET and POST of each step, and the way out."""
    steps = _Steps(frame)
    return [
        Route(PATH, steps.show, methods=["GET"]),
        Route(PATH, steps.send, methods=["POST"]),
        Route(f"{PATH}/{{step}}", steps.show, methods=["GET"]),
        Route(f"{PATH}/{{step}}", steps.send, methods=["POST"]),
        Route("/logout", steps.end, methods=["POST"]),
    ]


class _Steps:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, request: Request) -> Response:
        """The form of the step that the session waits for; a complete session goes on."""
        session = await self._session(request)
        step = _STEPS.get(session.get("state", ""), "start")
        if session.get("state") == "complete":
            return RedirectResponse(local(request.query_params.get("next")), status_code=303)
        if step != request.path_params.get("step", "start"):
            return RedirectResponse(_at(step, request.query_params.get("next")), status_code=303)
        return await self._form(request, step, session)

    async def send(self, request: Request) -> Response:
        """Give what the form holds to the session's route; what it refuses stands above the form again."""
        step = request.path_params.get("step", "start")
        if step not in _ACTS:
            return RedirectResponse(PATH, status_code=303)
        form = await acting.read_form(request, _LARGEST)
        route, fields = _ACTS[step]
        hub = self._frame.hub.as_browser(request, lang=language(request), csrf=str(form.get("csrf", "")))
        try:
            answer = await hub.send("POST", route, {name: str(form.get(name, "")) for name in fields})
        except Rejected as error:
            session = await self._session(request)
            return await self._form(request, step, session, refusal=error, person=str(form.get("person", "")))
        finally:
            await hub.close()
        return self._onward(request, answer, local(str(form.get("next", ""))))

    async def end(self, request: Request) -> Response:
        """Log out; without the form's word nothing ends."""
        form = await acting.read_form(request, _LARGEST)
        hub = self._frame.hub.as_browser(request, lang=language(request), csrf=str(form.get("csrf", "")))
        try:
            answer = await hub.send("DELETE", "/v1/session")
        finally:
            await hub.close()
        return with_cookies(RedirectResponse(PATH, status_code=303), answer)

    def _onward(self, request: Request, answer: httpx.Response, to: str) -> Response:
        body = answer.json()
        if codes := body.get("recoveryCodes"):
            page = self._frame.html(request, "login.html", step="codes", codes=codes, to=to, errors=[], ended=False)
            return with_cookies(page, answer)
        step = _STEPS.get(body["state"])
        target = to if step is None else _at(step, to)
        return with_cookies(RedirectResponse(target, status_code=303), answer)

    async def _session(self, request: Request) -> Mapping[str, Any]:
        """What is known of the browser's session; empty without one."""
        hub = self._frame.hub.as_browser(request, lang=language(request))
        try:
            return await hub.get("/v1/session")
        except Rejected:
            return {}
        finally:
            await hub.close()

    async def _form(
        self,
        request: Request,
        step: str,
        session: Mapping[str, Any],
        *,
        refusal: Rejected | None = None,
        person: str = "",
    ) -> Response:
        lang = language(request)
        errors = [
            {"id": error.pointer.strip("/") or _ACTS[step][1][0], "message": getattr(error.message, lang)}
            for error in (refusal.problems if refusal is not None else ())
        ]
        return self._frame.html(
            request,
            "login.html",
            status=422 if refusal is not None else 200,
            step=step,
            errors=errors,
            csrf=session.get("csrf", ""),
            typed=person,
            to=local(request.query_params.get("next")),
            enrolment=await self._enrolment(request, session) if step == "enrolment" else None,
            provider=self._frame.sessions.provider if step == "start" else None,
            problem=request.query_params.get("problem"),
            ended=step == "start" and refusal is None and "ended" in request.query_params,
        )

    async def _enrolment(self, request: Request, session: Mapping[str, Any]) -> Mapping[str, str]:
        """The secret to type and its picture; a new one each time that the form is shown."""
        hub = self._frame.hub.as_browser(request, lang=language(request), csrf=session.get("csrf", ""))
        try:
            secret = (await hub.send("POST", "/v1/session/enrolment")).json()
        finally:
            await hub.close()
        picture = base64.b64encode(secret["svg"].encode()).decode()
        return {"secret": secret["secret"], "picture": f"data:image/svg+xml;base64,{picture}"}


def address_of(back: str, *, ended: bool = False) -> str:
    """The login that leads back to a page. ended: it says that a session has ended."""
    query = ({} if back == "/" else {"next": back}) | ({"ended": "1"} if ended else {})
    return f"{PATH}?{urlencode(query)}" if query else PATH


def _at(step: str, to: str | None) -> str:
    path = PATH if step == "start" else f"{PATH}/{step}"
    return path if to in (None, "/") else f"{path}?{urlencode({'next': to})}"


def with_cookies(response: Response, answer: httpx.Response) -> Response:
    """Hand the session's cookies on to the browser."""
    for value in answer.headers.get_list("set-cookie"):
        response.headers.append("set-cookie", value)
    return response
