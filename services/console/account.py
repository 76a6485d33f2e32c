"""One's own account: changing the password, and ending sessions that were left open elsewhere. Plain forms over the
session routes of identity, which decide everything; they ask for the browser's session, not for a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Problem, Rejected
from lienthong.refusals import problem, refused
from services.console import acting, login
from services.console.asking import Answer
from services.console.frame import Frame, language
from services.console.sessions import Person
from services.console.showing import segment

PATH = "/account"
_LARGEST = 20_000  # bytes: three passwords
_FIELDS = ("old", "password", "again")
_PASSED_ON = (401, 403)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSession:
    """A session of the same person. current: the one that asks."""

    session: str
    current: bool
    begun: datetime
    seen: datetime
    address: str | None
    agent: str | None


def routes(frame: Frame) -> list[Route]:
    """The page and its two forms."""
    account = _Account(frame)
    return [Route(PATH, account.show, methods=["GET"]), Route(PATH, account.send, methods=["POST"])]


class _Account:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, request: Request) -> Response:
        """Raises Rejected (401) where nobody is logged in."""
        return await self._page(request, await self._person(request))

    async def send(self, request: Request) -> Response:
        """do: `password`, or `end` with the session that is to end."""
        person = await self._person(request)
        form = await acting.read_form(request, _LARGEST)
        typed = {name: str(form.get(name, "")) for name in ("csrf", "session", *_FIELDS)}
        button = acting.button(form, "password", "end")
        try:
            if button == "end":
                await self._send(request, "DELETE", f"/v1/sessions/{segment(typed['session'])}", {}, typed["csrf"])
                return RedirectResponse(f"{PATH}?done=end", status_code=303)
            answer = await self._change_password(request, typed)
        except Rejected as error:
            if not error.problems or error.status in _PASSED_ON:
                raise
            return await self._page(request, person, faults=error.problems)
        return login.with_cookies(RedirectResponse(f"{PATH}?done=password", status_code=303), answer)

    async def _change_password(self, request: Request, typed: Mapping[str, str]) -> httpx.Response:
        """Raises Rejected for a new password that was typed differently twice, and as the route does."""
        if typed["password"] != typed["again"]:
            raise Rejected([problem("/again", "password_typed_differently")])
        body = {"old": typed["old"], "password": typed["password"]}
        return await self._send(request, "POST", "/v1/session/password", body, typed["csrf"])

    async def _send(
        self, request: Request, method: str, route: str, body: Mapping[str, str], word: str
    ) -> httpx.Response:
        hub = self._frame.hub.as_browser(request, lang=language(request), csrf=word)
        try:
            return await hub.send(method, route, body or None)
        finally:
            await hub.close()

    async def _person(self, request: Request) -> Person:
        person = await self._frame.sessions.person(request)
        if person is None:
            raise refused("login_missing")
        return person

    async def _page(self, request: Request, person: Person, *, faults: Sequence[Problem] = ()) -> Response:
        lang = language(request)
        hub = self._frame.hub.as_browser(request, lang=lang)
        try:
            answer = await hub.get("/v1/sessions")
        finally:
            await hub.close()
        errors = [{"id": _field(fault), "message": getattr(fault.message, lang)} for fault in faults]
        return self._frame.html(
            request,
            "account.html",
            status=422 if errors else 200,
            person=person,
            errors=errors,
            sessions=tuple(map(_session, answer["sessions"])),
            done=None if errors else request.query_params.get("done"),
        )


def _field(fault: Problem) -> str:
    """The field that a problem is about; the first one for one of the whole form."""
    name = fault.pointer.strip("/")
    return name if name in _FIELDS else _FIELDS[0]


def _session(body: Answer) -> OwnSession:
    return OwnSession(
        session=body["session"],
        current=body["current"],
        begun=datetime.fromisoformat(body["createdAt"]),
        seen=datetime.fromisoformat(body["seenAt"]),
        address=body["address"],
        agent=body["agent"],
    )
