"""What every form that acts does first: who is it, is it a form of this session, and no more of it than is bearable."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from lienthong.refusals import refused
from services.console import showing
from services.console.formats import Formats
from services.console.frame import Frame
from services.console.page import Visit

LARGEST_FORM = 1_000_000  # bytes; three parts of a narrative in Vietnamese, each letter percent-encoded, are 300,000
_MOST_FIELDS = 500
_CHARSETS = (b"utf-8", b"utf8")


@asynccontextmanager
async def visit(frame: Frame, request: Request) -> AsyncIterator[Visit]:
    """The visit of who is logged in, with the hub to ask and to act through. Raises Rejected (401) for nobody."""
    person = await frame.sessions.person(request)
    if person is None:
        raise refused("login_missing")
    words = frame.words_of(request)
    address = request.client.host if request.client else None
    hub = frame.hub.asking(person.token, lang=words.lang, client=address)
    path = {name: showing.segment(part) for name, part in request.path_params.items()}
    try:
        yield Visit(
            hub=hub, person=person, words=words, formats=Formats(words), path=path, query=dict(request.query_params)
        )
    finally:
        await hub.close()


async def form_of_session(request: Request, visit: Visit, limit: int = LARGEST_FORM, files: int = 1) -> FormData:
    """The form sent, with at most so many files. Raises Rejected: too large (413), unreadable (400), or without the
    session's word (403)."""
    form = await read_form(request, limit, files)
    of_session(form, visit)
    return form


def of_session(form: FormData, visit: Visit) -> None:
    """Raises Rejected (403) for a form without the session's word."""
    if not hmac.compare_digest(str(form.get("csrf", "")).encode(), visit.person.csrf.encode()):
        raise refused("form_expired")


async def read_form(request: Request, limit: int, files: int = 0) -> FormData:
    """A form of whoever it is, no more of it than `limit`. Raises Rejected: too large (413), unreadable (400)."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise refused("form_too_large", limit=limit)
    return await _parse(request, bytes(raw), limit, files)


def button(form: FormData, *names: str) -> str:
    """Which of a form's buttons was pressed. Raises Rejected (400) for none of them: what somebody did not choose is
    not done."""
    pressed = str(form.get("do", ""))
    if pressed not in names:
        raise refused("form_unreadable")
    return pressed


async def _parse(request: Request, raw: bytes, limit: int, files: int) -> FormData:
    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    if _charset(request) not in _CHARSETS:
        raise refused("form_unreadable")
    try:
        return await Request(request.scope, receive).form(max_files=files, max_fields=_MOST_FIELDS, max_part_size=limit)
    except HTTPException as error:
        raise refused("form_unreadable") from error


def _charset(request: Request) -> bytes:
    """Browsers name none; by another one a sender would choose among all of Python's codecs, and halves of characters
    would come out of some."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    return options.get(b"charset", b"utf-8").lower()
