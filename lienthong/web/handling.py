"""Who answers a request with a problem document: the one handler of the error tree, and what a framework found.

Routes raise `lienthong.errors`; `install` puts the handler on an app.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lienthong.contracts import texts
from lienthong.errors import HubError, Message, Problem, Rejected, Transient
from lienthong.logs import Sparingly
from lienthong.refusals import phrase, phrases, problem
from lienthong.web.guard import Guard
from lienthong.web.problems import MEDIA_TYPE, TITLES, document, language, status_of

_ONE_OF = re.compile(r"\^\((?P<known>[\w|-]+)\)\$")
"""A pattern that is nothing but a list of values."""
_BOUNDS = ("ge", "le", "gt", "lt", "max_length", "min_length")

_AGAIN = {"database_full": 30, "database_read_only": 15, "database_locked": 5, "database_timeout": 10}
"""Seconds after which to send again what failed here, where not two."""

_failures = Sparingly("request_failed")


def response(error: HubError, request: Request, more: Mapping[str, str] | None = None) -> Response:
    """The error as a response to a request. more: headers that come with it, such as Allow with a 405."""
    lang = language(request.headers.get("accept-language"))
    headers: dict[str, str] = {"Content-Language": lang, **(more or {}), **_headers(error)}
    if isinstance(error, Transient):
        headers["Retry-After"] = str(_AGAIN.get(error.code, 2))
        _failures.warning(error.code, reason=str(error))
    body = document(error, lang=lang, instance=request.url.path)
    return Response(
        orjson.dumps(body, default=str), status_code=status_of(error), media_type=MEDIA_TYPE, headers=headers
    )


def install(app: FastAPI) -> None:
    """Put the guard and the one handler of the error tree on an app. Frameworks' own errors get the same shape."""

    async def of_hub(request: Request, error: Exception) -> Response:
        assert isinstance(error, HubError)
        return response(error, request)

    async def of_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title = TITLES.get(error.status_code, TITLES[400])
        rejected = Rejected(
            [Problem(pointer="", code=f"http_{error.status_code}", message=title)], status=error.status_code
        )
        return response(rejected, request, error.headers)

    async def of_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = islice(error.errors(), texts.MOST_PROBLEMS)  # 1 MB of unknown members has 100,000
        return response(Rejected([_parameter(e) for e in faults], status=400), request)

    async def of_bug(request: Request, error: Exception) -> Response:
        """The framework raises the error again after this answer, so that it is logged."""
        return response(internal_error(), request)

    app.router.redirect_slashes = False  # it would redirect to an address made of whatever Host was sent
    app.add_middleware(Guard, answered=response)
    app.add_exception_handler(Exception, of_bug)
    app.add_exception_handler(HubError, of_hub)
    app.add_exception_handler(HTTPException, of_framework)
    app.add_exception_handler(RequestValidationError, of_parameters)


def internal_error() -> HubError:
    """What a sender is told of a bug."""
    return HubError("internal error; please tell the operator", code="internal_error")


def _headers(error: HubError) -> Mapping[str, str]:
    headers = getattr(error, "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def _parameter(error: Mapping[str, Any]) -> Problem:
    """A fault that the framework found. Its place: a pointer into the body, or `/query/<name>`, `/path/<name>`."""
    kind, *path = [str(part) for part in error.get("loc", ())] or ["body"]
    if error.get("type") == "json_invalid":
        path = []  # the framework names the byte, which is no place in a document
    place = "/".join(path if kind == "body" else (kind, *path))
    return problem(
        f"/{place}" if place else "",
        "invalid_parameter",
        what=phrase("of_parameter", name=place) if place else phrase("of_body"),
        why=_reason(error),
    )


def _reason(error: Mapping[str, Any]) -> Message:
    """What is wrong, with the values that there are or the bound that was passed."""
    fault, limits = str(error.get("type")), error.get("ctx") or {}
    values = _ONE_OF.fullmatch(str(limits.get("pattern", "")))
    if fault == "literal_error" or values is not None:
        choices = str(limits.get("expected", "")).replace("' or '", "', '") if values is None else values["known"]
        return phrase("one_of_these", known=choices.replace("'", "").replace("|", ", "))
    bound = next((limits[name] for name in _BOUNDS if name in limits), None)
    if isinstance(bound, float) and bound.is_integer():
        bound = int(bound)
    if f"fault_{fault}" not in phrases():  # what is of no kind that we know the framework says in its own words
        other = phrase("fault_other")
        return replace(other, en=str(error.get("msg") or other.en))
    return phrase(f"fault_{fault}", bound=bound)
