"""What every page stands in: words, templates, the hub to ask, who is logged in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lienthong.errors import Problem
from lienthong.web import problems
from services.console import paging
from services.console.asking import Hub
from services.console.formats import Formats
from services.console.page import Page, Visit
from services.console.sessions import Person, Sessions
from services.console.tables import Table
from services.console.words import LANGUAGES, Lang, Words

LANGUAGE = "lang"
"""The cookie with the language a person chose."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Made once for the app. sample: the installation holds sample data, and every page says so."""

    hub: Hub
    sessions: Sessions
    words: Mapping[Lang, Words]
    templates: Environment
    static: Mapping[str, str]
    pages: Sequence[Page]
    sample: bool

    def words_of(self, request: Request) -> Words:
        return self.words[language(request)]

    def html(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        person: Person | None = None,
        query: Mapping[str, str] | None = None,
        misread: Sequence[Problem] = (),
        **context: Any,
    ) -> Response:
        """A template in the language of the request. query: what its links keep of the address, all of it where nothing
        is given; misread: what is wrong with filters. context: what it gets beside the frame's own names.
        """
        words = self.words_of(request)
        text = self.templates.get_template(template).render(
            t=words,
            f=Formats(words),
            lang=words.lang,
            static=self.static,
            person=person,
            menu=[page for page in self.pages if page.menu and person is not None and _is_offered(page, person)],
            here=request.url.path,
            query=dict(request.query_params) if query is None else query,
            sample=self.sample,
            misread={filter_of(problem): words.both(problem.message) for problem in misread},
            typed_filters=dict(request.query_params),
            most_rows=paging.MOST,
            place=request.query_params.get(paging.PLACE, ""),
            alone=request.headers.get("hx-request") == "true",
            **context,
        )
        headers = {"Content-Language": words.lang, "Cache-Control": "no-store", "Vary": "HX-Request, Cookie"}
        return HTMLResponse(text, status_code=status, headers=headers)

    def page(
        self,
        request: Request,
        page: Page,
        visit: Visit,
        data: Any,
        *,
        tables: Sequence[Table] | None = None,
        status: int = 200,
        misread: Sequence[Problem] = (),
        **context: Any,
    ) -> Response:
        """A page with what was gathered for it. tables: where they were made already. context: what its forms get, such
        as what was wrong with what was typed.
        """
        all_tables = page.tables(data, visit) if tables is None else tables
        return self.html(
            request,
            page.template,
            status=status,
            person=visit.person,
            query=visit.query,
            misread=misread,
            page=page,
            data=data,
            tables={table.name: table for table in paging.portion(all_tables, request.query_params.get(paging.PLACE))},
            **context,
        )


def filter_of(problem: Problem) -> str:
    """The name of the filter that a problem is about; empty for a problem of something else."""
    head, mark, name = problem.pointer.partition("/query/")
    return name if mark and not head else ""


def language(request: Request) -> Lang:
    """The language that the person chose, else what the browser asks for, else Vietnamese."""
    for lang in LANGUAGES:
        if request.cookies.get(LANGUAGE) == lang:
            return lang
    return "en" if problems.language(request.headers.get("accept-language")) == "en" else "vi"


def local(path: str | None) -> str:
    """A path of ours to go to, whatever somebody wrote into an address; `/` for anything else."""
    # A browser leaves tabs and line ends out of an address: "/<tab>/elsewhere" is one of another host.
    fits = path is not None and path.isprintable() and re.match(r"/(?![/\\])", path) and "\\" not in path
    return path if fits and path is not None else "/"


def _is_offered(page: Page, person: Person) -> bool:
    return page.national in (None, person.is_national) and (page.scope is None or person.may(page.scope))
