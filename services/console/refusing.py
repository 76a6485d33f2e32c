"""What people see where there is no page for them: the login, a refusal with ways on from it, a bug of ours."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import HubError, Rejected, Transient
from lienthong.refusals import problem, refused
from lienthong.web import handling, problems
from services.console import login
from services.console.frame import Frame, language, local
from services.console.middleware import HEADERS
from services.console.page import Page
from services.console.showing import address

_FOR_PROGRAMS = re.compile(r"\b(GET|POST|PUT|DELETE) /|`|/openapi")


async def signed_out(frame: Frame, request: Request) -> Response:
    """To the login and back, for a browser; a program or a fragment is told 401."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = login.address_of(back, ended=await frame.sessions.ended(request))
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": target})
    if _for_program(request):
        return handling.response(refused("login_missing"), request)
    return RedirectResponse(target, status_code=303)


def refused_page(frame: Frame) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The handler of what the hub or the framework refused: a page for people, the problems for programs."""

    async def page(request: Request, error: Exception) -> Response:
        more = _allow(request) if isinstance(error, HTTPException) and error.status_code == 405 else {}
        of_framework = _of_framework(error, more) if isinstance(error, HTTPException) else error
        assert isinstance(of_framework, HubError)
        if isinstance(of_framework, Rejected) and _of_address(of_framework):
            of_framework = refused("page_unknown")
        status = problems.status_of(of_framework)
        if status == 401:  # the session ended between two requests
            return await signed_out(frame, request)
        if _for_program(request):
            return handling.response(of_framework, request, more)
        person = await frame.sessions.person(request)
        document = problems.document(of_framework, lang=language(request))
        response = frame.html(
            request,
            "refused.html",
            status=status,
            person=person,
            problem=_for_people(document),
            again=isinstance(of_framework, Transient),
            ways=_ways(frame, request),
        )
        response.headers.update(more)
        return response

    return page


def _for_people(document: dict[str, Any]) -> dict[str, Any]:
    """The document without advice for programs and operators: to call a route, to give a command."""
    errors = [
        {name: text for name, text in error.items() if name != "next" or not _FOR_PROGRAMS.search(text)}
        for error in document["errors"]
    ]
    return {**document, "errors": errors}


def _ways(frame: Frame, request: Request) -> list[tuple[str, str]]:
    """Where somebody can go on from a refusal, as (words, path): where he came from, the page without what narrows it,
    the entry of the menu that it belongs to, the first page.
    """
    words, path = frame.words_of(request), request.url.path
    ways = {"/": words("refused.home")}
    entry = _entry(frame, path)
    if entry is not None:
        ways.setdefault(entry.paths[0], words(f"{entry.name}.menu"))
    if request.url.query and request.method == "GET":
        ways[path] = words("refused.whole")
    before = _before(request)
    if before is not None:
        ways[before] = words("refused.back")
    return [(text, to) for to, text in reversed(ways.items())]


def _before(request: Request) -> str | None:
    """The page of ours that somebody came from, as its browser says; None for another one's, or the page itself."""
    came = urlsplit(request.headers.get("referer", ""))
    before = address(came.path, dict(parse_qsl(came.query)))
    ours = came.netloc == request.headers.get("host") and local(before) == before
    return before if ours and came.path != request.url.path else None


def _entry(frame: Frame, path: str) -> Page | None:
    """The entry of the menu that an address belongs to, by its first part."""
    first = path.split("/")[1]
    page = next((page for page in frame.pages if first and page.paths[0].split("/")[1] == first), None)
    return next((menu for menu in frame.pages if page and menu.menu and menu.name in (page.name, page.under)), None)


def _of_address(error: Rejected) -> bool:
    """Whether what is wrong is a part of the address that names a thing: there can be no such page."""
    return bool(error.problems) and all(problem.pointer.startswith("/path/") for problem in error.problems)


def _of_framework(error: HTTPException, more: Mapping[str, str]) -> HubError:
    fault = problem("", "method_not_allowed", known=more["Allow"]) if more else problem("", "page_unknown")
    return Rejected([fault], status=error.status_code)


def _allow(request: Request) -> dict[str, str]:
    """What an address takes. The framework names what the first of its routes does: /login has two."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = (route for route in routes if route.path_regex.match(request.scope["path"]))
    return {"Allow": ", ".join(sorted({method for route in matching for method in route.methods or ()}))}


def _for_program(request: Request) -> bool:
    """Whether data are asked for: by the suffix of the address, or by who takes JSON and no page."""
    accept = request.headers.get("accept", "").lower()
    return "lienthong.format" in request.scope or ("json" in accept and "html" not in accept)


def bug_page(frame: Frame) -> Callable[[Request, Exception], Awaitable[Response]]:
    """A bug of ours: the framework raises it again after this answer, so that it is logged."""

    async def page(request: Request, error: Exception) -> Response:
        fault = handling.internal_error()
        if _for_program(request):
            return handling.response(fault, request)
        document = problems.document(fault, lang=language(request))
        home = (frame.words_of(request)("refused.home"), "/")
        response = frame.html(request, "refused.html", status=500, problem=document, again=True, ways=[home])
        response.raw_headers.extend(HEADERS)  # this answer passes no middleware
        return response

    return page
