"""Forms of operators: the act is the hub's, what it refuses stands above the form and at its field, and what was typed
stays. What is shown once stands on the page that answers; it is kept nowhere, and loading the page again loses it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lienthong.errors import Message, Problem, Rejected
from lienthong.refusals import phrase, refused
from services.console import acting, resuming
from services.console.frame import Frame
from services.console.page import Page, Visit
from services.console.showing import segment

LARGEST_FILE = 2_000_000  # bytes; 500 clients are 60,000, the plan of a province 35,000
_FILES = 2  # a plan and its programme
_MOST_TOLD = 50  # faults above a form; with more, the file needs another look
_UNSENT = frozenset({"file", "plan", "programme", "delivery", "item"})
"""Fields that a browser leaves out where nothing was chosen."""
_ABSENT = 404
_OVERTAKEN = 412
_VERSION = re.compile(r'"[0-9a-f]{32}"')
NEVER = "0" * 32
"""The version of nothing: sent for what changed since it was shown, so that the hub says who was faster."""
_PASSED_ON = (401, 403, 404)
"""What the whole page answers then: there is nothing to correct in a form, unless a field names what is not there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an act led to: a page to go to, else `result`, which the page's template gets by this name."""

    to: str = ""
    result: Mapping[str, Any] | None = None


operators_page = partial(Page, national=None, under="running")
"""A page of operators, those of the nation too."""
Do = Callable[[Visit, FormData], Awaitable[Outcome]]


def route(frame: Frame, page: Page, do: Do, *, path: str = "", largest: int = LARGEST_FILE) -> Route:
    """The POST beside a page (or at another path with the same named parts). largest: bytes of its files."""

    async def act(request: Request, visit: Visit, form: FormData) -> Response:
        try:
            outcome = await do(visit, form)
        except Rejected as error:
            if not error.problems or (error.status in _PASSED_ON and not _of_fields(error, form)):
                raise
            return await _again(frame, request, page, visit, form, error)
        if outcome.to:
            return RedirectResponse(outcome.to, status_code=303)
        return await _page(frame, request, page, visit, result=outcome.result)

    async def show_again(request: Request, visit: Visit, form: FormData) -> Response:
        return await _page(frame, request, page, visit, typed=texts(form), resumed=True)

    limit = largest + acting.LARGEST_FORM
    handle = resuming.handler(frame, act, show_again, limit=limit, files=_FILES)
    return Route(path or page.paths[0], handle, methods=["POST"])


def _of_fields(error: Rejected, form: FormData) -> bool:
    """Whether what is not there was typed: a code of the form that nobody knows, and not the page's own thing."""
    return error.status == _ABSENT and all(problem.pointer.removeprefix("/") in form for problem in error.problems)


async def _again(frame: Frame, request: Request, page: Page, visit: Visit, form: FormData, error: Rejected) -> Response:
    """With what was typed. Where somebody was faster (412), with what stands now beside it, and the next press of the
    button means that.
    """
    return await _page(
        frame,
        request,
        page,
        visit,
        status=422,
        errors=list(_errors(error.problems, form, visit)),
        typed=texts(form),
        overtaken=error.status == _OVERTAKEN,
    )


async def _page(
    frame: Frame, request: Request, page: Page, visit: Visit, *, status: int = 200, **context: Any
) -> Response:
    data = await page.gather(replace(visit, query={}))
    return frame.page(request, page, visit, data, status=status, **context)


def _errors(problems: Sequence[Problem], form: FormData, visit: Visit) -> Iterator[dict[str, str]]:
    """Each problem once, with the id of the field that it is about: the first part of its pointer that names one."""
    messages: set[tuple[str, str]] = set()
    for problem in problems:
        field = next((part for part in problem.pointer.split("/") if part in form or part in _UNSENT), "act")
        message = visit.words.both(problem.message)
        if (field, message) not in messages and len(messages) < _MOST_TOLD:
            messages.add((field, message))
            yield {"id": field, "message": message}


def require(visit: Visit, scope: str) -> None:
    """Raises Rejected (403) for who may only look: a page of forms that would all be refused is no help."""
    if not visit.person.may(scope):
        raise refused("page_not_yours")


def version(form: FormData) -> str:
    """The version that the form was made from; empty for a form that carries none, such as one of the software before
    this. Raises Rejected (400) for what no form carries.
    """
    etag = text(form, "seen")
    if etag and not _VERSION.fullmatch(etag):
        raise refused("form_unreadable")
    return etag


def texts(form: FormData) -> dict[str, str]:
    """What stood in the form's fields, files left out; of several boxes or fields of one name all, with spaces."""
    names = {name: form.getlist(name) for name in form}
    return {
        name: " ".join(filter(None, map(str, values))) for name, values in names.items() if isinstance(values[-1], str)
    }


def text(form: FormData, name: str) -> str:
    """One field, trimmed; empty where it is not there or is a file."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def words(form: FormData, name: str) -> list[str]:
    """Fields of one name with several codes in each: between them spaces, commas, semicolons or new lines."""
    return texts(form).get(name, "").replace(",", " ").replace(";", " ").split()


def number(form: FormData, name: str) -> int | str:
    """A whole number; what is none goes to the route as it is, which says what it takes."""
    digits = text(form, name)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else digits


def confirm(form: FormData, name: str, code: str) -> None:
    """Raises Rejected unless the code stands in the field: what can't be taken back is not done by one press."""
    if segment(text(form, name)) != code:
        raise refused("act_not_meant", f"/{name}", code=unquote(code))


async def file(form: FormData, name: str, largest: int = LARGEST_FILE) -> tuple[bytes, str]:
    """(content, name) of a file. Raises Rejected for none, or one that is too large."""
    upload = form.get(name)
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise refused("file_not_chosen", f"/{name}")
    raw = await upload.read()
    if len(raw) > largest:
        raise refused("form_too_large", limit=largest)
    return raw, upload.filename[:100]


def by_line(error: Rejected, lines: Sequence[int]) -> Rejected:
    """The same, each message with the line of the file that it is about."""

    def with_line(pointer: str, message: Message) -> Message:
        index = next((part for part in pointer.split("/") if part.isdecimal()), "")
        if not index or int(index[:6]) >= len(lines):
            return message
        line = lines[int(index[:6])]
        return phrase("on_line", line=line, told=message)

    problems = [
        replace(problem, pointer="/file", message=with_line(problem.pointer, problem.message))
        for problem in error.problems
    ]
    return Rejected(problems, status=error.status)
