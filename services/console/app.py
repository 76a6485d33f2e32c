"""The console's ASGI app: pages for people at `/`, each also as JSON, CSV and XLSX. What it shows it asks of the hub.

Forms that act, documents and administration stand in modules of their own under pages/ and use the same frame.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lienthong.errors import HubError, Problem, Rejected, Transient
from lienthong.refusals import problem, refused
from lienthong.web import handling, problems
from services.console import login, paging, reviewing, showing, signing
from services.console.asking import Hub
from services.console.documents import routes as documents
from services.console.entering import routes as entering
from services.console.entering.drafts import Drafts
from services.console.formats import Formats
from services.console.frame import LANGUAGE, Frame, filter_of, language, local
from services.console.page import FILED, Asked, Elsewhere, Page
from services.console.pages import (
    PAGES,
    content,
    deliveries,
    difficulty,
    directives,
    materials,
    reviews,
    unit_tasks,
    urging,
)
from services.console.running import (
    borders,
    clients,
    contacts,
    destinations,
    opening,
    people,
    portals,
    publishing,
    registry,
    single_person,
)
from services.console.sessions import Sessions
from services.console.sheets import CSV, XLSX, as_csv, as_xlsx
from services.console.showing import address
from services.console.words import LANGUAGES, Words

_DESKS = (
    directives,
    materials,
    clients,
    people,
    single_person,
    destinations,
    portals,
    publishing,
    opening,
    registry,
    borders,
    contacts,
    urging,
)
_OURS = frozenset({"day_unreadable", "filter_unusable"})
_FORMATS = ("json", "csv", "xlsx")
_FOR_PROGRAMS = re.compile(r"\b(GET|POST|PUT|DELETE) /|`|/openapi")
_A_YEAR = 31_536_000
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


def app(hub: Hub, sessions: Sessions, drafts: Drafts, *, sample: bool, pages: Sequence[Page] = PAGES) -> Starlette:
    """The ASGI app. sample: the installation holds sample data, and every page says so."""
    held = showing.static_files()
    templates = showing.environment()
    templates.globals["pictures"] = showing.Pictures(templates)
    frame = Frame(
        hub=hub,
        sessions=sessions,
        words={lang: Words.load(lang) for lang in LANGUAGES},
        templates=templates,
        static=showing.versioned(held),
        pages=pages,
        sample=sample,
    )
    made = Starlette(
        routes=[
            Route("/static/{name}", _static(held), methods=["GET"]),
            Route("/language/{lang}", _choose_language, methods=["GET"]),
            *login.routes(frame),
            *entering.routes(frame, drafts),
            *documents.routes(frame),
            *signing.routes(frame),
            *reviewing.routes(frame),
            *reviews.routes(frame),
            *deliveries.routes(frame),
            *difficulty.routes(frame),
            *unit_tasks.routes(frame),
            *content.routes(frame),
            *(route for desk in _DESKS for route in desk.routes(frame)),
            *(Route(path, _shown(frame, page), methods=["GET"]) for page in pages for path in page.paths),
        ],
        middleware=[
            Middleware(_Headers),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
            Middleware(_Suffixes),
        ],
        exception_handlers={HubError: _refused(frame), HTTPException: _refused(frame), Exception: _broken(frame)},
    )
    made.router.redirect_slashes = False  # it would lead to whatever host the sender named
    made.state.frame = frame
    return made


def _shown(frame: Frame, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        person = await frame.sessions.person(request)
        if person is None:
            return _signed_out(frame, request)
        _known(request, page)
        words = frame.words[language(request)]
        hub = frame.hub.asking(person.token, lang=words.lang, client=request.client.host if request.client else None)
        path = {name: showing.segment(part) for name, part in request.path_params.items()}
        asked = Asked(
            hub=hub,
            person=person,
            words=words,
            formats=Formats(words),
            path=path,
            query=dict(request.query_params),
            whole=_whole(request),
        )
        try:
            data, asked, misread = await _gathered(page, asked, as_page="lienthong.format" not in request.scope)
        except Elsewhere as other:
            return RedirectResponse(other.path, status_code=303)
        finally:
            await hub.close()
        return await _as(frame, page, request, data, asked, misread)

    return show


def _whole(request: Request) -> int | None:
    """How many rows at the most, where all are asked for at once."""
    if "lienthong.format" in request.scope:
        return FILED
    return paging.MOST if request.query_params.get(paging.PLACE) == paging.ALL else None


async def _gathered(page: Page, asked: Asked, *, as_page: bool) -> tuple[Any, Asked, tuple[Problem, ...]]:
    """The page's data, what was asked for it, and what is wrong with its filters: a page is shown without those, and
    says so at each; a file is refused. Raises Rejected for whatever else is wrong.
    """
    misread: tuple[Problem, ...] = ()
    while True:
        try:
            return await page.gather(asked), asked, misread
        except Rejected as error:
            wrong = {filter_of(problem) for problem in error.problems}
            if not (as_page and error.problems and wrong <= asked.query.keys() - {"cursor"}):
                raise
            misread += tuple(_of_filter(problem, asked) for problem in error.problems)
            asked = replace(asked, query={name: text for name, text in asked.query.items() if name not in wrong})


def _of_filter(problem: Problem, asked: Asked) -> Problem:
    """What a page of ours says of its filters as it is; what a route says of its parameters is no word for a reader."""
    if problem.code in _OURS:
        return problem
    return refused("filter_unusable", problem.pointer, given=asked.query[filter_of(problem)]).problems[0]


async def _as(
    frame: Frame, page: Page, request: Request, data: Any, asked: Asked, misread: Sequence[Problem]
) -> Response:
    """The page's data in the format of the address's suffix."""
    wanted = request.scope.get("lienthong.format")
    if wanted == "json":
        return Response(orjson.dumps(data, default=str), media_type="application/json", headers=_private(""))
    tables = page.tables(data, asked)
    if wanted == "csv":
        chosen = _chosen(tables, request.query_params.get("table"))
        return Response(as_csv(chosen), media_type=CSV, headers=_private(f"{_stem(page, request)}_{chosen.name}.csv"))
    if wanted == "xlsx":
        _chosen(tables, None)
        notice = asked.words("frame.sample") if frame.sample else ""
        body = await run_in_threadpool(as_xlsx, tables, notice=notice)
        return Response(body, media_type=XLSX, headers=_private(f"{_stem(page, request)}.xlsx"))
    return frame.page(request, page, asked, data, tables=tables, status=400 if misread else 200, misread=misread)


def _stem(page: Page, request: Request) -> str:
    """What a file is called: the page, and what it is of (`round_P119-LS.2026`, `nation_P119-2026`)."""
    parts = [page.name, *map(str, request.path_params.values()), request.query_params.get("of", "")]
    plain = (
        "".join(sign if sign.isascii() and (sign.isalnum() or sign in ".-") else "-" for sign in part)
        for part in parts
        if part
    )
    return "_".join(plain)[:150]


def _private(name: str) -> dict[str, str]:
    found = {"Cache-Control": "no-store"}
    return found | {"Content-Disposition": f'attachment; filename="{name}"'} if name else found


def _chosen(tables: Sequence[Any], name: str | None) -> Any:
    """The table of that name, the first without one. Raises Rejected (404) where the page has none."""
    for table in tables:
        if name in (None, table.name):
            return table
    raise refused("table_unknown", table=name or "")


def _known(request: Request, page: Page) -> None:
    """Raises Rejected (400) for a query parameter that the page does not know: a filter is never silently lost."""
    known = page.filters | {paging.PLACE} | ({"table"} if request.scope.get("lienthong.format") else frozenset())
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        names = ", ".join(sorted(known)) or "–"
        raise refused("page_parameter_unknown", name=unknown[0], known=names)


def _signed_out(frame: Frame, request: Request) -> Response:
    """To the login and back, for a browser; a program or a fragment is told 401."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = login.PATH if back == "/" else f"{login.PATH}?{urlencode({'next': back})}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": target})
    if request.scope.get("lienthong.format"):
        return handling.response(refused("login_missing"), request)
    return RedirectResponse(target, status_code=303)


