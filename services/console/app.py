"""The console's ASGI app: pages for people at `/`, each also as JSON, CSV and XLSX. What it shows it asks of the hub.

Forms that act, documents and administration stand in modules of their own under pages/ and use the same frame.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import HubError
from services.console import account, login, reviewing, showing, signing
from services.console.answering import handler
from services.console.asking import Hub
from services.console.documents import routes as documents
from services.console.entering import routes as entering
from services.console.entering.drafts import Drafts
from services.console.frame import LANGUAGE, Frame, local
from services.console.middleware import Headers, Suffixes
from services.console.page import Page
from services.console.pages import (
    PAGES,
    content,
    deliveries,
    difficulty,
    materials,
    raising,
    registering,
    reviews,
    unit_tasks,
    urging,
)
from services.console.refusing import bug_page, refused_page
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
from services.console.words import LANGUAGES, Words

_DESKS = (
    registering,
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
_A_YEAR = 31_536_000


def app(hub: Hub, sessions: Sessions, drafts: Drafts, *, sample: bool, pages: Sequence[Page] = PAGES) -> Starlette:
    """The ASGI app. sample: the installation holds sample data, and every page says so."""
    files = showing.static_files()
    templates = showing.environment()
    templates.globals["pictures"] = showing.Pictures(templates)
    frame = Frame(
        hub=hub,
        sessions=sessions,
        words={lang: Words.load(lang) for lang in LANGUAGES},
        templates=templates,
        static=showing.static_addresses(files),
        pages=pages,
        sample=sample,
    )
    console = Starlette(
        routes=_routes(frame, drafts, files),
        middleware=[
            Middleware(Headers),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
            Middleware(Suffixes),
        ],
        exception_handlers={
            HubError: refused_page(frame),
            HTTPException: refused_page(frame),
            Exception: bug_page(frame),
        },
    )
    console.router.redirect_slashes = False  # it would lead to whatever host the sender named
    console.state.frame = frame
    return console


def _routes(frame: Frame, drafts: Drafts, files: Mapping[str, bytes]) -> list[Route]:
    return [
        Route("/static/{name}", _static(files), methods=["GET"]),
        Route("/language/{lang}", _choose_language, methods=["GET"]),
        *login.routes(frame),
        *account.routes(frame),
        *entering.routes(frame, drafts),
        *documents.routes(frame),
        *signing.routes(frame),
        *reviewing.routes(frame),
        *reviews.routes(frame),
        *deliveries.routes(frame),
        *difficulty.routes(frame),
        *unit_tasks.routes(frame),
        *raising.routes(frame),
        *content.routes(frame),
        *(route for desk in _DESKS for route in desk.routes(frame)),
        *(Route(path, handler(frame, page), methods=["GET"]) for page in frame.pages for path in page.paths),
    ]


def _static(files: Mapping[str, bytes]) -> Callable[[Request], Awaitable[Response]]:
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            raise HTTPException(404)
        kind = kinds[name[name.rindex(".") :]]
        headers = {"Cache-Control": f"public, max-age={_A_YEAR}, immutable"}
        return Response(files[name], media_type=kind, headers=headers)

    return serve


async def _choose_language(request: Request) -> Response:
    """Remember a language, and back to where the link stood (a path of ours alone)."""
    lang, to = request.path_params["lang"], request.query_params.get("to", "/")
    if lang not in LANGUAGES:
        raise HTTPException(404)
    response = RedirectResponse(local(to), status_code=303)
    response.set_cookie(
        LANGUAGE, lang, max_age=_A_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response
