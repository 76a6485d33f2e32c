"""A page that was asked for: its data gathered of the hub, and written in the format of the address's suffix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lienthong import separated
from lienthong.errors import Problem, Rejected
from lienthong.refusals import refused
from services.console import paging, showing
from services.console.formats import Formats
from services.console.frame import Frame, filter_of, language
from services.console.page import FILED, Elsewhere, Page, Visit
from services.console.refusing import signed_out
from services.console.sheets import XLSX, as_csv, as_xlsx

_OURS = frozenset({"day_unreadable", "filter_unusable"})


def handler(frame: Frame, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """The handler of a page: data, table or file for whoever is logged in, the login for whoever is not. It raises
    Rejected and what else the hub says to it.
    """

    async def show(request: Request) -> Response:
        person = await frame.sessions.person(request)
        if person is None:
            return await signed_out(frame, request)
        _check_parameters(request, page)
        words = frame.words[language(request)]
        hub = frame.hub.asking(person.token, lang=words.lang, client=request.client.host if request.client else None)
        path = {name: showing.segment(part) for name, part in request.path_params.items()}
        visit = Visit(
            hub=hub,
            person=person,
            words=words,
            formats=Formats(words),
            path=path,
            query=dict(request.query_params),
            whole=_whole(request),
        )
        try:
            data, visit, misread = await _gather(page, visit, as_page="lienthong.format" not in request.scope)
        except Elsewhere as elsewhere:
            return RedirectResponse(elsewhere.path, status_code=303)
        finally:
            await hub.close()
        return await _as(frame, page, request, data, visit, misread)

    return show


def _whole(request: Request) -> int | None:
    """How many rows at the most, where all are asked for at once."""
    if "lienthong.format" in request.scope:
        return FILED
    return paging.MOST if request.query_params.get(paging.PLACE) == paging.ALL else None


async def _gather(page: Page, visit: Visit, *, as_page: bool) -> tuple[Any, Visit, tuple[Problem, ...]]:
    """The page's data, what was asked for it, and what is wrong with its filters: a page is shown without those, and
    says so at each; a file is refused. Raises Rejected for whatever else is wrong.
    """
    misread: tuple[Problem, ...] = ()
    while True:
        try:
            return await page.gather(visit), visit, misread
        except Rejected as error:
            wrong = {filter_of(problem) for problem in error.problems}
            if not (as_page and error.problems and wrong <= visit.query.keys() - {"cursor"}):
                raise
            misread += tuple(_of_filter(problem, visit) for problem in error.problems)
            visit = replace(visit, query={name: text for name, text in visit.query.items() if name not in wrong})


def _of_filter(problem: Problem, visit: Visit) -> Problem:
    """What a page of ours says of its filters as it is; what a route says of its parameters is no word for a reader."""
    if problem.code in _OURS:
        return problem
    return refused("filter_unusable", problem.pointer, given=visit.query[filter_of(problem)]).problems[0]


async def _as(
    frame: Frame, page: Page, request: Request, data: Any, visit: Visit, misread: Sequence[Problem]
) -> Response:
    """The page's data in the format of the address's suffix."""
    suffix = request.scope.get("lienthong.format")
    if suffix == "json":
        return Response(orjson.dumps(data, default=str), media_type="application/json", headers=_private(""))
    tables = page.tables(data, visit)
    if suffix == "csv":
        table = _table_named(tables, request.query_params.get("table"))
        return Response(
            as_csv(table), media_type=separated.MEDIA, headers=_private(f"{_stem(page, request)}_{table.name}.csv")
        )
    if suffix == "xlsx":
        _table_named(tables, None)
        notice = visit.words("frame.sample") if frame.sample else ""
        body = await run_in_threadpool(as_xlsx, tables, notice=notice)
        return Response(body, media_type=XLSX, headers=_private(f"{_stem(page, request)}.xlsx"))
    return frame.page(request, page, visit, data, tables=tables, status=400 if misread else 200, misread=misread)


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
    headers = {"Cache-Control": "no-store"}
    return headers | {"Content-Disposition": f'attachment; filename="{name}"'} if name else headers


def _table_named(tables: Sequence[Any], name: str | None) -> Any:
    """The table of that name, the first without one. Raises Rejected (404) where the page has none."""
    for table in tables:
        if name in (None, table.name):
            return table
    raise refused("table_unknown", table=name or "")


def _check_parameters(request: Request, page: Page) -> None:
    """Raises Rejected (400) for a query parameter that the page does not know: a filter is never silently lost."""
    parameters = page.filters | {paging.PLACE} | ({"table"} if request.scope.get("lienthong.format") else frozenset())
    unknown = sorted(set(request.query_params) - parameters)
    if unknown:
        names = ", ".join(sorted(parameters)) or "–"
        raise refused("page_parameter_unknown", name=unknown[0], known=names)