def _refused(frame: Frame) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def page(request: Request, error: Exception) -> Response:
        of_framework = _of_framework(error) if isinstance(error, HTTPException) else error
        assert isinstance(of_framework, HubError)
        if isinstance(of_framework, Rejected) and _of_address(of_framework):
            of_framework = refused("page_unknown")
        status = problems.status_of(of_framework)
        if status == 401:  # the session ended between two requests
            return _signed_out(frame, request)
        if request.scope.get("lienthong.format"):
            return handling.response(of_framework, request)
        person = await frame.sessions.person(request)
        document = problems.document(of_framework, lang=language(request))
        return frame.html(
            request,
            "refused.html",
            status=status,
            person=person,
            problem=_for_people(document),
            again=isinstance(of_framework, Transient),
            ways=_ways(frame, request),
        )

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
    return [(said, to) for to, said in reversed(ways.items())]


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


def _of_framework(error: HTTPException) -> HubError:
    return Rejected([problem("", "page_unknown")], status=error.status_code)


def _broken(frame: Frame) -> Callable[[Request, Exception], Awaitable[Response]]:
    """A bug of ours: the framework raises it again after this answer, so that it is logged."""

    async def page(request: Request, error: Exception) -> Response:
        told = handling.internal_error()
        if request.scope.get("lienthong.format"):
            return handling.response(told, request)
        document = problems.document(told, lang=language(request))
        home = (frame.words_of(request)("refused.home"), "/")
        made = frame.html(request, "refused.html", status=500, problem=document, again=True, ways=[home])
        made.raw_headers.extend(_HEADERS)  # this answer passes no middleware
        return made

    return page


def _static(held: Mapping[str, bytes]) -> Callable[[Request], Awaitable[Response]]:
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in held:
            raise HTTPException(404)
        kind = kinds[name[name.rindex(".") :]]
        headers = {"Cache-Control": f"public, max-age={_A_YEAR}, immutable"}
        return Response(held[name], media_type=kind, headers=headers)

    return serve


async def _choose_language(request: Request) -> Response:
    """Remember a language, and back to where the link stood (a path of ours alone)."""
    lang, to = request.path_params["lang"], request.query_params.get("to", "/")
    if lang not in LANGUAGES:
        raise HTTPException(404)
    made = RedirectResponse(local(to), status_code=303)
    made.set_cookie(
        LANGUAGE, lang, max_age=_A_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return made


class _Suffixes:
    """`/rounds/P119-LS.2026.csv` is the page /rounds/P119-LS.2026 as CSV; the suffix goes into the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/static/"):
            path, _, suffix = scope["path"].rpartition(".")
            if path and suffix in _FORMATS:
                scope = {**scope, "path": path, "raw_path": path.encode(), "lienthong.format": suffix}
        await self._app(scope, receive, send)


class _Headers:
    """What every answer carries: nothing from elsewhere runs, is framed or is guessed at."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
